"""Jobs: who may order them, what becomes of them, and how processes share them."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from job_house import ADMIN, LEARNER, OTHER_TEACHER, STRANGER, TEACHER, JobHouse, open_jobs
from knowledge_house import lesson
from sqlalchemy import update

from banyan.adapters.storage.library_tables import chunks
from banyan.jobs.domain.job import JobState
from banyan.jobs.kinds import KINDS
from banyan.jobs.ports.kind import Reach
from banyan.jobs.ports.lesson_work import LessonContent
from banyan.kernel.errors import InvalidInput, NotAllowed, NotFound, Unavailable
from banyan.kernel.identity import Identity
from banyan.proxy.domain.knowledge import Scope


@pytest.fixture
async def jobs(house_url: str, tmp_path: Path) -> AsyncIterator[JobHouse]:
    async with open_jobs(tmp_path, house_url) as house:
        await house.house.index(lesson("cells"), "# Cells", "A cell has a membrane.", wait=True)
        await house.house.index(lesson("leaves"), "# Leaves", "A leaf makes sugar of light.", wait=True)
        yield house


def contents(count: int) -> list[dict[str, str]]:
    return [{"lesson": f"l{n}", "content": f"# Lesson {n}\n\nThe number of this lesson is {n}."} for n in range(count)]


async def test_a_course_is_indexed_in_the_background(jobs: JobHouse) -> None:
    """The job ends complete with its counts, and the lessons are found."""
    fields = {"course": "biology", "lessons": contents(3)}
    job = await jobs.manage.submit(TEACHER, "index_course", fields)
    assert (job.state, job.args) == (JobState.QUEUED, {"course": "biology"})
    async with jobs.worker().running():
        done = await jobs.over(job)
    assert (done.state, done.done, done.total, done.attempts) == (JobState.COMPLETE, 3, 3, 1)
    assert done.result == {"lessons": 3, "chunks": 3, "faults": {}}
    assert await jobs.house.found("number 2") != []


async def test_equal_jobs_are_one_until_they_are_over(jobs: JobHouse) -> None:
    """Ten orders at once are one job; other content is another; once it is over it may be ordered anew."""
    order = {"course": "biology", "lesson": "cells"}
    same = await asyncio.gather(*(jobs.manage.submit(TEACHER, "rebuild_lesson", order) for _ in range(10)))
    assert len({job.id for job in same}) == 1
    first = {"course": "biology", "lesson": "x", "content": "One."}
    one = await jobs.manage.submit(TEACHER, "index_lesson", first)
    two = await jobs.manage.submit(TEACHER, "index_lesson", {**first, "content": "Two."})
    assert one.id != two.id
    await jobs.manage.cancel(TEACHER, same[0].id)
    assert (await jobs.manage.submit(TEACHER, "rebuild_lesson", order)).id != same[0].id


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"course": "biology", "lesson": "nowhere"}, "unknown_lesson"),
        ({"course": "biology", "lesson": "1-2"}, "unknown_lesson"),
        ({"course": "nothing", "lesson": "cells"}, "unknown_course"),
    ],
)
async def test_an_unknown_lesson_is_refused_and_never_another_one(
    jobs: JobHouse, fields: dict[str, str], code: str
) -> None:
    """A lesson that is not there leaves no job behind."""
    with pytest.raises(NotFound) as refused:
        await jobs.manage.submit(ADMIN, "rebuild_lesson", fields)
    assert refused.value.code == code
    assert await jobs.store.page("oak", limit=10) == []


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        ("no_kind", {}),
        ("trim_jobs", {}),
        ("rebuild_lesson", {"course": "biology"}),
        ("rebuild_lesson", {"course": "biology", "lesson": "cells", "api_key": "sk-1"}),
        ("rebuild_lesson", {"course": "biology", "lesson": "a/b"}),
        ("index_lesson", {"course": "biology", "lesson": "x", "content": "x", "format": "pdf"}),
        ("index_course", {"course": "biology", "lessons": []}),
    ],
)
async def test_what_cannot_be_ordered_is_refused(jobs: JobHouse, kind: str, fields: dict[str, Any]) -> None:
    """Unknown kinds, those that come by the clock, missing and unknown arguments."""
    with pytest.raises(InvalidInput):
        await jobs.manage.submit(ADMIN, kind, fields)


async def test_only_staff_of_the_course_order_its_jobs(jobs: JobHouse) -> None:
    """A learner and a teacher of another course may not; a whole tenant is for admins alone."""
    order = {"course": "biology", "lesson": "cells"}
    for asker in (LEARNER, OTHER_TEACHER):
        with pytest.raises(NotAllowed):
            await jobs.manage.submit(asker, "rebuild_lesson", order)
        with pytest.raises(NotAllowed):
            await jobs.manage.estimate(asker, "rebuild_lesson", order)
    with pytest.raises(NotAllowed):
        await jobs.manage.submit(TEACHER, "backfill_embeddings", {})
    await jobs.manage.submit(ADMIN, "backfill_embeddings", {})


async def test_a_job_is_hidden_from_whoever_has_nothing_to_do_with_it(jobs: JobHouse) -> None:
    """The learner, the teacher of another course and the neighbour school find no such job."""
    job = await jobs.manage.submit(ADMIN, "rebuild_lesson", {"course": "biology", "lesson": "cells"})
    for asker in (LEARNER, OTHER_TEACHER, STRANGER):
        with pytest.raises(NotFound):
            await jobs.manage.get(asker, job.id)
        with pytest.raises(NotFound):
            await jobs.manage.cancel(asker, job.id)
    assert (await jobs.manage.get(TEACHER, job.id)).id == job.id

    async def listed(asker: Identity, course: str | None = None) -> list[str]:
        page = await jobs.manage.page(asker, course=course, kind=None, state=None, limit=10, after=None)
        return [one.id for one in page]

    assert [await listed(OTHER_TEACHER), await listed(STRANGER), await listed(TEACHER)] == [[], [], []]
    assert await listed(ADMIN) == await listed(TEACHER, "biology") == [job.id]
    with pytest.raises(NotAllowed):
        await listed(OTHER_TEACHER, "biology")


async def test_rebuilding_cuts_chunks_and_makes_vectors_anew(jobs: JobHouse) -> None:
    """What stands wrongly in the rows of a lesson is made anew from its text; other lessons are left alone."""

    def spoil(connection: Any) -> None:
        connection.execute(update(chunks).values(text="spoiled", indexed_text="spoiled"))

    await jobs.house.database.write(spoil)
    job = await jobs.manage.submit(TEACHER, "rebuild_lesson", {"course": "biology", "lesson": "cells"})
    async with jobs.worker().running():
        done = await jobs.over(job)
        await jobs.house.all_embedded()
    assert (done.state, done.result) == (JobState.COMPLETE, {"lessons": 1, "chunks": 1})
    found = await jobs.house.library.all_passages(Scope("oak", "biology"))
    assert {passage.lesson: passage.text for passage in found} == {
        "cells": "A cell has a membrane.",
        "leaves": "spoiled",
    }
    assert await jobs.house.found("membrane") == ["A cell has a membrane."]


async def test_backfilling_makes_only_vectors_that_are_missing(jobs: JobHouse) -> None:
    """One chunk without, and one of another model; the third is left as it is."""
    await jobs.house.index(lesson("roots"), "Roots drink water.", wait=True)
    names = await jobs.house.library.all_passages(Scope("oak", "biology"))
    one, two = names[0].chunk_id, names[1].chunk_id

    def spoil(connection: Any) -> None:
        connection.execute(update(chunks).where(chunks.c.id == one).values(embedded_by=None))
        connection.execute(update(chunks).where(chunks.c.id == two).values(embedded_by="other/model"))

    await jobs.house.database.write(spoil)
    estimate = await jobs.manage.estimate(TEACHER, "backfill_embeddings", {"course": "biology"})
    job = await jobs.manage.submit(TEACHER, "backfill_embeddings", {"course": "biology"})
    async with jobs.worker().running():
        done = await jobs.over(job)
    assert (done.state, done.result, done.done, done.total) == (JobState.COMPLETE, {"embedded": 2}, 2, 2)
    assert {kept.embedded_by for kept in await jobs.house.library.kept()} == {"tiny"}
    assert (estimate.units, estimate.cost) == (1, 0)


class SlowLessons:
    """Indexes nothing, and stands still at lesson `stop`, once."""

    def __init__(self, stop: str = "") -> None:
        self.stop = stop
        self.asked: list[str] = []
        self.stood = asyncio.Event()

    async def index(self, tenant: str, course: str, content: LessonContent) -> dict[str, Any]:
        self.asked.append(content.lesson)
        if content.lesson == self.stop:
            self.stop = ""
            self.stood.set()
            await asyncio.Event().wait()
        return {"chunks": 1}


async def test_a_cancelled_job_does_no_further_step(jobs: JobHouse) -> None:
    """Whoever works on it is stopped in the middle; what it has done stays."""
    tool = SlowLessons("l1")
    job = await jobs.manage.submit(TEACHER, "index_course", {"course": "biology", "lessons": contents(3)})
    async with jobs.worker(lessons=tool).running():
        await tool.stood.wait()
        await jobs.manage.cancel(TEACHER, job.id)
        after = await jobs.manage.submit(TEACHER, "index_lesson", {"course": "biology", "lesson": "z", "content": "z"})
        await jobs.over(after)
    cancelled = await jobs.manage.get(TEACHER, job.id)
    assert (cancelled.state, cancelled.done) == (JobState.CANCELLED, 1)
    assert tool.asked == ["l0", "l1", "z"]


async def test_a_stopped_job_goes_on_where_it_was(jobs: JobHouse) -> None:
    """A regular stop in the middle is no attempt, and only the lesson under way is done again."""
    tool = SlowLessons("l2")
    job = await jobs.manage.submit(TEACHER, "index_course", {"course": "biology", "lessons": contents(4)})
    async with jobs.worker(lessons=tool).running():
        await tool.stood.wait()
    assert (await jobs.manage.get(TEACHER, job.id)).state == JobState.QUEUED
    async with jobs.worker("two", lessons=tool).running():
        done = await jobs.over(job)
    assert tool.asked == ["l0", "l1", "l2", "l2", "l3"]
    assert (done.state, done.attempts, done.result) == (
        JobState.COMPLETE,
        1,
        {"lessons": 4, "chunks": 4, "faults": {}},
    )


class Failing:
    """Fails so many times."""

    def __init__(self, times: int, error: Exception) -> None:
        self.times = times
        self.error = error

    async def index(self, tenant: str, course: str, content: LessonContent) -> dict[str, Any]:
        self.times -= 1
        if self.times >= 0:
            raise self.error
        return {"chunks": 1}


@pytest.mark.parametrize(
    ("times", "error", "state", "attempts"),
    [
        (2, Unavailable("The index is busy; wait."), JobState.COMPLETE, 3),
        (99, Unavailable("The index is busy; wait."), JobState.FAILED, 6),
        (99, InvalidInput("There is no text; send some."), JobState.FAILED, 1),
    ],
)
async def test_passing_failures_are_tried_again(
    jobs: JobHouse, times: int, error: Exception, state: JobState, attempts: int
) -> None:
    """So many times; what does not pass fails at once, and says why."""
    order = {"course": "biology", "lesson": "x", "content": "x"}
    job = await jobs.manage.submit(TEACHER, "index_lesson", order)
    async with jobs.worker(lessons=Failing(times, error)).running():
        done = await jobs.over(job)
    assert (done.state, done.attempts) == (state, attempts)
    assert done.error == (str(error) if state is JobState.FAILED else None)


async def test_two_workers_never_do_the_same_job(jobs: JobHouse) -> None:
    """Forty jobs, two workers: each is done once."""
    tool = SlowLessons()
    for number in range(40):
        order = {"course": "biology", "lesson": f"l{number}", "content": "x"}
        await jobs.manage.submit(TEACHER, "index_lesson", order)
    last = (await jobs.store.page("oak", limit=1))[0]
    async with jobs.worker("one", lessons=tool).running(), jobs.worker("two", lessons=tool).running():
        await jobs.over(last)
        for job in await jobs.store.page("oak", limit=100):
            await jobs.over(job)
    assert sorted(tool.asked) == sorted(f"l{number}" for number in range(40))


class Counting:
    """The tool of a kind that comes by the clock."""

    def __init__(self) -> None:
        self.times = 0

    async def trim(self) -> int:
        self.times += 1
        return 0


async def test_what_comes_by_the_clock_comes_once_for_all_processes(jobs: JobHouse) -> None:
    """Three workers at a time begin it once; it is in nobody's list, and nobody can order it."""
    tool = Counting()
    after = await jobs.manage.submit(TEACHER, "index_lesson", {"course": "biology", "lesson": "x", "content": "x"})
    one, two, three = (jobs.worker(name, old_jobs=tool) for name in ("one", "two", "three"))
    async with one.running(), two.running(), three.running():
        await jobs.over(after)
        [clocked] = await jobs.store.page("", limit=10, kind="trim_jobs")
        await jobs.over(clocked)
    assert tool.times == 1
    assert [job.kind for job in await jobs.store.page("oak", limit=10)] == ["index_lesson"]


async def test_every_kind_offers_what_a_worker_needs() -> None:
    """A kind that the clock brings has a time, any other none."""
    for name in KINDS:
        assert (KINDS[name].every > 0) is (KINDS[name].reach is Reach.CLOCK)
