"""EPUB books: the chapters in the order of the spine, each read as the web page that it is."""

import posixpath
import re
from collections.abc import Iterator, Mapping
from io import BytesIO
from typing import Any
from urllib.parse import unquote
from zipfile import ZipFile

from banyan.adapters.formats._decoding import decode
from banyan.adapters.formats._flow import Flow
from banyan.adapters.formats._markup import names
from banyan.adapters.formats._office import check_archive, refusing
from banyan.adapters.formats.html import read_into
from banyan.kernel.errors import InvalidInput, TooLarge
from banyan.proxy.domain.document_builder import DocumentBuilder
from banyan.proxy.domain.knowledge import Document
from banyan.proxy.ports.format import Format

_CONTAINER = "META-INF/container.xml"
_CHAPTER_BYTES = 20_000_000  # one page; a whole novel has less than two
_BOOK_BYTES = 100_000_000  # of all pages
_HIDDEN_FONTS = re.compile(rb"https?://(?:www\.idpf\.org/2008/embedding|ns\.adobe\.com/pdf/enc#RC)")
_METHOD = re.compile(rb"EncryptionMethod[^>]*Algorithm")
_EMPTY_TAG = re.compile(r"<([A-Za-z][\w:.-]*)((?:\s[^<>]*)?)/>")
_VOID = names("area base br col embed hr img input link meta param source track wbr")
_HEADING = re.compile(r"<h[1-6][\s>]", re.IGNORECASE)


def read(content: bytes) -> Document:
    """See `Format.read`. A chapter without a heading gets the one that the table of contents gives it."""
    check_archive(content, "an EPUB book", _CONTAINER)
    with refusing("The EPUB book"), ZipFile(BytesIO(content)) as archive:
        book = _Book(archive)
        package_path, package = book.package()
        items = {item.get("id", ""): item for item in _all(package, "item")}
        titles = book.titles(package_path, items.values())
        builder = DocumentBuilder("epub", next((one.text or "" for one in _all(package, "title")), ""))
        missing = read_any = 0
        seen: set[str] = set()  # a spine may name a page twice, and a hostile one a million times
        for reference in _all(package, "itemref"):
            item = items.get(reference.get("idref", ""))
            if item is None:
                missing += 1
                continue
            path = _resolved(package_path, item.get("href", ""))
            if path in seen or "nav" in item.get("properties", "").split():
                continue
            seen.add(path)
            if not book.has(path):
                missing += 1
                continue
            source = book.page(path)
            flow = Flow(builder)
            if not _HEADING.search(source) and path in titles:
                flow.heading(1, titles[path])
            read_into(flow, source)
            read_any += 1
        if not read_any:
            raise InvalidInput("The EPUB book names no chapter that is in it; export it anew.", code="epub_broken")
        if missing:
            builder.warn(f"The book names {missing} chapters that are not in it.")
        return builder.build()


class _Book:
    """The archive, of which no more is unpacked than the bounds allow."""

    def __init__(self, archive: ZipFile) -> None:
        self._archive = archive
        self._members = {member.filename: member for member in archive.infolist()}
        self._left = _BOOK_BYTES
        if any(member.flag_bits & 1 for member in self._members.values()):
            raise _protected()
        encryption = self._part("META-INF/encryption.xml") if self.has("META-INF/encryption.xml") else b""
        if len(_METHOD.findall(encryption)) > len(_HIDDEN_FONTS.findall(encryption)):
            raise _protected()

    def has(self, path: str) -> bool:
        """Whether there is such a part."""
        return path in self._members

    def package(self) -> tuple[str, Any]:
        """The file that lists the book's parts: its path, and its root element."""
        root = _xml(self._part(_CONTAINER))
        path = next((one.get("full-path", "") for one in _all(root, "rootfile")), "")
        if not self.has(path):
            raise InvalidInput("The EPUB book has no list of its parts; export it anew.", code="epub_broken")
        return path, _xml(self._part(path))

    def page(self, path: str) -> str:
        """A chapter as HTML: in XHTML any element may close itself, which HTML reads as left open."""
        content = self._part(path)
        if b"<!ENTITY" in content:
            raise _bomb()
        return _EMPTY_TAG.sub(_opened, decode(content))

    def titles(self, package_path: str, items: Any) -> Mapping[str, str]:
        """Of chapters by path, from the table of contents of EPUB 2 or 3; the first of each file counts."""
        titles: dict[str, str] = {}
        for item in items:
            path = _resolved(package_path, item.get("href", ""))
            ncx = item.get("media-type") == "application/x-dtbncx+xml"
            if not self.has(path) or not (ncx or "nav" in item.get("properties", "").split()):
                continue
            for point in _all(_xml(self._part(path)), "navPoint" if ncx else "a"):
                target = next((one.get("src", "") for one in _all(point, "content")), "") if ncx else point.get("href")
                label = next(_all(point, "text"), None) if ncx else point
                text = " ".join("".join(label.itertext()).split()) if label is not None else ""
                if target and text:
                    titles.setdefault(_resolved(path, target), text)
        return titles

    def _part(self, path: str) -> bytes:
        member = self._members[path]
        self._left -= member.file_size
        if member.file_size > _CHAPTER_BYTES or self._left < 0:
            raise TooLarge(
                f"The EPUB book would unpack to a chapter of more than {_CHAPTER_BYTES // 1_000_000} MB, or to more "
                f"than {_BOOK_BYTES // 1_000_000} MB of text; split it."
            )
        return self._archive.read(member)  # never more than the size that was checked


def _xml(content: bytes) -> Any:
    from defusedxml.common import DefusedXmlException
    from defusedxml.ElementTree import fromstring

    try:
        return fromstring(content)
    except DefusedXmlException as error:
        raise _bomb() from error


def _all(root: Any, name: str) -> Iterator[Any]:
    """Elements of that name in any namespace, as books of all ages use several."""
    return (one for one in root.iter() if isinstance(one.tag, str) and one.tag.rpartition("}")[2] == name)


def _resolved(base: str, reference: str) -> str:
    path = unquote(reference.partition("#")[0])
    return posixpath.normpath(posixpath.join(posixpath.dirname(base), path)) if path else ""


def _opened(tag: re.Match[str]) -> str:
    return tag[0] if tag[1].lower() in _VOID else f"<{tag[1]}{tag[2]}></{tag[1]}>"


def _protected() -> InvalidInput:
    return InvalidInput(
        "The EPUB book is protected against copying, so that its text cannot be read; send one without protection.",
        code="file_protected",
    )


def _bomb() -> InvalidInput:
    return InvalidInput(
        "The EPUB book declares XML entities of its own, as hostile files do; export it anew without them.",
        code="epub_broken",
    )


ENTRY = Format("epub", (".epub",), "epub", read, apart=True)
