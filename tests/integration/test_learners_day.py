"""A learner's day, from the first question to the proof that nothing is kept any more."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from school_day import COURSE, Person, School, in_time, notice_of, open_school, text_of

TIDES = """# Tides

A neap tide is a tide of small range. A spring tide is an especially high tide.

## Exercise 1

How many high tides does a day have? As the earth turns below the moon, a day has two high tides.
"""
EXERCISE = "Exercise 1: How many high tides does a day have?"
CONFIG = f"/api/v1/courses/{COURSE}/config"
LOCK = f"/api/v1/courses/{COURSE}/lock"


@pytest.fixture(params=["embedded", "apart"])
def school(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[School]:
    database = request.getfixturevalue("vector_postgres_url") if request.param == "apart" else None
    with open_school(tmp_path, database) as school:
        yield school


def test_a_learners_day(school: School) -> None:
    """Everything a learner does with the tutor, with nothing but the token that the platform fetched."""
    platform = school.with_key("platform", "--role", "service")
    teacher = school.with_key("tess", "--role", "instructor", "--course", COURSE)
    lesson = {"course": COURSE, "lesson": "tides", "markdown": TIDES, "wait": True}
    assert platform.does("POST", "/v1/rag/index", lesson)["status"] == "complete"
    teacher.does("PATCH", CONFIG, {"help_level": "hints"})
    ana = school.learner(platform, "ana")
    asks_and_opens_the_citation(ana)
    climbs_the_ladder_of_hints(ana)
    rates_an_answer(ana, teacher)
    asks_in_other_languages_and_off_topic(ana)
    is_closed_out_by_an_exam_and_let_in_again(ana, teacher)
    meets_the_cap(ana, teacher)
    takes_everything_along_and_is_erased(ana, platform)


def asks_and_opens_the_citation(ana: Person) -> None:
    """Streamed and plain alike; the quote stands word for word at its span in the text of the lesson."""
    question = "What is a neap tide?"
    plain = ana.hears(question, "tides")
    streamed = ana.asks(question, "tides", stream=True).events
    said = "".join(choice["delta"].get("content", "") for event in streamed for choice in event.get("choices", ()))
    assert streamed[0]["type"] == "meta"
    assert said == text_of(plain)
    cited = plain["citations"][0]
    opened = ana.get(f"/api/v1/courses/{COURSE}/lessons/{cited['lesson']}")
    assert opened["text"][cited["start"] : cited["end"]] == cited["quote"]
    assert "small range" in cited["quote"]


def climbs_the_ladder_of_hints(ana: Person) -> None:
    """Each hint says a little more, and none the solution."""
    hints = [ana.hears(question, "tides") for question in (EXERCISE, "another hint", "another hint")]
    assert [one["hint"] for one in hints] == [{"step": step, "of": 3} for step in (1, 2, 3)]
    assert len({text_of(one) for one in hints}) == 3
    assert all("two high tides" not in text_of(one) for one in hints)


def rates_an_answer(ana: Person, teacher: Person) -> None:
    """With a reason; staff see what is wrong and not who said it."""
    answer = ana.hears("What is a spring tide?", "tides")
    wrong = {"rating": "down", "reasons": ["unclear"], "comment": "High compared to what?"}
    ana.does("POST", f"/api/v1/messages/{answer['message_id']}/feedback", wrong)
    [seen] = teacher.get(f"/api/v1/feedback?course={COURSE}")["feedback"]
    assert (seen["rating"], seen["reasons"], seen["user"]) == ("down", ["unclear"], "")


def asks_in_other_languages_and_off_topic(ana: Person) -> None:
    """Words of another script arrive as they were written; what the course has nothing on is said so."""
    arabic = "ما هو المد والجزر؟"
    for question in ("Was ist eine Neap Tide?", arabic):
        assert text_of(ana.hears(question, "tides"))
    kept = ana.get(f"/api/v1/sessions/{COURSE}/tides/history")["messages"]
    assert arabic in [one["content"] for one in kept]
    assert notice_of(ana.hears("Who won the football world cup in 1990?", "tides")) == "not_covered"


def is_closed_out_by_an_exam_and_let_in_again(ana: Person, teacher: Person) -> None:
    """At the assistant, at the proxy and for machines; afterwards all is as before."""
    asked = {"model": "banyan/extractive", "course": COURSE, "messages": [{"role": "user", "content": "Neap tide?"}]}

    def answers() -> list[bool]:
        assistant = ana.hears("What is a neap tide?", "tides")
        proxy = ana.call("POST", "/v1/chat/completions", asked)
        return [notice_of(assistant) != "exam_lock", proxy.status == 200, "exam_lock" not in by_machine(ana)]

    before = answers()
    assert (before[0], before[2]) == (True, True)
    teacher.does("PUT", LOCK, {"learners": ["ana"], "reason": "Midterm"})
    assert answers() == [False, False, False]
    assert ana.call("GET", f"/api/v1/sessions/{COURSE}/tides/history").code == "exam_lock"
    teacher.does("DELETE", LOCK)
    assert answers() == before


def by_machine(learner: Person) -> str:
    """What the tool `ask` says."""
    arguments = {"course": COURSE, "lesson": "tides", "question": "What is a neap tide?"}
    call = {"name": "ask", "arguments": arguments}
    body = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": call}
    taken = {"Accept": "application/json, text/event-stream"}
    reply = learner.call("POST", "/mcp", body, **taken)
    assert reply.status == 200, reply.text
    return reply.text


def meets_the_cap(ana: Person, teacher: Person) -> None:
    """With a notice that says when to come back, and the same figure in the limits."""
    used = ana.get(f"/api/v1/users/ana/limits?course={COURSE}")["used_messages_today"]
    teacher.does("PATCH", CONFIG, {"max_messages_per_user_per_day": used + 1})

    def capped() -> Any:
        answer = ana.hears("What is a spring tide?", "tides")
        return answer if notice_of(answer) else None

    notice = in_time(capped)["notice"]
    assert notice["code"] == "message_cap"
    left = ana.get(f"/api/v1/users/ana/limits?course={COURSE}")
    assert left["messages_left"] == 0
    assert datetime.fromisoformat(notice["resets_at"]) == datetime.fromisoformat(left["resets_at"])


def takes_everything_along_and_is_erased(ana: Person, platform: Person) -> None:
    """All that was said is in the export; after the erasure nothing is, and the proof says what was removed."""
    taken = ana.get("/api/v1/users/ana/export")
    assert taken["complete"]
    assert "What is a neap tide?" in str(taken["records"])
    job = ana.does("DELETE", "/api/v1/users/ana")

    def ended() -> Any:
        found = platform.get(f"/api/v1/jobs/{job['id']}")
        return found if found["state"] == "complete" else None

    proof = in_time(ended)
    assert proof["result"], proof
    left = platform.get("/api/v1/users/ana/export")["records"]
    assert "neap" not in str(left)
