"""Drafts over HTTP: a teacher's quizzes and lesson summaries, made without a model and with one."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import pytest
from assistant_world import ANA, TEACHER, World, assistant
from proxy_house import open_proxy

from banyan.adapters.formats import FORMATS
from banyan.assistant.ports.model_gateway import AnswerDone, ModelGateway, TextDelta
from banyan.kernel.identity import DEFAULT_TENANT
from banyan.proxy.domain.knowledge import Scope

CELLS = (
    "# Cells that signal",
    "A neuron is a cell that carries signals through the whole body of an animal.",
    "A synapse is a narrow gap across which two cells pass their signals on.",
    "A dendrite is a short branch that receives signals from many other cells.",
    "An axon is a long fibre that carries signals away from the body of a cell.",
    "# Sheaths",
    "Myelin is a fatty sheath that makes signals travel faster along a fibre.",
    "A node is a bare spot between two sheaths where the signal jumps along.",
)
LESSON = {"course": "biology", "lesson": "cells"}
OTHER_TENANT = {**TEACHER, "X-Tenant": "elsewhere"}


@dataclass
class Class:
    """The assistant over a real proxy house, with one lesson indexed, and the text of the lesson."""

    world: World
    text: str

    async def drafted(self, path: str = "quiz-drafts", **fields: object) -> Any:
        reply = await self.world.post(f"/api/v1/{path}", {**LESSON, **fields}, TEACHER)
        assert reply.status == 201, reply.body
        return reply.json

    async def send(self, method: str, path: str, body: object = None, asker: dict[str, str] = TEACHER) -> Any:
        return await self.world.send(method, f"/api/v1/{path}", asker, body)


class Dictated:
    """A gateway whose model writes what it is told; everything else is real."""

    def __init__(self, real: ModelGateway, *texts: str) -> None:
        self._real, self._texts, self.asked = real, list(texts), []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)

    async def answer(self, question: Any) -> AsyncIterator[Any]:
        self.asked.append(question)
        yield TextDelta(self._texts.pop(0))
        yield AnswerDone("stop", "test/writer", 1, 1)


@pytest.fixture
async def room(tmp_path: Path, house_url: str) -> AsyncIterator[Class]:
    (tmp_path / "proxy").mkdir()
    async with open_proxy(tmp_path / "proxy") as proxy:
        await proxy.house.index(Scope(DEFAULT_TENANT, "biology", "cells"), *CELLS, title="Cells")
        services = proxy.services
        gateway: Any = proxy.gateway
        async with assistant(tmp_path, gateway=gateway, database_url=house_url) as world:
            yield Class(world, (await services.browse.text(Scope(DEFAULT_TENANT, "biology", "cells"))).text)


def dictate(room: Class, *texts: object) -> Dictated:
    """The model writes these, one after the other."""
    teaching = room.world.services.teaching
    dictated = Dictated(room.world.gateway, *(one if isinstance(one, str) else as_json(one) for one in texts))
    object.__setattr__(teaching.from_lesson, "gateway", dictated)
    return dictated


def as_json(value: object) -> str:
    return msgspec.json.encode(value).decode()


def proposed(**changes: object) -> dict[str, object]:
    return {
        "question": "What does a dendrite do?",
        "options": ["It receives signals", "It makes blood", "It digests food", "It stores fat"],
        "answer": 1,
        "quote": "A dendrite is a short branch that receives signals from many other cells.",
        **changes,
    }


@pytest.mark.parametrize("difficulty", ["easy", "medium", "hard"])
async def test_a_quiz_has_one_right_answer_each_that_the_lesson_supports(room: Class, difficulty: str) -> None:
    """Four different options, the right one told by number and text, its sentence quoted, and not given away."""
    draft = await room.drafted(count=6, difficulty=difficulty)
    questions = draft["body"]["questions"]
    assert (draft["state"], draft["version"], draft["model"]) == ("draft", 1, "banyan/extractive")
    assert draft["body"]["passing_percentage"] == 60
    assert len(questions) == 6
    for one in questions:
        citation = one["citation"]
        assert citation["quote"] == room.text[citation["start"] : citation["end"]]
        assert one["options"][one["answer"] - 1] == one["answer_text"]
        assert len({option.casefold() for option in one["options"]}) == 4
        assert one["answer_text"] in citation["quote"].casefold()
        assert one["answer_text"] not in one["question"].casefold()
        said = [option for option in one["options"] if option in citation["quote"].casefold()]
        assert said == [one["answer_text"]]
        assert one["marks"] == 1
    assert len({one["question"] for one in questions}) == 6


async def test_a_quiz_asks_only_the_kinds_that_are_wanted_and_says_when_there_are_fewer(room: Class) -> None:
    """What the lesson does not give is not made up."""
    draft = await room.drafted(count=50, kinds=["definition"])
    kinds = {one["kind"] for one in draft["body"]["questions"]}
    assert kinds == {"definition"}
    assert draft["notes"] == [
        f"The lesson gives {len(draft['body']['questions'])} good questions of these kinds, not 50."
    ]


@pytest.mark.parametrize("count", [0, -1, 51])
async def test_a_quiz_has_1_to_50_questions(room: Class, count: int) -> None:
    """Other numbers are refused."""
    reply = await room.send("POST", "quiz-drafts", {**LESSON, "count": count})
    assert reply.status == 400


async def test_two_quizzes_of_one_lesson_may_have_the_same_title(room: Class) -> None:
    """The second one does not fail, and both are there."""
    first, second = await room.drafted(), await room.drafted()
    assert first["title"] == second["title"] == "Quiz: Cells"
    listed = (await room.send("GET", "quiz-drafts?course=biology&lesson=cells&state=draft")).json["drafts"]
    assert [draft["id"] for draft in listed] == [second["id"], first["id"]]


async def test_a_model_s_quiz_is_mended_and_held_to_the_lesson(room: Class) -> None:
    """A fence and a missing bracket do not matter; questions that the lesson does not support are left out."""
    bad = proposed(question="What makes blood?", quote="A dendrite is a kind of tree that grows.")
    model = dictate(room, "Here you are:\n```json\n" + as_json({"questions": [proposed(), bad]})[:-1] + "\n```\nBye.")
    draft = await room.drafted(count=2, model="openai/gpt-4o")
    [question] = draft["body"]["questions"]
    assert (question["answer"], question["answer_text"]) == (1, "It receives signals")
    assert question["citation"]["quote"] in room.text
    assert draft["model"] == "test/writer"
    assert draft["notes"][0] == "The question 'What makes blood?' quotes what does not stand in the text word for word."
    assert (model.asked[0].grounded, model.asked[0].course) == (False, "biology")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"answer": 0}, "does not name one of its options as the right one"),
        ({"options": ["It receives signals", "it receives signals!", "a", "b"]}, "has the same option twice"),
        ({"options": ["It receives signals"]}, "has 1 options that may stand side by side, not 4"),
        ({"question": "Is it true that it receives signals?"}, "has its answer in the question"),
        ({"answer": 2}, "has an answer that its quotation does not say"),
    ],
)
async def test_a_model_is_asked_once_more_and_then_refused_with_the_reason(
    room: Class, change: dict[str, object], reason: str
) -> None:
    """A zero-based answer is not taken for the first option, and nothing is stored."""
    model = dictate(room, {"questions": [proposed(**change)]}, {"questions": [proposed(**change)]})
    reply = await room.send("POST", "quiz-drafts", {**LESSON, "count": 1, "model": "openai/gpt-4o"})
    assert (reply.status, reply.code) == (502, "draft_rejected")
    assert reason in reply.json["error"]["message"]
    assert reason in model.asked[1].messages[-1].content
    assert (await room.send("GET", "quiz-drafts")).json["drafts"] == []


async def test_the_second_try_counts(room: Class) -> None:
    """What was no JSON at first may be one then."""
    dictate(room, "I would rather not.", {"questions": [proposed()]})
    draft = await room.drafted(count=1, model="openai/gpt-4o")
    assert len(draft["body"]["questions"]) == 1


async def test_a_lesson_draft_quotes_what_supports_each_sentence_and_term(room: Class) -> None:
    """Without a model, sentence and quotation are the same."""
    draft = await room.drafted("lesson-drafts")
    body = draft["body"]
    assert {one["term"] for one in body["glossary"]} >= {"neuron", "synapse", "dendrite", "axon", "myelin"}
    assert body["summary"]
    for one in (*body["summary"], *body["glossary"]):
        citation = one["citation"]
        assert citation["quote"] == room.text[citation["start"] : citation["end"]]
        assert one.get("text", one.get("definition")) == citation["quote"]


async def test_a_model_s_lesson_draft_keeps_what_the_lesson_says(room: Class) -> None:
    """The rest is left out, and the note says how much."""
    quote = "A synapse is a narrow gap across which two cells pass their signals on."
    written = {
        "summary": [
            {"text": "Cells pass signals across narrow gaps.", "quote": quote},
            {"text": "The moon is made of cheese and mice.", "quote": quote},
        ],
        "glossary": [{"term": "Synapse", "definition": "A narrow gap that signals pass", "quote": quote}],
    }
    dictate(room, written)
    draft = await room.drafted("lesson-drafts", model="openai/gpt-4o")
    assert [one["text"] for one in draft["body"]["summary"]] == ["Cells pass signals across narrow gaps."]
    assert [one["term"] for one in draft["body"]["glossary"]] == ["Synapse"]
    assert draft["notes"] == ["1 sentences or terms were left out: the lesson does not say them."]


async def test_a_draft_is_reviewed_then_published_and_withdrawn(room: Class) -> None:
    """No step is left out, and each counts the version."""
    id = (await room.drafted())["id"]
    early = await room.send("POST", f"quiz-drafts/{id}/publish")
    assert (early.status, early.code) == (409, "wrong_state")
    states = []
    for move in ("review", "publish", "withdraw"):
        after = (await room.send("POST", f"quiz-drafts/{id}/{move}")).json
        states.append((after["state"], after["version"]))
    assert states == [("reviewed", 2), ("published", 3), ("draft", 4)]


async def test_an_edit_is_for_the_version_that_was_read_and_has_to_be_reviewed_again(room: Class) -> None:
    """The slower of two teachers is told, and nothing of theirs is stored."""
    draft = await room.drafted()
    path = f"quiz-drafts/{draft['id']}"
    await room.send("POST", f"{path}/review")
    [first, *_] = draft["body"]["questions"]
    changed = {**first, "question": "Which one fills the gap?"}
    edit = {"version": 2, "title": "For Monday", "questions": [changed], "passing_percentage": 80}
    after = (await room.send("PATCH", path, edit)).json
    assert (after["state"], after["version"], after["title"]) == ("draft", 3, "For Monday")
    assert after["body"]["passing_percentage"] == 80
    assert [one["question"] for one in after["body"]["questions"]] == ["Which one fills the gap?"]
    late = await room.send("PATCH", path, edit)
    assert (late.status, late.code) == (409, "version_conflict")
    for move in ("review", "publish"):
        await room.send("POST", f"{path}/{move}", {"version": 3 if move == "review" else 4})
    published = await room.send("PATCH", path, {**edit, "version": 5})
    assert (published.status, published.code) == (409, "wrong_state")


async def test_an_edit_cannot_make_up_a_citation_or_a_second_key(room: Class) -> None:
    """What is quoted stays what the lesson says; a question stays a question."""
    draft = await room.drafted()
    path, [first, *_] = f"quiz-drafts/{draft['id']}", draft["body"]["questions"]
    forged = {**first, "citation": {**first["citation"], "quote": "Whatever I say."}}
    twice = {**first, "options": [first["answer_text"]] * 4}
    beyond = {**first, "options": first["options"][:2], "answer": 3}
    codes = [
        (await room.send("PATCH", path, {"version": 1, "questions": questions})).code
        for questions in ([forged], [twice], [beyond], [first, first])
    ]
    assert codes == ["citation_unknown", "quiz_faulty", "quiz_faulty", "quiz_faulty"]


@pytest.mark.parametrize("path", ["quiz-drafts", "lesson-drafts"])
async def test_an_export_is_markdown_blocks_or_safe_html(room: Class, path: str) -> None:
    """Headings as they were, the glossary rendered, and blocks that the reader of Editor.js takes."""
    draft = await room.drafted(path)
    export = f"{path}/{draft['id']}/export?format="
    markdown = (await room.send("GET", export + "markdown")).body.decode()
    head = {"quiz-drafts": "Quiz", "lesson-drafts": "Lesson Draft"}[path]
    assert markdown.startswith(f"# {head} — biology — cells\n\n## ")
    blocks = (await room.send("GET", export + "editorjs")).body
    read = FORMATS["editorjs"].read(blocks)
    assert read.warnings == ()
    assert read.text.startswith(f"{head} — biology — cells")
    page = (await room.send("GET", export + "html")).body.decode()
    assert page.startswith(f"<h1>{head} — biology — cells</h1>")
    if path == "lesson-drafts":
        assert "## Summary" in markdown
        assert "\n- **synapse**: A synapse is a narrow gap" in markdown
        assert "synapse: A synapse is a narrow gap" in read.text
        assert "<li><strong>synapse</strong>: A synapse" in page


async def test_what_a_teacher_writes_cannot_run_on_a_page(room: Class) -> None:
    """Scripts, handlers and addresses that run something are gone from HTML and blocks."""
    draft = await room.drafted("lesson-drafts")
    path = f"lesson-drafts/{draft['id']}"
    evil = "<script>alert(1)</script><img src=x onerror=alert(2)> [x](javascript:alert(3))"
    edit = {"version": 1, "title": evil, "summary": [{"text": evil}], "glossary": [{"term": evil, "definition": evil}]}
    assert (await room.send("PATCH", path, edit)).status == 200
    for format in ("html", "editorjs"):
        shown = (await room.send("GET", f"{path}/export?format={format}")).body.decode()
        assert "<script" not in shown
        assert "<img" not in shown
        assert 'href="javascript' not in shown


async def test_drafts_are_for_staff_of_the_course_alone(room: Class) -> None:
    """A learner may do nothing with them, and another school does not know them."""
    id = (await room.drafted())["id"]
    calls = [
        ("POST", "quiz-drafts", LESSON),
        ("POST", "courses/biology/lessons/cells/quiz-drafts", {}),
        ("POST", "lesson-drafts", LESSON),
        ("GET", "quiz-drafts", None),
        ("GET", "courses/biology/faq-savings", None),
        ("GET", f"quiz-drafts/{id}", None),
        ("PATCH", f"quiz-drafts/{id}", {"version": 1}),
        *(("POST", f"quiz-drafts/{id}/{move}", None) for move in ("review", "publish", "withdraw")),
        ("GET", f"quiz-drafts/{id}/export", None),
        ("DELETE", f"quiz-drafts/{id}", None),
    ]
    assert {(await room.send(*call, ANA)).status for call in calls} == {403}
    elsewhere = [(await room.send(*call, OTHER_TENANT)).status for call in calls[5:]]
    assert set(elsewhere) == {404}
    assert (await room.send("GET", "quiz-drafts", None, OTHER_TENANT)).json["drafts"] == []
    assert (await room.send("GET", f"lesson-drafts/{id}")).status == 404
    assert (await room.send("DELETE", f"quiz-drafts/{id}")).status == 204
    assert (await room.send("GET", f"quiz-drafts/{id}")).status == 404


async def test_an_unknown_lesson_is_not_found(room: Class) -> None:
    """And nothing is drafted from another one."""
    reply = await room.send("POST", "quiz-drafts", {**LESSON, "lesson": "nowhere"})
    assert (reply.status, reply.code) == (404, "unknown_lesson")
