"""Builds a `Document` block by block, so that every format yields the same clean text, spans, paths and anchors."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from banyan.proxy.domain.knowledge import Block, BlockKind, Document, Span

_BETWEEN_BLOCKS = "\n\n"
_CELL_BORDER = " | "
_SLUG_CHARACTERS = 60  # long enough to be told apart, short enough for a URL
_ANCHOR_CHARACTERS = 100
_LABEL_CHARACTERS = 300  # it stands before the text of every chunk below it, and in every citation
_DEPTH_LIMIT = 6  # deeper list items are indented no further; nobody can read that anyway

_SURROGATE = re.compile("[\ud800-\udfff]")
_CONTROL = re.compile("[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f]")  # what remains are kinds of white space
_INVISIBLE = re.compile("[\u00ad\u200b\u2060\ufeff]")  # soft hyphen, zero-width space, word joiner, byte order mark
_LINE_END = re.compile("\r\n?|[\u2028\u2029\x85]")
_BLANK_LINE = re.compile(r"\n[ \t]*\n\s*")
_WRAPPED_IDEOGRAPHS = re.compile("(?<=[\u3000-\u30ff\u3400-\u9fff\uff00-\uff60])[ \t]*\n[ \t]*(?=[\u3000-\u9fff])")
_SAFE_ANCHOR = re.compile(r"[A-Za-z][\w.:-]*")
_NOT_SLUG = re.compile(r"[\W_]+")
_DISPLAYED_MATH = re.compile(r"\s*\$\$([^$]+)\$\$\s*")
_HEADER_RULE = re.compile(r"---(?: \| ---)*")


def clean(text: str) -> str:
    """Text that can be stored and measured: NFC, no lone surrogates, no control or invisible characters.

    What stood for something unreadable becomes U+FFFD. Lines end with a bare newline; white space is kept.
    """
    if "\r" in text or not text.isascii():
        text = _LINE_END.sub("\n", text)
    if _CONTROL.search(text):
        text = _CONTROL.sub("\ufffd", text)
    if text.isascii():
        return text
    if _SURROGATE.search(text):
        text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if _INVISIBLE.search(text):
        text = _INVISIBLE.sub("", text)
    return unicodedata.normalize("NFC", text)


def fold(text: str) -> str:
    """Clean text on one line, words one space apart; wrapped lines of Chinese and Japanese join without a space."""
    text = clean(text)
    if "\n" in text and not text.isascii():
        text = _WRAPPED_IDEOGRAPHS.sub("", text)
    return " ".join(text.split())


def label(text: str) -> str:
    """A title, or a heading as it is named elsewhere: on one line, and cut where no reader would read on."""
    line = fold(text)
    return line if len(line) <= _LABEL_CHARACTERS else f"{line[: _LABEL_CHARACTERS - 1].rstrip()}\u2026"


def is_header_rule(line: str) -> bool:
    """Whether a line of a table's text is the rule below its header row."""
    return _HEADER_RULE.fullmatch(line) is not None


@dataclass(frozen=True, slots=True)
class ListItem:
    """One item of a list. depth: 0 for the outermost. marker: "-", "[x]", "[ ]", or a number and a full stop."""

    text: str
    depth: int = 0
    marker: str = "-"


class DocumentBuilder:
    """Collects blocks in reading order. A block without text is left out.

    A list becomes one block with a line for each item; a table one block with a line for each row, cells
    divided by " | ", and a rule of dashes below the header row if it has one.
    """

    def __init__(self, source_type: str, title: str = "") -> None:
        self._source_type = source_type
        self._title = fold(title)
        self._parts: list[str] = []
        self._blocks: list[Block] = []
        self._length = 0
        self._path: list[tuple[int, str]] = []
        self._heading: tuple[str, ...] = ()
        self._anchor = ""
        self._anchors: set[str] = set()
        self._next_suffix: dict[str, int] = {}
        self._warnings: dict[str, None] = {}
        self._page: int | None = None
        self._slide: int | None = None
        self._seconds: tuple[int, int] | None = None

    def move_to(
        self,
        *,
        page: int | None = None,
        slide: int | None = None,
        seconds: tuple[int, int] | None = None,
        anchor: str = "",
    ) -> None:
        """Says where the blocks that follow stand; pages and slides count from 1.

        anchor: for what stands below no heading that opens it; kept if it is safe in a URL and free.
        """
        self._page, self._slide, self._seconds = page, slide, seconds
        if anchor:
            self._anchor = self._free_anchor(anchor, anchor)

    def warn(self, sentence: str) -> None:
        """Notes what could not be read; the same sentence is kept once."""
        self._warnings.setdefault(sentence)

    def entitle(self, title: str) -> None:
        """Gives the document a title unless it has one."""
        self._title = self._title or fold(title)

    def heading(self, level: int, text: str, anchor: str = "") -> None:
        """level: 1 to 6, anything else is brought into that range. anchor: kept if it is safe in a URL and free."""
        text = fold(text)
        if not text:
            return
        level = min(max(level, 1), 6)
        while self._path and self._path[-1][0] >= level:
            self._path.pop()
        self._heading = tuple(name for _, name in self._path)
        self._anchor = self._free_anchor(anchor, text)
        self._add("heading", text, level)
        name = label(text)
        self._path.append((level, name))
        self._heading = (*self._heading, name)

    def paragraph(self, text: str) -> None:
        """Prose; a blank line in it begins another paragraph, and one between `$$` is a formula."""
        self._add_prose("paragraph", text)

    def quote(self, text: str) -> None:
        """Prose that is somebody else's."""
        self._add_prose("quote", text)

    def caption(self, text: str) -> None:
        """What stands below a figure, a film or a table."""
        self._add_prose("caption", text)

    def bullets(self, items: Iterable[ListItem]) -> None:
        """A whole list, nested items by their depth."""
        lines = []
        for item in items:
            text = fold(item.text)
            if text:
                lines.append(f"{'  ' * min(item.depth, _DEPTH_LIMIT)}{item.marker} {text}")
        self._add("list", "\n".join(lines).strip())

    def table(self, rows: Sequence[Sequence[str]], *, header: bool) -> None:
        """header: whether the first row names the columns. Rows may differ in length; empty rows are left out."""
        folded = [[fold(cell) for cell in row] for row in rows]
        filled = [row for row in folded if any(row)]
        lines = [_CELL_BORDER.join(row).strip() for row in filled]
        if header and len(lines) > 1 and filled[0] == folded[0]:
            lines.insert(1, _CELL_BORDER.join("---" for _ in filled[0]))
        self._add("table", "\n".join(lines))

    def code(self, text: str) -> None:
        """Verbatim text: its lines and indentation are kept."""
        self._add("code", _verbatim(text))

    def math(self, text: str) -> None:
        """A formula as TeX, without delimiters; it stands between `$$` in the document's text."""
        formula = _verbatim(text).strip()
        if formula:
            self._add("math", f"$${formula}$$")

    def build(self) -> Document:
        """The document. A first heading that is the only one at the top level is the title, and no part of paths."""
        blocks = tuple(self._blocks)
        title = self._title
        if blocks and blocks[0].level == 1 and title in ("", self._parts[0]):
            title = self._parts[0]
            if sum(block.level == 1 for block in blocks) == 1:
                blocks = (blocks[0], *(replace(block, heading=block.heading[1:]) for block in blocks[1:]))
        if not blocks:
            self.warn("There is no text in it.")
        return Document(_BETWEEN_BLOCKS.join(self._parts), blocks, self._source_type, title, tuple(self._warnings))

    def _add_prose(self, kind: BlockKind, text: str) -> None:
        pieces = _BLANK_LINE.split(clean(text)) if "\n" in text or "\r" in text else [text]
        for piece in pieces:
            formula = _DISPLAYED_MATH.fullmatch(piece)
            if formula:
                self.math(formula[1])
            else:
                self._add(kind, fold(piece))

    def _add(self, kind: BlockKind, text: str, level: int = 0) -> None:
        if not text:
            return
        start = self._length + (len(_BETWEEN_BLOCKS) if self._parts else 0)
        self._length = start + len(text)
        self._parts.append(text)
        self._blocks.append(
            Block(
                kind,
                Span(start, self._length),
                level,
                self._heading,
                self._anchor,
                page=self._page,
                slide=self._slide,
                seconds=self._seconds,
            )
        )

    def _free_anchor(self, wish: str, text: str) -> str:
        if len(wish) <= _ANCHOR_CHARACTERS and _SAFE_ANCHOR.fullmatch(wish) and wish not in self._anchors:
            self._anchors.add(wish)
            return wish
        slug = _slug(text)
        anchor = slug
        while anchor in self._anchors:
            number = self._next_suffix.get(slug, 2)
            self._next_suffix[slug] = number + 1
            anchor = f"{slug}-{number}"
        self._anchors.add(anchor)
        return anchor


def _slug(text: str) -> str:
    slug = _NOT_SLUG.sub("-", text.casefold()).strip("-")
    if len(slug) > _SLUG_CHARACTERS:
        slug = slug[: _SLUG_CHARACTERS + 1].rpartition("-")[0] or slug[:_SLUG_CHARACTERS]
    return slug or "section"


def _verbatim(text: str) -> str:
    lines = [line.rstrip() for line in clean(text).split("\n")]
    return "\n".join(lines).strip("\n")
