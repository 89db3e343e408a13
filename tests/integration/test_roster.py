"""Rosters: who is in a course, and what follows from it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from assistant_world import ANA, BEN, STRANGER, TEACHER, World, assistant, deciding

from banyan.adapters.storage.rosters import SqlRosters
from banyan.assistant.domain.policy import Policy
from banyan.assistant.usecases import roster_book
from banyan.assistant.usecases.roster_book import RosterBook
from banyan.kernel.clock import SystemClock
from banyan.kernel.errors import Unavailable

ROSTER = "/api/v1/courses/stats/roster"
ADMIN = {"X-Banyan-User": "ada", "X-Banyan-Roles": "admin"}
OTHER_TEACHER = {"X-Banyan-User": "otto", "X-Banyan-Roles": "instructor"}
MEMBERS = [
    {"user": "ana", "name": "Ana Lovelace", "role": "learner", "minor": False},
    {"user": "tess", "name": None, "role": "instructor", "minor": None},
]


@pytest.fixture
async def world(tmp_path: Path, house_url: str) -> AsyncIterator[World]:
    async with assistant(tmp_path, database_url=house_url) as world:
        yield world


class AwayStore:
    """Rosters in a database that can be away."""

    def __init__(self, store: SqlRosters) -> None:
        self._store = store
        self.away = False

    async def change(self) -> int:
        if self.away:
            raise Unavailable("The database is away; try again.")
        return await self._store.change()

    async def roster(self, tenant: str, course: str) -> object:
        return await self._store.roster(tenant, course)


async def enrol(world: World) -> None:
    assert (await world.send("PUT", ROSTER, ADMIN, {"members": MEMBERS})).status == 200


async def test_only_people_of_the_course_are_answered_where_enrolment_is_required(world: World) -> None:
    """D-07: who is not enrolled, and anyone while nobody told who is, gets no answer and costs nothing."""
    deciding(world, Policy(require_enrolment=True))
    assert (await world.ask()).json["notice"]["code"] == "lesson_not_visible"
    await enrol(world)
    assert "notice" not in (await world.ask()).json
    assert "notice" not in (await world.ask(asker=TEACHER)).json
    assert (await world.ask(asker=BEN)).json["notice"]["code"] == "lesson_not_visible"
    assert len(world.gateway.asked) == 2
    assert await world.history(BEN) == []


async def test_nobody_is_let_in_by_a_roster_that_has_grown_old(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """While the database cannot be asked, somebody may have left the course: after a few seconds that is an error."""
    await enrol(world)
    store = AwayStore(SqlRosters(world.database))
    book = RosterBook(store, SystemClock())  # type: ignore[arg-type]
    await book.refresh()
    assert await book.roster("default", "stats") is not None
    store.away = True
    assert await book.roster("default", "stats") is not None
    monkeypatch.setattr(roster_book, "_STALE_SECONDS", -1)
    with pytest.raises(Unavailable):
        await book.roster("default", "stats")


async def test_an_instructor_teaches_only_the_courses_that_name_them(world: World) -> None:
    """D-26: the instructor of another course reads nothing here; admins do."""
    await enrol(world)
    for path in ("/api/v1/users/ana/limits?course=stats", ROSTER, "/api/v1/guardrail-events?course=stats"):
        assert (await world.get(path, OTHER_TEACHER)).status == 403
        assert (await world.get(path, TEACHER)).status == 200
        assert (await world.get(path, ADMIN)).status == 200
    ana = {**ANA, "X-Banyan-Roles": "instructor"}
    assert (await world.get(ROSTER, ana)).status == 403


async def test_an_instructor_of_another_course_reads_nobodys_conversations(world: World) -> None:
    """D-03: neither by learner, nor by lesson, nor by the id of a session; the course's own teacher does by each."""
    await enrol(world)
    session = (await world.ask()).json["session"]
    history = "/api/v1/sessions/stats/mean/history?user=ana"
    said = f"/api/v1/sessions/{session}/messages"
    assert (await world.get(history, OTHER_TEACHER)).status == 403
    assert (await world.get(said, OTHER_TEACHER)).code == "unknown_session"
    assert (await world.get("/api/v1/sessions?user=ana", OTHER_TEACHER)).json == {"sessions": []}
    assert (await world.get("/api/v1/sessions?user=ana&course=stats", OTHER_TEACHER)).status == 403
    assert len((await world.get(history, TEACHER)).json["messages"]) == 2
    assert len((await world.get(said, TEACHER)).json["messages"]) == 2
    assert len((await world.get("/api/v1/sessions?user=ana", TEACHER)).json["sessions"]) == 1


async def test_a_roster_comes_back_as_it_was_put_and_can_be_removed(world: World) -> None:
    """The stranger finds none, the learner is refused."""
    await enrol(world)
    assert (await world.get(ROSTER, TEACHER)).json == {"members": MEMBERS}
    assert (await world.get(ROSTER, STRANGER)).code == "no_roster"
    assert (await world.get(ROSTER, ANA)).status == 403
    assert (await world.send("DELETE", ROSTER, ADMIN)).status == 204
    assert (await world.get(ROSTER, OTHER_TEACHER)).code == "no_roster"


async def test_somebody_who_is_named_twice_is_refused(world: World) -> None:
    """Nothing is changed then."""
    await enrol(world)
    twice = {"members": [{"user": "ben"}, {"user": "ben", "role": "instructor"}]}
    assert (await world.send("PUT", ROSTER, ADMIN, twice)).status == 400
    assert (await world.get(ROSTER, ADMIN)).json == {"members": MEMBERS}


async def test_names_and_age_of_the_roster_reach_decisions(world: World) -> None:
    """Guardrails keep the names from providers and know minors."""
    await enrol(world)
    admit = world.services.ask.parts.admit
    asker = await world.identity(ANA)
    about, _ = await admit.judged(asker, "stats", "mean")
    assert (about.names, about.standing.name, about.standing.minor) == (("Ana Lovelace",), "Ana Lovelace", False)
