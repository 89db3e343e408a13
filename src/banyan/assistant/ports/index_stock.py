"""The port to how much is indexed, for reports."""

from collections.abc import Sequence
from datetime import date
from typing import Protocol

from msgspec import Struct

from banyan.kernel.identity import Identity


class Coverage(Struct, frozen=True):
    """A lesson in the index. lesson: "" for what belongs to the whole course. embedded: of `chunks`, with vectors."""

    course: str
    lesson: str
    chunks: int
    embedded: int


class EmbeddedOn(Struct, frozen=True):
    """How many chunks that have vectors were indexed on a day, in UTC."""

    day: date
    chunks: int


class IndexStock(Protocol):
    """A direct call into the proxy when embedded, HTTP when scaled out; for staff. course: None for all."""

    async def coverage(self, asker: Identity, course: str | None) -> Sequence[Coverage]:
        """By course and lesson."""
        ...

    async def embedded(self, asker: Identity, course: str | None, since: date, until: date) -> Sequence[EmbeddedOn]:
        """Days that have any, in order; both ends are within."""
        ...
