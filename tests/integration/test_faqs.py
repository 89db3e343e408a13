"""From chats to FAQs, and from FAQs back to learners."""

from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from assistant_world import ANA, BEN, STRANGER, TEACHER, World, assistant, deciding
from scripted_gateway import ScriptedGateway, says, until

from banyan.assistant.domain.policy import HelpLevel, Policy
from banyan.assistant.ports.model_gateway import LessonText
from banyan.kernel.errors import NotFound

CYD = {"X-Banyan-User": "cyd"}
ASKED = "What is the mean of a sample?"
OTHERWISE = "Please explain what the mean of a sample is."


class Sensing(ScriptedGateway):
    """Its vectors say which of a few subjects a text is about; its lesson can change."""

    changed: bool = False

    async def embed(self, asker: Any, texts: Any) -> Any:
        subjects = ("mean", "mode", "median")
        return [[float(subject in text.casefold()) for subject in subjects] for text in texts]

    async def lesson(self, asker: Any, course: str, lesson: str, source: str = "lesson") -> LessonText:
        if self.changed:
            raise NotFound("It is gone.")
        return await super().lesson(asker, course, lesson, source)


@pytest.fixture
async def world(tmp_path: Path, house_url: str) -> AsyncIterator[World]:
    async with assistant(tmp_path, gateway=Sensing(), database_url=house_url) as world:
        yield world


async def asked(world: World, *questions: tuple[dict[str, str], str], **fields: object) -> None:
    for asker, question in questions:
        assert (await world.ask(question, asker, **fields)).status == 200


async def mined(world: World, **fields: object) -> Any:
    return await world.post("/api/v1/faq-drafts", {"course": "stats", **fields}, TEACHER)


async def published(world: World, question: str = ASKED) -> Any:
    """An FAQ that two learners' chats led to, with its question as given."""
    await asked(world, (ANA, ASKED), (BEN, ASKED))
    draft = (await mined(world, lesson="mean")).json
    path = f"/api/v1/faq-drafts/{draft['id']}"
    [item] = draft["body"]["items"]
    await world.send("PATCH", path, TEACHER, {"version": 1, "items": [{**item, "question": question}]})
    for move in ("review", "publish"):
        draft = (await world.post(f"{path}/{move}", {}, TEACHER)).json
    assert draft["state"] == "published"
    return draft


async def test_what_two_learners_asked_is_drafted_with_an_answer_and_its_citations(world: World) -> None:
    """In one item for both ways to ask, and what one learner asked twice stays in the chat."""
    await asked(world, (ANA, ASKED), (BEN, OTHERWISE), (ANA, "What is the mode of a sample?"))
    await asked(world, (ANA, "Say again what the mode of a sample is."))
    draft = (await mined(world)).json
    [item] = draft["body"]["items"]
    assert (item["question"], item["answer"], item["learners"]) == (ASKED, "A mean [1].", 2)
    assert [one["quote"] for one in item["citations"]] == ["A mean."]
    assert (item["prompt_tokens"], item["completion_tokens"]) == (5, 7)
    assert (draft["kind"], draft["lesson"], draft["state"]) == ("faq", "", "draft")
    assert "mode" not in str(draft["body"])


async def test_questions_that_only_look_alike_stay_apart(world: World) -> None:
    """A `not` or another number makes another question."""
    await asked(world, (ANA, "Is the mean of 3 numbers exact?"), (BEN, "Is the mean of 4 numbers exact?"))
    await asked(world, (ANA, "Is the mean robust to outliers?"), (BEN, "Is the mean not robust to outliers?"))
    reply = await mined(world)
    assert (reply.status, reply.code) == (409, "nothing_to_draft")


async def test_nobody_is_named_in_a_draft(world: World) -> None:
    """The form of the question that names nobody is taken; where there is none, the question stays in the chat."""
    await asked(world, (ANA, "I am Ben, mail ben@school.example: what is the mean?"), (BEN, "What is the mean then?"))
    await asked(world, (ANA, "My name is Ana Lee, what is the mode?"), (BEN, "Call me on +49 170 1234567: what mode?"))
    draft = (await mined(world)).json
    assert [item["question"] for item in draft["body"]["items"]] == ["What is the mean then?"]
    for told in ("Ben", "ben@", "Ana", "1234567"):
        assert told not in str(draft["body"])


async def test_only_chats_of_the_course_and_lesson_and_time_are_read(world: World) -> None:
    """Another lesson's, an older one's and another school's are left alone."""
    await asked(world, (ANA, ASKED), (BEN, ASKED))
    for fields in ({"lesson": "mode"}, {"since": "2100-01-01T00:00:00Z"}, {"min_learners": 3}):
        assert (await mined(world, **fields)).status == 409
    elsewhere = await world.post("/api/v1/faq-drafts", {"course": "stats"}, {**TEACHER, "X-Tenant": "elsewhere"})
    assert elsewhere.status == 409
    assert (await world.post("/api/v1/faq-drafts", {"course": "stats"}, ANA)).status == 403
    assert (await mined(world, min_learners=1)).status == 400


@pytest.mark.parametrize("stream", [False, True])
async def test_a_published_answer_comes_first_and_costs_nothing(world: World, stream: bool) -> None:
    """No model is asked, the answer has its citations and says where it comes from, and the chat keeps it."""
    await published(world)
    asked_before = len(world.gateway.asked)
    reply = await world.ask("what is the mean of a sample", CYD, stream=stream)
    assert len(world.gateway.asked) == asked_before
    if stream:
        text = "".join(c["delta"].get("content", "") for e in reply.events[:-1] for c in e.get("choices", ()))
        notices = [event["notice"]["code"] for event in reply.events[:-1] if event.get("type") == "notice"]
        cited = reply.events[0]["citations"]
    else:
        text = reply.json["choices"][0]["message"]["content"]
        notices, cited = [reply.json["notice"]["code"]], reply.json["citations"]
        assert reply.json["usage"]["total_tokens"] == 0
    assert (text, notices, [one["quote"] for one in cited]) == ("A mean [1].", ["faq"], ["A mean."])
    assert (await world.history(CYD))[-1]["model"] == "banyan/faq"


async def test_the_same_question_in_other_words_is_answered_and_a_near_miss_is_not(world: World) -> None:
    """Meaning has to be the same and nothing may tell the questions apart."""
    await published(world)
    assert (await world.ask(OTHERWISE, CYD)).json["model"] == "banyan/faq"
    for miss in (
        "What is not the mean of a sample?",
        "What is the mean of 2 samples?",
        "What is the mode of a sample?",
        "What is it?",
    ):
        assert (await world.ask(miss, CYD)).json["model"] == "test/model", miss


async def test_a_published_answer_is_for_its_lesson_and_school(world: World) -> None:
    """Others ask the model."""
    await published(world)
    assert (await world.ask(ASKED, CYD, lesson="mode")).json["model"] == "test/model"
    assert (await world.ask(ASKED, {**STRANGER, "X-Tenant": "third"})).json["model"] == "test/model"


async def test_what_is_withdrawn_or_deleted_or_stale_is_not_used(world: World) -> None:
    """At once, and a lesson that has changed is asked anew."""
    draft = await published(world)
    path = f"/api/v1/faq-drafts/{draft['id']}"
    world.gateway.changed = True  # type: ignore[attr-defined]
    assert (await world.ask(ASKED, CYD)).json["model"] == "test/model"
    world.gateway.changed = False  # type: ignore[attr-defined]
    assert (await world.ask(ASKED, CYD)).json["model"] == "banyan/faq"
    await world.post(f"{path}/withdraw", {}, TEACHER)
    assert (await world.ask(ASKED, CYD)).json["model"] == "test/model"
    for move in ("review", "publish"):
        await world.post(f"{path}/{move}", {}, TEACHER)
    assert (await world.ask(ASKED, CYD)).json["model"] == "banyan/faq"
    assert (await world.send("DELETE", path, TEACHER)).status == 204
    assert (await world.ask(ASKED, CYD)).json["model"] == "test/model"


async def test_savings_are_counted_by_day(world: World) -> None:
    """Calls, tokens and money; a call whose price nobody knows is counted as such, and not as free."""
    await published(world)
    await asked(world, (CYD, ASKED), (CYD, OTHERWISE), model="openai/m")
    deciding(world, Policy(cost_per_message=Decimal("0.002")))
    await asked(world, (CYD, ASKED), model="openai/m")

    async def rows() -> list[Any]:
        found: list[Any] = (await world.get("/api/v1/courses/stats/faq-savings", TEACHER)).json["savings"]
        return found

    async def written() -> bool:
        return bool(sum(row["calls"] for row in await rows()) == 3)

    await until(written)
    [row] = await rows()
    assert (row["calls"], row["prompt_tokens"], row["completion_tokens"]) == (3, 15, 21)
    assert (row["cost"], row["unpriced"]) == ("0.002000000", 2)


async def test_what_is_published_is_not_drafted_again(world: World) -> None:
    """Also where more learners ask it before the next look."""
    await published(world)
    reply = await mined(world)
    assert (reply.status, reply.code) == (409, "nothing_to_draft")


async def test_another_process_knows_within_a_second(tmp_path: Path, house_url: str) -> None:
    """Both over one database."""
    folders = [tmp_path / "one", tmp_path / "two"]
    for folder in folders:
        folder.mkdir()
    async with (
        assistant(folders[0], gateway=Sensing(), database_url=house_url) as one,
        assistant(folders[1], gateway=Sensing(), database_url=house_url) as two,
    ):
        await published(one)

        async def known() -> bool:
            return bool((await two.ask(ASKED, CYD)).json["model"] == "banyan/faq")

        await until(known)


async def test_a_question_that_the_course_does_not_cover_is_told_to_the_teacher(world: World) -> None:
    """It has no answer, and stands apart."""
    await asked(world, (ANA, ASKED), (BEN, ASKED))
    world.gateway.scripts.append([*says("The course does not cover it.")])
    world.gateway.scripts[:] = [world.gateway.scripts[-1]]
    draft = (await mined(world)).json
    assert (draft["body"]["items"], draft["body"]["open"]) == ([], [ASKED])


@pytest.mark.parametrize("level", [HelpLevel.HINTS, HelpLevel.SOCRATIC])
async def test_an_faq_on_a_task_obeys_the_level_of_help(world: World, level: HelpLevel) -> None:
    """Learners get a step on the hint ladder instead, teachers the answer; an FAQ on a concept is said all the same."""
    task = "Solve exercise 2: what is the mean of a sample?"
    draft = await published(world, task)
    assert (await world.ask(task, CYD)).json["model"] == "banyan/faq"
    deciding(world, Policy(help_level=level))
    helped = (await world.ask(task, CYD)).json
    assert (helped["model"], helped["hint"]["step"]) == ("test/model", 1)
    assert (await world.ask(task, TEACHER)).json["model"] == "banyan/faq"

    path = f"/api/v1/faq-drafts/{draft['id']}"
    await world.post(f"{path}/withdraw", {}, TEACHER)
    deciding(world, Policy())
    await published(world)
    deciding(world, Policy(help_level=level))
    assert (await world.ask(ASKED, CYD)).json["model"] == "banyan/faq"
