"""Solutions that a teacher keeps: marked over HTTP, and not given away by a model that tries to."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from assistant_world import ANA, TEACHER, World, assistant
from leak_attempts import EXERCISE, HARMLESS, SOLUTION, TOLD, WORDY, WORDY_EXERCISE
from scripted_gateway import DONE, ScriptedGateway
from sqlalchemy import delete, select, update

from banyan.adapters.storage.conversation_tables import messages, sessions
from banyan.adapters.storage.solution_tables import checked_answers
from banyan.assistant.ports.model_gateway import CitationsFound, TextDelta
from banyan.proxy.domain.withholding import Withheld

PLACE = "/api/v1/courses/stats/lessons/mean/solutions"
MARKED = {"solutions": [{"exercise": EXERCISE, "text": SOLUTION}, {"exercise": WORDY_EXERCISE, "text": WORDY}]}


@pytest.fixture
async def world(tmp_path: Path, house_url: str) -> AsyncIterator[World]:
    async with assistant(tmp_path, gateway=ScriptedGateway(), database_url=house_url) as world:
        world.services.checks.keep.most_seconds = 60
        yield world


async def put(world: World, body: object, asker: dict[str, str] = TEACHER) -> int:
    async with world.client.put(world.url + PLACE, json=body, headers=asker) as answer:
        return answer.status


def says(*pieces: str) -> list[object]:
    return [CitationsFound(()), *(TextDelta(piece) for piece in pieces), DONE]


async def test_a_model_that_tries_to_leak_is_stopped_and_counted(world: World) -> None:
    """Of more than forty ways at most one in twenty gets through, and the report says the same of what is stored."""
    assert await put(world, MARKED) == 200
    leaked, withheld = [], 0
    for number, text in TOLD:
        await world.post("/api/v1/sessions", {"course": "stats", "lesson": "mean"})
        world.gateway.scripts = [says("Well. ", text)]
        answer = (await world.ask(f"What is the solution of exercise {number}?")).json
        withheld += answer.get("notice", {}).get("code") == "solution_kept"
        if text in answer["choices"][0]["message"]["content"]:
            leaked.append(text)
    assert len(leaked) <= len(TOLD) // 20, leaked
    assert withheld >= 0.9 * len(TOLD)
    report = (await world.get("/api/v1/courses/stats/leaks", TEACHER)).json
    assert (report["tries"], report["withheld"], report["leaked"]) == (len(TOLD), withheld, 0)


async def report(world: World) -> tuple[int, int, int]:
    """Withheld, leaked, and not looked at."""
    found = (await world.get("/api/v1/courses/stats/leaks", TEACHER)).json
    return found["withheld"], found["leaked"], found["unchecked"]


async def told(world: World, *answers: str) -> None:
    """Answers that a learner got before anything was kept, each in a session of its own."""
    for text in answers:
        await world.post("/api/v1/sessions", {"course": "stats", "lesson": "mean"})
        world.gateway.scripts = [says(text)]
        assert (await world.ask("Solve exercise 3")).status == 200


async def test_an_answer_is_looked_at_once_until_a_solution_changes(world: World) -> None:
    """What was found stays; a changed solution has every answer looked at anew; an equal one has none."""
    await told(world, SOLUTION, "A mean is a sum.")
    assert await report(world) == (0, 0, 0)
    await put(world, MARKED)
    assert await report(world) == (0, 1, 0)
    first = await looked_at(world)
    assert sorted(leaked for _, leaked in first) == [False, True]
    await put(world, MARKED)
    assert await report(world) == (0, 1, 0)
    assert await looked_at(world) == first
    await put(world, {"solutions": [{"exercise": WORDY_EXERCISE, "text": WORDY}]})
    assert await report(world) == (0, 0, 0)
    assert not {against for against, _ in first} & {against for against, _ in await looked_at(world)}
    await put(world, MARKED)
    assert await report(world) == (0, 1, 0)


async def test_a_call_looks_at_some_answers_and_says_how_many_are_left(world: World) -> None:
    """Until none is left; what came since then is found, and what was deleted is forgotten."""
    await told(world, SOLUTION, SOLUTION, "A mean is a sum.")
    await put(world, MARKED)
    world.services.checks.keep.most_seconds = 0
    assert (await report(world))[2] == 2
    world.services.checks.keep.most_answers = 1
    assert (await report(world))[2] == 1
    assert await report(world) == (0, 2, 0)
    assert len(await looked_at(world)) == 3
    await world.ask("Solve exercise 3", TEACHER)
    assert (await report(world))[2] == 0
    assert len(await looked_at(world)) == 4
    await world.database.write(lambda connection: connection.execute(delete(sessions).where(sessions.c.user == "ana")))
    assert (await report(world))[1] == 0
    assert len(await looked_at(world)) == 1


async def test_an_answer_that_took_another_ones_place_is_looked_at(world: World) -> None:
    """As when a turn that broke off is answered anew."""
    await told(world, "A mean is a sum.")
    await put(world, MARKED)
    assert await report(world) == (0, 0, 0)
    later = {"content": SOLUTION, "created": datetime.now(UTC)}
    change = update(messages).where(messages.c.role == "assistant").values(later)
    await world.database.write(lambda connection: connection.execute(change))
    assert await report(world) == (0, 1, 0)


async def looked_at(world: World) -> list[tuple[str, bool]]:
    """Against what, and what came of it, by answer."""
    query = select(checked_answers.c.against, checked_answers.c.leaked).order_by(checked_answers.c.message)
    return await world.database.read(lambda connection: [(row[0], row[1]) for row in connection.execute(query)])


async def test_the_rest_of_the_answer_is_given_plain_and_streamed(world: World) -> None:
    """Only the sentence goes; where nothing is left, the learner is told what to do."""
    await put(world, MARKED)
    world.gateway.scripts = [says(f"{HARMLESS[0]} They meet af", f"ter 3 hours. {HARMLESS[1]}")]
    plain = (await world.ask("Solve exercise 3")).json
    assert plain["choices"][0]["message"]["content"] == f"{HARMLESS[0]} {HARMLESS[1]}"
    streamed = (await world.ask("Solve exercise 3", stream=True)).events
    text = "".join(one["choices"][0]["delta"].get("content", "") for one in streamed[:-1] if "choices" in one)
    assert text == f"{HARMLESS[0]} {HARMLESS[1]}"
    world.gateway.scripts = [says(SOLUTION)]
    assert "hint" in (await world.ask("Solve exercise 3")).json["choices"][0]["message"]["content"]


async def test_teachers_get_answers_and_learners_may_not_mark(world: World) -> None:
    """What is kept is kept from learners; a model is told what must not be found."""
    assert await put(world, MARKED, ANA) == 403
    assert await put(world, MARKED) == 200
    world.gateway.scripts = [says(SOLUTION)]
    assert (await world.ask("Solve exercise 3", TEACHER)).json["choices"][0]["message"]["content"] == SOLUTION
    await world.ask("Solve exercise 3")
    assert [one.withhold for one in world.gateway.asked] == [(), (SOLUTION, WORDY)]
    assert (await world.get(PLACE)).status == 403
    kept = (await world.get(PLACE, TEACHER)).json["solutions"]
    assert [(one["text"], one["by"]) for one in kept] == [(SOLUTION, "tess"), (WORDY, "tess")]


async def test_a_span_of_the_lesson_is_kept_from_its_page_until_it_is_given_free(world: World) -> None:
    """The learner's lesson has it blacked out, the teacher's has not."""
    assert await put(world, {"solutions": [{"start": 8, "end": 29}]}) == 200
    lesson = "/api/v1/courses/stats/lessons/mean"
    assert (await world.get(lesson)).json["text"] == "A mean. ██ ██ █ ████ ████████"
    assert (await world.get(lesson, TEACHER)).json["text"] == "A mean. It is a sum, divided."
    async with world.client.delete(world.url + PLACE, headers=TEACHER) as answer:
        assert answer.status == 200
    assert (await world.get(lesson)).json["text"] == "A mean. It is a sum, divided."


async def test_a_span_outside_of_the_lesson_is_refused(world: World) -> None:
    """With a word on what would be right."""
    for one in ({"start": 3, "end": 300}, {"start": 3}, {"text": " "}):
        assert await put(world, {"solutions": [one]}) in (400, 422)


def test_nothing_withheld_is_found() -> None:
    """Passages lose the sentences that stand in a solution, and keep true spans for the rest."""
    from lessons import lesson

    passages = lesson("Trains", {"Motion": ["Speed is distance over time.", SOLUTION, "Draw a picture of it first."]})
    left = Withheld([SOLUTION, "unrelated"]).without(passages)
    assert [one.text for one in left] in (["Speed is distance over time."], ["Draw a picture of it first."])
    assert left[0].text == passages[0].text[left[0].span.start : left[0].span.end]
