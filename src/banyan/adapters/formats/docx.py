"""Word files: headings by style or outline level, lists, tables, quotes, code by style."""

import re
from collections.abc import Iterator
from io import BytesIO
from typing import Any

from banyan.adapters.formats._flow import Flow
from banyan.adapters.formats._office import check_archive, refusing
from banyan.proxy.domain.document_builder import DocumentBuilder
from banyan.proxy.domain.knowledge import Document
from banyan.proxy.ports.format import Format

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_TEXT = frozenset([f"{_W}t", "{http://schemas.openxmlformats.org/officeDocument/2006/math}t"])
_SPACE = {f"{_W}tab": "\t", f"{_W}br": "\n", f"{_W}cr": "\n", f"{_W}noBreakHyphen": "-"}
_ALTERNATIVES = "{http://schemas.openxmlformats.org/markup-compatibility/2006}AlternateContent"
_NOT_READ = frozenset(
    [_ALTERNATIVES, *(f"{_W}{name}" for name in ("drawing", "pict", "object", "del", "moveFrom", "pPr", "rPr"))]
)
"""Pictures with the text boxes in them, which hold the same text twice, and what a tracked change took away."""

_HEADING = re.compile(r"heading (\d)")
_CODE = re.compile(r"code|preformatted|listing|verbatim")
_BODY_TEXT_LEVEL = 9  # Word's outline level of a paragraph that is no heading


def read(content: bytes) -> Document:
    """See `Format.read`."""
    check_archive(content, "a Word file", "word/document.xml")
    import docx
    from docx.exceptions import PythonDocxError
    from docx.opc.exceptions import OpcError

    with refusing("The Word file", PythonDocxError, OpcError):
        source = docx.Document(BytesIO(content))
        builder = DocumentBuilder("docx", source.core_properties.title or "")
        styles = {style.style_id: (style.name or "").lower() for style in source.styles}
        reader = _Reader(builder, styles)
        for element in _blocks(source.element.body):
            reader.add(element)
        reader.finish()
        return builder.build()


class _Reader:
    """styles: lower-case names by id; Word keeps the names of built-in styles in English in every language."""

    def __init__(self, builder: DocumentBuilder, styles: dict[str, str]) -> None:
        self._flow = Flow(builder)
        self._styles = styles
        self._code: list[str] = []
        self._in_list = False
        self._below_title = 0

    def add(self, element: Any) -> None:
        """One paragraph or table."""
        if element.tag == f"{_W}tbl":
            self.finish()
            rows = [[_text(cell) for cell in row.iter(f"{_W}tc")] for row in element.iterchildren(f"{_W}tr")]
            self._flow.table(rows, header=True)
            return
        style = self._styles.get(_value(element, "pPr", "pStyle") or "", "")
        text = _text(element)
        if _CODE.search(style):
            self._end_list()
            self._code.append(text)
            return
        self._end_code()
        if not text.strip():
            return
        level = self._heading_level(element, style)
        if level:
            self.finish()
            self._flow.heading(level, text)
        elif style.startswith("list") or _value(element, "pPr", "numPr", "numId") not in (None, "0"):
            self._add_item(text, ordered="number" in style)
        else:
            self._end_list()
            self._add_prose(text, style)

    def finish(self) -> None:
        """Ends what is still collecting lines or items."""
        self._end_code()
        self._end_list()
        self._flow.finish()

    def _heading_level(self, element: Any, style: str) -> int:
        if style == "title":
            self._below_title = 1
            return 1
        named = _HEADING.match(style)
        if named:
            return int(named[1]) + self._below_title
        outline = _value(element, "pPr", "outlineLvl")
        if outline and outline.isdigit() and int(outline) < _BODY_TEXT_LEVEL:
            return int(outline) + 1 + self._below_title
        return 0

    def _add_item(self, text: str, *, ordered: bool) -> None:
        if not self._in_list:
            self._flow.begin_list(1 if ordered else None)
            self._in_list = True
        self._flow.begin_item()
        self._flow.write(text)
        self._flow.end_block()

    def _add_prose(self, text: str, style: str) -> None:
        if "quote" in style:
            self._flow.begin_quote()
            self._flow.write(text)
            self._flow.end_quote()
        elif style == "caption":
            self._flow.caption(text)
        else:
            self._flow.write(text)
            self._flow.end_block()

    def _end_list(self) -> None:
        if self._in_list:
            self._flow.end_list()
            self._in_list = False

    def _end_code(self) -> None:
        if self._code:
            self._flow.code("\n".join(self._code))
            self._code.clear()


def _blocks(parent: Any) -> Iterator[Any]:
    """Paragraphs and tables in their order, also those inside content controls."""
    for child in parent.iterchildren():
        if child.tag in (f"{_W}p", f"{_W}tbl"):
            yield child
        elif child.tag in (f"{_W}sdt", f"{_W}sdtContent", f"{_W}ins", f"{_W}customXml"):
            yield from _blocks(child)


def _text(element: Any) -> str:
    parts: list[str] = []
    waiting = [element]
    while waiting:
        node = waiting.pop()
        if node.tag in _TEXT:
            parts.append(node.text or "")
        elif node.tag in _SPACE:
            parts.append(_SPACE[node.tag])
        elif node.tag not in _NOT_READ:
            if node.tag == f"{_W}p" and parts:
                parts.append("\n")
            waiting.extend(node.iterchildren(reversed=True))
    return "".join(parts)


def _value(element: Any, *path: str) -> str | None:
    """The `val` attribute at the end of a path of child elements."""
    for name in path:
        element = element.find(f"{_W}{name}")
        if element is None:
            return None
    value: str | None = element.get(f"{_W}val")
    return value


ENTRY = Format("docx", (".docx",), "docx", read, apart=True)
