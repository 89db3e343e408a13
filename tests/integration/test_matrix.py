"""Who may do what: every route of the assistant, asked by everybody, about things of others.

A request is always one that would succeed, so that a refusal comes of who asks. Routes are found in the service's own
description; a new one fails here until `TABLE` says whose things it touches and what everybody gets. Statuses are the
role matrix of the parity spec as corrected by D-03, D-18, D-20, D-21 and D-26.
"""

import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
import pytest_asyncio
import school as of
from assistant_world import Reply
from school import SECRET, School, Thing, open_school

from banyan.app.reference import described

pytestmark = pytest.mark.asyncio(loop_scope="module")

INSIDERS = frozenset({"owner", "teacher", "moderator", "admin", "service"})
NAMES = ("id", "session", "preset", "user", "user_id")
"""What can be guessed: whoever is refused must learn nothing from whether it is there."""

Body = Mapping[str, Any] | bytes | None


@dataclass(frozen=True)
class Row:
    """One request that a route takes.

    of: makes what it is about. statuses: of guest, owner, other, elsewhere, teacher, moderator, admin, service and
    foreign, as in `school.CALLERS`. query, body: with `{names}` of the thing. told: who may read the secret in it.
    holds: whether the teacher finds the secret in the answer, which shows that there was something to be seen.
    """

    of: Callable[[School], Awaitable[Thing]]
    statuses: str
    query: str = ""
    body: Body = None
    told: frozenset[str] = INSIDERS
    holds: bool = False

    @property
    def expected(self) -> dict[str, int]:
        return dict(zip(("guest", *of.CALLERS), map(int, self.statuses.split()), strict=True))


def everybody(ok: int = 200) -> str:
    """No key is needed."""
    return " ".join([str(ok)] * 9)


def anyone(ok: int = 200, foreign: int | None = None) -> str:
    """Whoever has an identity; another school finds its own course of that name."""
    return " ".join(map(str, [401, *[ok] * 7, foreign or ok]))


def staff(ok: int = 200, foreign: int | None = None) -> str:
    """Staff of the course that the request names."""
    return " ".join(map(str, [401, 403, 403, 403, ok, ok, ok, ok, foreign or ok]))


def hidden(ok: int = 200) -> str:
    """Staff of the course that the thing is of; other staff cannot tell it from nothing."""
    return " ".join(map(str, [401, 403, 403, 404, ok, ok, ok, ok, 404]))


def keepers(ok: int = 200, foreign: int | None = None) -> str:
    """Who looks after the whole school."""
    return " ".join(map(str, [401, 403, 403, 403, 403, ok, ok, ok, foreign or ok]))


def instructors(ok: int = 200, foreign: int | None = None) -> str:
    """Any staff of the school; each sees what is theirs."""
    return " ".join(map(str, [401, 403, 403, ok, ok, ok, ok, ok, foreign or ok]))


MONOLITH = "/api/method/lms.lms.api"
COURSE, LESSON = {"course": "{course}"}, {"course": "{course}", "lesson": "{lesson}"}
PAGE = {**COURSE, "url": "https://pages.invalid/{new}"}
PEOPLE = {"members": [{"user": "tess", "role": "instructor"}, {"user": "ana"}]}
PROMPT = {"title": "{title}", "prompt": "Speak of numbers."}
SOLUTIONS = {"solutions": [{"text": "It is seven.", "exercise": "Exercise 1"}]}
JOB = {"kind": "rebuild_lesson", **LESSON}
ASKS = {**LESSON, "messages": [{"role": "user", "content": "What is the mean of the values?"}]}
EDIT = {"version": "{version}", "title": "Another title"}
CONFIG = {"values": {"system_prompt": "Be brief."}}
FILE = {"file": "Tm90ZXMu", "type": "text/plain"}
TO_STUDY = {"content": of.TEXT, "user_id": "ana"}
DAY = "?from=2026-01-01T00:00:00Z"
OWN_OR_STAFF = "401 200 403 403 200 200 200 200 200"
OWN_OR_HIDDEN = "401 200 404 404 200 200 200 200 404"
OWN_ALONE = "401 200 404 404 404 404 404 404 404"
OWN_OR_ADMIN = "401 200 403 403 403 403 200 200 200"


async def leaver(school: School) -> Thing:
    """Somebody whom nobody else needs."""
    return {"user": "lea"}


async def learnx_person(school: School) -> Thing:
    """The person as the older service names them."""
    person = await of.person(school)
    return {**person, "user_id": person["user"]}


async def report(school: School) -> Thing:
    """A report or chart on a course; whoever may not see it learns nothing of whether the course is there."""
    return {**await of.course(school), "report": "chat-usage", "chart": "proxy-requests"}


async def summary(school: School) -> Thing:
    """Study material of a lesson."""
    return {**await of.course(school), "type": "summary"}


def config(place: str, make: Callable[[School], Awaitable[Thing]], who: Callable[..., str]) -> dict[str, list[Row]]:
    """The seven routes of one level of policy."""
    return {
        f"GET {place}/config": [Row(make, who(), holds=who is staff)],
        f"PUT {place}/config": [Row(make, who(), body=CONFIG)],
        f"PATCH {place}/config": [Row(make, who(), body=CONFIG)],
        f"GET {place}/config/effective": [Row(make, who(), holds=who is staff)],
        f"GET {place}/config/history": [Row(make, who(), holds=who is staff)],
        f"POST {place}/config/rollback": [Row(make, who(), body={"version": 0})],
        f"POST {place}/config/what-if": [Row(make, who(), body=CONFIG)],
    }


def drafts(kind: str, make: Callable[[School], Awaitable[Thing]]) -> dict[str, list[Row]]:
    """What can be done with a draft."""
    place = f"/api/v1/{kind}-drafts"
    return {
        f"GET {place}": [
            Row(make, instructors(), told=INSIDERS, holds=True),
            Row(make, staff(), "?course={course}", holds=True),
        ],
        f"GET {place}/{{id}}": [Row(make, hidden(), holds=True)],
        f"PATCH {place}/{{id}}": [Row(make, hidden(), body=EDIT)],
        f"DELETE {place}/{{id}}": [Row(make, hidden(204))],
        f"GET {place}/{{id}}/export": [
            Row(make, hidden(), f"?format={form}") for form in ("markdown", "editorjs", "html")
        ],
        f"POST {place}/{{id}}/review": [Row(make, hidden(), holds=True)],
        f"POST {place}/{{id}}/publish": [Row(of.moved(make, "review"), hidden(), holds=True)],
        f"POST {place}/{{id}}/withdraw": [Row(of.moved(make, "review", "publish"), hidden(), holds=True)],
    }


async def own_card(school: School) -> Thing:
    """A card of the learner's."""
    cited = {"index": 1, "course": "stats", "lesson": "mean", "chunk_id": "", "title": "", "heading": [], "anchor": ""}
    cited |= {"quote": "", "start": 0, "end": 0, "source": "lesson", "source_type": "lesson", "score": 1.0}
    card = {"id": "card-1", "kind": "definition", "front": "mean", "back": f"It is {SECRET}.", "citation": cited}
    await school.did("PUT", "/api/v1/users/ana/cards", "owner", {"type": "cards", "cards": [card]})
    return {"user": "ana", "course": "stats", "id": "card-1"}


async def taken_away(school: School) -> Thing:
    """A format; what is written in it the caller brings."""
    return {**await of.tenant(school), "format": "markdown"}


TABLE: dict[str, list[Row]] = {
    "GET /health": [Row(of.tenant, everybody())],
    "GET /health/ready": [Row(of.tenant, everybody())],
    "GET /metrics": [Row(of.tenant, instructors())],
    "GET /health/{part}": [Row(of.part, everybody())],
    "GET /api/v1/health": [Row(of.tenant, everybody())],
    "GET /api/v1/health/detailed": [Row(of.tenant, everybody())],
    "GET /api/v1/ready": [Row(of.tenant, everybody())],
    # LEARN-X's paths. Who is no backend asks for themselves, whatever the body says.
    "POST /api/v1/ai/generate-content": [Row(of.tenant, anyone(), body={**TO_STUDY, "content_type": "summary"})],
    "POST /api/v1/ai/explain/stream": [Row(of.tenant, anyone(), body={**TO_STUDY, "content_type": "summary"})],
    "POST /api/v1/ai/complete": [Row(of.tenant, anyone(), body={"messages": ASKS["messages"]})],
    "POST /api/v1/ai/embeddings": [Row(of.tenant, anyone(), body={"texts": "A mean."})],
    "POST /api/v1/ai/embeddings/batch": [Row(of.tenant, anyone(), body={"items": []})],
    "POST /embeddings/generate": [Row(of.tenant, anyone(), body={"text": "A mean."})],
    "GET /api/v1/ai/models": [Row(of.tenant, anyone())],
    "GET /api/v1/ai/stats": [Row(of.tenant, anyone())],
    "GET /api/v1/ai/cache/stats": [Row(of.tenant, anyone())],
    "POST /api/v1/ai/cache/invalidate": [Row(of.person, instructors(), "?user_id={user}")],
    "POST /api/v1/ai/generate-outline": [Row(of.tenant, anyone(), body={**TO_STUDY, "file_id": "f"})],
    "POST /api/v1/ai/chat/start": [Row(of.tenant, anyone(), body={**TO_STUDY, "message": "What is a mean?"})],
    "POST /api/v1/ai/quiz/generate": [Row(of.tenant, anyone(), body=TO_STUDY)],
    "POST /api/v1/ai/summary/generate": [Row(of.tenant, anyone(), body=TO_STUDY)],
    "POST /api/v1/ai/flashcards/generate": [Row(of.tenant, anyone(), body=TO_STUDY)],
    "POST /api/v1/ai/batch/process": [
        Row(of.tenant, anyone(), body=[{"type": "embedding", "data": {"text": "A mean."}}])
    ],
    "GET /api/v1/ai/batch/stats": [Row(of.tenant, anyone())],
    "GET /api/v1/ai/batch/{id}": [Row(of.batch, OWN_ALONE)],
    "POST /content/explanation/stream": [
        Row(of.tenant, anyone(), body={"chunks": [{"content": of.TEXT}], "topic": "Means"})
    ],
    "POST /content/summary": [Row(of.tenant, anyone(), body=TO_STUDY)],
    "POST /content/flashcards": [Row(of.tenant, anyone(), body=TO_STUDY)],
    "POST /content/quiz": [Row(of.tenant, anyone(), body=TO_STUDY)],
    "POST /content/chat/stream": [Row(of.tenant, anyone(), body={"message": "What is a mean?", "context": [of.TEXT]})],
    "POST /content/introduction": [Row(of.tenant, anyone(), body={**TO_STUDY, "topic": "Means"})],
    "POST /content/examples": [Row(of.tenant, anyone(), body={"concept": "mean"})],
    "POST /ai/{operation}": [Row(of.operation, anyone(), body=TO_STUDY)],
    # What learners do. A session is its owner's: staff of the course read it, and ask in it no more than strangers do.
    "POST /api/v1/chat/completions": [
        Row(of.course, anyone(), body=ASKS),
        Row(of.session, OWN_ALONE, body={**ASKS, "session": "{session}"}),
    ],
    "GET /api/v1/content": [Row(of.tenant, anyone())],
    "POST /api/v1/content/{type}": [Row(summary, anyone(), body=LESSON)],
    "GET /api/v1/sessions": [
        Row(of.session, anyone()),
        Row(of.person, "401 200 403 200 200 200 200 200 200", "?user={user}"),
        Row(of.person, OWN_OR_STAFF, "?user={user}&course={course}"),
    ],
    "POST /api/v1/sessions": [Row(of.course, anyone(201), body=LESSON)],
    "GET /api/v1/sessions/{course}/{lesson}/history": [Row(of.person, OWN_OR_STAFF, "?user={user}", holds=True)],
    "GET /api/v1/sessions/{session}/messages": [Row(of.session, OWN_OR_HIDDEN, holds=True)],
    "GET /api/v1/sessions/{session}/feedback": [Row(of.feedback, anyone(), told=frozenset({"owner"}))],
    "POST /api/v1/messages/{id}/feedback": [Row(of.answer, OWN_ALONE, body={"rating": "up"})],
    "DELETE /api/v1/messages/{id}/feedback": [Row(of.feedback, OWN_ALONE.replace("200", "204"))],
    "GET /api/v1/users/{user}/limits": [Row(of.person, OWN_OR_STAFF, "?course={course}")],
    "GET /api/v1/users/{user}/export": [Row(of.person, OWN_OR_ADMIN)],
    "DELETE /api/v1/users/{user}": [Row(leaver, "401 403 403 403 403 403 202 202 202")],
    "GET /api/v1/users/{user}/persona": [Row(of.person, OWN_OR_ADMIN)],
    "GET /api/v1/users/{user}/persona/history": [Row(of.person, OWN_OR_ADMIN)],
    "PUT /api/v1/users/{user}/persona": [Row(of.person, OWN_OR_ADMIN, body={"role": "nurse"})],
    "PATCH /api/v1/users/{user}/persona": [Row(of.person, OWN_OR_ADMIN, body={"role": "nurse"})],
    "DELETE /api/v1/users/{user}/persona": [Row(of.person, OWN_OR_ADMIN.replace("200", "204"))],
    "PUT /persona/{user_id}": [Row(learnx_person, OWN_OR_ADMIN, body={"role": "nurse"})],
    **{
        f"POST {path}": [Row(of.person, OWN_OR_ADMIN, body={"user_id": "{user}", "content": "A nurse."})]
        for path in ("/persona/score", "/content/personalization/score")
    },
    "POST /api/v1/tokens": [Row(of.person, "401 201 403 403 403 403 201 201 201", body={"user": "{user}"})],
    # Cards to be reviewed are their learner's; staff of a course see what is due in it.
    "PUT /api/v1/users/{user}/cards": [Row(of.person, OWN_OR_ADMIN, body={"type": "cards", "cards": []})],
    "GET /api/v1/users/{user}/cards/due": [
        Row(own_card, OWN_OR_ADMIN),
        Row(own_card, OWN_OR_STAFF, "?course={course}", holds=True),
    ],
    "GET /api/v1/users/{user}/cards/forecast": [
        Row(own_card, OWN_OR_ADMIN),
        Row(own_card, OWN_OR_STAFF, "?course={course}"),
    ],
    "POST /api/v1/users/{user}/cards/{id}/reviews": [
        Row(own_card, "401 200 403 403 403 403 200 200 404", body={"rating": "again"})
    ],
    "DELETE /api/v1/users/{user}/cards": [
        Row(own_card, OWN_OR_ADMIN),
        Row(own_card, "401 200 403 403 403 403 200 200 404", "?card={id}"),
    ],
    "GET /api/v1/exports": [Row(of.tenant, anyone())],
    "POST /api/v1/exports/{format}": [
        Row(taken_away, anyone(), body={"type": "outline", "style": "topics", "parts": []})
    ],
    "GET /api/v1/courses": [Row(of.tenant, anyone())],
    "GET /api/v1/courses/{course}/lessons": [Row(of.course, anyone())],
    "GET /api/v1/courses/{course}/lessons/{lesson}": [Row(of.course, anyone())],
    "POST /content/classify": [Row(of.tenant, anyone(), body={"content": "A mean.", "categories": ["numbers"]})],
    "POST /search/vector": [Row(of.course, anyone(), body={"query": "the mean", **COURSE})],
    "POST /search/semantic": [Row(of.course, anyone(), body={"query": "the mean", **COURSE})],
    "GET /api/v1/courses/{course}/assistant": [Row(of.course, everybody())],
    f"GET {MONOLITH}.is_assistant_enabled": [Row(of.course, everybody(), "?course={course}")],
    f"POST {MONOLITH}.is_assistant_enabled": [Row(of.course, everybody(), body=COURSE)],
    f"GET {MONOLITH}.get_lms_setting": [Row(of.tenant, everybody(), "?field=assistant_mode")],
    f"POST {MONOLITH}.get_lms_setting": [Row(of.tenant, everybody(), body={"field": "assistant_mode"})],
    # What teachers do.
    "POST /api/v1/courses/{course}/lessons/{lesson}/quiz-drafts": [Row(of.course, staff(201), body={"count": 1})],
    "POST /api/v1/quiz-drafts": [Row(of.course, staff(201), body={**LESSON, "count": 1})],
    "POST /api/v1/lesson-drafts": [Row(of.course, staff(201), body=LESSON)],
    "POST /api/v1/faq-drafts": [Row(of.asked_by_two, staff(201, 409), body=COURSE)],
    **drafts("quiz", of.quiz),
    **drafts("lesson", of.lesson),
    **drafts("faq", of.faq),
    "GET /api/v1/courses/{course}/faq-savings": [Row(of.course, staff())],
    "GET /api/v1/feedback": [Row(of.feedback, staff(), "?course={course}", holds=True)],
    "POST /api/v1/feedback/{id}/resolve": [Row(of.feedback, hidden(), body={"note": "Reworded."})],
    "GET /api/v1/external-sources": [Row(of.source, staff(), "?course={course}", holds=True)],
    "POST /api/v1/external-sources": [Row(of.course, staff(201), body=PAGE)],
    "GET /api/v1/external-sources/{id}": [Row(of.source, hidden(), holds=True)],
    "PATCH /api/v1/external-sources/{id}": [Row(of.source, hidden(), body={"title": "A page"})],
    "DELETE /api/v1/external-sources/{id}": [Row(of.source, hidden(204))],
    "POST /api/v1/external-sources/{id}/fetch": [Row(of.source, hidden(), body={})],
    "POST /api/v1/courses/{course}/external-sources/fetch": [Row(of.source, staff(), body={}, holds=True)],
    "GET /api/v1/courses/{course}/lessons/{lesson}/attachments": [Row(of.attachment, staff(), holds=True)],
    "POST /api/v1/courses/{course}/lessons/{lesson}/attachments": [
        Row(of.course, staff(201), body=b"Notes of a lesson.")
    ],
    "DELETE /api/v1/courses/{course}/lessons/{lesson}/attachments/{id}": [Row(of.attachment, staff(204, 404))],
    "POST /api/v1/documents": [Row(of.tenant, instructors(), body=b"Notes of a lesson.")],
    "POST /document/process": [Row(of.tenant, instructors(), body=FILE)],
    "POST /document/extract-text": [Row(of.tenant, instructors(), body=FILE)],
    "PUT /api/v1/courses/{course}/lessons/{lesson}/solutions": [Row(of.course, staff(), body=SOLUTIONS)],
    "GET /api/v1/courses/{course}/lessons/{lesson}/solutions": [Row(of.solution, staff(), holds=True)],
    "DELETE /api/v1/courses/{course}/lessons/{lesson}/solutions": [Row(of.solution, staff())],
    "GET /api/v1/courses/{course}/leaks": [Row(of.solution, staff())],
    "GET /api/v1/stale": [Row(of.stale, staff(), "?course={course}")],
    "POST /api/v1/stale/{id}/dismiss": [Row(of.stale, hidden())],
    "GET /api/v1/guardrail-events": [
        Row(of.guarded, staff(), "?course={course}"),
        Row(of.guarded, "401 403 403 400 400 200 200 200 200"),
    ],
    "GET /api/v1/reports": [Row(of.tenant, instructors())],
    "GET /api/v1/reports/{report}": [
        Row(report, staff(), "?course={course}"),
        Row(report, "401 403 403 400 400 200 200 200 200"),
    ],
    "GET /api/v1/charts": [Row(of.tenant, instructors())],
    "GET /api/v1/charts/{chart}": [
        Row(report, staff(), "?course={course}"),
        Row(report, "401 403 403 400 400 200 200 200 200"),
    ],
    "PUT /api/v1/courses/{course}/lock": [Row(of.course, staff(), body={"learners": ["lea"]})],
    "GET /api/v1/courses/{course}/lock": [Row(of.lock, staff(), holds=True)],
    "DELETE /api/v1/courses/{course}/lock": [Row(of.lock, staff(foreign=404), "?id={id}")],
    "PUT /api/v1/courses/{course}/roster": [Row(of.course, staff(), body=PEOPLE)],
    "GET /api/v1/courses/{course}/roster": [Row(of.course, staff(), holds=True)],
    "DELETE /api/v1/courses/{course}/roster": [Row(of.course, staff(204))],
    "GET /api/v1/courses/{course}/pause": [Row(of.pause, staff(), holds=True)],
    "PUT /api/v1/courses/{course}/pause": [Row(of.course, staff(), body={"reason": "A pause."})],
    "DELETE /api/v1/courses/{course}/pause": [Row(of.pause, staff())],
    **config("/api/v1/courses/{course}", of.course, staff),
    **config("/api/v1/courses/{course}/lessons/{lesson}", of.course, staff),
    "POST /api/v1/jobs": [Row(of.course, staff(202), body=JOB)],
    "POST /api/v1/jobs/estimate": [Row(of.course, staff(), body=JOB)],
    "GET /api/v1/jobs": [Row(of.job, instructors()), Row(of.job, staff(), "?course={course}")],
    "GET /api/v1/jobs/{id}": [Row(of.job, "401 404 404 404 200 200 200 200 404")],
    "GET /api/v1/jobs/{id}/file": [Row(of.exported, "401 403 403 404 200 404 200 200 404")],
    "POST /api/v1/jobs/{id}/cancel": [Row(of.job, hidden())],
    "GET /api/v1/alerts": [Row(of.alert, keepers()), Row(of.alert, staff(), "?course={course}", holds=True)],
    "POST /api/v1/alerts/{id}/acknowledge": [
        Row(of.alert, hidden(), holds=True),
        Row(of.tenants_alert, "401 403 403 404 404 200 200 200 404"),
    ],
    # What those do who look after the school. Any teacher of it may choose its prompts.
    **config("/api/v1", of.tenant, keepers),
    "GET /api/v1/presets": [Row(of.preset, instructors(), told=INSIDERS | {"elsewhere"}, holds=True)],
    "POST /api/v1/presets": [Row(of.tenant, keepers(201), body={**PROMPT, "title": "{new}"})],
    "GET /api/v1/presets/{preset}": [Row(of.preset, instructors(foreign=404), told=INSIDERS | {"elsewhere"})],
    "PUT /api/v1/presets/{preset}": [Row(of.preset, keepers(foreign=404), body=PROMPT)],
    "DELETE /api/v1/presets/{preset}": [Row(of.preset, keepers(204, 404))],
    "GET /api/v1/presets/{preset}/history": [
        Row(of.preset, instructors(foreign=404), told=INSIDERS | {"elsewhere"}, holds=True)
    ],
    # Once in ten seconds: the service comes too soon after the admin.
    "POST /api/v1/tasks/check-alerts": [Row(of.tenant, "401 403 403 403 403 403 200 429 200")],
}

OPERATIONS = [
    f"{method.upper()} {path}" for path, methods in described("assistant")["paths"].items() for method in methods
]
CASES = [
    pytest.param(operation, row, id=f"{operation}{row.query}".replace("/api/v1", ""))
    for operation in OPERATIONS
    for row in TABLE.get(operation, ())
]


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def school(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[School]:
    async with open_school(tmp_path_factory.mktemp("school")) as opened:
        yield opened


async def test_every_route_says_who_may() -> None:
    """A route without a row is one that nobody has thought about; a row without a route is about none."""
    missing = sorted(set(OPERATIONS) - set(TABLE))
    assert not missing, (
        f"TABLE of {__name__} does not say whose things these routes touch, and what everybody gets; "
        f"give each a row: {missing}"
    )
    gone = sorted(set(TABLE) - set(OPERATIONS))
    assert not gone, f"TABLE of {__name__} has rows for routes that are not there; take them out: {gone}"


@pytest.mark.parametrize(("operation", "row"), CASES)
async def test_everybody_gets_what_is_theirs_and_no_more(operation: str, row: Row, school: School) -> None:
    """The status for each caller; no secret for outsiders; and nothing to be learned from a refusal."""
    method, path = operation.split(" ")
    changes = method != "GET"
    await school.settle()
    thing = await row.of(school)
    found: dict[str, int] = {}
    refusals_first = sorted(row.expected, key=lambda caller: row.expected[caller] not in (401, 403, 404))
    for caller in refusals_first:
        allowed = row.expected[caller] < 400
        if allowed and changes:
            if path.endswith("/roster"):
                await school.settle()
            thing = await row.of(school)
        reply = await _send(school, method, path, row, thing, caller)
        found[caller] = reply.status
        if caller not in row.told:
            assert SECRET not in reply.body.decode().lower(), f"{caller} reads what is not for them: {reply.body!r}"
        elif caller == "teacher" and row.holds:
            assert SECRET in reply.body.decode().lower(), f"there was nothing to be seen: {reply.body!r}"
        if reply.status in (403, 404):
            unknown = {name: f"no-such-{name}" if name in NAMES else value for name, value in thing.items()}
            guessed = await _send(school, method, path, row, unknown, caller)
            assert _told(reply, thing) == _told(guessed, unknown), f"{caller} can tell what is there from what is not"
    assert {caller: found[caller] for caller in row.expected} == row.expected


async def _send(school: School, method: str, path: str, row: Row, thing: Thing, caller: str) -> Reply:
    names = {"new": school.new("Title"), **thing}
    return await school.send(method, (path + row.query).format_map(names), caller, _filled(row.body, names))


def _filled(body: Any, names: Mapping[str, str]) -> Any:
    """With the names put in; a version is a number."""
    if isinstance(body, Mapping):
        return {key: _filled(value, names) for key, value in body.items()}
    if isinstance(body, list):
        return [_filled(value, names) for value in body]
    if isinstance(body, str) and body == "{version}":
        return int(names["version"])
    return body.format_map(names) if isinstance(body, str) else body


def _told(reply: Reply, thing: Thing) -> tuple[int, str]:
    """What is said, whatever the names in it, and without the number of the request."""
    text = re.sub(r"req_\w+", "", reply.body.decode())
    for name in NAMES:
        text = text.replace(thing.get(name, "…"), "…")
    return reply.status, text
