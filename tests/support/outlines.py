"""Shows a document as rows that a test can compare."""

from banyan.adapters.formats import FORMATS
from banyan.proxy.domain.knowledge import Document


def outline(document: Document) -> list[tuple[str, tuple[str, ...], str]]:
    """Kind, heading path and text of each block."""
    return [(block.kind, block.heading, document.text[block.span.start : block.span.end]) for block in document.blocks]


def read(name: str, content: str) -> list[tuple[str, str]]:
    """Kind and text of each block that a format reads in the content."""
    return [(kind, text) for kind, _, text in outline(FORMATS[name].read(content.encode()))]
