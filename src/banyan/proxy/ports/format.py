"""The port to content formats."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from banyan.proxy.domain.knowledge import Document


@dataclass(frozen=True, slots=True)
class Format:
    """A format's line in the catalogue.

    suffixes: file endings it reads, with the dot, lower case.
    read: raw content to a document; text formats take UTF-8. Pure, may take seconds: call it off the loop.
        Raises InvalidInput with what is wrong and where.
    source_type: what citations say the source is.
    """

    name: str
    suffixes: tuple[str, ...]
    source_type: str
    read: Callable[[bytes], Document]
    by_suffix: Callable[[str], Callable[[bytes], Document]] | None = None
    """How files of one ending are read, where it says more than the format: the language of a program."""
    apart: bool = False
    """Whether damage in a file may take any amount of memory or time, so that a process of its own reads it."""

    def reader(self, suffix: str) -> Callable[[bytes], Document]:
        """`read` for files with this ending."""
        return self.read if self.by_suffix is None else self.by_suffix(suffix.lower())


class ReadsApart(Protocol):
    """Reads files that nobody vouches for, within bounds of memory and time."""

    async def read(self, format: str, suffix: str, content: bytes) -> Document:
        """As `Format.read`. Raises: InvalidInput, also for a file that takes too much (`file_too_costly`)."""
        ...
