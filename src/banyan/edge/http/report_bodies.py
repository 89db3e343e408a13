"""Reports and charts as people and programs read them; shared with the commands."""

from datetime import date, datetime
from typing import Any

from pydantic import BaseModel, Field

from banyan.assistant.domain.charts import Chart
from banyan.assistant.domain.reporting import ColumnKind, FilterKind, Report
from banyan.assistant.usecases.show_chart import Drawn
from banyan.assistant.usecases.show_report import Shown
from banyan.edge.http.usage_bodies import csv_text
from banyan.kernel.money import Money, in_dollars


class ColumnBody(BaseModel):
    """A value of each row."""

    name: str
    label: str
    kind: ColumnKind


class FilterBody(BaseModel):
    """choices: of a choice. default: what is in force where it is not sent."""

    name: str
    label: str
    kind: FilterKind
    required: bool
    choices: list[str]
    default: str | None


class ReportBody(BaseModel):
    """What can be asked, and the shape of the answer."""

    name: str
    title: str = Field(description="Also a name by which it may be asked for.")
    measures: str
    privacy: str = Field(description="What whoever is not an admin sees: `named`, `among` or `grouped`.")
    columns: list[ColumnBody]
    filters: list[FilterBody]


class ReportsBody(BaseModel):
    """By name."""

    reports: list[ReportBody]


class ReportAnswer(BaseModel):
    """Each row has a value for each column, by its name. notes: what was left out, and why."""

    name: str
    title: str
    columns: list[ColumnBody]
    rows: list[dict[str, Any]]
    truncated: bool
    notes: list[str]


class ChartBody(BaseModel):
    """A daily series. kind: how the values of a day become one."""

    name: str
    title: str
    kind: str
    style: str
    colour: str
    unit: str
    measures: str


class ChartsBody(BaseModel):
    """By name."""

    charts: list[ChartBody]


class PointBody(BaseModel):
    """value: null where it is kept back."""

    day: date
    value: float | None


class ChartAnswer(ChartBody):
    """Every day of the period has a point."""

    timezone: str
    since: date = Field(alias="from")
    to: date
    points: list[PointBody]
    notes: list[str]


def report_fields(report: Report) -> dict[str, Any]:
    """As `ReportBody`."""
    return {
        "name": report.name,
        "title": report.title,
        "measures": report.measures,
        "privacy": report.privacy,
        "columns": _columns(report),
        "filters": [
            {
                "name": one.name,
                "label": one.label,
                "kind": one.kind,
                "required": one.required,
                "choices": list(one.choices),
                "default": one.default or None,
            }
            for one in report.filters
        ],
    }


def shown_fields(shown: Shown) -> dict[str, Any]:
    """As `ReportAnswer`."""
    report = shown.report
    names = [column.name for column in report.columns]
    rows = [dict(zip(names, _values(report, row), strict=True)) for row in shown.rows]
    return {
        "name": report.name,
        "title": report.title,
        "columns": _columns(report),
        "rows": rows,
        "truncated": shown.truncated,
        "notes": list(shown.notes),
    }


def shown_csv(shown: Shown) -> str:
    """A table for spreadsheets, with the labels as its first line."""
    rows = ([_cell(value) for value in _values(shown.report, row)] for row in shown.rows)
    return csv_text([column.label for column in shown.report.columns], rows)


def chart_fields(chart: Chart) -> dict[str, Any]:
    """As `ChartBody`."""
    return {name: getattr(chart, name) for name in ChartBody.model_fields}


def drawn_fields(drawn: Drawn) -> dict[str, Any]:
    """As `ChartAnswer`."""
    return {
        **chart_fields(drawn.chart),
        "timezone": "UTC",
        "from": drawn.since,
        "to": drawn.until,
        "points": [{"day": day, "value": value} for day, value in drawn.points],
        "notes": list(drawn.notes),
    }


def _columns(report: Report) -> list[dict[str, Any]]:
    return [{"name": one.name, "label": one.label, "kind": one.kind} for one in report.columns]


def _values(report: Report, row: Any) -> list[Any]:
    return [
        in_dollars(Money(value)) if column.kind is ColumnKind.MONEY and value is not None else value
        for column, value in zip(report.columns, row, strict=True)
    ]


def _cell(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value
