"""What a content type is: how its items are composed without a model, and read from what a model wrote."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from msgspec import Struct

from banyan.assistant.domain.material import Body, GateReport, Order
from banyan.assistant.domain.sources import Source
from banyan.assistant.domain.studying import LessonStudy

NOTHING_CHECKED = GateReport()


@dataclass(frozen=True, slots=True)
class Composed:
    """notes: what whoever ordered it should know, as sentences."""

    body: Body
    gate: GateReport = NOTHING_CHECKED
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ContentType:
    """A content type's line in the catalogue.

    usual: items where nobody says how many; 0 for what is not counted. styles, kinds: the first is the usual one.
    compose: from quotations of the text alone. shape: of the JSON that a model is asked for; None where it writes
    Markdown, which is streamed as it comes. read: items from such JSON, past the quality gate, all quoted.
    prompt: name and version of its template. temperature, max_tokens: where the order has none.
    """

    name: str
    description: str
    body: type[Struct]
    compose: Callable[[LessonStudy, Order], Composed]
    prompt: str
    shape: type[Struct] | None = None
    read: Callable[[Any, Source, Order], Composed] | None = None
    usual: int = 0
    styles: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    temperature: float = 0.5
    max_tokens: int = 2000

    @property
    def streams(self) -> bool:
        """Whether a model's text is told as it comes."""
        return self.shape is None


def is_empty(body: Body) -> bool:
    """Whether there is nothing in it to read."""
    return not any(getattr(body, name) for name in body.__struct_fields__ if name not in ("style", "citations"))
