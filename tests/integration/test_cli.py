"""The command line as its users meet it: results, warnings, exit codes, and never a traceback."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from docx import Document
from services import Service, banyan, serving

LESSON = """# Tides

## What tides are

A tide is the regular rise and fall of the sea. Tides are caused by the pull of the moon and, less strongly, of the sun.

## Spring tides

A spring tide is an especially high tide. It comes when sun, moon and earth stand in one line.
"""


def lesson_folder(at: Path) -> Path:
    """A folder with two good lessons."""
    at.mkdir(parents=True)
    (at / "tides.md").write_text(LESSON)
    (at / "winds.txt").write_text("A monsoon is a wind that changes its direction with the season.")
    return at


def said(done: "subprocess.CompletedProcess[str]") -> str:
    """What went to standard error; a traceback there fails every test."""
    assert "Traceback" not in done.stderr, done.stderr
    return done.stderr


def parsed(done: "subprocess.CompletedProcess[str]") -> Any:
    """Standard output as JSON."""
    assert done.stdout, said(done)
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def indexed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder in which the course `sea` was indexed without any service."""
    data = tmp_path_factory.mktemp("cli") / "data"
    done = banyan(data, "index", str(lesson_folder(data.parent / "lessons")), "--course", "sea")
    assert done.returncode == 0, said(done)
    return data


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A running service with an empty data folder."""
    with serving(tmp_path_factory.mktemp("served") / "data") as running:
        yield running


def test_version_and_help(tmp_path: Path) -> None:
    """`--version` and `version` agree; without a command the help is shown."""
    one, two = banyan(tmp_path / "d", "--version"), banyan(tmp_path / "d", "version")
    assert (one.returncode, one.stdout) == (0, two.stdout)
    assert "serve" in banyan(tmp_path / "d").stdout


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (("frobnicate",), 2, "No such command"),
        (("index", "lessons"), 2, "Missing option '--course'"),
        (("index", "absent", "--course", "c"), 2, "absent does not exist"),
        (("index", ".", "--course", " "), 2, "the course is empty"),
        (("ask", "", "--course", "c"), 2, "the question is empty"),
        (("serve", "everything"), 2, "choose assistant or proxy"),
        (("serve", "--proxy-port", "70000"), 2, "65535"),
        (("index", "picture.png", "--course", "c"), 1, "has the ending .png, which Banyan does not read"),
        (("index", "empty", "--course", "c"), 1, "holds no file that Banyan reads"),
        (("ask", "What is a tide?", "--course", "nowhere"), 1, "nowhere"),
        (("ask", "What is a tide?", "--course", "a/b"), 1, "course must have no slash"),
        (("ask", "What is a tide?", "--course", "\udcff"), 1, "no control characters"),
        (("ask", "x" * 9000, "--course", "c"), 1, "The question has 9,000 characters"),
        (("ask", "\udcff\udcfe tide?", "--course", "nowhere"), 1, "nowhere"),
        (("serve", "--host", "0.0.0.0"), 1, "0.0.0.0 is no loopback address"),
        (("serve", "--data", "picture.png"), 1, "picture.png cannot be made"),
    ],
)
def test_refusals_are_one_sentence(tmp_path: Path, arguments: tuple[str, ...], code: int, sentence: str) -> None:
    """Wrong use ends with 2, failure with 1, and standard error says what to do in one line."""
    (tmp_path / "picture.png").write_bytes(b"\x89PNG")
    (tmp_path / "lessons").mkdir()
    (tmp_path / "empty").mkdir()
    done = banyan(tmp_path / "data", *arguments)
    assert (done.returncode, done.stdout) == (code, "")
    assert sentence in said(done)
    assert len(done.stderr.strip().splitlines()) == 1


def test_wrong_setting_is_explained(tmp_path: Path) -> None:
    """A setting that cannot be used stops every command with its name."""
    done = banyan(tmp_path / "data", "ask", "Why?", "--course", "c", more={"RAG_TOP_K": "many"})
    assert done.returncode == 1
    assert "The setting RAG_TOP_K is wrong" in said(done)


def test_answer_is_quoted_and_cited(indexed: Path) -> None:
    """The answer holds the lesson's sentence; below it stand title, heading and anchor."""
    done = banyan(indexed, "ask", "What is a spring tide?", "--course", "sea")
    assert done.returncode == 0, said(done)
    assert "A spring tide is an especially high tide." in done.stdout
    assert "[1] Tides > Spring tides  (tides#spring-tides)" in done.stdout


def test_answer_as_json(indexed: Path) -> None:
    """`--json` gives answer, citations and the model that answered."""
    done = banyan(indexed, "ask", "What is a monsoon?", "--course", "sea", "--json")
    found = parsed(done)
    assert "A monsoon is a wind" in found["answer"]
    assert found["citations"][0]["lesson"] == "winds"
    assert found["model"] == "banyan/extractive"


def test_indexing_again_changes_nothing(indexed: Path) -> None:
    """Unchanged lessons are recognised, and their vectors are kept."""
    done = banyan(indexed, "index", str(indexed.parent / "lessons"), "--course", "sea", "--json")
    found = parsed(done)
    assert done.returncode == 0
    assert found["chunks"] == found["unchanged"] > 0


def test_bad_files_are_reported_and_the_rest_is_indexed(tmp_path: Path) -> None:
    """Each bad file gets its own sentence and the exit code tells; good ones are there."""
    folder = lesson_folder(tmp_path / "lessons")
    (folder / "broken.json").write_text("{")
    (folder / "empty.md").touch()
    (folder / "noise.pdf").write_bytes(bytes(range(256)) * 16)
    (folder / "photo.png").write_bytes(b"\x89PNG")
    done = banyan(tmp_path / "data", "index", str(folder), "--course", "sea", "--json")
    found = parsed(done)
    assert done.returncode == 1
    assert sorted(row["lesson"] for row in found["lessons"]) == ["tides", "winds"]
    assert len(found["failed"]) == 3
    for name in ("broken.json", "empty.md", "noise.pdf", "photo.png"):
        assert name in said(done)


def test_lesson_option_names_one_file(tmp_path: Path) -> None:
    """`--lesson` sets the id of one file, and is refused for a folder of several."""
    folder = lesson_folder(tmp_path / "lessons")
    one = banyan(
        tmp_path / "data", "index", str(folder / "tides.md"), "--course", "sea", "--lesson", "week-1", "--json"
    )
    assert [row["lesson"] for row in parsed(one)["lessons"]] == ["week-1"]
    many = banyan(tmp_path / "data", "index", str(folder), "--course", "sea", "--lesson", "week-1")
    assert many.returncode == 1
    assert "--lesson names one lesson" in said(many)


def test_commands_reach_the_running_service(service: Service, tmp_path: Path) -> None:
    """While a service holds the data folder, index and ask go through it."""
    folder = lesson_folder(tmp_path / "lessons")
    currents = Document()
    currents.add_paragraph("A current is a steady flow of sea water in one direction.")
    currents.save(str(folder / "currents.docx"))
    indexing = banyan(service.data, "index", str(folder), "--course", "sea", "--json")
    assert indexing.returncode == 0, said(indexing)
    assert parsed(indexing)["embedded"] == parsed(indexing)["chunks"]
    asked = banyan(service.data, "ask", "What is a tide?", "--course", "sea")
    assert "A tide is the regular rise and fall of the sea." in asked.stdout
    from_word = banyan(service.data, "ask", "What is a current of sea water?", "--course", "sea", "--json")
    assert parsed(from_word)["citations"][0]["source_type"] == "docx"
    missing = banyan(service.data, "ask", "What is a tide?", "--course", "nowhere")
    assert (missing.returncode, missing.stdout) == (1, "")
    assert "nowhere" in said(missing)


def test_doctor_is_content_with_a_fresh_folder(tmp_path: Path) -> None:
    """Nothing to repair: exit code 0, every check named, and nothing was created."""
    done = banyan(tmp_path / "data", "doctor", "--json")
    found = parsed(done)
    assert (done.returncode, found["healthy"]) == (0, True)
    names = {check["name"] for check in found["checks"]}
    assert {"Python", "data folder", "database", "vector store", "embedding model", "web page"} <= names
    assert not (tmp_path / "data").exists()


def test_doctor_knows_the_running_service(service: Service) -> None:
    """While a service runs, its ports are no problem and its health is asked for."""
    done = banyan(service.data, "doctor")
    assert done.returncode == 0, done.stdout
    assert service.proxy in done.stdout


def test_doctor_fails_on_what_cannot_work(tmp_path: Path) -> None:
    """A data folder that is a file is a failure with a next step."""
    (tmp_path / "data").write_text("not a folder")
    done = banyan(tmp_path / "data", "doctor")
    assert done.returncode == 1
    assert "Choose another with --data" in done.stdout


def test_doctor_finds_misspelt_settings(tmp_path: Path) -> None:
    """A variable that nothing reads is a warning that names the likely one."""
    done = banyan(tmp_path / "data", "doctor", more={"BANYAN_PROXY_PROT": "1"})
    assert done.returncode == 0
    assert "BANYAN_PROXY_PORT" in done.stdout
