"""The port to what is indexed and who teaches it, for whoever orders jobs."""

from collections.abc import Sequence
from typing import Protocol

from msgspec import Struct

from banyan.kernel.identity import Identity


class LessonFacts(Struct, frozen=True):
    """A lesson that is indexed. embedded: how many of its chunks have vectors."""

    lesson: str
    chunks: int
    embedded: int


class Curriculum(Protocol):
    """Courses as the asker sees them."""

    async def lessons(self, asker: Identity, course: str) -> Sequence[LessonFacts]:
        """In course order; empty for an unknown course."""
        ...

    async def teaches(self, asker: Identity, course: str) -> bool:
        """Whether the asker is staff of the course."""
        ...
