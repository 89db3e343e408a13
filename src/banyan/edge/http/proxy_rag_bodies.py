"""What `/v1/rag/...` takes and gives."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, Field

from banyan.edge.http.fields import Id, Name
from banyan.edge.http.proxy_search_options import MmrOption, SearchFilters, SourceType, TwoStageOption, Weights
from banyan.proxy.domain.knowledge import Block, BlockKind, Passage, SearchMode
from banyan.proxy.domain.library import LessonLine, Run, RunStatus, SourceText
from banyan.proxy.domain.parts import Part
from banyan.proxy.ports.knowledge import Found
from banyan.proxy.usecases.read_content import Read

MOST_RESULTS = 100


class IndexBody(BaseModel):
    """One source of a lesson, in exactly one of `content`, `blocks`, `html`, `markdown`, `file` and `url`.

    Indexing a source again replaces it; what did not change keeps its chunks and vectors.
    """

    course: Id
    lesson: Id
    content: str | None = Field(None, description="Plain text.")
    blocks: list[Any] | dict[str, Any] | None = Field(None, description="Editor.js: the document, or its blocks.")
    html: str | None = None
    markdown: str | None = None
    file: str | None = Field(None, description="A file in base64, such as a PDF; goes with `file_name`.")
    file_name: str | None = Field(None, description="Its ending says how `file` is read.")
    url: str | None = Field(None, description="Of a public page, which is fetched; citations lead there.")
    link: str | None = Field(None, max_length=2000, description="Where citations lead, for content that is sent.")
    title: str | None = Field(None, description="Of the lesson, one short line; the content's own where absent.")
    chapter: str | None = None
    source: Name | None = Field(None, description="`lesson`, its own body, where absent; else an attachment's name.")
    source_type: SourceType | None = Field(None, description="What citations call it; the format's name where absent.")
    visibility: Literal["everyone", "staff"] | None = Field(
        None,
        description="`staff`: learners find, read and are answered from nothing of it. "
        "Where absent, sources of the type `instructor` are for staff.",
    )
    metadata: dict[str, Any] | None = None
    wait: bool = Field(False, description="Answer only when the vectors are there too.")


class ReadBody(BaseModel):
    """A file or page to be read and not kept; exactly one of the fields, as in the body of an indexing."""

    content: str | None = None
    blocks: list[Any] | dict[str, Any] | None = None
    html: str | None = None
    markdown: str | None = None
    file: str | None = Field(None, description="In base64; goes with `file_name`.")
    file_name: str | None = None
    url: str | None = None
    parts: bool = Field(False, description="Answer with the parts in which it would be indexed, too.")


class PartBody(BaseModel):
    """A part of the text, from `start` to `end` in code points. kind: of most of it. sentences: spans."""

    id: str
    start: int
    end: int
    kind: BlockKind
    heading: list[str]
    anchor: str
    sentences: list[tuple[int, int]]
    page: int | None = None
    slide: int | None = None
    seconds: tuple[int, int] | None = None


class ReadAnswer(BaseModel):
    """The plain text, as it would be indexed. warnings: what could not be read. url: where a page was found."""

    text: str
    title: str
    source_type: str
    warnings: list[str]
    url: str | None = None
    parts: list[PartBody] | None = None


class IndexAnswer(BaseModel):
    """The run that indexed it. Its words are found from now on; `embedded` chunks are found by meaning, too.

    warnings: what in the content could not be read or was left out.
    """

    run_id: str
    course: str
    lesson: str
    source: str
    status: RunStatus
    chunks: int
    unchanged: int
    embedded: int
    error: str | None = None
    warnings: list[str]


class SearchBody(BaseModel):
    """A question to the index of a course. What is not sent is as the settings say."""

    query: str
    course: Id
    lesson: Id | None = None
    top_k: int | None = Field(None, ge=1, le=MOST_RESULTS, description="How many; the settings' number where absent.")
    mode: SearchMode = "hybrid"
    filters: SearchFilters | None = None
    two_stage: TwoStageOption | None = Field(None, description="A narrow first look; its candidates are compared.")
    rerank: bool | None = Field(None, description="Whether the reranker puts the best into its order.")
    mmr: MmrOption | None = Field(None, description="Results that do not repeat each other.")
    weights: Weights | None = Field(None, description="By kind or type of source; the others stay as they are.")


class SearchResult(BaseModel):
    """A passage. `content` is the source's plain text from `start` to `end`; `rerank_score` has the model's scale."""

    content: str
    score: float
    rerank_score: float | None = None
    course: str
    lesson: str
    title: str
    source: str
    source_type: str
    chunk_id: str
    anchor: str
    heading: list[str]
    start: int
    end: int
    url: str | None = None
    page: int | None = None
    slide: int | None = None
    seconds: tuple[int, int] | None = Field(None, description="Of a film, from and to.")


class SearchAnswer(BaseModel):
    """Best first. reranked: whether the reranker made the order, where it was asked for. reason: why it did not."""

    results: list[SearchResult]
    reranked: bool | None = None
    reason: str | None = None


class DeleteAnswer(BaseModel):
    """How much is gone from every later answer."""

    lessons: int
    sources: int
    chunks: int


class RunBody(BaseModel):
    """One indexing. `running`: found by its words, vectors are being made. error: also what vectors wait for."""

    id: str
    course: str
    lesson: str
    source: str
    status: RunStatus
    chunks: int
    unchanged: int
    embedded: int
    error: str | None = None
    started_at: datetime
    ended_at: datetime | None


class RunsAnswer(BaseModel):
    """The latest, newest first."""

    runs: list[RunBody]


class BlockBody(BaseModel):
    """A block's span in the text, in code points."""

    kind: BlockKind
    level: int
    start: int
    end: int
    anchor: str
    heading: list[str]
    page: int | None = None
    slide: int | None = None
    seconds: tuple[int, int] | None = Field(None, description="Of a film, from and to.")


class TextAnswer(BaseModel):
    """The plain text of a source, in which every span is measured. version: grows with every change."""

    course: str
    lesson: str
    source: str
    source_type: str
    title: str
    chapter: str
    version: int
    text: str
    blocks: list[BlockBody]
    url: str | None = None


class LessonRow(BaseModel):
    """A lesson of a course. embedded: how many of its chunks have vectors by now."""

    course: str
    lesson: str
    title: str
    chapter: str
    chunks: int
    embedded: int


class LessonsAnswer(BaseModel):
    """In course order."""

    lessons: list[LessonRow]


class CoursesAnswer(BaseModel):
    """Courses that have anything indexed, sorted."""

    courses: list[str]


def index_fields(run: Run, warnings: tuple[str, ...]) -> dict[str, Any]:
    """As `IndexAnswer`."""
    fields = {
        "run_id": run.id,
        **_known(run, "course", "lesson", "source", "status", "chunks", "unchanged", "embedded"),
    }
    return {**fields, **_given(error=run.error), "warnings": warnings}


def read_fields(read: Read, parts: Sequence[Part] | None = None) -> dict[str, Any]:
    """As `ReadAnswer`."""
    rows = None if parts is None else [_given(**asdict(one)) for one in parts]
    return {**_known(read.document, "text", "title", "source_type", "warnings"), **_given(url=read.url, parts=rows)}


def run_fields(run: Run) -> dict[str, Any]:
    """As `RunBody`."""
    names = ("id", "course", "lesson", "source", "status", "chunks", "unchanged", "embedded", "started_at", "ended_at")
    return {**_known(run, *names), **_given(error=run.error)}


def result_fields(passage: Passage) -> dict[str, Any]:
    """As `SearchResult`."""
    names = ("score", "course", "lesson", "title", "source", "source_type", "chunk_id", "anchor", "heading")
    span = {"start": passage.span.start, "end": passage.span.end}
    place = _given(page=passage.page, slide=passage.slide, seconds=passage.seconds)
    optional = {**_given(rerank_score=passage.rerank_score, url=passage.url), **place}
    return {"content": passage.text, **_known(passage, *names), **span, **optional}


def search_fields(found: Found) -> dict[str, Any]:
    """As `SearchAnswer`."""
    results = {"results": [result_fields(passage) for passage in found.passages]}
    if found.reranking is None:
        return results
    return {**results, "reranked": found.reranking.fault is None, **_given(reason=found.reranking.fault)}


def text_fields(source: SourceText) -> dict[str, Any]:
    """As `TextAnswer`."""
    names = ("course", "lesson", "source", "source_type", "title", "chapter", "version", "text")
    blocks = [_block_fields(block) for block in source.blocks]
    return {**_known(source, *names), "blocks": blocks, **_given(url=source.url)}


def lesson_fields(line: LessonLine) -> dict[str, Any]:
    """As `LessonRow`."""
    return _known(line, "course", "lesson", "title", "chapter", "chunks", "embedded")


def _block_fields(block: Block) -> dict[str, Any]:
    span = {"start": block.span.start, "end": block.span.end}
    return {
        **_known(block, "kind", "level", "anchor", "heading"),
        **span,
        **_given(page=block.page, slide=block.slide, seconds=block.seconds),
    }


def _known(value: object, *names: str) -> dict[str, Any]:
    return {name: getattr(value, name) for name in names}


def _given(**values: object) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}
