"""What the routes around checked answers need."""

from dataclasses import dataclass

from banyan.assistant.usecases.keep_solutions import KeepSolutions
from banyan.assistant.usecases.mark_solutions import MarkSolutions
from banyan.assistant.usecases.show_stale import ShowStale


@dataclass(frozen=True, slots=True)
class CheckServices:
    """keep: what learners must not be given. mark: for teachers to say so. stale: what no longer holds."""

    keep: KeepSolutions
    mark: MarkSolutions
    stale: ShowStale
