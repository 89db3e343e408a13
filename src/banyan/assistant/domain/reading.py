"""A file as it was read: its plain text, and the parts in which it would be indexed."""

from msgspec import Struct


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
