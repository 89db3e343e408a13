"""The values of indexed knowledge: documents, chunks, passages, and where they belong.

All offsets count Unicode code points in `Document.text`, the plain text in which every span is measured.
"""

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float32]
BlockKind = Literal["heading", "paragraph", "list", "table", "code", "quote", "math", "caption"]
SearchMode = Literal["hybrid", "dense", "text"]

LESSON_SOURCE = "lesson"
"""The `source` of a lesson's own body; attachments and pages carry their name or URL instead."""


@dataclass(frozen=True, slots=True)
class Scope:
    """A place in the index: a course of a tenant, or one lesson or source of it. Every key starts with it.

    for_learners: what is for staff alone does not exist there.
    """

    tenant: str
    course: str
    lesson: str | None = None
    source: str | None = None
    for_learners: bool = False

    @property
    def whole_course(self) -> "Scope":
        """The course that it is in, for the same readers."""
        return Scope(self.tenant, self.course, for_learners=self.for_learners)


@dataclass(frozen=True, slots=True)
class Span:
    """A half-open range of code points."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Block:
    """One block of a document, in reading order; blocks never overlap.

    level: 1 to 6 for a heading, else 0.
    heading: path of the headings above it, outermost first (a heading does not contain itself).
    anchor: URL fragment of the nearest heading above or of itself; unique per heading, "" before the first.
    seconds: where in a film it is said, from and to.
    """

    kind: BlockKind
    span: Span
    level: int = 0
    heading: tuple[str, ...] = ()
    anchor: str = ""
    page: int | None = None
    slide: int | None = None
    seconds: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """A source as plain text plus its structure. `text[block.span.start:block.span.end]` is the block's text."""

    text: str
    blocks: tuple[Block, ...]
    source_type: str
    title: str = ""
    warnings: tuple[str, ...] = ()
    """What could not be read or was left out, as plain sentences for whoever indexes it."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """What is retrieved: a run of neighbouring blocks (or part of a long one) under one heading path.

    id: follows from scope, heading path, text and occurrence, so it survives edits elsewhere in the lesson.
    sentences: spans in document coordinates, in order, covering what is worth quoting; headings are not among them.
    indexed_text: what BM25 and the embedder see: title and headings before the text.
    """

    id: str
    span: Span
    heading: tuple[str, ...]
    anchor: str
    sentences: tuple[Span, ...]
    indexed_text: str
    page: int | None = None
    slide: int | None = None
    seconds: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Sentence:
    """One quotable sentence. vector: unit length, absent until it has been embedded."""

    span: Span
    text: str
    vector: Vector | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Passage:
    """A chunk as found: its text, where it stands, and how well it matches.

    score: of the ranking that was asked for, higher is better.
    dense_score: cosine of question and chunk, -1 to 1; absent where the chunk or the question has no vector.
    rerank_score: what a reranker gave it, on that model's scale; absent where none was asked.
    text: equals the source's plain text over `span`. version: of that source.
    """

    chunk_id: str
    course: str
    lesson: str
    source: str
    source_type: str
    title: str
    heading: tuple[str, ...]
    anchor: str
    span: Span
    text: str
    sentences: tuple[Sentence, ...]
    score: float
    dense_score: float | None = None
    rerank_score: float | None = None
    url: str | None = None
    page: int | None = None
    slide: int | None = None
    seconds: tuple[int, int] | None = None
    version: int = 0
