"""From what an author sends to what is published."""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from banyan.kernel.errors import InvalidInput
from banyan.kernel.ids import check_id, check_name
from banyan.proxy.domain.chunking import chunk
from banyan.proxy.domain.document_builder import label
from banyan.proxy.domain.knowledge import LESSON_SOURCE, Block, Document, Scope
from banyan.proxy.domain.library import Edition

# Lone surrogates exist in no encoding, and NUL in no text column of PostgreSQL.
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_STAND_IN = "\ufffd"
INSTRUCTOR = "instructor"
"""The type of sources that are for staff alone unless something else is said."""


def place_of(scope: Scope) -> Scope:
    """The scope down to its source, the lesson's own body where none is named.

    Raises: InvalidInput.
    """
    source = LESSON_SOURCE if scope.source is None else check_name(scope.source, "source")
    return Scope(scope.tenant, check_id(scope.course, "course"), check_id(scope.lesson or "", "lesson"), source)


def make_edition(
    document: Document,
    place: Scope,
    *,
    title: str,
    chapter: str = "",
    url: str | None = None,
    metadata: Mapping[str, Any] | None = None,
    staff_only: bool | None = None,
) -> Edition:
    """Cuts a document into chunks; takes about a second for a thousand pages.

    Characters that cannot be stored are replaced one for one, so that every span stays where it is.
    Title and chapter become labels: one line of bounded length.
    staff_only: None for what the type of the source says: notes of instructors are.
    Raises: InvalidInput when there is nothing to find in it.
    """
    document = _storable_document(document)
    title = label(title) or document.title or place.lesson or ""
    chapter = label(chapter)
    chunks = chunk(document, place, title=title, chapter=chapter)
    if not any(document.text[one.span.start : one.span.end].strip() for one in chunks):
        raise InvalidInput(
            "There is no text in the content; send at least one sentence, or delete the lesson from the index.",
            code="empty_content",
        )
    if staff_only is None:
        staff_only = document.source_type.casefold() == INSTRUCTOR
    return Edition(place, title, chapter, document, chunks, url, dict(metadata or {}), staff_only)


def _storable(text: str) -> str:
    return _UNSTORABLE.sub(_STAND_IN, text)


def _storable_document(document: Document) -> Document:
    blocks = document.blocks
    if any(_UNSTORABLE.search("".join((*block.heading, block.anchor))) for block in blocks):
        blocks = tuple(_storable_block(block) for block in blocks)
    return replace(document, text=_storable(document.text), title=label(document.title), blocks=blocks)


def _storable_block(block: Block) -> Block:
    return replace(block, heading=tuple(map(_storable, block.heading)), anchor=_storable(block.anchor))
