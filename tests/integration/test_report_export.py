"""Reports that are ordered as tables: what was decided at the order holds, and who may fetch them."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from assistant_world import ANA, TEACHER, Reply, World, assistant
from report_world import NOON, Shelf
from scripted_gateway import until
from sqlalchemy import func, select

from banyan.adapters.storage.job_files import SqlJobFiles
from banyan.adapters.storage.job_tables import job_files
from banyan.adapters.storage.jobs import SqlJobs
from banyan.adapters.storage.persons import SqlRetention
from banyan.app.assisting_persons import PersonJobs
from banyan.app.report_jobs import ReportJobs
from banyan.jobs.ports.file_store import MOST_FILES, JobFile
from banyan.jobs.usecases.run_jobs import JobPace, RunJobs
from banyan.kernel.clock import SystemClock
from banyan.kernel.identity import Grant, Identity, Role

ADMIN = {"X-Banyan-User": "ada", "X-Banyan-Roles": "admin"}
MODERATOR = {"X-Banyan-User": "mo", "X-Banyan-Roles": "moderator"}
TIM = {"X-Banyan-User": "tim", "X-Banyan-Roles": "instructor"}
DEMOTED = {"X-Banyan-User": "ada", "X-Banyan-Roles": "instructor"}
LEVELS = {"report": "help-levels", "filters": {"course": "stats"}}
PACE = JobPace(lease=10, poll=0.02, again=0.01)


@pytest.fixture
async def world(tmp_path: Path, house_url: str) -> AsyncIterator[World]:
    async with assistant(tmp_path, database_url=house_url) as world:
        people = {"members": [{"user": "tess", "role": "instructor"}]}
        assert (await world.send("PUT", "/api/v1/courses/stats/roster", ADMIN, people)).status == 200
        yield world


def tool(world: World, most: int = 5_000_000) -> ReportJobs:
    return ReportJobs(world.services.reports.show, SqlJobFiles(world.database), SystemClock(), most)


async def order(world: World, asker: dict[str, str], **fields: Any) -> Reply:
    return await world.post("/api/v1/jobs", {"kind": "reports_export", **LEVELS, **fields}, asker)


async def over(world: World, id: str, asker: dict[str, str], most: int = 5_000_000) -> Any:
    """The job, once a worker has ended it."""

    async def ended() -> bool:
        job = (await world.get(f"/api/v1/jobs/{id}", asker)).json
        return job["state"] in ("complete", "failed")

    async with RunJobs(SqlJobs(world.database), {"exports": tool(world, most)}, SystemClock(), PACE).running():
        await until(ended)
    return (await world.get(f"/api/v1/jobs/{id}", asker)).json


async def made(world: World, asker: dict[str, str], **fields: Any) -> str:
    """The id of a job whose table is there."""
    id: str = (await order(world, asker, **fields)).json["id"]
    assert (await over(world, id, asker))["state"] == "complete"
    return id


async def fetch(world: World, id: str, asker: dict[str, str]) -> Reply:
    return await world.get(f"/api/v1/jobs/{id}/file", asker)


async def test_the_table_is_what_the_report_shows_at_once(world: World) -> None:
    """The same bytes as `Accept: text/csv`, under the report's name; the job says how many rows there are."""
    shelf = Shelf(world.database)
    for learner in ("ana", "ben", "cy", "dee", "eve"):
        await shelf.session(learner, "What?")
    direct = await world.get("/api/v1/reports/help-levels?course=stats", {**TEACHER, "Accept": "text/csv"})
    id = (await order(world, TEACHER)).json["id"]
    waiting = await fetch(world, id, TEACHER)
    assert (waiting.status, waiting.json["error"]["code"]) == (409, "job_not_over")
    job = await over(world, id, TEACHER)
    assert (job["state"], job["args"]) == ("complete", LEVELS)
    assert (job["result"]["rows"], job["result"]["truncated"]) == (len(direct.body.splitlines()) - 1, False)
    table = await fetch(world, id, TEACHER)
    assert (table.status, table.body) == (200, direct.body)
    assert table.headers["Content-Disposition"] == 'attachment; filename="help-levels.csv"'
    assert b"ana" not in table.body


async def test_what_the_report_refuses_is_refused_at_the_order(world: World) -> None:
    """Another's course, no course, an unknown report or filter, and a role that nobody gave: nothing is queued."""
    refused = [
        (await order(world, ANA)).status,
        (await order(world, TIM)).status,
        (await order(world, TEACHER, filters={})).json["error"]["code"],
        (await order(world, TEACHER, report="secrets")).json["error"]["code"],
        (await order(world, TEACHER, filters={"course": "stats", "colour": "red"})).json["error"]["code"],
        (await order(world, TEACHER, private=True)).status,
        (await order(world, TEACHER, courses=None, roles=["admin"])).status,
    ]
    assert refused == [403, 403, "course_missing", "unknown_report", "unknown_filter", 400, 400]
    assert (await world.get("/api/v1/jobs", ADMIN)).json["jobs"] == []


async def test_an_order_shows_no_more_than_its_orderer_could_see(world: World) -> None:
    """Fewer than five people stay hidden from a teacher, also where an admin runs, orders or fetches beside her."""
    await Shelf(world.database).session("ana", "What?")
    teachers, admins = await made(world, TEACHER), await made(world, ADMIN)
    assert teachers != admins
    assert len((await fetch(world, teachers, TEACHER)).body.splitlines()) == 1
    assert len((await fetch(world, teachers, ADMIN)).body.splitlines()) == 1
    assert len((await fetch(world, admins, ADMIN)).body.splitlines()) > 1
    assert (await fetch(world, admins, TEACHER)).status == 404
    assert (await fetch(world, teachers, MODERATOR)).status == 404


async def test_whoever_may_see_less_by_now_gets_no_more_than_that(world: World) -> None:
    """An admin who became an instructor, a teacher who left the course, and a key for another course."""
    await Shelf(world.database).session("ana", "What?")
    admins, teachers = await made(world, ADMIN), await made(world, TEACHER)
    everything = await made(world, ADMIN, filters={})
    assert (await fetch(world, admins, DEMOTED)).status == 403
    narrow = Identity("default", "ada", frozenset({Role.ADMIN}), Grant("k", courses=frozenset({"latin"})))
    for id in (admins, everything):
        with pytest.raises(Exception, match="key"):
            await world.services.job_files(narrow, id)
    await world.services.job_files(replace(narrow, grant=None), everything)
    people = {"members": [{"user": "tim", "role": "instructor"}]}
    assert (await world.send("PUT", "/api/v1/courses/stats/roster", ADMIN, people)).status == 200
    assert (await fetch(world, teachers, TEACHER)).status == 403


async def test_another_school_finds_nothing(world: World) -> None:
    """Neither the job nor its table."""
    id = await made(world, ADMIN)
    assert (await fetch(world, id, {**ADMIN, "X-Tenant": "elm"})).status == 404


async def test_a_table_that_is_too_large_is_refused_with_its_size(world: World) -> None:
    """The job fails, says how large it may be, and leaves nothing behind."""
    id = (await order(world, ADMIN)).json["id"]
    job = await over(world, id, ADMIN, most=10)
    assert job["state"] == "failed"
    assert "10 are kept at most; narrow it down with filters" in job["error"]
    gone = await fetch(world, id, ADMIN)
    assert (gone.status, gone.json["error"]["code"]) == (404, "unknown_file")


async def test_tables_go_after_seven_days_and_the_oldest_make_room(world: World) -> None:
    """They cannot be fetched from then on, retention deletes them, and nobody has more than twenty."""
    id = await made(world, ADMIN)
    files, later = SqlJobFiles(world.database), datetime.now(UTC) + timedelta(days=7, seconds=1)
    assert await files.get("default", id, later - timedelta(minutes=1)) is not None
    assert await files.get("default", id, later) is None
    for _ in range(MOST_FILES):
        await made(world, ADMIN)
    assert (await fetch(world, id, ADMIN)).status == 404
    assert await count(world) == MOST_FILES
    removed = await SqlRetention(world.database).leftovers(None, NOON, NOON, later + timedelta(days=1))
    assert (removed["job_files"], await count(world)) == (MOST_FILES, 0)


async def test_erasing_a_person_takes_tables_and_orders_about_them(world: World) -> None:
    """Any table of the school may quote them; an order names them in a filter; one that is under way keeps nothing."""
    about = {"report": "guardrail-events", "filters": {"course": "stats", "user": "ana"}}
    named, other = await made(world, ADMIN, **about), await made(world, ADMIN)
    own = (await order(world, TEACHER)).json["id"]
    persons = PersonJobs(world.database, [], pause=0)
    for user in ("ana", "tess"):
        for step in range(persons.steps):
            await persons.erase("default", user, "erased_1", step)
    assert await count(world) == 0
    found = [(await world.get(f"/api/v1/jobs/{id}", ADMIN)).status for id in (named, own, other)]
    assert found == [404, 404, 200]
    now = datetime.now(UTC)
    await SqlJobFiles(world.database).keep(JobFile("default", own, "tess", "help-levels", "a", now, now))
    assert await count(world) == 0


async def count(world: World) -> int:
    query = select(func.count()).select_from(job_files)
    return await world.database.read(lambda connection: connection.execute(query).scalar_one())
