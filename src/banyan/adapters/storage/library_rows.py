"""Between rows of the library's tables and the values that the proxy knows."""

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Row, and_, select

from banyan.adapters.storage.library_tables import chunks, runs, sources, versions
from banyan.proxy.domain.knowledge import Block, Chunk, Passage, Scope, Sentence, Span
from banyan.proxy.domain.library import Edition, Run, SourceText

_encode = msgspec.json.Encoder(order="deterministic").encode
_decode_strings = msgspec.json.Decoder(tuple[str, ...]).decode
_decode_spans = msgspec.json.Decoder(list[tuple[int, int]]).decode

PUBLISHED = and_(versions.c.source_id == sources.c.id, versions.c.number == sources.c.published)
"""Joins a source with the version of it that answers see."""


def within(scope: Scope) -> ColumnElement[bool]:
    """The sources of a scope."""
    conditions = [sources.c.tenant == scope.tenant, sources.c.course == scope.course]
    if scope.lesson is not None:
        conditions.append(sources.c.lesson == scope.lesson)
    if scope.source is not None:
        conditions.append(sources.c.source == scope.source)
    if scope.for_learners:
        conditions.append(sources.c.staff_only.is_(False))
    return and_(*conditions)


def version_values(edition: Edition) -> dict[str, Any]:
    """The columns of a version that say what it is; two editions are the same when these and the chunks are."""
    document = edition.document
    return {
        "title": edition.title,
        "chapter": edition.chapter,
        "source_type": document.source_type,
        "url": edition.url,
        "metadata_json": _encode(edition.metadata).decode(),
        "staff_only": edition.staff_only,
        "text": document.text,
        "blocks_json": _encode(document.blocks).decode(),
    }


def chunk_values(tenant: str, version: int, ordinal: int, chunk: Chunk, text: str) -> dict[str, Any]:
    """A chunk's row. text: the document's."""
    return {
        "tenant": tenant,
        "id": chunk.id,
        "version_id": version,
        "ordinal": ordinal,
        "start": chunk.span.start,
        "end": chunk.span.end,
        "heading_json": _encode(chunk.heading).decode(),
        "anchor": chunk.anchor,
        "sentences_json": _encode([(span.start, span.end) for span in chunk.sentences]).decode(),
        "text": text[chunk.span.start : chunk.span.end],
        "indexed_text": chunk.indexed_text,
        "page": chunk.page,
        "slide": chunk.slide,
        "from_second": chunk.seconds and chunk.seconds[0],
        "to_second": chunk.seconds and chunk.seconds[1],
        "embedded_by": None,
    }


PASSAGE = (
    select(
        chunks.c.id,
        sources.c.course,
        sources.c.lesson,
        sources.c.source,
        versions.c.source_type,
        versions.c.title,
        chunks.c.heading_json,
        chunks.c.anchor,
        chunks.c.start,
        chunks.c.end,
        chunks.c.text,
        chunks.c.sentences_json,
        versions.c.url,
        chunks.c.page,
        chunks.c.slide,
        chunks.c.from_second,
        chunks.c.to_second,
        versions.c.number,
    )
    .join(versions, versions.c.id == chunks.c.version_id)
    .join(sources, PUBLISHED)
)
"""Published chunks with all that a passage shows."""


def to_passage(row: Row[*tuple[Any, ...]]) -> Passage:
    """A row of `PASSAGE`."""
    id, course, lesson, source, source_type, title, heading, anchor, start, end, text, sentences, url, *place = row
    page, slide, from_second, to_second, version = place
    return Passage(
        chunk_id=id,
        course=course,
        lesson=lesson,
        source=source,
        source_type=source_type,
        title=title,
        heading=_decode_strings(heading),
        anchor=anchor,
        span=Span(start, end),
        text=text,
        sentences=tuple(
            Sentence(Span(first, last), text[first - start : last - start]) for first, last in _decode_spans(sentences)
        ),
        score=0.0,
        url=url,
        page=page,
        slide=slide,
        seconds=None if from_second is None else (from_second, to_second),
        version=version,
    )


def sentence_texts(start: int, text: str, sentences_json: str) -> tuple[str, ...]:
    """The sentences of a chunk, whose text begins at `start` of the document."""
    return tuple(text[first - start : last - start] for first, last in _decode_spans(sentences_json))


RUN = select(
    runs.c.id,
    runs.c.course,
    runs.c.lesson,
    runs.c.source,
    runs.c.status,
    runs.c.chunks,
    runs.c.unchanged,
    runs.c.embedded,
    runs.c.started_at,
    runs.c.ended_at,
    runs.c.error,
)


def to_run(row: Row[*tuple[Any, ...]]) -> Run:
    """A row of `RUN`."""
    return Run(*row)


SOURCE_TEXT = select(
    sources.c.course,
    sources.c.lesson,
    sources.c.source,
    versions.c.source_type,
    versions.c.title,
    versions.c.chapter,
    versions.c.number,
    versions.c.text,
    versions.c.blocks_json,
    versions.c.url,
).join(versions, PUBLISHED)


def to_source_text(row: Sequence[Any]) -> SourceText:
    """A row of `SOURCE_TEXT`."""
    course, lesson, source, source_type, title, chapter, number, text, blocks, url = row
    decoded = msgspec.json.decode(blocks, type=tuple[Block, ...])
    return SourceText(course, lesson, source, source_type, title, chapter, number, text, decoded, url)


def batches(items: Sequence[Any], size: int) -> list[Sequence[Any]]:
    """Parts of a long list of bound values; SQLite takes 32,766 in one statement."""
    return [items[start : start + size] for start in range(0, len(items), size)]
