"""Texts that a caller brought, as passages: every span is measured in the caller's own string."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from banyan.proxy.domain.chunking import chunk
from banyan.proxy.domain.knowledge import Block, Document, Passage, Scope, Sentence, Span

CONTENT = "content"
"""The `source` of what is quoted from such a text."""
_PARAGRAPH = re.compile(r"\S(?:.*?\S)??(?=\s*(?:\n[ \t]*\n|\Z))", re.DOTALL)
_HEADING = re.compile(r"(#{1,6})[ \t]+(?P<title>\S.*?)[ \t#]*(?:\n|\Z)")


@dataclass(frozen=True, slots=True)
class Brought:
    """A part of the text. id: the caller's own; "" where it came in one piece."""

    id: str
    text: str


def passages_of(parts: Sequence[Brought], title: str) -> list[Passage]:
    """In reading order. A part's id takes the place of the chunk's."""
    return [one for part in parts for one in _passages(part, title)]


def _passages(part: Brought, title: str) -> Iterator[Passage]:
    document = Document(part.text, tuple(_blocks(part.text)), CONTENT, title)
    for one in chunk(document, Scope("", "", "", CONTENT), title=title):
        yield Passage(
            chunk_id=part.id or one.id,
            course="",
            lesson="",
            source=CONTENT,
            source_type=CONTENT,
            title=title,
            heading=one.heading,
            anchor=one.anchor,
            span=one.span,
            text=part.text[one.span.start : one.span.end],
            sentences=tuple(Sentence(span, part.text[span.start : span.end]) for span in one.sentences),
            score=0.0,
        )


def _blocks(text: str) -> Iterator[Block]:
    """Paragraphs between blank lines, under the headings that Markdown marks."""
    path: list[tuple[int, str]] = []
    for found in _PARAGRAPH.finditer(text):
        start, end = found.span()
        while (heading := _HEADING.match(text, start, end)) is not None:
            level = len(heading[1])
            path = [one for one in path if one[0] < level]
            above = tuple(name for _, name in path)
            yield Block("heading", Span(*heading.span("title")), level=level, heading=above)
            path.append((level, heading["title"]))
            start = heading.end()
        start += len(text[start:end]) - len(text[start:end].lstrip())
        if start < end:
            yield Block("paragraph", Span(start, end), heading=tuple(name for _, name in path))
