"""From paths to lessons: what is read, what is passed over, and what is refused."""

import json
from pathlib import Path

import pytest

from banyan.edge.cli import sources
from banyan.edge.cli.sources import find_files, lesson_id, read_lessons
from banyan.edge.cli.tools import Lesson
from banyan.kernel.errors import InvalidInput, TooLarge

SUFFIXES = {".md": "markdown", ".txt": "text"}


def lessons_of(file: Path) -> list[Lesson | InvalidInput]:
    return list(read_lessons(file, file.parent, SUFFIXES))


def test_folder_is_read_in_order_without_hidden_files(tmp_path: Path) -> None:
    """Files come sorted; hidden ones and folders stay out; unknown endings are named."""
    for file in ("b.md", "a/x.txt", ".hidden/y.md", ".z.md", "image.png"):
        (tmp_path / file).parent.mkdir(exist_ok=True)
        (tmp_path / file).write_text("text")
    found = find_files(tmp_path, SUFFIXES)
    assert found.files == [tmp_path / "a" / "x.txt", tmp_path / "b.md"]
    assert found.skipped == [f"{tmp_path / 'image.png'} is passed over: Banyan does not read .png."]


@pytest.mark.parametrize("inside", [[], ["image.png"]])
def test_folder_without_lessons_is_refused(tmp_path: Path, inside: list[str]) -> None:
    """An empty folder is an error that says what could be put there."""
    for file in inside:
        (tmp_path / file).touch()
    with pytest.raises(InvalidInput, match=r"put \.jsonl, \.md or \.txt files there"):
        find_files(tmp_path, SUFFIXES)


def test_lesson_id_fits_into_a_url() -> None:
    """Folders and odd signs become hyphens; letters of any script stay."""
    root = Path("course")
    assert lesson_id(root / "week 1" / "Zellen & Gewebe.md", root) == "week-1-Zellen-Gewebe"
    assert lesson_id(root / "第一课.md", root) == "第一课"
    assert lesson_id(Path("alone.md"), Path("alone.md")) == "alone"
    assert lesson_id(root / "???.md", root) == "lesson"


def test_empty_file_is_reported(tmp_path: Path) -> None:
    """A file of spaces is an error of its own."""
    file = tmp_path / "a.md"
    file.write_text(" \n ")
    (problem,) = lessons_of(file)
    assert isinstance(problem, InvalidInput)
    assert problem.message == f"{file} is empty; write something into it or remove it."


def test_huge_file_is_reported_and_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond the limit the file is refused by its size alone."""
    monkeypatch.setattr(sources, "MAX_FILE_BYTES", 3)
    (tmp_path / "a.md").write_text("four")
    (problem,) = lessons_of(tmp_path / "a.md")
    assert isinstance(problem, TooLarge)


def test_lesson_set_keeps_its_order_and_reports_bad_lines(tmp_path: Path) -> None:
    """Each line is a lesson; a bad line is an error in its place, and the next lines are read."""
    file = tmp_path / "set.jsonl"
    rows = [
        json.dumps({"lesson": "one", "title": "One", "chapter": "C", "blocks": [["h", "A < B"], ["p", "<b>text</b>"]]}),
        "{broken",
        json.dumps({"title": "no id"}),
        json.dumps({"lesson": "empty"}),
        json.dumps({"lesson": "odd", "blocks": [7]}),
        json.dumps({"lesson": "two", "markdown": "# Two"}),
    ]
    file.write_text("\n".join(rows))
    first, *problems, last = lessons_of(file)
    assert isinstance(first, Lesson)
    assert isinstance(last, Lesson)
    assert (first.lesson, first.title, first.chapter, first.format) == ("one", "One", "C", "editorjs")
    assert json.loads(first.content)["blocks"] == [
        {"type": "header", "data": {"text": "A &lt; B", "level": 2}},
        {"type": "paragraph", "data": {"text": "&lt;b&gt;text&lt;/b&gt;"}},
    ]
    assert (last.lesson, last.format, last.content) == ("two", "markdown", b"# Two")
    assert [str(problem).split(":")[0].split(" ")[1:3] for problem in problems] == [["line", n] for n in "2345"]


def test_binary_lesson_set_is_reported(tmp_path: Path) -> None:
    """Bytes that are no text are an error that names the line."""
    file = tmp_path / "set.jsonl"
    file.write_bytes(b"\x00\xff\xfe\n")
    (problem,) = lessons_of(file)
    assert isinstance(problem, InvalidInput)
    assert "line 1 is not JSON" in problem.message
