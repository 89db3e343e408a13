"""Deployments, aliases and data zones, set up and changed over HTTP while calls run."""

import asyncio
import json
import time
import urllib.error
import urllib.request
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from faulty_upstream import FaultyUpstream, faulty_upstream
from gateway_house import Listed
from proxy_house import Proxy, open_proxy
from services import banyan, serving

from banyan.adapters.storage.engine import open_database
from banyan.adapters.storage.registry import SqlRegistry
from banyan.app.unmetered import Unlimited, Unwritten
from banyan.kernel.clock import SystemClock
from banyan.kernel.errors import Conflict
from banyan.proxy.domain.registry import CourseZone, Kind, Version
from banyan.proxy.usecases.fleet import Accounts, Fleet
from banyan.proxy.usecases.registry import LOOK_SECONDS, Registry

ASK = [{"role": "user", "content": "What does a leaf do?"}]
SECRET = "sk-live-9876543210"


@pytest.fixture
async def upstream() -> AsyncIterator[FaultyUpstream]:
    async with faulty_upstream() as running:
        yield running


@pytest.fixture
async def proxy(tmp_path: Path, upstream: FaultyUpstream, house_url: str) -> AsyncIterator[Proxy]:
    async with open_proxy(tmp_path, database_url=house_url) as opened:
        yield opened


def at(upstream: FaultyUpstream, **more: Any) -> dict[str, Any]:
    return {"model": "openai/gpt-x", "base_url": upstream.base_url, "api_key": SECRET, **more}


async def put(proxy: Proxy, path: str, body: dict[str, Any], **headers: str) -> dict[str, Any]:
    status, answer = await proxy.ask("PUT", f"/admin/{path}", json=body, headers=headers)
    assert status == 200, answer
    return dict(answer)


async def answered_by(proxy: Proxy, model: str, **headers: str) -> tuple[int, str]:
    """Status, and the deployment that answered or the code of the error."""
    async with proxy.web.post(
        "/v1/chat/completions", json={"model": model, "messages": ASK}, headers=headers
    ) as response:
        found = await response.json()
        code = found.get("error", {}).get("code")
        return response.status, code or response.headers["x-banyan-deployment"]


async def test_a_deployment_and_an_alias_answer_as_soon_as_they_are_put(proxy: Proxy, upstream: FaultyUpstream) -> None:
    """No restart; the header says which deployment answered, and the answer where it comes from and who made it."""
    assert (await answered_by(proxy, "tutor-model"))[0] == 404
    made = await put(proxy, "deployments/east", at(upstream))
    assert (made["source"], made["version"], made["changed_by"], made["hides_file"]) == ("database", 1, "local", False)
    await put(proxy, "aliases/tutor-model", {"strategy": "ordered", "targets": ["east", "banyan/echo"]})
    assert await answered_by(proxy, "tutor-model") == (200, "east")
    assert [call.body["model"] for call in upstream.calls] == ["gpt-x"]
    assert upstream.calls[0].headers["authorization"] == f"Bearer {SECRET}"


async def test_secrets_are_in_no_answer(proxy: Proxy, upstream: FaultyUpstream) -> None:
    """Neither of the change, nor of the list, nor of the history, nor of an error; a covered key keeps the key."""
    made = await put(proxy, "deployments/east", at(upstream))
    assert made["definition"]["api_key"] == "********"
    await put(proxy, "deployments/east", {**made["definition"], "max_parallel": 3})
    seen = [made]
    for path in ("", "/east", "/east/history", "/east?version=1"):
        seen.append((await proxy.ask("GET", f"/admin/deployments{path}"))[1])
    status, refused = await proxy.ask(
        "PUT", "/admin/deployments/east", json={**made["definition"], "base_url": "http://127.0.0.1:9/v1"}
    )
    assert (status, refused["error"]["code"]) == (400, "secret_needed")
    assert SECRET not in json.dumps([*seen, refused])
    assert (await answered_by(proxy, "east"))[0] == 200
    assert upstream.calls[0].headers["authorization"] == f"Bearer {SECRET}"


async def test_what_is_refused_changes_nothing(proxy: Proxy, upstream: FaultyUpstream) -> None:
    """A misspelt key, an unknown target, and a deployment that an alias still needs."""
    await put(proxy, "deployments/east", at(upstream))
    await put(proxy, "aliases/m", {"targets": ["east"]})
    attempts = [
        ("PUT", "deployments/east", at(upstream, max_paralel=3), "did you mean 'max_parallel'?"),
        ("PUT", "deployments/bad/name", at(upstream), ""),
        ("PUT", "aliases/m", {"targets": ["nobody"]}, "'nobody', which is no deployment"),
        ("PUT", "aliases/east", {"targets": ["banyan/echo"]}, "is the name of a deployment already"),
        ("DELETE", "deployments/east", None, "'east', which is no deployment"),
    ]
    for method, path, body, words in attempts:
        status, answer = await proxy.ask(method, f"/admin/{path}", json=body)
        assert status in (400, 404, 405), answer
        assert words in answer["message"]
    assert [one["version"] for one in (await proxy.ask("GET", "/admin/deployments"))[1]["data"]] == [1]
    assert await answered_by(proxy, "m") == (200, "east")


async def test_two_who_change_the_same_version_do_not_overwrite_each_other(
    proxy: Proxy, upstream: FaultyUpstream
) -> None:
    """The second `If-Match` is refused with 409, and of many at once without a version every one gets its own."""
    await put(proxy, "deployments/east", at(upstream), **{"If-Match": '"0"'})
    await put(proxy, "deployments/east", at(upstream, max_parallel=2), **{"If-Match": '"1"'})
    status, answer = await proxy.ask(
        "PUT", "/admin/deployments/east", json=at(upstream, max_parallel=3), headers={"If-Match": '"1"'}
    )
    assert (status, answer["error"]["code"]) == (409, "version_conflict")
    await asyncio.gather(*(put(proxy, "deployments/east", at(upstream, max_parallel=n)) for n in range(3, 9)))
    _, history = await proxy.ask("GET", "/admin/deployments/east/history")
    assert [version["version"] for version in history["data"]] == [8, 7, 6, 5, 4, 3, 2, 1]
    async with proxy.web.get("/admin/deployments/east") as response:
        assert response.headers["etag"] == '"8"'


async def test_history_rollback_and_deletion(proxy: Proxy, upstream: FaultyUpstream) -> None:
    """Every state stays readable with who and when; going back is a new version; what is deleted answers no more."""
    await put(proxy, "deployments/east", at(upstream), **{"X-Banyan-User": "ann", "X-Banyan-Roles": "admin"})
    await put(proxy, "deployments/east", at(upstream, model="openai/gpt-y"))
    status, back = await proxy.ask("POST", "/admin/deployments/east/rollback", json={"version": 1})
    assert (status, back["version"], back["definition"]["model"]) == (200, 3, "openai/gpt-x")
    status, gone = await proxy.ask("DELETE", "/admin/deployments/east", headers={"If-Match": '"3"'})
    assert (status, gone["version"], gone["definition"]) == (200, 4, None)
    assert (await answered_by(proxy, "east")) == (404, "model_not_found")
    _, history = await proxy.ask("GET", "/admin/deployments/east/history")
    notes = [(one["version"], one["by"], one["note"]) for one in history["data"]]
    assert notes == [(4, "local", "delete"), (3, "local", "back to version 1"), (2, "local", "put"), (1, "ann", "put")]
    status, _ = await proxy.ask("GET", "/admin/deployments/east")
    assert status == 404
    await proxy.ask("POST", "/admin/deployments/east/rollback", json={"version": 2})
    assert (await answered_by(proxy, "east")) == (200, "east")


async def test_the_database_wins_over_the_file_and_says_so(tmp_path: Path, upstream: FaultyUpstream) -> None:
    """What is put under a name of the file hides it; deleting that brings the file's back; the file's cannot go."""
    async with open_proxy(tmp_path, deployments={"east": {"model": "banyan/echo"}}) as proxy:
        assert (await proxy.ask("GET", "/admin/deployments/east"))[1]["source"] == "file"
        status, answer = await proxy.ask("DELETE", "/admin/deployments/east")
        assert (status, answer["error"]["code"]) == (409, "set_in_file")
        made = await put(proxy, "deployments/east", at(upstream))
        assert (made["source"], made["hides_file"]) == ("database", True)
        await answered_by(proxy, "east")
        assert len(upstream.calls) == 1
        await proxy.ask("DELETE", "/admin/deployments/east")
        assert (await proxy.ask("GET", "/admin/deployments/east"))[1]["source"] == "file"
        await answered_by(proxy, "east")
        assert len(upstream.calls) == 1


async def test_a_running_stream_ends_as_it_began(proxy: Proxy, upstream: FaultyUpstream) -> None:
    """A deployment that is changed or deleted meanwhile finishes what it has begun, and takes no more."""
    hold = asyncio.Event()

    async def held(call: Any) -> None:
        await call.begin_stream()
        chunk = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "gpt-x"}

        def event(delta: dict[str, Any], reason: str | None = None) -> bytes:
            choice = {"index": 0, "delta": delta, "finish_reason": reason}
            return b"data: " + json.dumps({**chunk, "choices": [choice]}).encode() + b"\n\n"

        await call.piece(event({"role": "assistant", "content": "one "}))
        await hold.wait()
        await call.piece(event({"content": "two"}))
        await call.piece(event({}, "stop") + b"data: [DONE]\n\n")
        await call.end_stream()

    upstream.usual = held
    await put(proxy, "deployments/east", at(upstream))
    stream = await proxy.client.chat.completions.create(model="east", messages=ASK, stream=True)
    words = [(await anext(stream)).choices[0].delta.content]
    await proxy.ask("DELETE", "/admin/deployments/east")
    assert (await answered_by(proxy, "east"))[0] == 404
    hold.set()
    words += [chunk.choices[0].delta.content async for chunk in stream if chunk.choices]
    assert "".join(word or "" for word in words) == "one two"


@asynccontextmanager
async def other_process(proxy: Proxy) -> AsyncIterator[tuple[Registry, Fleet]]:
    """A second registry over the same database, as another process has it."""
    house = proxy.house
    fleet = Fleet(
        list(proxy.services.routing.registry._fleet.entries.values()),
        proxy.services.routing.registry._fleet._needs,
        proxy.services.routing.registry._fleet._accounts,
        house.retriever,
    )
    async with AsyncExitStack() as stack:
        stack.push_async_callback(fleet.close)
        registry = Registry(fleet, SqlRegistry(house.database), SystemClock(), deployments={}, aliases={})
        await stack.enter_async_context(registry.running())
        yield registry, fleet


async def test_every_process_follows_within_two_seconds(proxy: Proxy, upstream: FaultyUpstream) -> None:
    """Deployments and zones of courses alike."""
    async with other_process(proxy) as (registry, fleet):
        await put(proxy, "deployments/east", at(upstream))
        await put(proxy, "courses/botany/zone", {"zone": "local"})
        began = time.monotonic()
        while "east" not in fleet.deployments or registry.zone_of("default", "botany") != "local":
            await asyncio.sleep(0.02)
            assert time.monotonic() - began < 2
        assert LOOK_SECONDS < 1


async def test_a_course_bound_to_a_zone_never_leaves_it(proxy: Proxy, upstream: FaultyUpstream) -> None:
    """Calls with it go to deployments of the zone only, whatever they ask for; other courses and tenants are free."""
    await proxy.index("botany", "leaves", content="A leaf makes sugar from light.")
    await put(proxy, "deployments/cloud", at(upstream))
    await put(proxy, "deployments/here", at(upstream, zone="local"))
    await put(proxy, "aliases/m", {"targets": ["cloud", "here"]})
    await put(proxy, "aliases/far", {"targets": ["cloud"]})
    bound = await put(proxy, "courses/botany/zone", {"zone": "local"})
    assert (bound["course"], bound["zone"], bound["changed_by"]) == ("botany", "local", "local")

    async def asked(model: str, course: str | None = "botany", **headers: str) -> tuple[int, str]:
        body = {"model": model, "messages": ASK} | ({} if course is None else {"course": course})
        async with proxy.web.post("/v1/chat/completions", json=body, headers=headers) as response:
            found = await response.json()
            code = found.get("error", {}).get("code")
            return response.status, code or response.headers["x-banyan-deployment"]

    assert await asked("m") == (200, "here")
    assert await asked("m", course=None) == (200, "cloud")
    assert await asked("far") == (403, "no_deployment")
    assert await asked("cloud") == (403, "zone_not_allowed")
    assert await asked("m", **{"X-Banyan-Zone": "external"}) == (403, "zone_not_allowed")
    assert await asked("m", course=None, **{"X-Banyan-Zone": "local"}) == (200, "here")
    assert await asked("m", course=None, **{"X-Banyan-Zone": "not a zone"}) == (400, "invalid_request")
    other = {"X-Banyan-Tenant": "other"}
    assert (await proxy.ask("GET", "/admin/courses/zones", headers=other))[1] == {"data": []}
    assert (await proxy.ask("GET", "/admin/courses/botany/zone", headers=other))[0] == 404
    assert len((await proxy.ask("GET", "/admin/courses/zones"))[1]["data"]) == 1
    async with proxy.web.delete("/admin/courses/botany/zone") as response:
        assert response.status == 204
    assert await asked("m") == (200, "cloud")


async def test_explain_says_beforehand_who_would_be_asked(proxy: Proxy, upstream: FaultyUpstream) -> None:
    """The order, the reasons, the price and the breaker, and nobody is called for it."""
    price = {"input": 2.5, "output": 10, "cached_input": 1.25}
    await put(proxy, "deployments/cloud", at(upstream, price=price))
    await put(proxy, "deployments/here", at(upstream, zone="local", capabilities={"vision": False}))
    targets = [{"deployment": "cloud", "weight": 0}, "here", {"deployment": "banyan/echo", "tasks": ["quiz"]}]
    await put(proxy, "aliases/m", {"targets": targets})
    _, found = await proxy.ask("GET", "/admin/explain", params={"model": "m"})
    assert (found["strategy"], found["refusal"]) == ("ordered", None)
    assert [(one["deployment"], one["why"]) for one in found["order"]] == [
        ("here", "first choice"),
        ("cloud", "fallback 1"),
    ]
    assert found["passed_over"] == [{"deployment": "banyan/echo", "why": "only for quiz"}]
    assert [one["health"]["breaker"] for one in found["order"]] == ["closed", "closed"]
    _, found = await proxy.ask("GET", "/admin/explain", params={"model": "m", "needs": "vision"})
    assert [one["deployment"] for one in found["order"]] == ["cloud"]
    await put(proxy, "courses/botany/zone", {"zone": "local"})
    _, found = await proxy.ask("GET", "/admin/explain", params={"model": "m", "needs": "vision", "course": "botany"})
    assert (found["zone"], found["order"], len(found["passed_over"])) == ("local", [], 3)
    assert found["refusal"].startswith("No deployment of 'm' can take this call")
    assert (await proxy.ask("GET", "/admin/explain", params={"model": "nobody"}))[0] == 404
    assert upstream.calls == []


async def test_a_breaker_is_seen_and_closed_by_hand(proxy: Proxy, upstream: FaultyUpstream) -> None:
    """After five failures it is open; the operator who mended the provider need not wait."""

    async def broken(call: Any) -> None:
        await call.answer(503, b'{"error": {"message": "no"}}')

    upstream.usual = broken
    await put(proxy, "deployments/east", at(upstream))
    for _ in range(5):
        await answered_by(proxy, "east")
    _, seen = await proxy.ask("GET", "/admin/breakers")
    assert [(one["deployment"], one["breaker"]) for one in seen["data"]] == [("east", "open")]
    assert 0 < seen["data"][0]["waits"] <= 30
    upstream.usual = None
    assert (await answered_by(proxy, "east")) == (503, "circuit_open")
    status, closed = await proxy.ask("POST", "/admin/breakers/east/reset")
    assert (status, closed["breaker"]) == (200, "closed")
    assert (await answered_by(proxy, "east")) == (200, "east")


async def test_a_deployment_can_be_tried(proxy: Proxy, upstream: FaultyUpstream) -> None:
    """One call, and what happened: the answer, or the error in its own words."""
    await put(proxy, "deployments/east", at(upstream))
    status, found = await proxy.ask("POST", "/admin/deployments/east/test")
    assert (status, found["ok"], found["code"]) == (200, True, None)
    assert len(upstream.calls) == 1

    async def refused(call: Any) -> None:
        await call.answer(401, b'{"error": {"message": "bad key", "code": "invalid_api_key"}}')

    upstream.usual = refused
    _, found = await proxy.ask("POST", "/admin/deployments/east/test")
    assert (found["ok"], found["code"], len(upstream.calls)) == (False, "invalid_api_key", 2)
    assert (await proxy.ask("POST", "/admin/deployments/nobody/test"))[0] == 404


async def test_models_are_set_up_by_admins_of_the_operator_s_tenant(proxy: Proxy, upstream: FaultyUpstream) -> None:
    """A learner is refused, an admin of a neighbour school too; zones are for every school's own admin."""
    for headers in (
        {"X-Banyan-User": "ann"},
        {"X-Banyan-User": "eve", "X-Banyan-Tenant": "other", "X-Banyan-Roles": "admin"},
    ):
        for method, path in (("GET", "deployments"), ("PUT", "aliases/m"), ("GET", "breakers")):
            status, _ = await proxy.ask(method, f"/admin/{path}", json={"targets": ["banyan/echo"]}, headers=headers)
            assert status == 403, (path, headers)
    status, _ = await proxy.ask("PUT", "/admin/courses/botany/zone", json={"zone": "local"}, headers=headers)
    assert status == 200


async def test_what_cannot_be_opened_any_more_is_left_out_and_named(tmp_path: Path) -> None:
    """A stored deployment whose provider has gone does not keep the others or the start from working."""
    async with open_proxy(tmp_path, deployments={"base": {"model": "banyan/echo"}}) as proxy:
        await put(proxy, "deployments/leaning", {"model": "banyan/echo"})
        await put(proxy, "aliases/both", {"targets": ["base", "leaning"]})
    async with open_proxy(tmp_path) as proxy:
        _, found = await proxy.ask("GET", "/admin/aliases/both")
        assert "'base', which is no deployment" in found["fault"]
        assert proxy.services.routing.registry.fault.startswith("alias both")
        assert await answered_by(proxy, "both") == (200, "leaning")


async def test_models_show_what_they_can_where_they_are_and_what_they_cost(
    upstream: FaultyUpstream, tmp_path: Path
) -> None:
    """Aliases and deployments beside the providers' own models; a key sees those that it may use."""
    async with open_proxy(tmp_path, accounts=Accounts(Listed(), Unlimited(), Unwritten())) as proxy:
        price = {"input": 2.5, "output": 10, "cached_input": 1.25}
        window = {"context_window": 8192, "output_limit": 1024, "vision": False, "json_schema": False}
        window |= {"tools": False, "embeddings": False}
        await put(proxy, "deployments/east", at(upstream, price=price, capabilities=window, zone="eu"))
        await put(proxy, "aliases/both", {"targets": ["east", "banyan/echo"]})
        await put(proxy, "aliases/one", {"targets": ["east"]})
        _, east = await proxy.ask("GET", "/v1/models/east")
        assert east == {
            "id": "east",
            "object": "model",
            "created": 0,
            "owned_by": "openai",
            "capabilities": ["chat", "streaming", "grounding"],
            "context_window": 8192,
            "output_limit": 1024,
            "zone": "eu",
            "prices": price,
        }
        _, one = await proxy.ask("GET", "/v1/models/one")
        assert one == {**east, "id": "one", "owned_by": "banyan", "deployments": ["east"]}
        _, both = await proxy.ask("GET", "/v1/models/both")
        assert (both["zone"], both["prices"], both["deployments"]) == (None, None, ["east", "banyan/echo"])
        listed = [model.id async for model in proxy.client.models.list()]
        assert listed == ["banyan/echo", "banyan/tiny", "both", "east", "one", "openai/gpt-a", "openai/gpt-b"]
        _, key = await proxy.ask("POST", "/admin/keys", json={"name": "k", "models": ["one", "openai/*"]})
        bearer = {"Authorization": f"Bearer {key['key']}"}
        _, mine = await proxy.ask("GET", "/v1/models", headers=bearer)
        assert [model["id"] for model in mine["data"]] == ["one", "openai/gpt-a", "openai/gpt-b"]
        assert (await proxy.ask("GET", "/v1/models/east", headers=bearer))[0] == 403


async def test_least_cost_looks_at_the_shape_of_the_call(upstream: FaultyUpstream, tmp_path: Path) -> None:
    """A long prompt goes where input is cheap, a short one where output is."""
    async with open_proxy(tmp_path, accounts=Accounts(Listed(), Unlimited(), Unwritten())) as proxy:
        await put(proxy, "deployments/reads", at(upstream, price={"input": 1, "output": 50}))
        await put(proxy, "deployments/writes", at(upstream, price={"input": 10, "output": 10}))
        await put(proxy, "aliases/cheap", {"strategy": "least_cost", "targets": ["reads", "writes"]})
        for prompt, most, expected in (("word " * 20_000, 16, "reads"), ("Write a story.", None, "writes")):
            body = {"model": "cheap", "messages": [{"role": "user", "content": prompt}]}
            body |= {} if most is None else {"max_tokens": most}
            async with proxy.web.post("/v1/chat/completions", json=body) as response:
                assert response.headers["x-banyan-deployment"] == expected


FILE = """
breaker_failures = 3
[deployments.house]
model = "banyan/echo"
price = { input = 1, output = 2 }
[aliases.helper]
strategy = "ordered"
targets = ["house", { deployment = "banyan/extractive", tasks = ["quiz"] }]
"""


def explained(data: Path, *arguments: str) -> dict[str, Any]:
    """What `banyan models explain` says."""
    done = banyan(data, "models", "explain", *arguments, "--json")
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


def sent(method: str, url: str, body: dict[str, Any] | None = None) -> tuple[int, dict[str, Any]]:
    """Status and JSON of a request of its own."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"Content-Type": "application/json"}, method=method)
    try:
        with urllib.request.urlopen(request, timeout=30) as response:
            return response.status, json.load(response)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.load(error)


def test_the_file_is_served_and_the_command_explains_it(tmp_path: Path) -> None:
    """The same with and without a running service; processes on one database follow each other."""
    first, second = tmp_path / "first", tmp_path / "second"
    for data in (first, second):
        data.mkdir()
        (data / "banyan.toml").write_text(FILE)
    shared = {"DATABASE_URL": f"sqlite:///{tmp_path / 'shared.db'}"}
    still = explained(first, "helper", "--task", "quiz")
    assert [step["deployment"] for step in still["order"]] == ["house", "banyan/extractive"]
    assert still["order"][0]["price"] == {"input": 1.0, "output": 2.0, "cached_input": None}
    listed = banyan(first, "models", "list")
    assert listed.returncode == 0, listed.stderr
    assert "helper" in listed.stdout
    with serving(first, "proxy", more=shared) as one, serving(second, "proxy", more=shared) as other:
        ask = {"model": "helper", "messages": [{"role": "user", "content": "hello"}]}
        assert sent("POST", f"{one.proxy}/v1/chat/completions", ask)[0] == 200
        assert sent("PUT", f"{one.proxy}/admin/aliases/fresh", {"targets": ["house"]})[0] == 200
        began = time.monotonic()
        while sent("POST", f"{other.proxy}/v1/chat/completions", {**ask, "model": "fresh"})[0] != 200:
            assert time.monotonic() - began < 2
        found = explained(second, "fresh", "--vision")
        assert found["passed_over"] == [{"deployment": "house", "why": "cannot do vision"}]
        assert "cannot do vision" in found["refusal"]


def test_a_wrong_file_is_refused_at_the_start(tmp_path: Path) -> None:
    """One sentence that names the place and the nearest key."""
    data = tmp_path / "data"
    data.mkdir()
    (data / "banyan.toml").write_text('[deployments.east]\nmodel = "openai/x"\nzon = "eu"\n')
    done = banyan(data, "models", "list")
    assert done.returncode == 1
    assert done.stderr.strip().endswith("deployments.east sets 'zon', which it does not take; did you mean 'zone'?")


async def test_versions_and_zones_are_kept_on_both_databases(database_url: str) -> None:
    """Added in their order only, the newest of each name is current, and the change number grows with each."""
    database = await open_database(database_url)
    store, now = SqlRegistry(database), SystemClock().now()
    try:
        seen = [await store.change()]
        made = [Version(Kind.ALIAS, "m", number, {"targets": [str(number)]}, now, "ann", "put") for number in (1, 2)]
        for version in made:
            await store.add(version)
            seen.append(await store.change())
        gone = Version(Kind.DEPLOYMENT, "m", 1, None, now, "ben", "delete")
        await store.add(gone)
        with pytest.raises(Conflict):
            await store.add(made[1])
        assert await store.current() == [made[1], gone]
        assert await store.history(Kind.ALIAS, "m") == [made[1], made[0]]
        for zone in ("local", "eu"):
            await store.put_zone(CourseZone("school", "botany", zone, now, "ann"))
        assert await store.zones() == [CourseZone("school", "botany", "eu", now, "ann")]
        assert [await store.remove_zone("school", "botany"), await store.remove_zone("school", "botany")] == [
            True,
            False,
        ]
        assert seen == sorted(set(seen))
    finally:
        await database.close()


async def test_texts_to_embed_stay_in_the_zone_that_the_caller_names(proxy: Proxy) -> None:
    """The built-in model is local; a provider elsewhere is refused before it is asked."""
    body = {"input": "leaf", "model": "banyan/tiny"}
    headers = {"X-Banyan-Zone": "local"}
    assert (await proxy.ask("POST", "/v1/embeddings", json=body, headers=headers))[0] == 200
    status, answer = await proxy.ask("POST", "/v1/embeddings", json=body, headers={"X-Banyan-Zone": "eu"})
    assert (status, answer["error"]["code"]) == (403, "zone_not_allowed")


async def test_two_processes_that_put_at_once_both_succeed(proxy: Proxy) -> None:
    """Without `If-Match` nobody is told of somebody who was faster; every version is kept."""
    async with other_process(proxy) as (registry, _):
        own = proxy.services.routing.registry
        tables = [{"targets": ["banyan/echo"], "strategy": strategy} for strategy in ("ordered", "weighted")]
        await asyncio.gather(
            *(one.put(Kind.ALIAS, "m", t, "ann") for one, t in zip((own, registry), tables, strict=True))
        )
        assert [version.number for version in await own.history(Kind.ALIAS, "m")] == [2, 1]
