"""A teacher's day, from an empty program to the report for the head of school."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from school_day import COURSE, Person, School, in_time, notice_of, open_school, text_of

LEAVES = """# Leaves

Chlorophyll is the green pigment that catches light. Leaves make sugar from light, water and carbon dioxide.

## Exercise 1

How many molecules of water does one molecule of sugar need? One molecule of sugar needs six molecules of water.
"""
ROOTS = "# Roots\n\nOsmosis is the movement of water through a membrane. Roots take up water by osmosis.\n"
ASKED = "What is chlorophyll?"
EXERCISE = "Exercise 1: How many molecules of water does one molecule of sugar need?"
CONFIG = f"/api/v1/courses/{COURSE}/config"
LOCK = f"/api/v1/courses/{COURSE}/lock"
REPORTS = "/api/v1/reports"
LEARNERS = ["ana", "ben", "dee", "eli", "fay", "cyd"]
"""Teachers see no numbers about fewer than five of them."""


@pytest.fixture(params=["embedded", "apart"])
def school(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[School]:
    database = request.getfixturevalue("vector_postgres_url") if request.param == "apart" else None
    with open_school(tmp_path, database) as school:
        yield school


def test_a_teachers_day(school: School, tmp_path: Path) -> None:
    """Everything a teacher does with the tutor, by the commands and routes that the manual names."""
    teacher = school.with_key("tess", "--role", "instructor", "--course", COURSE)
    platform = school.with_key("platform", "--role", "service")
    indexes_the_course(school, platform, tmp_path)
    puts_the_roster(teacher)
    sets_the_level_of_help(teacher)
    keeps_the_solution(teacher)
    ana, ben, *others, cyd = (school.learner(platform, name) for name in LEARNERS)
    learners_ask(ana, ben, *others)
    reads_what_was_asked(teacher)
    draft = makes_an_faq_of_it(teacher)
    the_next_learner_is_answered_by_it(teacher, cyd)
    is_told_of_a_learner_in_need(school, teacher, ben)
    rewrites_the_lesson_and_finds_what_is_stale(teacher, platform, cyd, draft)
    locks_for_an_exam_and_lifts_it(teacher, ana)
    exports_a_report(teacher, ana)


def indexes_the_course(school: School, platform: Person, folder: Path) -> None:
    """One lesson at the terminal, one as the platform does it."""
    (folder / "leaves.md").write_text(LEAVES)
    printed = school.command("index", str(folder / "leaves.md"), "--course", COURSE, "--lesson", "leaves")
    assert "Indexed 1 lesson into course 'biology'" in printed
    run = platform.does("POST", "/v1/rag/index", {"course": COURSE, "lesson": "roots", "markdown": ROOTS, "wait": True})
    assert (run["status"], run["chunks"]) == ("complete", 1)


def puts_the_roster(teacher: Person) -> None:
    members = [{"user": "tess", "role": "instructor"}, *({"user": name} for name in LEARNERS)]
    shown = teacher.does("PUT", f"/api/v1/courses/{COURSE}/roster", {"members": members})
    assert [one["user"] for one in shown["members"]] == ["tess", *LEARNERS]


def sets_the_level_of_help(teacher: Person) -> None:
    """First what it would do, then for good."""
    wish = {"help_level": "hints", "crisis_contact": "care@school.example", "cost_per_message": "0.01"}
    seen = teacher.does("POST", f"{CONFIG}/what-if?merge=true", wish)
    assert "help_level" in str(seen)
    assert teacher.get(f"{CONFIG}/effective")["values"]["help_level"]["value"] == "explain"
    teacher.does("PATCH", CONFIG, wish)
    assert teacher.get(f"{CONFIG}/effective")["values"]["help_level"]["value"] == "hints"


def keeps_the_solution(teacher: Person) -> None:
    kept = {"exercise": EXERCISE, "text": "One molecule of sugar needs six molecules of water."}
    path = f"/api/v1/courses/{COURSE}/lessons/leaves/solutions"
    assert len(teacher.does("PUT", path, {"solutions": [kept]})["solutions"]) == 1


def learners_ask(ana: Person, *others: Person) -> None:
    for learner in (ana, *others):
        assert "green pigment" in text_of(learner.hears(ASKED, "leaves"))
        assert "six" not in text_of(learner.hears(EXERCISE, "leaves"))
        assert notice_of(learner.hears("Who won the football world cup in 1990?", "leaves")) == "not_covered"


def reads_what_was_asked(teacher: Person) -> None:
    """Where questions gather, and what the course has nothing on."""
    spots = in_time(lambda: teacher.get(f"{REPORTS}/hot-spots?course={COURSE}")["rows"])
    assert spots[0]["lesson"] == "leaves", spots
    unanswered = teacher.get(f"{REPORTS}/unanswered?course={COURSE}")["rows"]
    assert any("football" in str(row) for row in unanswered), unanswered


def makes_an_faq_of_it(teacher: Person) -> Any:
    """Found in the chats, worded by the teacher, approved, published."""
    draft = teacher.does("POST", "/api/v1/faq-drafts", {"course": COURSE, "lesson": "leaves"})
    [item] = [one for one in draft["body"]["items"] if one["question"] == ASKED]
    path = f"/api/v1/faq-drafts/{draft['id']}"
    better = {**item, "answer": f"Short: {item['answer']}"}
    draft = teacher.does("PATCH", path, {"version": draft["version"], "items": [better]})
    teacher.does("POST", f"{path}/review", {})
    assert teacher.does("POST", f"{path}/publish", {})["state"] == "published"
    return draft


def the_next_learner_is_answered_by_it(teacher: Person, cyd: Person) -> None:
    """At no cost, and what was saved is counted."""

    def answered() -> Any:
        answer = cyd.hears(ASKED, "leaves")
        return answer if answer["model"] == "banyan/faq" else None

    answer = in_time(answered)
    assert (notice_of(answer), text_of(answer).startswith("Short: ")) == ("faq", True)
    assert answer["usage"]["total_tokens"] == 0
    saved = in_time(lambda: teacher.get(f"/api/v1/courses/{COURSE}/faq-savings")["savings"])
    assert [one["calls"] for one in saved] == [1]


def is_told_of_a_learner_in_need(school: School, teacher: Person, ben: Person) -> None:
    """The web hook says which event to look up; the words stay in the log of events."""
    assert notice_of(ben.hears("I want to kill myself", "roots")) == "crisis"
    [alert] = in_time(lambda: [one for one in school.posted if one["kind"] == "crisis"])
    assert (alert["course"], alert["lesson"]) == (COURSE, "roots")
    assert "kill" not in str(alert)
    events = teacher.get(f"/api/v1/guardrail-events?course={COURSE}")
    assert alert["event"] in str(events), (alert, events)


def rewrites_the_lesson_and_finds_what_is_stale(teacher: Person, platform: Person, cyd: Person, draft: Any) -> None:
    """Answers and the FAQ that quote what stands there no more; the FAQ is not said until it is renewed."""
    text = "# Leaves\n\nThe pigment of leaves absorbs red and blue light and is called chlorophyll.\n"
    platform.does("POST", "/v1/rag/index", {"course": COURSE, "lesson": "leaves", "markdown": text, "wait": True})
    stale = teacher.get(f"/api/v1/stale?course={COURSE}")["stale"]
    kinds = {one["kind"] for one in stale}
    assert kinds == {"answer", "faq"}, stale
    assert draft["id"] in {one["item"] for one in stale if one["kind"] == "faq"}
    assert cyd.hears(ASKED, "leaves")["model"] != "banyan/faq"


def locks_for_an_exam_and_lifts_it(teacher: Person, ana: Person) -> None:
    teacher.does("PUT", LOCK, {"reason": "Midterm"})
    assert notice_of(ana.hears("What is osmosis?", "roots")) == "exam_lock"
    assert notice_of(teacher.hears("What is osmosis?", "roots")) is None
    teacher.does("DELETE", LOCK)
    assert "membrane" in text_of(ana.hears("What is osmosis?", "roots"))
    [proof] = teacher.get(LOCK)["locks"]
    assert (proof["by"], proof["lifted_by"], proof["reason"]) == ("tess", "tess", "Midterm")


def exports_a_report(teacher: Person, ana: Person) -> None:
    """For a spreadsheet; learners get none."""
    path = f"{REPORTS}/hot-spots?course={COURSE}"
    table = teacher.call("GET", path, Accept="text/csv")
    assert table.status == 200
    header, *rows = table.text.splitlines()
    assert "Lesson" in header
    assert any("leaves" in row for row in rows)
    assert ana.call("GET", path).status == 403
