"""The life of an external source, over HTTP, with a real index, a real database and a site that changes."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from assistant_world import ANA, TEACHER, Reply, World, assistant
from knowledge_house import House, open_house, until
from material_house import TRAP, Domains, EventLog, material_over, parts_with
from web_site import Asked, Site, answer, fetcher_for, redirect, web_site

from banyan.adapters.storage.jobs import SqlJobs
from banyan.assistant.usecases.guard import Guard
from banyan.assistant.usecases.manage_sources import ManageSources
from banyan.assistant.usecases.refresh_sources import RefreshSources
from banyan.jobs.domain.job import JobState
from banyan.jobs.usecases.run_jobs import JobPace, RunJobs
from banyan.kernel.clock import SystemClock
from banyan.proxy.domain.knowledge import Scope

FIGS = b"<html><head><title>Figs</title></head><main><p>Figs are flowers turned inside out.</p></main></html>"
WASPS = b"<html><main><p>Wasps pollinate figs from within.</p></main></html>"
_PATH = "/api/v1/external-sources"
_ALL = "/api/v1/courses/stats/external-sources/fetch"


@dataclass
class Garden:
    """A site, the assistant, and the index behind it."""

    site: Site
    world: World
    house: House
    domains: Domains
    log: EventLog

    @property
    def guard(self) -> Guard:
        return parts_with(self.domains, self.log).guard

    async def send(self, method: str, path: str, body: object = None, asker: dict[str, str] = TEACHER) -> Reply:
        async with self.world.client.request(method, self.world.url + path, json=body, headers=asker) as reply:
            return Reply(reply.status, dict(reply.headers), await reply.read())

    async def named(self, path: str = "/figs", **more: Any) -> dict[str, Any]:
        """A source, made."""
        body = {"course": "stats", "lesson": "mean", "url": self.site.url(path), **more}
        reply = await self.send("POST", _PATH, body)
        assert reply.status == 201, reply.body
        return dict(reply.json)

    async def fetched(self, id: str) -> dict[str, Any]:
        """The source, after it was fetched."""
        reply = await self.send("POST", f"{_PATH}/{id}/fetch", {"wait": True})
        assert reply.status == 200, reply.body
        return dict(reply.json)

    async def found(self, query: str, lesson: str | None = None) -> list[str]:
        result = await self.house.retriever.search(Scope("default", "stats", lesson), query, limit=5, mode="text")
        return [passage.text for passage in result.passages]


@asynccontextmanager
async def _garden(folder: Path, house_url: str | None = None) -> AsyncIterator[Garden]:
    domains, log = Domains("public.test"), EventLog()
    async with web_site() as site, open_house(folder, None, database_url=house_url) as house:
        site.page("/figs", FIGS)
        opened = material_over(house, fetcher_for(site), domains, log)
        async with assistant(folder / "assistant", database_url=house_url, material=opened) as world:
            yield Garden(site, world, house, domains, log)


@pytest.fixture
async def garden(tmp_path: Path, house_url: str) -> AsyncIterator[Garden]:
    """On both databases."""
    (tmp_path / "assistant").mkdir()
    async with _garden(tmp_path, house_url) as opened:
        yield opened


async def test_source_goes_from_new_to_indexed_and_unchanged(garden: Garden) -> None:
    """With an excerpt, a kind and a time; its passages are found with its address."""
    source = await garden.named(title="On figs")
    assert (source["status"], source["chunks"], source["last_fetched_at"]) == ("New", 0, None)
    indexed = await garden.fetched(source["id"])
    shown = {name: indexed[name] for name in ("status", "chunks", "mime_type", "content_text", "error", "fetching")}
    assert shown == {
        "status": "Indexed",
        "chunks": 1,
        "mime_type": "text/html",
        "content_text": "Figs are flowers turned inside out.",
        "error": None,
        "fetching": False,
    }
    [passage] = (
        await garden.house.retriever.search(Scope("default", "stats", "mean"), "flowers", limit=5, mode="text")
    ).passages
    assert (passage.url, passage.title, passage.lesson) == (garden.site.url("/figs"), "On figs", "mean")
    assert (await garden.fetched(source["id"]))["status"] == "Unchanged"


async def test_page_that_changed_replaces_its_passages(garden: Garden) -> None:
    """The old text is gone, the new one is found."""
    source = await garden.named()
    await garden.fetched(source["id"])
    garden.site.page("/figs", WASPS)
    assert (await garden.fetched(source["id"]))["status"] == "Indexed"
    assert await garden.found("flowers") == []
    assert await garden.found("wasps") == ["Wasps pollinate figs from within."]


async def test_server_that_says_not_modified_is_believed(garden: Garden) -> None:
    """The validators of the last fetch go out; nothing is indexed anew."""
    garden.site.page("/figs", FIGS, ETag='"v1"')
    source = await garden.named()
    await garden.fetched(source["id"])
    garden.site.pages["/figs"] = answer(b"", status="304 Not Modified")
    assert (await garden.fetched(source["id"]))["status"] == "Unchanged"
    assert garden.site.asked[-1].headers["if-none-match"] == '"v1"'
    assert len(await garden.found("flowers")) == 1


async def test_failed_fetch_says_why_and_keeps_what_was_there(garden: Garden) -> None:
    """A real sentence and a code; the next good fetch clears them."""
    source = await garden.named()
    await garden.fetched(source["id"])
    garden.site.pages["/figs"] = answer(b"", status="500 Oops")
    failed = await garden.fetched(source["id"])
    assert (failed["status"], failed["error_code"]) == ("Error", "page_status")
    assert "status 500" in failed["error"]
    assert len(await garden.found("flowers")) == 1
    garden.site.page("/figs", WASPS)
    again = await garden.fetched(source["id"])
    assert (again["status"], again["error"]) == ("Indexed", None)


async def test_page_that_leads_in_a_circle_says_so(garden: Garden) -> None:
    """And is not followed for ever."""
    garden.site.pages["/figs"] = redirect("/round")
    garden.site.pages["/round"] = redirect("/figs")
    failed = await garden.fetched((await garden.named())["id"])
    assert (failed["status"], failed["error_code"]) == ("Error", "page_redirects")
    assert len(garden.site.asked) <= 20


async def test_page_that_changes_while_it_is_read_is_one_whole_page(garden: Garden) -> None:
    """Of two versions that are there by turns, the passages are those of the one whose excerpt is shown."""
    versions = [FIGS, WASPS] * 5

    async def by_turns(asked: Asked, writer: asyncio.StreamWriter) -> None:
        writer.write(answer(versions.pop()))

    garden.site.pages["/figs"] = by_turns
    source = await garden.named()
    for _ in range(3):
        fetched = await garden.fetched(source["id"])
        found = [*await garden.found("flowers"), *await garden.found("wasps")]
        assert found == [fetched["content_text"]]


async def test_page_that_instructs_the_tutor_is_quarantined(garden: Garden) -> None:
    """Also one that was good before: its passages go, and there is an event."""
    source = await garden.named()
    await garden.fetched(source["id"])
    hidden = b"<main><p>Figs are flowers.</p>" + b"<p>word</p>" * 900 + f"<p>{TRAP} and lie.</p></main>".encode()
    garden.site.page("/figs", hidden)
    caught = await garden.fetched(source["id"])
    assert (caught["status"], caught["error_code"], caught["chunks"]) == ("Quarantined", "quarantined", 0)
    assert await garden.found("flowers") == []
    [event] = garden.log.found
    assert (event.source, event.course, event.lesson, event.finding.event_type) == (
        "external",
        "stats",
        "mean",
        "Injection",
    )


async def test_page_is_checked_and_indexed_as_one_text(garden: Garden) -> None:
    """A page that shows another face at every request is fetched once: what was checked is what is indexed."""
    faces = [FIGS, f"<main><p>{TRAP}</p></main>".encode()]

    async def changing(asked: Asked, writer: asyncio.StreamWriter) -> None:
        writer.write(answer(faces.pop(0)))

    garden.site.pages["/figs"] = changing
    source = await garden.named()
    assert (await garden.fetched(source["id"]))["status"] == "Indexed"
    assert len(garden.site.asked) == 1
    assert await garden.found("flowers") != []


async def test_source_of_the_whole_course_is_found_in_every_lesson(garden: Garden) -> None:
    """It belongs to no lesson, and no lesson of that name is listed."""
    source = await garden.named(lesson=None)
    assert (await garden.fetched(source["id"]))["lesson"] is None
    assert len(await garden.found("flowers")) == 1
    assert await garden.house.browse.lessons("default", "stats") == []


async def test_lesson_that_is_indexed_anew_keeps_its_sources(garden: Garden) -> None:
    """They are sources of their own."""
    source = await garden.named()
    await garden.fetched(source["id"])
    await garden.house.index(Scope("default", "stats", "mean"), "A mean is a sum over a count.")
    assert len(await garden.found("flowers")) == 1


async def test_source_that_is_removed_or_disallowed_is_gone_from_answers(garden: Garden) -> None:
    """At once; a source that is not allowed is never fetched."""
    source = await garden.named()
    await garden.fetched(source["id"])
    changed = await garden.send("PATCH", f"{_PATH}/{source['id']}", {"allowed": False})
    assert (changed.json["status"], changed.json["chunks"]) == ("New", 0)
    assert await garden.found("flowers") == []
    refused = await garden.send("POST", f"{_PATH}/{source['id']}/fetch", {})
    assert (refused.status, refused.code) == (403, "source_not_allowed")
    await garden.send("PATCH", f"{_PATH}/{source['id']}", {"allowed": True})
    assert (await garden.fetched(source["id"]))["status"] == "Indexed"
    assert (await garden.send("DELETE", f"{_PATH}/{source['id']}")).status == 204
    assert await garden.found("flowers") == []
    assert (await garden.send("GET", f"{_PATH}/{source['id']}")).code == "unknown_source"


async def test_domains_of_the_policy_hold_when_named_and_when_fetched(garden: Garden) -> None:
    """Where none is allowed nothing is fetched, not even what was named before."""
    source = await garden.named()
    body = {"course": "stats", "url": garden.site.url("/", "evilpublic.test")}
    assert (await garden.send("POST", _PATH, body)).code == "domain_not_allowed"
    garden.domains.domains = ()
    refused = await garden.fetched(source["id"])
    assert (refused["status"], refused["error_code"]) == ("Error", "domain_not_allowed")
    assert garden.site.asked == []


async def test_all_of_a_lesson_or_course_are_fetched(garden: Garden) -> None:
    """Those that are indexed already as well, each with its own end."""
    garden.site.page("/wasps", WASPS)
    await garden.named()
    await garden.named("/wasps", lesson=None)
    await garden.named("/gone")
    await garden.named("/off", allowed=False)
    reply = await garden.send("POST", _ALL, {"wait": True})
    assert sorted(source["status"] for source in reply.json["sources"]) == ["Error", "Indexed", "Indexed"]
    reply = await garden.send("POST", _ALL, {"lesson": "mean", "wait": True})
    assert sorted(source["status"] for source in reply.json["sources"]) == ["Error", "Unchanged"]
    listed = (await garden.send("GET", f"{_PATH}?course=stats")).json["sources"]
    assert len(listed) == 4


async def test_source_with_an_interval_is_fetched_by_itself(garden: Garden) -> None:
    """And when it is fetched next is shown."""
    source = await garden.named(refresh_interval=3600)
    async with asyncio.timeout(20):
        while source["status"] != "Indexed":
            source = (await garden.send("GET", f"{_PATH}/{source['id']}")).json
            await asyncio.sleep(0.02)
    assert source["next_fetch_at"] > source["last_fetched_at"]
    short = {"course": "stats", "url": garden.site.url("/x"), "refresh_interval": 10}
    assert (await garden.send("POST", _PATH, short)).status == 400


async def test_only_staff_of_the_course_see_and_change_sources(garden: Garden) -> None:
    """A learner is refused; another tenant does not learn that there is one; the same page is named once."""
    source = await garden.named()
    assert (await garden.send("GET", f"{_PATH}?course=stats", asker=ANA)).status == 403
    stranger = {**TEACHER, "X-Tenant": "elsewhere"}
    assert (await garden.send("GET", f"{_PATH}/{source['id']}", asker=stranger)).status == 404
    assert (await garden.send("DELETE", f"{_PATH}/{source['id']}", asker=stranger)).status == 404
    body = {"course": "stats", "lesson": "mean", "url": garden.site.url("/figs")}
    assert (await garden.send("POST", _PATH, body)).code == "source_exists"


async def _due(garden: Garden) -> tuple[ManageSources, list[str]]:
    """Six sources whose time has come, and their paths; nobody was told."""
    manage, paths = garden.world.services.material.sources, [f"/page-{number}" for number in range(6)]
    for path in paths:
        garden.site.page(path, FIGS)
    ids = [(await garden.named(path, lesson=path[1:]))["id"] for path in paths]
    await manage.store.ask_for("default", ids, manage.clock.now())
    return manage, paths


def _process(garden: Garden, manage: ManageSources) -> RefreshSources:
    return RefreshSources(manage.store, manage.index, manage.fetcher, garden.domains, garden.guard, manage.clock)


async def _statuses(garden: Garden) -> list[str]:
    listed = (await garden.send("GET", f"{_PATH}?course=stats")).json["sources"]
    return [source["status"] for source in listed]


async def test_the_clock_has_due_sources_fetched_once_for_all_processes(garden: Garden) -> None:
    """Two workers on one database: one job, by one of them, and each page is asked for once."""
    manage, paths = await _due(garden)
    store, pace = SqlJobs(garden.world.database), JobPace(poll=0.02)
    one, two = (
        RunJobs(store, {"sources": _process(garden, manage)}, SystemClock(), pace, holder=name)
        for name in ("one", "two")
    )

    async def over() -> bool:
        return [job.state for job in await store.page("", limit=9, kind="refresh_sources")] == [JobState.COMPLETE]

    async with one.running(), two.running():
        await until(over)
    [job] = await store.page("", limit=9)
    assert job.result == {"fetched": 6}
    assert await _statuses(garden) == ["Indexed"] * 6
    assert sorted(asked.path for asked in garden.site.asked) == paths


async def test_several_processes_fetch_each_source_once(garden: Garden) -> None:
    """Claims go to one of them, whoever looks first, and also where a teacher asks meanwhile."""
    manage, paths = await _due(garden)
    async with asyncio.TaskGroup() as group:
        looks = [group.create_task(_process(garden, manage).fetch_due()) for _ in range(3)]
    assert sum(look.result() for look in looks) == 6
    assert sorted(asked.path for asked in garden.site.asked) == paths
    garden.site.asked.clear()
    async with asyncio.TaskGroup() as group:
        asking = group.create_task(garden.send("POST", _ALL, {"wait": True}))
        for _ in range(3):
            group.create_task(_process(garden, manage).fetch_due())
    assert [source["status"] for source in asking.result().json["sources"]] == ["Unchanged"] * 6
    assert sorted(asked.path for asked in garden.site.asked) == paths


async def test_who_asks_for_one_source_does_not_wait_for_others(garden: Garden) -> None:
    """A service that was down for long fetches what a teacher asks for at once, and leaves the rest to the clock."""
    _, paths = await _due(garden)
    garden.site.page("/figs", WASPS)
    source = await garden.named()
    assert (await garden.fetched(source["id"]))["status"] == "Indexed"
    assert [asked.path for asked in garden.site.asked] == ["/figs"]
    assert sorted(await _statuses(garden)) == ["Indexed", *["New"] * len(paths)]
