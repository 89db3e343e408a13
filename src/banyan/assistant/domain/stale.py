"""What rests on words of the course, and whether they still stand there."""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from msgspec import Struct

State = Literal["holds", "moved", "gone"]


class CitedQuote(Struct, frozen=True):
    """Words of a source that something rests on. now: where they stand now, when they have moved."""

    lesson: str
    source: str
    quote: str
    start: int
    end: int
    version: int
    state: State = "holds"
    now: tuple[int, int] | None = None


class Dependent(Struct, frozen=True):
    """An answer, FAQ, draft or quiz. item: its id there. title: the question, or its name. quotes: in question."""

    id: str
    kind: str
    item: str
    course: str
    title: str
    at: datetime
    quotes: tuple[CitedQuote, ...] = ()


def state_of(quote: str, start: int, text: str) -> tuple[State, int | None]:
    """Whether the words stand in the text where they stood; if they stand elsewhere, the nearest place."""
    if text.startswith(quote, start):
        return "holds", None
    places: list[int] = []
    at = text.find(quote)
    while at >= 0 and len(places) < 100:
        places.append(at)
        at = text.find(quote, at + 1)
    return ("moved", min(places, key=lambda place: abs(place - start))) if places else ("gone", None)


Texts = Mapping[tuple[str, str], tuple[str, str]]
"""By lesson and source: what names the state of the text, and the text."""
