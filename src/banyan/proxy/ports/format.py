"""The port to content formats."""

from collections.abc import Callable
from dataclasses import dataclass

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
