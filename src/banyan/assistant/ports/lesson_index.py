"""The port through which the tutor's staff put material beside a lesson into the index."""

from typing import Protocol

from msgspec import Struct

from banyan.kernel.identity import Identity


class Part(Struct, frozen=True, omit_defaults=True):
    """A part of a file's text, from `start` to `end`, under one path of headings; spans count code points.

    id: follows from its words. kind: of block, as in a lesson's blocks. sentences: those worth quoting, in order.
    """

    id: str
    start: int
    end: int
    kind: str = "paragraph"
    heading: tuple[str, ...] = ()
    anchor: str = ""
    sentences: tuple[tuple[int, int], ...] = ()
    page: int | None = None
    slide: int | None = None
    seconds: tuple[int, int] | None = None


class Reading(Struct, frozen=True):
    """A file as plain text. warnings: what in it could not be read. parts: where they were asked for, in order."""

    text: str
    title: str
    source_type: str
    warnings: tuple[str, ...] = ()
    parts: tuple[Part, ...] = ()


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
