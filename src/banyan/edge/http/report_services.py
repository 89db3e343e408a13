"""What the routes of reports need; `app` hands it in, opened."""

from dataclasses import dataclass

from banyan.assistant.usecases.show_chart import ShowChart
from banyan.assistant.usecases.show_report import ShowReport


@dataclass(frozen=True, slots=True)
class ReportServices:
    """The use cases behind the routes."""

    show: ShowReport
    draw: ShowChart
