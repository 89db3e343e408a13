"""Texts that a caller brought, as passages: every span is measured in the caller's own string."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from banyan.proxy.domain.chunking import chunk
from banyan.proxy.domain.knowledge import Block, BlockKind, Document, Passage, Scope, Sentence, Span

CONTENT = "content"
"""The `source` of what is quoted from such a text."""

MOST_CHARACTERS = 250_000
"""Of longer texts evenly spread blocks are read: as much as a long book chapter, in about a second."""

_LINE = re.compile(r"[^\r\n]+")
_HEADING = re.compile(r"[ ]{0,3}(#{1,6})[ \t]+(?P<title>\S.{0,300}?)[ \t]*#*[ \t]*$")
_TAGGED_HEADING = re.compile(r"\s{0,20}<h([1-6])\b[^<>]{0,300}>(?P<title>[^<>]{1,300})</h\1>\s{0,20}$", re.IGNORECASE)
_UNDERLINE = re.compile(r"[ ]{0,3}(?P<rule>=+|-{3,})[ \t]*$")
_FENCE = re.compile(r"[ ]{0,3}(```|~~~)")
_ITEM = re.compile(r"[ \t]{0,12}(?:[-*+•]|\d{1,3}[.)])[ \t]+\S")
_ROW = re.compile(r"[ \t]*\|.*\|[ \t]*$|[^|]{1,200}\|[^|]{1,200}\|")
_VISIBLE = re.compile(r"[^\s\x00\u200b-\u200f\u2060\ufeff]")
_LONGEST_HEADING = 120


@dataclass(frozen=True, slots=True)
class Brought:
    """A part of the text. id: the caller's own; "" where it came in one piece."""

    id: str
    text: str


def passages_of(parts: Sequence[Brought], title: str) -> list[Passage]:
    """In reading order. A part's id takes the place of the chunk's."""
    total = sum(len(part.text) for part in parts)
    share = min(1.0, MOST_CHARACTERS / max(1, total))
    above: tuple[str, ...] = ()
    found: list[Passage] = []
    taken = length = 0.0
    for part in parts:
        length += len(part.text)
        if share < 1 and taken + len(part.text) > length * share and len(part.text) < _LARGE_PART:
            continue  # of thousands of small parts, every so manieth is read as a whole
        blocks = list(_blocks(part.text, above))
        above = _open_headings(part.text, blocks, above)
        kept = _spread(blocks, share if len(part.text) >= _LARGE_PART else 1.0)
        taken += sum(block.span.end - block.span.start for block in kept)
        found += _passages(part, title, kept)
    return found


_LARGE_PART = 20_000
"""Characters from which on a part of a text that is too long is itself thinned out."""


def _passages(part: Brought, title: str, blocks: Sequence[Block]) -> Iterator[Passage]:
    document = Document(part.text, tuple(blocks), CONTENT, title)
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


def _spread(blocks: Sequence[Block], share: float) -> list[Block]:
    """Blocks with together that share of the characters, from all over; a giant one is cut into windows first."""
    if share >= 1:
        return list(blocks)
    kept: list[Block] = []
    seen = taken = 0.0
    for block in blocks:
        for start in range(block.span.start, block.span.end, _WINDOW):
            end = min(start + _WINDOW, block.span.end)
            seen += end - start
            if block.kind != "heading" and taken + end - start <= seen * share:
                kept.append(Block(block.kind, Span(start, end), heading=block.heading))
                taken += end - start
    return kept


_WINDOW = 6_000


def _open_headings(text: str, blocks: Sequence[Block], above: tuple[str, ...]) -> tuple[str, ...]:
    """The headings that the next part of the text stands under."""
    if not blocks:
        return above
    last = blocks[-1]
    return (*last.heading, text[last.span.start : last.span.end]) if last.kind == "heading" else last.heading


def _blocks(text: str, above: tuple[str, ...]) -> Iterator[Block]:
    """Paragraphs, lists, tables and programs under the headings that Markdown or HTML marks.

    above: the headings that an earlier part of the text left open. Reads each line once.
    """
    path = [(depth + 1, name) for depth, name in enumerate(above)]
    run: list[Span] = []
    kind: BlockKind = "paragraph"
    fence = ""

    def done() -> Iterator[Block]:
        if run:
            yield Block(kind, Span(run[0].start, run[-1].end), heading=tuple(name for _, name in path))
        run.clear()

    def headed(level: int, span: Span) -> Block:
        path[:] = [one for one in path if one[0] < level]
        outer = tuple(name for _, name in path)
        path.append((level, text[span.start : span.end]))
        return Block("heading", span, level=level, heading=outer)

    end = 0
    for found in _LINE.finditer(text):
        line = found[0]
        blank_before = text.count("\n", end, found.start()) > 1 or text.count("\r", end, found.start()) > 1
        end = found.end()
        visible = _VISIBLE.search(line)
        if fence:
            if line.strip().startswith(fence):
                fence = ""
                yield from done()
            elif visible:
                run.append(Span(found.start(), found.start() + len(line.rstrip())))
            continue
        if blank_before or visible is None:
            yield from done()
        if visible is None:
            continue
        start = found.start() + visible.start()
        span = Span(start, found.start() + len(line.rstrip()))
        if (opened := _FENCE.match(line)) is not None:
            yield from done()
            fence, kind = opened[1], "code"
            continue
        heading = _HEADING.match(line) or (_TAGGED_HEADING.match(line) if "<" in line[:40] else None)
        if heading is not None:
            yield from done()
            level = int(heading[1]) if heading[1].isdigit() else len(heading[1])
            yield headed(level, Span(found.start() + heading.start("title"), found.start() + heading.end("title")))
            continue
        underline = _UNDERLINE.match(line)
        if underline is not None:
            if len(run) == 1 and kind == "paragraph" and run[0].end - run[0].start <= _LONGEST_HEADING:
                title = run.pop()
                yield headed(1 if underline["rule"][0] == "=" else 2, title)
            yield from done()
            continue
        now: BlockKind = "paragraph"
        if _ITEM.match(line):
            now = "list"
        elif "|" in line and len(line) < 2_000 and _ROW.match(line):
            now = "table"
        elif run and kind == "list":
            now = "list"
        if run and now != kind:
            yield from done()
        kind = now
        run.append(span)
    yield from done()
