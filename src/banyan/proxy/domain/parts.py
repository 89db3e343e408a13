"""A document that is read and not kept, in the parts in which it would be indexed."""

from collections import Counter
from dataclasses import dataclass

from banyan.kernel.errors import TooLarge
from banyan.proxy.domain.chunking import chunk
from banyan.proxy.domain.knowledge import BlockKind, Document, Scope, Span

MOST_CHARACTERS = 10_000_000
"""Of a document's text: three long textbooks, which take some seconds."""
_NOWHERE = Scope("", "", "", "")


@dataclass(frozen=True, slots=True)
class Part:
    """A run of neighbouring blocks under one heading path. Spans count code points in the document's text.

    id: follows from the words, so that the same document has the same parts. kind: of most of its text.
    """

    id: str
    start: int
    end: int
    kind: BlockKind
    heading: tuple[str, ...]
    anchor: str
    sentences: tuple[tuple[int, int], ...]
    page: int | None = None
    slide: int | None = None
    seconds: tuple[int, int] | None = None


def parts_of(document: Document) -> tuple[Part, ...]:
    """In reading order. Headings stand in the paths alone. Raises: TooLarge."""
    if len(document.text) > MOST_CHARACTERS:
        raise TooLarge(
            f"The document has more than {MOST_CHARACTERS:,} characters; split it.", code="file_too_large", param="file"
        )
    blocks = [block for block in document.blocks if block.kind != "heading"]
    parts: list[Part] = []
    first = 0
    for one in chunk(document, _NOWHERE, title=document.title):
        while first < len(blocks) and blocks[first].span.end <= one.span.start:
            first += 1
        letters: Counter[BlockKind] = Counter()
        for block in blocks[first:]:
            if block.span.start >= one.span.end:
                break
            letters[block.kind] += block.span.end - block.span.start
        parts.append(
            Part(
                one.id,
                one.span.start,
                one.span.end,
                letters.most_common(1)[0][0] if letters else "paragraph",
                one.heading,
                one.anchor,
                tuple(_pair(span) for span in one.sentences),
                one.page,
                one.slide,
                one.seconds,
            )
        )
    return tuple(parts)


def _pair(span: Span) -> tuple[int, int]:
    return span.start, span.end
