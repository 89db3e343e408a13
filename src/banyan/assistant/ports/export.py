"""The port to file formats in which material is taken away."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class About:
    """What a file says of itself. title: for people. language: as BCP 47, "" where nobody knows. made: in UTC."""

    title: str
    language: str
    made: datetime


@dataclass(frozen=True, slots=True)
class ExportFormat:
    """A format's line in the catalogue.

    takes: tags of the bodies that it can hold, of `quiz`, `cards`, `outline`. suffix: file ending with its dot.
    write: a checked body of such a kind to the file, and sentences about what is left out or said otherwise in it.
        Pure; equal input gives equal bytes; may take tens of milliseconds: call it off the loop.
    limits: what the format cannot say, as a sentence for the reference; "" for nothing.
    """

    title: str
    takes: tuple[str, ...]
    suffix: str
    media_type: str
    write: Callable[[Any, About], tuple[bytes, Sequence[str]]]
    limits: str = ""
