"""Which kinds of pages are read, told by what their server says and by what their bytes are."""

import codecs
import re

from banyan.kernel.errors import InvalidInput
from banyan.kernel.file_kinds import ENDINGS, PACKED, SAME, packed_kind

ACCEPT = ", ".join(("text/html", "application/xhtml+xml", "application/pdf", "text/*;q=0.8", "*/*;q=0.5"))
_UNTOLD = frozenset({"", "application/octet-stream", "binary/octet-stream", "application/zip", "text/plain"})
"""What servers say when they do not know; then the bytes and the end of the path decide."""
_OTHER = (
    *(b"PK\x03\x04", b"%PDF-"),
    *(b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"RIFF", b"\x1f\x8b", b"\x7fELF", b"MZ", b"\xd0\xcf\x11\xe0"),
    *(b"ID3", b"OggS", b"\x00\x00\x00", b"Rar!", b"7z\xbc\xaf", b"BZh", b"\xfd7zXZ", b"SQLite format 3"),
)
_HTML = re.compile(rb"\s*(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE | re.DOTALL)
_META = re.compile(rb"<meta[^>]{1,200}?charset\s*=\s*[\"']?\s*([a-zA-Z0-9_:.-]{2,40})", re.IGNORECASE)
_MARKS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
_LOOKED_AT = 1024
_CHARSETS = re.compile(
    r"utf-?8|utf-?16(?:le|be)?|us-ascii|iso-?8859-\d{1,2}|windows-\d{3,4}|cp\d{3,4}|koi8-[ru]|"
    r"gbk|gb2312|gb18030|big5|euc-(?:jp|kr)|shift_?jis|iso-2022-jp|mac-?roman",
    re.IGNORECASE,
)


def declared(content_type: str) -> tuple[str, str]:
    """Kind and character set of a `Content-Type`; "" for what it does not say."""
    kind, _, rest = content_type.partition(";")
    charset = re.search(r"charset\s*=\s*[\"']?([\w:.-]{2,40})", rest, re.IGNORECASE)
    kind = kind.strip().lower()
    return SAME.get(kind, kind), charset[1] if charset else ""


def is_readable(kind: str) -> bool:
    """Whether it may turn out to be something that is read, before any byte of it has come."""
    return kind in _UNTOLD or kind in ENDINGS


def find_kind(kind: str, path: str, content: bytes) -> str:
    """One of `ENDINGS`. kind: as declared. path: of the address. Raises: InvalidInput (`page_type`)."""
    head = content[:_LOOKED_AT]
    magic = packed_kind(content)
    if magic in ENDINGS and kind in (magic, *_UNTOLD):
        return magic
    if any(head.startswith(mark) for mark in _OTHER):
        raise refusal(kind or "unknown")
    by_path = next((known for known, suffix in ENDINGS.items() if path.lower().endswith(suffix)), "")
    if kind in _UNTOLD:
        kind = by_path or ("text/html" if _HTML.match(head) else "text/plain")
    if kind not in ENDINGS or ENDINGS[kind] in PACKED:
        raise refusal(kind)
    return kind


def as_utf8(content: bytes, kind: str, charset: str) -> bytes:
    """Text in UTF-8; bytes that mean nothing in its character set become U+FFFD."""
    if ENDINGS[kind] in PACKED:
        return content
    marked = next((name for mark, name in _MARKS.items() if content.startswith(mark)), "")
    meta = _META.search(content[:_LOOKED_AT]) if ENDINGS[kind] == ".html" else None
    name = marked or charset or (meta[1].decode() if meta else "")
    if not marked and not _CHARSETS.fullmatch(name):
        name = "utf-8" if _is_utf8(content) else "windows-1252"
    try:
        return content.decode(name, "replace").encode("utf-8", "replace")
    except LookupError:
        return content.decode("utf-8", "replace").encode()


def refusal(kind: str) -> InvalidInput:
    """Of a page that is of no kind that is read."""
    return InvalidInput(
        f"The page is of the kind {kind[:80]!r}, which is not read, or is not what it says; "
        "name a page of HTML, PDF, Office or text.",
        code="page_type",
    )


def _is_utf8(content: bytes) -> bool:
    try:
        content.decode()
    except UnicodeDecodeError as error:
        return error.start > len(content) - 4
    return True
