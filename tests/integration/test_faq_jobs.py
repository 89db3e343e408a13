"""An FAQ that is drafted as a job: ordered, estimated, taken up again, cancelled."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from assistant_world import ANA, BEN, TEACHER, World, assistant
from scripted_gateway import ScriptedGateway, says, until

from banyan.adapters.storage.jobs import SqlJobs
from banyan.app.faq_jobs import FaqJobs
from banyan.jobs.usecases.run_jobs import JobPace, RunJobs
from banyan.kernel.clock import SystemClock

QUESTIONS = [f"What is the mean of {number} samples?" for number in range(2, 8)]
ORDER = {"course": "stats", "lesson": "mean", "model": "test/model"}
PACE = JobPace(lease=10, poll=0.02, again=0.01)


@pytest.fixture
async def world(tmp_path: Path, house_url: str) -> AsyncIterator[World]:
    async with assistant(tmp_path, gateway=ScriptedGateway(), database_url=house_url) as world:
        for question in QUESTIONS:
            for learner in (ANA, BEN):
                assert (await world.ask(question, learner)).status == 200
        world.gateway.asked.clear()
        yield world


def worker(world: World, holder: str = "one") -> RunJobs:
    tools = {"faqs": FaqJobs(world.services.teaching.from_chats)}
    return RunJobs(SqlJobs(world.database), tools, SystemClock(), PACE, holder=holder)


async def over(world: World, id: str) -> Any:
    """The job, once it has ended."""

    async def ended() -> bool:
        return (await job(world, id))["state"] in ("complete", "failed", "cancelled")

    await until(ended)
    return await job(world, id)


async def job(world: World, id: str) -> Any:
    return (await world.get(f"/api/v1/jobs/{id}", TEACHER)).json


async def test_an_faq_is_ordered_and_made_in_the_background(world: World) -> None:
    """The same draft as a caller who waits gets, for who may wait for it; the order says what it may take."""
    refused = await world.post("/api/v1/faq-drafts", {**ORDER, "wait": False}, ANA)
    assert refused.status == 403
    estimate = (await world.post("/api/v1/jobs/estimate", {"kind": "mine_faqs", **ORDER}, TEACHER)).json
    assert estimate == {"units": 20, "seconds": 100.0, "cost": None}
    free = {"kind": "mine_faqs", **ORDER, "model": "banyan/extractive"}
    assert (await world.post("/api/v1/jobs/estimate", free, TEACHER)).json["cost"] == "0.000000000"
    reply = await world.post("/api/v1/faq-drafts", {**ORDER, "wait": False}, TEACHER)
    assert (reply.status, reply.json["kind"], reply.json["state"]) == (202, "mine_faqs", "queued")
    async with worker(world).running():
        done = await over(world, reply.json["id"])
    assert (done["state"], done["done"], done["total"]) == ("complete", 6, 6)
    draft = (await world.get(f"/api/v1/faq-drafts/{done['result']['draft']}", TEACHER)).json
    assert sorted(item["question"] for item in draft["body"]["items"]) == QUESTIONS
    assert (draft["created_by"], draft["model"]) == ("tess", "test/model")


async def test_answers_that_were_noted_are_not_asked_for_again(world: World) -> None:
    """A worker that stops after four goes on with the fifth, and there is one draft."""
    stuck = asyncio.Event()
    world.gateway.scripts = [says("A mean [1].")] * 4 + [[stuck]] * 2 + [says("A mean [1].")]
    id = (await world.post("/api/v1/faq-drafts", {**ORDER, "wait": False}, TEACHER)).json["id"]
    async with worker(world).running():
        await until(lambda: asked(world, 6))
        assert (await job(world, id))["done"] == 4
    async with worker(world, "two").running():
        done = await over(world, id)
    assert (done["state"], len(world.gateway.asked)) == ("complete", 8)
    drafts = (await world.get("/api/v1/faq-drafts?course=stats", TEACHER)).json["drafts"]
    assert [len(draft["body"]["items"]) for draft in drafts] == [6]


async def test_a_cancelled_order_asks_no_more(world: World) -> None:
    """What is under way is stopped, and nothing is stored."""
    world.gateway.scripts = [[asyncio.Event()]]
    id = (await world.post("/api/v1/faq-drafts", {**ORDER, "wait": False}, TEACHER)).json["id"]
    async with worker(world).running():
        await until(lambda: asked(world, 4))
        await world.post(f"/api/v1/jobs/{id}/cancel", {}, TEACHER)
        await until(lambda: stopped(world, 4))
        assert (await over(world, id))["state"] == "cancelled"
    assert len(world.gateway.asked) == 4
    assert (await world.get("/api/v1/faq-drafts", TEACHER)).json["drafts"] == []


async def test_nothing_to_draft_ends_the_job_with_the_reason(world: World) -> None:
    """It is not tried again."""
    late = {**ORDER, "since": "2100-01-01T00:00:00Z", "wait": False}
    id = (await world.post("/api/v1/faq-drafts", late, TEACHER)).json["id"]
    async with worker(world).running():
        done = await over(world, id)
    assert (done["state"], done["attempts"]) == ("failed", 1)
    assert "No new question" in done["error"]


async def asked(world: World, count: int) -> bool:
    return len(world.gateway.asked) >= count


async def stopped(world: World, count: int) -> bool:
    return world.gateway.cancelled >= count
