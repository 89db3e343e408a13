"""Drafts are under the same care as turns: kept solutions, pseudonyms, guardrails, and what no longer holds."""

import json
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from assistant_world import ANA, BEN, TEACHER, World, assistant
from fake_openai import FakeOpenAI
from fake_upstream import running
from knowledge_house import House
from proxy_house import open_proxy

from banyan.kernel.identity import DEFAULT_TENANT
from banyan.proxy.domain.knowledge import Scope

SOLUTION = "The vole starves because the owl hides every acorn beneath frozen moss."
EXERCISE = "Exercise 7: Explain why the vole population collapses in the story."
OPEN = (
    "A neuron is a cell that carries signals through the whole body of an animal.",
    "A synapse is a narrow gap across which two cells pass their signals on.",
    "A dendrite is a short branch that receives signals from many other cells.",
    "An axon is a long fibre that carries signals away from the body of a cell.",
)
NAMED = "Ask Ana Silva at ana.silva@school.example when signals get lost in a cell."
ADMIN = {"X-Banyan-User": "ada", "X-Banyan-Roles": "admin"}
LESSON = {"course": "stats", "lesson": "mean"}
MODEL = "openai/gpt-x"
ROSTER = {
    "members": [
        {"user": "ana", "name": "Ana Silva", "role": "learner"},
        {"user": "ben", "name": "Ben Okafor", "role": "learner"},
        {"user": "tess", "name": "Tess Lang", "role": "instructor"},
    ]
}


@dataclass
class Dictated(FakeOpenAI):
    """A provider outside of the trusted zones that answers what it is told."""

    says: str = ""

    def _words(self, body: dict[str, Any]) -> list[str]:
        return [self.says]

    @property
    def told(self) -> str:
        """All that has reached it."""
        return json.dumps([body for _, body in self.seen], ensure_ascii=False)


@dataclass
class Room:
    """The assistant over a real proxy whose provider is dictated, with one lesson that has a solution in it."""

    world: World
    house: House
    upstream: Dictated
    paths: list[str] = field(default_factory=list)

    async def index(self, *lines: str) -> None:
        await self.house.index(Scope(DEFAULT_TENANT, "stats", "mean"), *lines, title="Cells")

    async def keep(self, solution: str = SOLUTION, exercise: str = EXERCISE) -> None:
        place = "/api/v1/courses/stats/lessons/mean/solutions"
        marked = {"solutions": [{"exercise": exercise, "text": solution}]}
        assert (await self.world.send("PUT", place, TEACHER, marked)).status == 200

    async def draft(self, path: str, **fields: object) -> Any:
        body = {"course": "stats", **fields} if path == "faq-drafts" else {**LESSON, **fields}
        return await self.world.post(f"/api/v1/{path}", body, TEACHER)

    async def asked(self, question: str, *learners: dict[str, str], says: str = "A cell [1].") -> None:
        """Learners ask the model, and it answers so."""
        self.upstream.says = says
        for learner in learners or (ANA, BEN):
            reply = await self.world.ask(question, learner, model=MODEL)
            assert reply.status == 200, reply.body
        self.upstream.seen.clear()

    async def stale(self) -> list[tuple[str, str]]:
        found = (await self.world.get("/api/v1/stale?course=stats", TEACHER)).json["stale"]
        return [(one["kind"], one["item"]) for one in found if one["kind"] != "answer"]


@pytest.fixture
async def room(tmp_path: Path, house_url: str) -> AsyncIterator[Room]:
    def upstream_at() -> AbstractAsyncContextManager[Dictated]:
        return running(Dictated())

    (tmp_path / "proxy").mkdir()
    async with open_proxy(tmp_path / "proxy", upstream_at=upstream_at) as proxy:
        gateway: Any = proxy.gateway
        async with assistant(tmp_path, gateway=gateway, database_url=house_url) as world:
            assert isinstance(proxy.upstream, Dictated)
            room = Room(world, proxy.house, proxy.upstream)
            await room.index(*OPEN, EXERCISE, SOLUTION)
            yield room


def quiz(*questions: tuple[str, str, str]) -> str:
    """Questions of a model: what is asked, the right option, the quotation."""
    wrong = ["It makes blood", "It digests food", "It stores some fat"]
    rows = [
        {"question": asked, "options": [right, *wrong], "answer": 1, "quote": quote}
        for asked, right, quote in questions
    ]
    return json.dumps({"questions": rows})


@pytest.mark.parametrize("path", ["quiz-drafts", "lesson-drafts"])
async def test_a_quoted_draft_has_no_sentence_of_a_kept_solution(room: Room, path: str) -> None:
    """Before it is marked the same lesson gives one."""
    fields: dict[str, object] = {"count": 12} if path == "quiz-drafts" else {}
    assert "narrow gap" in (await room.draft(path, **fields)).body.decode()
    await room.keep(OPEN[1], "Exercise 8: Say in your words how a synapse works.")
    draft = await room.draft(path, **fields)
    assert draft.status == 201, draft.body
    assert "narrow gap" not in draft.body.decode()


async def test_a_model_is_not_shown_the_solution_and_may_not_write_it(room: Room) -> None:
    """It is blacked out of the lesson; what the model knows by itself is left out, and the teacher is told."""
    await room.keep()
    asked = "Why does the vole population collapse in the story?"
    leak = (asked, "The owl hides every acorn beneath frozen moss", EXERCISE)
    fine = ("What does a dendrite do?", "It receives signals", OPEN[2])
    room.upstream.says = quiz(fine, leak)
    draft = await room.draft("quiz-drafts", count=2, model=MODEL)
    assert draft.status == 201, draft.body
    assert [one["question"] for one in draft.json["body"]["questions"]] == ["What does a dendrite do?"]
    assert "acorn" not in room.upstream.told
    assert "acorn" not in str(draft.json["body"])
    told = {"text": "The owl hides every acorn beneath frozen moss, and cells pass signals on.", "quote": OPEN[1]}
    kept = {"text": "Two cells pass their signals on across a narrow gap.", "quote": OPEN[1]}
    room.upstream.says = json.dumps({"summary": [kept, told], "glossary": []})
    summary = await room.draft("lesson-drafts", model=MODEL)
    assert [one["text"] for one in summary.json["body"]["summary"]] == [kept["text"]]


async def test_the_passages_that_a_model_is_given_have_no_kept_solution(room: Room) -> None:
    """Whoever answers, in a turn as well as in a draft."""
    await room.keep()
    room.upstream.says = "Nothing of it."
    assert (await room.world.ask("Why does the vole starve?", ANA, model=MODEL)).status == 200
    assert room.upstream.seen
    assert "acorn" not in room.upstream.told


async def test_a_solution_that_a_model_says_is_in_no_faq(room: Room) -> None:
    """Nothing is drafted where nothing else is left, and the teacher is told why."""
    await room.keep()
    await room.asked("Why does the vole population collapse in the story?")
    room.upstream.says = "The owl hides every acorn beneath frozen moss [1]."
    draft = await room.draft("faq-drafts", model=MODEL)
    assert (draft.status, draft.code) == (409, "nothing_to_draft")
    assert "1 of the questions were left out: they give away a solution that is kept." in draft.body.decode()


@pytest.mark.parametrize("answer", ["It is [1].", "The course does not cover it."])
async def test_a_solution_that_learners_wrote_is_in_no_faq(room: Room, answer: str) -> None:
    """Neither as a question with an answer, nor among those that the course does not cover."""
    await room.asked("Is it right that the owl hides every acorn beneath frozen moss?")
    await room.keep()
    room.upstream.says = answer
    draft = await room.draft("faq-drafts", model=MODEL)
    assert draft.status == 409
    assert "acorn" not in draft.body.decode()


async def test_an_answer_that_was_approved_before_a_solution_was_kept_is_not_given(room: Room) -> None:
    """The learner is answered by the tutor, who keeps it."""
    asked = "Why does the vole starve in the frozen story?"
    await room.asked(asked)
    room.upstream.says = f"{SOLUTION} [1]"
    draft = (await room.draft("faq-drafts", model=MODEL)).json
    assert "acorn" in str(draft["body"]["items"])
    for move in ("review", "publish"):
        await room.world.post(f"/api/v1/faq-drafts/{draft['id']}/{move}", {}, TEACHER)
    cyd = {"X-Banyan-User": "cyd"}
    assert (await room.world.ask(asked, cyd, model=MODEL)).json["model"] == "banyan/faq"
    await room.keep()
    after = (await room.world.ask(asked, cyd, model=MODEL)).json
    assert after["model"] != "banyan/faq"
    assert "acorn" not in after["choices"][0]["message"]["content"]


async def test_no_learner_is_named_to_a_provider(room: Room) -> None:
    """Of chats only words that name nobody leave the machine; of a lesson, pseudonyms, and the draft has the names."""
    assert (await room.world.send("PUT", "/api/v1/courses/stats/roster", ADMIN, ROSTER)).status == 200
    for asker, question in (
        (ANA, "I am Ana Silva, write to ana.silva@mail.example: what does a synapse do?"),
        (BEN, "Call me at +49 170 1234567 or ask Okafor: what does a synapse do?"),
        (ANA, "What does a synapse do for two cells?"),
        (BEN, "What does a synapse do for two cells?"),
    ):
        await room.asked(question, asker)
    room.upstream.says = "A synapse is a narrow gap [1]."
    faq = await room.draft("faq-drafts", model=MODEL)
    assert faq.status == 201, faq.body
    await room.index(*OPEN, NAMED)
    room.upstream.says = quiz(
        (
            "Whom do you ask, PERSON_1?",
            "when signals get lost",
            NAMED.replace("Ana Silva", "PERSON_1").replace("ana.silva@school.example", "EMAIL_1"),
        )
    )
    named = await room.draft("quiz-drafts", count=1, model=MODEL)
    assert room.upstream.seen
    for told in ("Silva", "Okafor", "ana.silva", "1234567"):
        assert told not in room.upstream.told, told
        assert told not in faq.body.decode(), told
    assert named.json["body"]["questions"][0]["citation"]["quote"] == NAMED


async def test_what_a_model_writes_passes_the_guardrails(room: Room) -> None:
    """Live markup is made harmless, somebody else's address is covered, and an event says so."""
    evil = "Two cells pass their signals on <script>x</script> to eve@private.example."
    room.upstream.says = json.dumps({"summary": [{"text": evil, "quote": OPEN[1]}], "glossary": []})
    draft = await room.draft("lesson-drafts", model=MODEL)
    assert draft.status == 201, draft.body
    assert "<script" not in draft.body.decode()
    assert "eve@private.example" not in draft.body.decode()
    await room.world.logged()
    events = (
        await room.world.get("/api/v1/guardrail-events?course=stats", {**TEACHER, "X-Banyan-Roles": "moderator"})
    ).json
    assert {"markup", "pii"} <= {one["guardrail"] for one in events["events"] if one["source"] == "draft"}


async def test_drafts_of_a_lesson_that_has_changed_are_listed(room: Room) -> None:
    """FAQs, summaries and quizzes, each by its id; what was deleted or written anew is not."""
    await room.asked("What does a synapse do for two cells?")
    room.upstream.says = "A synapse is a narrow gap [1]."
    faq, lesson, one, other = [
        (await room.draft(path, **fields)).json["id"]
        for path, fields in (
            ("faq-drafts", {"model": MODEL}),
            ("lesson-drafts", {}),
            ("quiz-drafts", {}),
            ("quiz-drafts", {}),
        )
    ]
    assert await room.stale() == []
    await room.index("Everything about this lesson is new and says other things than it did.")
    assert sorted(await room.stale()) == sorted([("faq", faq), ("draft", lesson), ("quiz", one), ("quiz", other)])
    await room.world.send("DELETE", f"/api/v1/quiz-drafts/{one}", TEACHER)
    await room.world.send("PATCH", f"/api/v1/quiz-drafts/{other}", TEACHER, {"version": 1, "questions": []})
    assert sorted(await room.stale()) == sorted([("faq", faq), ("draft", lesson)])
