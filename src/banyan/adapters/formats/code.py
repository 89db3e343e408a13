"""Program code: pieces between blank lines, each with the number of its first line and the name of its language."""

from collections.abc import Callable, Mapping
from functools import partial

from banyan.adapters.formats._decoding import decode
from banyan.proxy.domain.document_builder import DocumentBuilder
from banyan.proxy.domain.knowledge import Document
from banyan.proxy.ports.format import Format

LANGUAGES: Mapping[str, str] = {
    ".c": "C",
    ".cpp": "C++",
    ".cs": "C#",
    ".css": "CSS",
    ".go": "Go",
    ".h": "C",
    ".hpp": "C++",
    ".java": "Java",
    ".jl": "Julia",
    ".js": "JavaScript",
    ".kt": "Kotlin",
    ".lua": "Lua",
    ".m": "MATLAB",
    ".php": "PHP",
    ".pl": "Perl",
    ".py": "Python",
    ".r": "R",
    ".rb": "Ruby",
    ".rs": "Rust",
    ".scala": "Scala",
    ".sh": "Shell",
    ".sql": "SQL",
    ".swift": "Swift",
    ".ts": "TypeScript",
}
_LEAST_LINES = 15
_MOST_LINES = 60


def read(content: bytes, language: str = "Code") -> Document:
    """See `Format.read`. Anchors are `L` and the first line's number; the heading says language and lines."""
    builder = DocumentBuilder("code")
    lines = decode(content).replace("\r\n", "\n").replace("\r", "\n").split("\n")
    first = 0
    for number in range(1, len(lines) + 1):
        length = number - first
        at_end = number == len(lines)
        between = not at_end and not lines[number].strip() and length >= _LEAST_LINES
        if at_end or between or length >= _MOST_LINES:
            _add(builder, lines, first, number, language)
            first = number
    return builder.build()


def _add(builder: DocumentBuilder, lines: list[str], first: int, end: int, language: str) -> None:
    while first < end and not lines[first].strip():
        first += 1
    while end > first and not lines[end - 1].strip():
        end -= 1
    if first < end:
        builder.heading(2, f"{language}, lines {first + 1} to {end}", f"L{first + 1}")
        builder.code("\n".join(lines[first:end]))


def _reader(suffix: str) -> Callable[[bytes], Document]:
    return partial(read, language=LANGUAGES.get(suffix, "Code"))


ENTRY = Format("code", tuple(sorted(LANGUAGES)), "code", read, by_suffix=_reader)
