"""Plain text: paragraphs between blank lines, lists by their bullets, headings by an underline."""

import re

from banyan.adapters.formats._decoding import decode
from banyan.proxy.domain.document_builder import DocumentBuilder, ListItem
from banyan.proxy.domain.knowledge import Document
from banyan.proxy.ports.format import Format

_BLANK = re.compile(r"\n[^\S\n]*\n\s*|\f")
_ITEM = re.compile(r"(?P<indent>[ \t]*)(?:[-*•‣◦–]|(?P<number>\d{1,3})[.)])[ \t]+(?P<text>\S.*)")
_UNDERLINE = re.compile(r"=+|-{3,}")
_WRAPPED_AT = 120  # lines that are longer on average were not wrapped: each is a paragraph
_HEADING_CHARACTERS = 120
_INDENT = 2


def read(content: bytes) -> Document:
    """See `Format.read`."""
    builder = DocumentBuilder("text")
    text = decode(content).replace("\r\n", "\n").replace("\r", "\n")
    for part in _BLANK.split(text):
        lines = [line for line in part.split("\n") if line.strip()]
        if lines:
            _add(builder, lines)
    return builder.build()


def _add(builder: DocumentBuilder, lines: list[str]) -> None:
    if len(lines) > 1 and _UNDERLINE.fullmatch(lines[1].strip()) and len(lines[0]) <= _HEADING_CHARACTERS:
        builder.heading(1 if lines[1].strip().startswith("=") else 2, lines[0])
        lines = lines[2:]
    prose: list[str] = []
    items: list[ListItem] = []
    for line in lines:
        item = _ITEM.fullmatch(line)
        if item:
            _flush(builder, prose)
            marker = f"{item['number']}." if item["number"] else "-"
            depth = len(item["indent"].expandtabs(4)) // _INDENT
            items.append(ListItem(item["text"], depth, marker))
        elif items and line[:1].isspace():
            last = items.pop()
            items.append(ListItem(f"{last.text}\n{line}", last.depth, last.marker))
        else:
            builder.bullets(items)
            items = []
            prose.append(line)
    builder.bullets(items)
    _flush(builder, prose)


def _flush(builder: DocumentBuilder, prose: list[str]) -> None:
    if sum(map(len, prose)) > _WRAPPED_AT * len(prose):
        for line in prose:
            builder.paragraph(line)
    else:
        builder.paragraph("\n".join(prose))
    prose.clear()


ENTRY = Format("text", (".text", ".txt"), "text", read)
