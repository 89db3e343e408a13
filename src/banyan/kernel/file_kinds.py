"""Kinds of files that are read: as senders name them, and as their bytes tell."""

from collections.abc import Mapping

from banyan.kernel.errors import InvalidInput

_OFFICE = "application/vnd.openxmlformats-officedocument."
ENDINGS: Mapping[str, str] = {
    "text/html": ".html",
    "application/xhtml+xml": ".html",
    "application/pdf": ".pdf",
    f"{_OFFICE}wordprocessingml.document": ".docx",
    f"{_OFFICE}presentationml.presentation": ".pptx",
    "application/epub+zip": ".epub",
    "text/plain": ".txt",
    "text/markdown": ".md",
    "text/vtt": ".vtt",
    "application/x-subrip": ".srt",
    "text/csv": ".csv",
    "application/json": ".json",
    "application/yaml": ".yaml",
    "application/xml": ".xml",
    "text/xml": ".xml",
}
"""Kinds that are read, and the ending of files of each."""

SAME: Mapping[str, str] = {
    "application/x-pdf": "application/pdf",
    "text/x-markdown": "text/markdown",
    "text/x-yaml": "application/yaml",
    "text/yaml": "application/yaml",
    "application/x-yaml": "application/yaml",
    "text/srt": "application/x-subrip",
    "text/json": "application/json",
}
"""Other names of the same kinds."""

PACKED = frozenset({".pdf", ".docx", ".pptx", ".epub"})
"""Endings of kinds that are no text; their bytes say what they are."""

_UNTOLD = frozenset({"", "application/octet-stream", "binary/octet-stream", "application/zip", "file", "bin"})
_OTHER: Mapping[bytes, str] = {
    b"\x89PNG": "a PNG image",
    b"\xff\xd8\xff": "a JPEG image",
    b"GIF8": "a GIF image",
    b"\x1f\x8b": "a gzip archive",
    b"Rar!": "a RAR archive",
    b"7z\xbc\xaf": "a 7z archive",
    b"\x7fELF": "a program",
    b"SQLite format 3": "a database",
}
_LOOKED_AT = 1024


def packed_kind(content: bytes) -> str:
    """The kind of a file that is no text, by its bytes; "zip" for an archive of something else, "" for others."""
    if content.startswith(b"%PDF-"):
        return "application/pdf"
    if not content.startswith(b"PK\x03\x04"):
        return ""
    if b"application/epub+zip" in content[:_LOOKED_AT]:
        return "application/epub+zip"
    # An Office file lists its parts at its end.
    for part, kind in ((b"word/document.xml", "wordprocessingml.document"), (b"ppt/", "presentationml.presentation")):
        if part in content:
            return f"{_OFFICE}{kind}"
    return "application/epub+zip" if b"META-INF/container.xml" in content else "zip"


def ending_of(declared: str, content: bytes) -> str:
    """The ending that says how the file is read, such as ".pdf".

    declared: a MIME type, an ending with or without its dot, or a file's name; "" where the bytes are to decide.
    Raises: InvalidInput (`file_type`), where it is of no kind that is read or is not what it is declared as.
    """
    named = _named(declared)
    kind = packed_kind(content)
    found = ENDINGS.get(kind, "")
    other = next((what for mark, what in _OTHER.items() if content.startswith(mark)), "")
    if kind == "zip" and not named:
        other = "a ZIP archive of something else"
    if other:
        raise _refused(f"The file is {other}, which is not read; send a document or its text.")
    if found and named and found != named:
        raise _refused(f"The file is sent as {named}, but its bytes are those of {found}; name its type as it is.")
    return named or found or _of_text(content)


def _named(declared: str) -> str:
    """The ending that was named; "" for none."""
    wanted = declared.partition(";")[0].strip().lower()
    if wanted in _UNTOLD:
        return ""
    if "/" in wanted:
        ending = ENDINGS.get(SAME.get(wanted, wanted), "")
        if not ending:
            raise _refused(f"Files of the type {wanted[:80]!r} are not read; send one of {', '.join(ENDINGS)}.")
        return ending
    return f".{wanted.rpartition('.')[2]}"


def _of_text(content: bytes) -> str:
    head = content[:_LOOKED_AT].removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if head.startswith((b"<!doctype html", b"<html", b"<head", b"<body")):
        return ".html"
    return ".vtt" if head.startswith(b"webvtt") else ".txt"


def _refused(message: str) -> InvalidInput:
    return InvalidInput(message, code="file_type", param="type")
