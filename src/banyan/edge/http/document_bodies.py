"""What routes that read documents give."""

from typing import Any

from pydantic import BaseModel, Field

from banyan.assistant.usecases.classify import Classified
from banyan.assistant.usecases.read_document import ReadText


class DocumentMetadata(BaseModel):
    """What can be counted in a document and is written in it. warnings: what could not be read, as sentences."""

    title: str
    format: str = Field(description="What was read, such as `pdf`.")
    extension: str
    size_bytes: int
    char_count: int
    word_count: int
    line_count: int
    last_page: int | None = Field(None, description="The last page that has text, counted from 1.")
    last_slide: int | None = Field(None, description="The last slide that has text, counted from 1.")
    warnings: list[str]


class DocumentChunk(BaseModel):
    """A part of a document: `content` is its text from `start` to `end` in code points. position: from 0."""

    id: str
    content: str
    position: int
    start: int
    end: int
    heading: list[str] = Field(description="Of the sections that it stands in, outermost first.")
    type: str = Field(description="Of block: paragraph, list, table, code, quote, math or caption.")
    page: int | None = None
    slide: int | None = None
    seconds: tuple[int, int] | None = Field(None, description="Of a film, from and to.")
    embedding: list[float] | None = Field(None, description="Where it was asked for.")


class TextOfDocument(BaseModel):
    """Nothing in it is made up: a document without text has an empty one, and a warning."""

    text: str
    metadata: DocumentMetadata


class ProcessedDocument(TextOfDocument):
    """The text and its parts, none of which is kept."""

    chunks: list[DocumentChunk]


class ClassifiedBody(BaseModel):
    """category: the best, or `unknown` where none is near. scores: shares that sum to 1, `unknown` among them.

    similarities: cosines of the text and each category, which the shares follow from.
    """

    category: str
    scores: dict[str, float]
    similarities: dict[str, float]


class SortedDocument(ProcessedDocument):
    """With what it is about, where categories were sent."""

    classification: ClassifiedBody | None = None


def text_fields(read: ReadText) -> dict[str, Any]:
    """As `TextOfDocument`."""
    return {"text": read.reading.text, "metadata": read.metadata}


def document_fields(read: ReadText) -> dict[str, Any]:
    """As `ProcessedDocument`."""
    rows = []
    for position, part in enumerate(read.reading.parts):
        row: dict[str, Any] = {
            "id": part.id,
            "content": read.reading.text[part.start : part.end],
            "position": position,
            "start": part.start,
            "end": part.end,
            "heading": part.heading,
            "type": part.kind,
        }
        places = {"page": part.page, "slide": part.slide, "seconds": part.seconds}
        rows.append(row | {name: place for name, place in places.items() if place is not None})
    return {**text_fields(read), "chunks": rows}


def classified_fields(found: Classified) -> dict[str, Any]:
    """As `ClassifiedBody`."""
    return {"category": found.category, "scores": found.scores, "similarities": found.similarities}
