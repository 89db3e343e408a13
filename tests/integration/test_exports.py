"""Material to take away over HTTP and from the command line."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import fromstring

import pytest
from assistant_world import ANA, TEACHER, World, assistant
from take_away import CARDS, QUIZ, choice
from typer.testing import CliRunner

from banyan.adapters.exports import EXPORTS
from banyan.app.main import program
from banyan.assistant.domain.drafts import Draft, DraftKind, QuizBody, QuizQuestion


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with assistant(tmp_path) as world:
        yield world


async def test_formats_are_listed_and_each_writes_a_file(world: World) -> None:
    """Every format answers with its media type, a file name in any script, and bytes."""
    rows = (await world.get("/api/v1/exports")).json["exports"]
    assert [row["format"] for row in rows] == list(EXPORTS)
    for row in rows:
        if "quiz" in row["takes"]:
            reply = await world.post(f"/api/v1/exports/{row['format']}?title=Zellen%20%C3%BC", QUIZ)
            assert reply.status == 200, reply.body
            assert reply.headers["Content-Type"] == row["media_type"]
            assert reply.headers["Content-Disposition"].endswith(f"filename*=UTF-8''Zellen-%C3%BC{row['suffix']}")
            assert reply.body


def quiz(*questions: object) -> dict[str, object]:
    return {"type": "quiz", "questions": questions}


XY = choice("a", ["x", "y"], 1)


FAULTY: list[tuple[str, Any, int, str]] = [
    ("word", QUIZ, 404, "not_found"),
    ("gift", {}, 400, "invalid_request"),
    ("gift", {"type": ["quiz"]}, 400, "invalid_request"),
    ("gift", quiz({"id": "a"}), 400, "invalid_request"),
    ("gift", CARDS, 400, "export_unfit"),
    (
        "gift",
        quiz(XY, XY),
        400,
        "invalid_request",
    ),
    ("gift", quiz({**XY, "answer": 3}), 400, "quiz_faulty"),
    (
        "gift",
        quiz(*({**XY, "id": str(n)} for n in range(501))),
        413,
        "request_too_large",
    ),
    ("gift", quiz(choice("a", ["x" * 20_001, "y"], 1)), 413, "request_too_large"),
    ("gift", [], 400, "invalid_request"),
]


async def test_what_cannot_be_exported_is_refused(world: World) -> None:
    """Unknown formats, bodies that are none, items without an answer, and too many of them."""
    for format, body, status, code in FAULTY:
        reply = await world.post(f"/api/v1/exports/{format}", body)
        assert (reply.status, reply.code) == (status, code), reply.body


async def test_a_drafted_quiz_leaves_in_every_format_for_quizzes(world: World) -> None:
    """Drafts keep their three formats and gain those of quizzes; marks that are lost are told."""
    draft = Draft(
        tenant="default",
        id="drf_1",
        kind=DraftKind.QUIZ,
        course="stats",
        lesson="mean",
        title="Means",
        body=QuizBody((QuizQuestion("q1", "cloze", "A ____ is?", ("mean", "mode"), 1, "mean", None, 3),)),
        created=world.services.clock.now(),
        created_by="tess",
        updated=world.services.clock.now(),
        updated_by="tess",
    )
    await world.services.teaching.drafts._store.add(draft)
    path = "/api/v1/quiz-drafts/drf_1/export?format="
    for format in ("markdown", "editorjs", "html", *(name for name, _ in world.services.exports.known("quiz"))):
        assert (await world.get(path + format, TEACHER)).status == 200, format
    moodle = await world.get(path + "moodle", TEACHER)
    assert fromstring(moodle.body).findtext("question[@type='multichoice']/questiontext/text") == "A ____ is?"
    assert "Marks are left out" in json.loads(moodle.headers["x-banyan-notes"])[0]
    assert (await world.get(path + "word", TEACHER)).status == 400
    assert (await world.get(path + "moodle", ANA)).status == 403


def test_the_command_writes_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An answer of the content endpoint or its body alone; a file that is there is not written over."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "quiz.json").write_text(json.dumps({"title": "My quiz", "language": "en", "body": QUIZ}))
    (tmp_path / "body.json").write_text(json.dumps(QUIZ))
    runner = CliRunner()
    done = runner.invoke(program(), ["export", "quiz.json", "--to", "moodle"])
    assert done.exit_code == 0, done.output
    assert fromstring((tmp_path / "My-quiz.xml").read_bytes()).tag == "quiz"
    assert runner.invoke(program(), ["export", "quiz.json", "--to", "moodle"]).exit_code != 0
    piped = runner.invoke(program(), ["export", "body.json", "--to", "gift", "--out", "-"])
    assert piped.stdout.startswith("// Quiz\n")
