"""The port through which the tutor's staff put material beside a lesson into the index."""

from typing import Protocol

from msgspec import Struct

from banyan.assistant.domain.reading import Reading
from banyan.kernel.identity import Identity


class Material(Struct, frozen=True):
    """What is indexed beside a lesson's body. lesson: "" for the whole course. link: where citations lead, "" for none.

    file_name: says by its ending how `content` is read. source: the name under which it is replaced and removed.
    staff_only: learners never see anything of it.
    """

    course: str
    lesson: str
    source: str
    title: str
    file_name: str
    content: bytes
    link: str = ""
    staff_only: bool = False


class LessonIndex(Protocol):
    """A direct call into the proxy when embedded, HTTP when scaled out; the same suite runs over both."""

    async def read(self, asker: Identity, file_name: str, content: bytes, *, parts: bool = False) -> Reading:
        """What would be indexed; with `parts` cut as it would be. Raises: InvalidInput, TooLarge."""
        ...

    async def put(self, asker: Identity, material: Material) -> int:
        """Replaces the source and returns its number of chunks; found by its words when this returns.

        Raises: InvalidInput, TooLarge.
        """
        ...

    async def remove(self, asker: Identity, course: str, lesson: str, source: str) -> None:
        """Gone from every later answer; nothing happens where it is not there."""
        ...
