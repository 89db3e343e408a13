"""From what an author sends to what is published."""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from banyan.kernel.errors import InvalidInput
from banyan.proxy.domain.chunking import chunk
from banyan.proxy.domain.knowledge import LESSON_SOURCE, Block, Document, Scope
from banyan.proxy.domain.library import Edition

LONGEST_NAME = 500
"""Code points of a course, lesson or source; a URL is the longest that makes sense."""

# Lone surrogates exist in no encoding, and NUL in no text column of PostgreSQL.
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_STAND_IN = "\ufffd"


def place_of(scope: Scope) -> Scope:
    """The scope down to its source, the lesson's own body where none is named.

    Raises: InvalidInput when a name is missing, too long or cannot be stored.
    """
    named = {"course": scope.course, "lesson": scope.lesson or "", "source": scope.source or LESSON_SOURCE}
    for field, name in named.items():
        if not name.strip():
            raise InvalidInput(f"`{field}` is empty; name the {field} that the content belongs to.", param=field)
        if len(name) > LONGEST_NAME:
            raise InvalidInput(f"`{field}` is longer than {LONGEST_NAME} characters; use a shorter name.", param=field)
        if _UNSTORABLE.search(name):
            raise InvalidInput(f"`{field}` holds characters that cannot be stored; use valid Unicode.", param=field)
    return Scope(scope.tenant, **named)


def make_edition(
    document: Document,
    place: Scope,
    *,
    title: str,
    chapter: str = "",
    url: str | None = None,
    metadata: Mapping[str, Any] | None = None,
) -> Edition:
    """Cuts a document into chunks; takes about a second for a thousand pages.

    Characters that cannot be stored are replaced one for one, so that every span stays where it is.
    Raises: InvalidInput when there is nothing to find in it.
    """
    document = _storable_document(document)
    title = _storable(title) or document.title or place.lesson or ""
    chapter = _storable(chapter)
    chunks = chunk(document, place, title=title, chapter=chapter)
    if not any(document.text[one.span.start : one.span.end].strip() for one in chunks):
        raise InvalidInput(
            "There is no text in the content; send at least one sentence, or delete the lesson from the index.",
            code="empty_content",
        )
    return Edition(place, title, chapter, document, chunks, url, dict(metadata or {}))


def _storable(text: str) -> str:
    return _UNSTORABLE.sub(_STAND_IN, text)


def _storable_document(document: Document) -> Document:
    blocks = document.blocks
    if any(_UNSTORABLE.search("".join((*block.heading, block.anchor))) for block in blocks):
        blocks = tuple(_storable_block(block) for block in blocks)
    return replace(document, text=_storable(document.text), title=_storable(document.title), blocks=blocks)


def _storable_block(block: Block) -> Block:
    return replace(block, heading=tuple(map(_storable, block.heading)), anchor=_storable(block.anchor))
