"""Editor.js documents, with the blocks that Frappe LMS adds, and plain `[kind, text]` pairs."""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from banyan.adapters.formats._decoding import decode
from banyan.adapters.formats._flow import Flow
from banyan.adapters.formats._markup import names, strip_tags
from banyan.adapters.formats.html import read_into as read_html_into
from banyan.adapters.formats.markdown import read_into as read_markdown_into
from banyan.kernel.errors import InvalidInput
from banyan.proxy.domain.document_builder import DocumentBuilder, ListItem
from banyan.proxy.domain.knowledge import Document
from banyan.proxy.ports.format import Format

_MOST_COMPLAINTS = 10
_SECTION = 2  # level of a heading that does not say; the lesson's title is the first
_MARKDOWN = re.compile(r"^ {0,3}(?:[#>|]|[-*+] |\d{1,3}[.)] )|\n|[\\`*_\[\]~$]")
_ADDRESS = re.compile(r"(?:[a-z][a-z+.-]*:|/|\.{1,2}/|www\.|#)\S*", re.IGNORECASE)
_SETTINGS = names(
    """
    id type url src href link file file_url file_type image service source embed width height alignment align style
    theme language lang version color colour background icon level format mime extension size quiz assignment exercise
    program
    """
)
"""Keys of an unknown block whose values are nothing to read."""


@dataclass(frozen=True, slots=True)
class _Block:
    """One block; `number` counts from 1, for messages."""

    number: int
    type: str
    data: Mapping[str, object]

    def text(self, key: str) -> str:
        """The text under a key, without its HTML; "" where there is none."""
        return strip_tags(self.raw(key))

    def raw(self, key: str) -> str:
        """The text under a key as it stands."""
        return self.as_text(self.data.get(key), f"'{key}'")

    def as_text(self, value: object, where: str) -> str:
        """A value that is to be text; numbers are taken as they are written."""
        if isinstance(value, str):
            return value
        if value is None:
            return ""
        if isinstance(value, int | float) and not isinstance(value, bool):
            return str(value)
        raise self.wrong(f"{where} must be text")

    def items(self, key: str) -> list[object]:
        """The list under a key; empty where there is none."""
        value = self.data.get(key)
        if value is None:
            return []
        if isinstance(value, list):
            return value
        raise self.wrong(f"'{key}' must be a list")

    def wrong(self, complaint: str) -> InvalidInput:
        """The error to raise, naming the block."""
        return InvalidInput(f"Block {self.number} ({self.type}): {complaint}; correct it and send it again.")


def read(content: bytes) -> Document:
    """`{"blocks": [...]}` or a bare list of blocks, as JSON. See `Format.read`."""
    try:
        parsed = json.loads(decode(content))
    except RecursionError as error:
        raise InvalidInput("The JSON is nested too deeply to be read; send flatter blocks.") from error
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise InvalidInput(f"The content is not valid JSON at {where} ({error.msg}); correct it there.") from error
    except ValueError as error:
        raise InvalidInput("The JSON holds a number with too many digits; shorten it.") from error
    if isinstance(parsed, dict):
        if "blocks" not in parsed:
            raise InvalidInput("The JSON object has no 'blocks'; send an Editor.js document or a list of blocks.")
        parsed = parsed["blocks"]
    return read_blocks(parsed)


def read_blocks(blocks: object) -> Document:
    """A document from parsed blocks: Editor.js objects, `[kind, text]` pairs, or both.

    A block that cannot be read is left out, and a warning has its number, counted from 1.
    Raises: InvalidInput where no block can be read.
    """
    if not isinstance(blocks, list):
        raise InvalidInput("'blocks' must be a list of blocks; send an Editor.js document.", param="blocks")
    builder = DocumentBuilder("editorjs")
    silent: Counter[str] = Counter()
    wrong: list[InvalidInput] = []
    for number, block in enumerate(blocks, start=1):
        try:
            _add_block(builder, number, block, silent)
        except InvalidInput as error:
            wrong.append(error)
    if wrong and len(wrong) == len(blocks):
        raise wrong[0]
    for complaint in wrong[:_MOST_COMPLAINTS]:
        builder.warn(complaint.message)
    if len(wrong) > _MOST_COMPLAINTS:
        builder.warn(f"{len(wrong) - _MOST_COMPLAINTS} more blocks could not be read.")
    if silent:
        listed = ", ".join(f"{kind} ({count})" for kind, count in sorted(silent.items()))
        builder.warn(f"These blocks hold no text and were left out: {listed}.")
    return builder.build()


def _add_block(builder: DocumentBuilder, number: int, block: object, silent: Counter[str]) -> None:
    if isinstance(block, list | tuple):
        _add_pair(builder, number, block)
        return
    parsed = _parse(number, block)
    reader = _READERS.get(parsed.type.lower())
    if reader:
        reader(builder, parsed)
    elif not _add_unknown(builder, parsed):
        silent[parsed.type] += 1


def _parse(number: int, block: object) -> _Block:
    if not isinstance(block, dict):
        raise InvalidInput(
            f"Block {number} must be an object with 'type' and 'data', or a pair [kind, text]; correct it there."
        )
    kind = block.get("type")
    if not isinstance(kind, str) or not kind:
        raise InvalidInput(f"Block {number} has no 'type'; say whether it is a paragraph, a header or another one.")
    data = block.get("data")
    if data is None:
        data = {}
    if not isinstance(data, dict):
        raise InvalidInput(f"Block {number} ({kind}): 'data' must be an object; correct it and send it again.")
    return _Block(number, kind, data)


def _add_pair(builder: DocumentBuilder, number: int, pair: list[object] | tuple[object, ...]) -> None:
    match pair:
        case [str(kind), str(text)]:
            pass
        case _:
            raise InvalidInput(f"Block {number} must be a pair of two texts, [kind, text]; correct it there.")
    match kind.lower():
        case "h":
            builder.heading(_SECTION, text)
        case "h1" | "h2" | "h3" | "h4" | "h5" | "h6":
            builder.heading(int(kind[1]), text)
        case "li":
            builder.bullets([ListItem(text)])
        case "code":
            builder.code(text)
        case "quote":
            builder.quote(text)
        case "math":
            builder.math(text)
        case "caption":
            builder.caption(text)
        case _:
            builder.paragraph(text)


def _header(builder: DocumentBuilder, block: _Block) -> None:
    level = block.data.get("level")
    builder.heading(level if isinstance(level, int) else _SECTION, block.text("text"))


def _paragraph(builder: DocumentBuilder, block: _Block) -> None:
    builder.paragraph(block.text("text"))


def _list(builder: DocumentBuilder, block: _Block) -> None:
    builder.bullets(_list_items(block))


def _list_items(block: _Block) -> Iterator[ListItem]:
    """Items of any of the list tools: plain texts, or objects with items of their own, to any depth."""
    style = block.data.get("style")
    meta = block.data.get("meta")
    start = meta.get("start") if isinstance(meta, dict) else None
    levels = [iter(block.items("items"))]
    numbers = [start if isinstance(start, int) else 1]
    while levels:
        item = next(levels[-1], None)
        if item is None:
            levels.pop()
            numbers.pop()
            continue
        marker = f"{numbers[-1]}." if style == "ordered" else "-"
        numbers[-1] += 1
        depth = len(levels) - 1
        if not isinstance(item, dict):
            yield ListItem(strip_tags(block.as_text(item, "an item")), depth, marker)
            continue
        details = item.get("meta")
        checked = details.get("checked") if isinstance(details, dict) else item.get("checked")
        if isinstance(checked, bool) and style != "ordered":
            marker = "[x]" if checked else "[ ]"
        yield ListItem(strip_tags(block.as_text(item.get("content", item.get("text")), "an item")), depth, marker)
        nested = item.get("items")
        if isinstance(nested, list):
            levels.append(iter(nested))
            numbers.append(1)


def _table(builder: DocumentBuilder, block: _Block) -> None:
    rows = []
    for row in block.items("content"):
        if not isinstance(row, list):
            raise block.wrong("each row of 'content' must be a list of cells")
        rows.append([strip_tags(block.as_text(cell, "a cell")) for cell in row])
    builder.table(rows, header=block.data.get("withHeadings") is True)


def _code(builder: DocumentBuilder, block: _Block) -> None:
    builder.code(block.raw("code"))


def _code_box(builder: DocumentBuilder, block: _Block) -> None:
    """Unlike the code tool, this one stores the HTML of its highlighted code."""
    builder.code(block.text("code"))


def _quote(builder: DocumentBuilder, block: _Block) -> None:
    builder.quote(block.text("text"))
    builder.caption(block.text("caption"))


def _warning(builder: DocumentBuilder, block: _Block) -> None:
    builder.paragraph(": ".join(filter(None, (block.text("title"), block.text("message")))))


def _captioned(builder: DocumentBuilder, block: _Block) -> None:
    builder.caption(block.text("caption") or block.text("alt"))


def _raw(builder: DocumentBuilder, block: _Block) -> None:
    read_html_into(Flow(builder), block.raw("html"))


def _markdown(builder: DocumentBuilder, block: _Block) -> None:
    text = block.text("text")
    if _MARKDOWN.search(text):
        read_markdown_into(Flow(builder), text)
    else:
        builder.paragraph(text)


def _math(builder: DocumentBuilder, block: _Block) -> None:
    builder.math(next(filter(None, map(block.raw, ("latex", "math", "formula", "text"))), ""))


def _nothing(builder: DocumentBuilder, block: _Block) -> None:
    """A line across the page."""


_READERS: Mapping[str, Callable[[DocumentBuilder, _Block], None]] = {
    "checklist": _list,
    "code": _code,
    "codebox": _code_box,
    "delimiter": _nothing,
    "embed": _captioned,
    "equation": _math,
    "header": _header,
    "image": _captioned,
    "latex": _math,
    "list": _list,
    "markdown": _markdown,
    "math": _math,
    "nestedlist": _list,
    "paragraph": _paragraph,
    "quote": _quote,
    "raw": _raw,
    "simpleimage": _captioned,
    "table": _table,
    "warning": _warning,
}


def _add_unknown(builder: DocumentBuilder, block: _Block) -> bool:
    """Whether the block, of a tool that is not known here, holds any text. Its texts become paragraphs."""
    found = False
    waiting: list[tuple[str, object]] = [("", block.data)]
    while waiting:
        key, value = waiting.pop()
        if isinstance(value, str):
            text = strip_tags(value)
            if key not in _SETTINGS and text.strip() and not _ADDRESS.fullmatch(text.strip()):
                builder.paragraph(text)
                found = True
        elif isinstance(value, dict):
            waiting.extend(reversed([(str(name), inner) for name, inner in value.items()]))
        elif isinstance(value, list):
            waiting.extend((key, inner) for inner in reversed(value))
    return found


ENTRY = Format("editorjs", (".json",), "editorjs", read)
