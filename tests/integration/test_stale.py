"""What no longer holds once a lesson has changed."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from assistant_world import ANA, TEACHER, World, assistant
from scripted_gateway import TEXT, ScriptedGateway, says

from banyan.assistant.ports.model_gateway import LessonText
from banyan.kernel.identity import Identity


class Changing(ScriptedGateway):
    """A course whose lesson can be written anew."""

    text, version, reads = TEXT, 1, 0

    async def lesson(self, asker: Identity, course: str, lesson: str, source: str | None = None) -> LessonText:
        self.reads += 1
        return replace(await super().lesson(asker, course, lesson), text=self.text, version=self.version)

    def change(self, text: str) -> None:
        self.text, self.version = text, self.version + 1


@pytest.fixture
async def world(tmp_path: Path, house_url: str) -> AsyncIterator[World]:
    async with assistant(tmp_path, gateway=Changing(), database_url=house_url) as world:
        yield world


async def stale(world: World, query: str = "") -> list[Any]:
    reply = await world.get(f"/api/v1/stale?course=stats{query}", TEACHER)
    assert reply.status == 200, reply.body
    rows: list[Any] = reply.json["stale"]
    return rows


def change(world: World, text: str) -> None:
    assert isinstance(world.gateway, Changing)
    world.gateway.change(text)


async def test_answers_whose_quotes_are_gone_are_listed_until_they_are_dismissed(world: World) -> None:
    """By the message that holds them, with the words that are gone."""
    answer = (await world.ask()).json
    assert await stale(world) == []
    change(world, "The mean. It is a sum, divided.")
    [row] = await stale(world)
    assert (row["kind"], row["item"], [one["quote"] for one in row["quotes"]]) == ("answer", answer["id"], ["A mean."])
    assert row["quotes"][0]["state"] == "gone"
    assert [len(await stale(world, more)) for more in ("&lesson=mode", "&kind=faq", "&kind=answer")] == [0, 0, 1]
    assert (await world.post(f"/api/v1/stale/{row['id']}/dismiss", {}, TEACHER)).status == 200
    assert await stale(world) == []


async def test_words_that_moved_are_not_stale_and_their_new_span_is_offered(world: World) -> None:
    """The same words somewhere else in the lesson."""
    await world.ask()
    change(world, f"In short: {TEXT}")
    assert await stale(world) == []
    [row] = await stale(world, "&moved=true")
    assert [(one["state"], one["now"]) for one in row["quotes"]] == [("moved", [10, 17])]
    change(world, TEXT)
    assert await stale(world, "&moved=true") == []


async def test_only_the_staff_of_the_course_may_ask(world: World) -> None:
    """Learners get neither the list nor a word on whether something is on it."""
    world.gateway.scripts = [says("A mean [1].")]
    await world.ask()
    change(world, "Nothing.")
    [row] = await stale(world)
    assert (await world.get("/api/v1/stale?course=stats", ANA)).status == 403
    assert (await world.post(f"/api/v1/stale/{row['id']}/dismiss", {}, ANA)).status == 403
    stranger = {**TEACHER, "X-Tenant": "elsewhere"}
    assert (await world.post(f"/api/v1/stale/{row['id']}/dismiss", {}, stranger)).status == 404
    assert (await world.get("/api/v1/stale?course=stats", stranger)).json["stale"] == []
