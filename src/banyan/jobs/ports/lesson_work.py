"""The tool of jobs that change the index."""

from collections.abc import AsyncIterator, Mapping
from typing import Any, Literal, Protocol

from msgspec import Struct

TextFormat = Literal["editorjs", "html", "markdown", "text"]


class LessonContent(Struct, frozen=True, forbid_unknown_fields=True):
    """A lesson on its way into the index. source: of an attachment; empty for the lesson's own body."""

    lesson: str
    content: str
    format: TextFormat = "markdown"
    title: str = ""
    chapter: str = ""
    source: str = ""


class LessonWork(Protocol):
    """Each call may be repeated."""

    async def lessons(self, tenant: str, course: str) -> list[str]:
        """Ids in course order."""
        ...

    async def index(self, tenant: str, course: str, lesson: LessonContent) -> Mapping[str, Any]:
        """`{run_id, chunks, unchanged, warnings}`. Raises: InvalidInput."""
        ...

    async def rebuild(self, tenant: str, course: str, lesson: str) -> int:
        """Cuts all that is stored of the lesson into chunks anew and has their vectors made anew; says how many."""
        ...

    def embed(self, tenant: str, course: str | None) -> AsyncIterator[int]:
        """Has vectors made where those of the present model are missing; yields how many are missing, 0 at last.

        Raises: Unavailable with what is in their way.
        """
        ...
