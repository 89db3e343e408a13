"""What learners say of answers, and what staff see of it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from assistant_world import ANA, BEN, TEACHER, World, assistant, deciding

from banyan.assistant.domain.policy import Policy

OTHER_SCHOOL = {**TEACHER, "X-Tenant": "elsewhere"}


@pytest.fixture
async def world(tmp_path: Path, house_url: str) -> AsyncIterator[World]:
    async with assistant(tmp_path, database_url=house_url) as world:
        yield world


async def test_a_learner_rates_an_answer_once_and_may_change_it(world: World) -> None:
    """The later word counts; taken back, there is none."""
    answer = (await world.ask()).json
    path = f"/api/v1/messages/{answer['message_id']}/feedback"
    assert (await world.post(path, {"rating": "up"})).status == 200
    down = {"rating": "down", "reasons": ["wrong", "unclear", "wrong"], "comment": " It is not so. "}
    said = (await world.post(path, down)).json
    assert said == {
        "message": answer["message_id"],
        "rating": "down",
        "reasons": ["wrong", "unclear"],
        "comment": "It is not so.",
    }
    own = f"/api/v1/sessions/{answer['session']}/feedback"
    assert (await world.get(own)).json["feedback"] == [said]
    assert (await world.get(own, BEN)).json["feedback"] == []
    assert (await world.send("DELETE", path, ANA)).status == 204
    assert (await world.get(own)).json["feedback"] == []
    assert (await world.send("DELETE", path, ANA)).code == "no_feedback"


async def test_answers_of_others_are_not_found(world: World) -> None:
    """For a classmate, for staff, and for another school alike; neither is a question an answer."""
    answer = (await world.ask()).json
    path = f"/api/v1/messages/{answer['message_id']}/feedback"
    for asker in (BEN, TEACHER, {**ANA, "X-Tenant": "elsewhere"}):
        reply = await world.post(path, {"rating": "up"}, asker)
        assert (reply.status, reply.code) == (404, "unknown_message")
    assert (await world.post(f"/api/v1/messages/{answer['question_id']}/feedback", {"rating": "up"})).status == 404
    assert (await world.post(path, {"rating": "so-so"})).status == 400
    assert (await world.post(path, {"rating": "down", "reasons": ["ugly"]})).status == 400


async def test_staff_look_through_what_is_open_first(world: World) -> None:
    """With question, answer and citations, and without the learner's name."""
    first = (await world.ask("I am Ana, what is a mean?")).json["message_id"]
    second = (await world.ask("What is a mode?", BEN)).json["message_id"]
    await world.post(f"/api/v1/messages/{first}/feedback", {"rating": "down", "comment": "ana@school.example waits"})
    await world.post(f"/api/v1/messages/{second}/feedback", {"rating": "up"}, BEN)
    rows = (await world.get("/api/v1/feedback?course=stats", TEACHER)).json["feedback"]
    assert [row["id"] for row in rows] == [second, first]
    assert (rows[1]["question"], rows[1]["comment"], rows[1]["user"]) == ("I am […], what is a mean?", "[…] waits", "")
    assert (rows[1]["answer"], rows[1]["citations"][0]["quote"]) == ("A mean [1].", "A mean.")
    done = await world.post(
        f"/api/v1/feedback/{second}/resolve", {"action": "lesson_changed", "note": "Reworded."}, TEACHER
    )
    assert (done.json["action"], done.json["note"], done.json["resolved_by"]) == ("lesson_changed", "Reworded.", "tess")
    rows = (await world.get("/api/v1/feedback?course=stats", TEACHER)).json["feedback"]
    assert [row["id"] for row in rows] == [first, second]
    open_ones = (await world.get("/api/v1/feedback?course=stats&resolved=false&rating=down", TEACHER)).json["feedback"]
    assert [row["id"] for row in open_ones] == [first]


async def test_a_changed_word_opens_it_again(world: World) -> None:
    """What staff did was about something else."""
    id = (await world.ask()).json["message_id"]
    await world.post(f"/api/v1/messages/{id}/feedback", {"rating": "down"})
    await world.post(f"/api/v1/feedback/{id}/resolve", {}, TEACHER)
    await world.post(f"/api/v1/messages/{id}/feedback", {"rating": "down", "comment": "Still wrong."})
    [row] = (await world.get("/api/v1/feedback?course=stats&resolved=false", TEACHER)).json["feedback"]
    assert (row["comment"], row["resolved"], row["action"]) == ("Still wrong.", None, None)


async def test_names_are_shown_where_policy_says_so(world: World) -> None:
    """Then nothing is taken out of the text either."""
    deciding(world, Policy(feedback_names=True))
    id = (await world.ask("I am Ana, what is a mean?")).json["message_id"]
    await world.post(f"/api/v1/messages/{id}/feedback", {"rating": "down"})
    [row] = (await world.get("/api/v1/feedback?course=stats", TEACHER)).json["feedback"]
    assert (row["user"], row["question"]) == ("ana", "I am Ana, what is a mean?")


async def test_the_queue_is_for_staff_of_the_course(world: World) -> None:
    """A learner is refused, and another school finds nothing."""
    id = (await world.ask()).json["message_id"]
    await world.post(f"/api/v1/messages/{id}/feedback", {"rating": "down"})
    assert (await world.get("/api/v1/feedback?course=stats", ANA)).status == 403
    assert (await world.post(f"/api/v1/feedback/{id}/resolve", {}, ANA)).status == 403
    assert (await world.post(f"/api/v1/feedback/{id}/resolve", {}, OTHER_SCHOOL)).status == 404
    assert (await world.get("/api/v1/feedback?course=stats", OTHER_SCHOOL)).json["feedback"] == []
