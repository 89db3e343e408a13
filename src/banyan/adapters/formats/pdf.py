"""PDF files: text by pages, paragraphs by the shape of lines, headings by the file's own outline."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from io import BytesIO
from typing import TYPE_CHECKING, Any

from banyan.adapters.formats._damage import DAMAGE
from banyan.kernel.errors import InvalidInput
from banyan.proxy.domain.document_builder import DocumentBuilder, ListItem, fold
from banyan.proxy.domain.knowledge import Document
from banyan.proxy.ports.format import Format

if TYPE_CHECKING:
    from pypdf import PdfReader

_HEADER_WITHIN = 1024  # bytes in which readers look for the signature
_RUNNING_PAGES = 4  # from so many pages on, a line that most of them begin or end with is no text
_SHORT_LINE = 0.8  # of the usual length: a shorter line with a stop at its end ends its paragraph
_BULLET = re.compile(r"[•‣◦▪●]\s*")
_STOP = re.compile(r"[.!?:;…。！？][\"”’»)\]]*$")
_HYPHENATED = re.compile(r"(?<=[^\W\d_])[-\u00ad]$")
_NUMBER = re.compile(r"\d+")
_FILE_NAME = re.compile(r"\.\w{2,5}$|^Microsoft Word - |^untitled", re.IGNORECASE)


def read(content: bytes) -> Document:
    """See `Format.read`. A page that cannot be read, or holds pictures only, is named in a warning."""
    if b"%PDF-" not in content[:_HEADER_WITHIN]:
        raise InvalidInput("This is not a PDF file; send the file itself, or its text.")
    reader = _open(content)
    builder = DocumentBuilder("pdf")
    pages, broken = _lines(reader)
    headings = _outline(builder, reader)
    running = _running_lines(pages)
    empty = []
    for number, lines in enumerate(pages, start=1):
        builder.move_to(page=number)
        if not lines and number not in broken:
            empty.append(number)
        kept = [line for position, line in enumerate(lines) if not _is_running(lines, position, running)]
        _add_page(builder, kept, headings.get(number, {}))
    _entitle(builder, reader)
    if broken:
        builder.warn(f"These pages are damaged and were left out: {_ranges(broken)}.")
    if empty:
        builder.warn(f"These pages hold no text, perhaps pictures of it: {_ranges(empty)}.")
    return builder.build()


def _open(content: bytes) -> "PdfReader":
    from pypdf import PdfReader
    from pypdf.errors import DependencyError, PyPdfError

    try:
        reader = PdfReader(BytesIO(content))
        if reader.is_encrypted and not reader.decrypt(""):
            raise InvalidInput("The PDF file is protected by a password; save it without one.")
        len(reader.pages)
    except DependencyError as error:
        raise InvalidInput("The PDF file is encrypted; save it without encryption.") from error
    except (PyPdfError, *DAMAGE) as error:
        raise InvalidInput(f"The PDF file is broken ({error or type(error).__name__}); export it anew.") from error
    return reader


def _lines(reader: "PdfReader") -> tuple[list[list[str]], list[int]]:
    """The lines of each page that hold anything, and the numbers of pages that could not be read."""
    from pypdf.errors import PyPdfError

    pages: list[list[str]] = []
    broken = []
    for number in range(1, len(reader.pages) + 1):
        try:
            text = reader.pages[number - 1].extract_text()
        except (PyPdfError, *DAMAGE):
            broken.append(number)
            text = ""
        pages.append([line for line in map(str.strip, text.split("\n")) if line])
    if pages and len(broken) == len(pages):
        raise InvalidInput("No page of the PDF file could be read; export it anew.")
    return pages, broken


def _outline(builder: DocumentBuilder, reader: "PdfReader") -> Mapping[int, Mapping[str, int]]:
    """For each page the level of every heading that the file's outline places there, by its folded text."""
    from pypdf.errors import PyPdfError

    headings: dict[int, dict[str, int]] = defaultdict(dict)
    try:
        waiting: list[tuple[int, Any]] = [(0, reader.outline)]
        while waiting:
            level, item = waiting.pop()
            if isinstance(item, list):
                waiting.extend((level + 1, inner) for inner in item)
            elif item.title:
                page = reader.get_destination_page_number(item)
                if page is not None:
                    headings[page + 1].setdefault(_key(item.title), level)
    except (PyPdfError, *DAMAGE):
        builder.warn("The outline of the PDF file is damaged, so its headings were read as text.")
        return {}
    return headings


def _running_lines(pages: Sequence[Sequence[str]]) -> frozenset[str]:
    """Lines, with numbers made equal, that stand at the edge of most pages.

    None where they are all that most pages have: a page of two lines is text, and no header over nothing.
    """
    filled = [lines for lines in pages if lines]
    if len(filled) < _RUNNING_PAGES:
        return frozenset()
    edges = Counter(edge for lines in filled for edge in {_NUMBER.sub("#", line) for line in _edges(lines)})
    running = frozenset(line for line, count in edges.items() if count * 2 > len(filled))
    left = sum(any(not _is_running(lines, at, running) for at in range(len(lines))) for lines in filled)
    return running if left * 2 > len(filled) else frozenset()


def _edges(lines: Sequence[str]) -> Iterable[str]:
    return (*lines[:2], *lines[2:][-2:])


def _is_running(lines: Sequence[str], position: int, running: frozenset[str]) -> bool:
    at_edge = position < 2 or position >= len(lines) - 2
    return at_edge and _NUMBER.sub("#", lines[position]) in running


def _add_page(builder: DocumentBuilder, lines: Sequence[str], headings: Mapping[str, int]) -> None:
    items: list[ListItem] = []
    for level, text, is_item in _paragraphs(lines, headings):
        if is_item:
            items.append(ListItem(text))
            continue
        if text:
            builder.bullets(items)
            items = []
        if level:
            builder.heading(level, text)
        else:
            builder.paragraph(text)
    builder.bullets(items)


def _paragraphs(lines: Sequence[str], headings: Mapping[str, int]) -> Iterator[tuple[int, str, bool]]:
    """Heading level (0 for text), text, and whether it is an item of a list."""
    usual = sorted(map(len, lines))[len(lines) * 9 // 10] if lines else 0
    text, is_item = "", False
    for line in lines:
        level = headings.get(_key(line), 0)
        bullet = _BULLET.match(line)
        if level or bullet:
            yield 0, text, is_item
            text, is_item = "", bool(bullet)
        if level:
            yield level, line, False
            is_item = False
            continue
        if bullet:
            line = line[bullet.end() :]
        text = _joined(text, line)
        if _STOP.search(line) and len(line) < usual * _SHORT_LINE:
            yield 0, text, is_item
            text, is_item = "", False
    yield 0, text, is_item


def _joined(text: str, line: str) -> str:
    if not text:
        return line
    if _HYPHENATED.search(text) and line[:1].islower():
        return text[:-1] + line
    return f"{text}\n{line}"


def _key(text: str) -> str:
    return fold(text).casefold()


def _entitle(builder: DocumentBuilder, reader: "PdfReader") -> None:
    from pypdf.errors import PyPdfError

    try:
        title = reader.metadata.title if reader.metadata else None
    except (PyPdfError, *DAMAGE):
        builder.warn("The title in the PDF file is damaged and was left out.")
        return
    if title and not _FILE_NAME.search(title.strip()):
        builder.entitle(title)


def _ranges(numbers: Sequence[int]) -> str:
    """[1, 2, 3, 7] as "1-3, 7"."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and runs[-1][-1] == number - 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return ", ".join(str(run[0]) if len(run) == 1 else f"{run[0]}-{run[-1]}" for run in runs)


ENTRY = Format("pdf", (".pdf",), "pdf", read, apart=True)
