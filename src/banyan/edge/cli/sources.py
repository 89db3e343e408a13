"""From a path on the disk to the lessons in it."""

import html
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from banyan.edge.cli.tools import Lesson
from banyan.kernel.errors import InvalidInput, TooLarge

LESSON_SET = ".jsonl"
MAX_FILE_BYTES = 64 * 1024 * 1024
"""Beyond any lesson that a person wrote, and still little enough to hold in memory."""

_TEXT_FIELDS = {"markdown": "markdown", "html": "html", "content": "text"}


@dataclass(slots=True)
class Found:
    """Files to read, in order, and what was passed over, as sentences."""

    files: list[Path] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)


def find_files(path: Path, suffixes: Mapping[str, str]) -> Found:
    """The readable files at or under the path, sorted by name; hidden ones are left out.

    Raises: InvalidInput when there is nothing to read, naming what could be.
    """
    known = sorted({*suffixes, LESSON_SET})
    if not path.exists():
        raise InvalidInput(f"{path} does not exist; name a file or a folder.")
    if path.is_file():
        if path.suffix.lower() not in known:
            raise InvalidInput(
                f"{path} has the ending {path.suffix or '(none)'}, which Banyan does not read; use {_list(known)}."
            )
        return Found(files=[path])
    found = Found()
    for file in sorted(path.rglob("*")):
        if not file.is_file() or any(part.startswith(".") for part in file.relative_to(path).parts):
            continue
        if file.suffix.lower() in known:
            found.files.append(file)
        else:
            found.skipped.append(
                f"{file} is passed over: Banyan does not read {file.suffix or 'files without ending'}."
            )
    if not found.files:
        raise InvalidInput(f"{path} holds no file that Banyan reads; put {_list(known)} files there.")
    return found


def read_lessons(file: Path, root: Path, suffixes: Mapping[str, str]) -> Iterator[Lesson | InvalidInput]:
    """The lessons of one file; what cannot be read comes as an error in its place, and the rest follows."""
    try:
        if file.suffix.lower() == LESSON_SET:
            yield from _read_set(file)
            return
        size = file.stat().st_size
        if size > MAX_FILE_BYTES:
            yield TooLarge(f"{file} has {size:,} bytes, more than {MAX_FILE_BYTES:,}; split it into lessons.")
            return
        content = file.read_bytes()
    except OSError as error:
        yield InvalidInput(f"{file} cannot be read: {error.strerror}; check its permissions.")
        return
    if not content.strip():
        yield InvalidInput(f"{file} is empty; write something into it or remove it.")
        return
    yield Lesson(lesson_id(file, root), "", "", suffixes[file.suffix.lower()], content, str(file))


def lesson_id(file: Path, root: Path) -> str:
    """The file's path below the root without its ending, folders joined by hyphens, so that it fits into a URL."""
    inside = file.relative_to(root) if file != root else Path(file.name)
    words = re.sub(r"[^\w.-]+", "-", "-".join(inside.with_suffix("").parts))
    return words.strip("-") or "lesson"


def _read_set(file: Path) -> Iterator[Lesson | InvalidInput]:
    """One lesson a line: `{lesson, title?, chapter?}` with `blocks`, `markdown`, `html` or `content`."""
    empty = True
    with file.open("rb") as lines:
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            empty = False
            origin = f"{file} line {number}"
            try:
                yield _read_line(line, origin)
            except InvalidInput as error:
                yield error
    if empty:
        yield InvalidInput(f"{file} is empty; write one JSON object a line into it.")


def _read_line(line: bytes, origin: str) -> Lesson:
    try:
        row = json.loads(line)
    except ValueError as error:
        raise InvalidInput(f"{origin} is not JSON ({error}); correct or remove that line.") from error
    if not isinstance(row, dict) or not isinstance(row.get("lesson"), str) or not row["lesson"].strip():
        raise InvalidInput(f'{origin} has no "lesson"; give each line a lesson id.')
    title, chapter = (row.get(key) if isinstance(row.get(key), str) else "" for key in ("title", "chapter"))
    if isinstance(row.get("blocks"), list):
        blocks = {"blocks": [_block(block, origin) for block in row["blocks"]]}
        content = json.dumps(blocks).encode()
        return Lesson(row["lesson"], str(title), str(chapter), "editorjs", content, origin)
    for key, name in _TEXT_FIELDS.items():
        if isinstance(row.get(key), str):
            content = row[key].encode("utf-8", "replace")
            return Lesson(row["lesson"], str(title), str(chapter), name, content, origin)
    raise InvalidInput(f'{origin} has no content; give it "blocks", "markdown", "html" or "content".')


def _block(block: Any, origin: str) -> dict[str, Any]:
    """An Editor.js block as it is, or a `[kind, text]` pair as one; `h` is a heading, all else a paragraph."""
    if isinstance(block, dict):
        return block
    if isinstance(block, list) and len(block) == 2 and all(isinstance(part, str) for part in block):
        kind, text = block
        escaped = html.escape(text, quote=False)
        if kind == "h":
            return {"type": "header", "data": {"text": escaped, "level": 2}}
        return {"type": "paragraph", "data": {"text": escaped}}
    raise InvalidInput(f"{origin} has a block that is neither [kind, text] nor an Editor.js block; correct it.")


def _list(words: Sequence[str]) -> str:
    return f"{', '.join(words[:-1])} or {words[-1]}" if len(words) > 1 else words[0]
