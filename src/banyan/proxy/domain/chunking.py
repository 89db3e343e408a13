"""Cuts a document into chunks: runs of neighbouring blocks that are found, cited and embedded together.

Where a chunk ends follows from the text nearby alone, so that an edit changes the chunks around it and no
others. Each section (the blocks under one heading) is cut in two steps:

1. *Anchors* are borders whose priority, a hash of the block that follows, is the best for `ANCHOR_WORDS` words
   on either side. An edit can move an anchor within that distance only; beyond it everything stays.
2. Between two anchors the blocks are packed into chunks of about `TARGET_WORDS` words, as evenly as they go.
"""

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from zlib import crc32

from banyan.kernel.ids import content_id
from banyan.proxy.domain.document_builder import is_header_rule
from banyan.proxy.domain.knowledge import LESSON_SOURCE, Block, Chunk, Document, Scope, Span
from banyan.proxy.domain.sentences import block_sentences

MAX_WORDS = 180
"""A chunk of several blocks is no longer. MiniLM reads 256 word pieces: 180 words of prose and their headings."""

TARGET_WORDS = 120
"""What packing aims at: long enough to hold an explanation, short enough to be about one thing."""

ANCHOR_WORDS = 120
"""Least distance of two anchors. Less cuts chunks short; more lets an edit reach further."""

_PIECE_WORDS = (
    4  # a block or line counts as so many at least, so that a chunk does not collect one-word lines without end
)
_CHARACTERS_A_WORD = 8  # at least one word for so many characters: URLs, formulas and code have many word pieces
_WIDE_LETTER_WORDS = 0.75  # a letter of a script without spaces is a word piece of its own

_INSIDE_BLOCK_COST = 0.15  # cutting a paragraph is worth avoiding, but an even chunk is worth more
_AFTER_LEAD_IN_COST = 0.5  # "The steps are:" belongs to what follows

_WIDE_LETTERS = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\U00020000-\U0003ffff]")
_VISIBLE = re.compile(r"\S")


@dataclass(frozen=True, slots=True)
class _Piece:
    """What is never cut: a block, or a sentence, row or group of lines of a long one.

    rank: how little a border before it is wanted: 0 between blocks, 1 inside a block, 2 after a lead-in.
    context: the header of the table that it continues, or "".
    """

    span: Span
    sentences: tuple[Span, ...]
    words: float
    rank: int
    context: str
    block: Block


def chunk(document: Document, scope: Scope, *, title: str, chapter: str = "") -> tuple[Chunk, ...]:
    """The chunks of a document in reading order. Every quotable sentence is in exactly one of them.

    scope: given down to the lesson; a source that is not given is the lesson's own body.
    title, chapter: of the lesson; they stand before the text in `indexed_text`, and ids follow from them too,
        so a lesson that gets another title is indexed anew.
    """
    place = (scope.tenant, scope.course, scope.lesson or "", scope.source or LESSON_SOURCE)
    seen: Counter[tuple[tuple[str, ...], str]] = Counter()
    chunks = []
    names = _distinct((chapter, title, document.title))
    for pieces in _cut(document):
        block = pieces[0].block
        span = Span(pieces[0].span.start, pieces[-1].span.end)
        text = document.text[span.start : span.end]
        indexed_text = "\n".join((*_distinct((*names, *block.heading)), *filter(None, (pieces[0].context, text))))
        key = (block.heading, indexed_text)
        chunks.append(
            Chunk(
                id=content_id(*place, *block.heading, indexed_text, str(seen[key])),
                span=span,
                heading=block.heading,
                anchor=block.anchor,
                sentences=tuple(sentence for piece in pieces for sentence in piece.sentences),
                indexed_text=indexed_text,
                page=block.page,
                slide=block.slide,
                seconds=block.seconds,
            )
        )
        seen[key] += 1
    return tuple(chunks)


def count_words(text: str) -> float:
    """Words as the size of a chunk counts them: about three quarters of the word pieces a model would see."""
    words: float = len(text.split())
    if not text.isascii():
        words += _WIDE_LETTER_WORDS * len(_WIDE_LETTERS.findall(text))
    return max(words, len(text) / _CHARACTERS_A_WORD)


def _cut(document: Document) -> Iterator[Sequence[_Piece]]:
    body = (block for block in document.blocks if block.kind != "heading")
    for _, blocks in groupby(body, key=lambda block: (block.anchor, block.heading, block.page, block.slide)):
        section = list(_pieces(document.text, blocks))
        if sum(piece.words for piece in section) <= MAX_WORDS:
            yield section
            continue
        borders = [0, *_anchors(document.text, section), len(section)]
        for first, last in pairwise(borders):
            yield from _pack(section[first:last])


def _pieces(text: str, blocks: Iterable[Block]) -> Iterator[_Piece]:
    leads_in = False
    for block in blocks:
        block_text = text[block.span.start : block.span.end]
        words = max(count_words(block_text), _PIECE_WORDS)
        sentences = block_sentences(text, block)
        rank = 2 if leads_in else 0
        if words <= MAX_WORDS or len(sentences) < 2:
            yield _Piece(block.span, tuple(sentences), words, rank, "", block)
        else:
            context = _table_header(block_text) if block.kind == "table" else ""
            start = block.span.start
            for sentence in sentences:
                # What stands between two sentences, such as the marker of a list item, goes with the second.
                span = Span(_skip_space(text, start, sentence.end), sentence.end)
                first = span.start == block.span.start
                yield _Piece(
                    span,
                    (sentence,),
                    max(count_words(text[span.start : span.end]), _PIECE_WORDS),
                    rank if first else 1,
                    "" if first else context,
                    block,
                )
                start = span.end
        leads_in = block_text.endswith((":", "：")) and block.kind in ("paragraph", "caption")


def _anchors(text: str, pieces: Sequence[_Piece]) -> Iterator[int]:
    """Positions of pieces before which every version of this neighbourhood is cut."""
    offsets = [0.0]
    for piece in pieces:
        offsets.append(offsets[-1] + piece.words)
    priority = [(piece.rank, _hash(text[piece.span.start : piece.span.end])) for piece in pieces]
    for position in range(1, len(pieces)):
        here = offsets[position]
        if here < ANCHOR_WORDS or offsets[-1] - here < ANCHOR_WORDS:
            continue
        low = max(1, bisect_left(offsets, here - ANCHOR_WORDS))
        high = bisect_left(offsets, here + ANCHOR_WORDS)
        own = priority[position]
        if all(priority[other] > own for other in range(low, min(high, len(pieces))) if other != position):
            yield position


def _hash(text: str) -> int:
    """Equal on every machine, unlike `hash`; two texts that share it only miss an anchor."""
    return crc32(text.encode("utf-8", "replace"))


def _pack(pieces: Sequence[_Piece]) -> Iterator[Sequence[_Piece]]:
    """Runs of pieces that cost least: near to TARGET_WORDS each, none above MAX_WORDS unless it is a single piece."""
    cheapest = [0.0]
    previous = [0]
    for end in range(1, len(pieces) + 1):
        words = 0.0
        best, best_start = float("inf"), end - 1
        for start in range(end - 1, -1, -1):
            words += pieces[start].words
            if words > MAX_WORDS and start < end - 1:
                break
            cost = cheapest[start] + (words / TARGET_WORDS - 1) ** 2
            if start:
                cost += (0.0, _INSIDE_BLOCK_COST, _AFTER_LEAD_IN_COST)[pieces[start].rank]
            if cost < best:
                best, best_start = cost, start
        cheapest.append(best)
        previous.append(best_start)
    borders = [len(pieces)]
    while borders[-1]:
        borders.append(previous[borders[-1]])
    borders.reverse()
    for first, last in pairwise(borders):
        yield pieces[first:last]


def _table_header(table: str) -> str:
    lines = table.split("\n", 2)
    return lines[0] if len(lines) > 2 and is_header_rule(lines[1]) else ""


def _distinct(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for name in names if name))


def _skip_space(text: str, start: int, end: int) -> int:
    visible = _VISIBLE.search(text, start, end)
    return visible.start() if visible else end
