"""The cache at the edge: what the client gets, what the books say, and how often the provider was asked."""

import asyncio
import signal
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
from faulty_upstream import TEXT, USAGE, Call, completion, events, refusing, well
from gateway_house import Answer, Gateway, open_gateway
from private_servers import private_redis

from banyan.adapters.caches.memory import MemoryCache
from banyan.adapters.caches.redis import RedisCache
from banyan.app.caching import cache_probe
from banyan.app.redis_client import SharedRedis, open_redis
from banyan.kernel.errors import QuotaExceeded
from banyan.kernel.money import Money
from banyan.proxy.domain.accounting import Caller
from banyan.proxy.domain.cache_policy import CacheRules
from banyan.proxy.ports.answer_cache import AnswerCache
from banyan.proxy.ports.budgets import Reservation

ONE = {"course": "botany"}
OTHER_WORDS = [{"role": "user", "content": "What does a root do?"}]
STREAMED = [pytest.param(False, id="plain"), pytest.param(True, id="stream")]


@pytest.fixture
async def gateway(tmp_path: Path) -> AsyncIterator[Gateway]:
    async with open_gateway(tmp_path, cache=MemoryCache(1_000_000)) as running:
        yield running


def learner(name: str, tenant: str = "default") -> dict[str, str]:
    """The headers by which a backend names its user."""
    return {"X-Banyan-User": name, "X-Banyan-Roles": "learner", "X-Banyan-Tenant": tenant}


class Held:
    """An upstream whose next answer waits in the middle until a test lets it go on."""

    def __init__(self, gateway: Gateway, then: Callable[[Call], Awaitable[None]] | None = None) -> None:
        self.reached, self.released = asyncio.Event(), asyncio.Event()
        self.left = asyncio.Event()
        self._then = then
        gateway.primary.behaviours.append(self)

    async def __call__(self, call: Call) -> None:
        if call.body.get("stream") and self._then is None:
            first, *rest = events(call.body)
            await call.begin_stream()
            await call.piece(first)
            await self._wait(call)
            for event in rest:
                await call.piece(event)
            await call.end_stream()
            return
        await self._wait(call)
        await (self._then or well)(call)

    async def _wait(self, call: Call) -> None:
        self.reached.set()
        waits = [asyncio.create_task(event.wait()) for event in (self.released, call.left)]
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        for one in waits:
            one.cancel()
        if call.left.is_set():
            self.left.set()


async def until_waiting(gateway: Gateway, number: int) -> None:
    """Until so many requests are inside the gateway, where they leave no other trace before they are answered."""
    async with asyncio.timeout(10):
        while sum(flight.passengers for flight in gateway.flights.values()) < number:  # noqa: ASYNC110
            await asyncio.sleep(0.005)


def told(answer: Answer) -> str | None:
    return answer.headers.get("x-banyan-cache")


@pytest.mark.parametrize("again", STREAMED)
@pytest.mark.parametrize("first", STREAMED)
async def test_the_second_equal_question_costs_nothing(gateway: Gateway, first: bool, again: bool) -> None:
    """However it was asked and is asked again, with the same text, citations and usage; the books show it at 0."""
    options = {"stream_options": {"include_usage": True}}
    one = await gateway.ask(stream=first, **ONE, **(options if first else {}))
    other = await gateway.ask(stream=again, **ONE, **(options if again else {}))
    assert (told(one), told(other), other.text) == ("miss", "hit", TEXT)
    assert other.headers["x-banyan-deployment"] == "primary"
    assert other.headers["x-banyan-cost"] == "0"
    assert int(other.headers["age"]) <= 10
    assert "age" not in one.headers
    assert len(gateway.primary.calls) == 1
    if again:
        assert other.chunks[-1]["usage"] == USAGE
        assert other.finished
        assert "citations" in other.chunks[0]
    else:
        assert other.body["usage"] == USAGE
        assert (other.body["object"], other.body["model"]) == ("chat.completion", "primary-model-2026")
    paid, spared = await gateway.rows()
    assert (paid["status"], paid["cache"], spared["status"], spared["cache"]) == ("ok", "miss", "cached", "hit")
    assert (spared["cost"], spared["input_tokens"], spared["output_tokens"]) == (0, 11, 7)
    assert (spared["deployment"], spared["provider"]) == ("primary", "openai")


async def test_a_stream_without_usage_is_replayed_without_it(gateway: Gateway) -> None:
    """Nobody gets a chunk that they did not ask for."""
    await gateway.ask(**ONE)
    answer = await gateway.ask(stream=True, **ONE)
    assert (told(answer), [chunk for chunk in answer.chunks if not chunk["choices"]]) == ("hit", [])


@pytest.mark.parametrize(
    ("first", "again"),
    [
        ({**ONE}, {**ONE, "temperature": 0.5}),
        ({**ONE}, {**ONE, "max_tokens": 5}),
        ({**ONE}, {**ONE, "lesson": "leaves"}),
        ({**ONE, "lesson": "leaves"}, {**ONE, "lesson": "leaves", "chapter": "two"}),
        ({**ONE}, {**ONE, "model": "alone"}),
        ({**ONE}, {**ONE, "messages": OTHER_WORDS}),
        ({**ONE, "user": "ada"}, {**ONE, "user": "bob"}),
        ({"temperature": 0}, {**ONE, "temperature": 0}),
    ],
)
async def test_what_differs_is_asked_again(gateway: Gateway, first: dict[str, Any], again: dict[str, Any]) -> None:
    """A parameter, a lesson, a chapter, a model, a word, a user."""
    assert [told(await gateway.ask(**body)) for body in (first, again, first)] == ["miss", "miss", "hit"]


async def test_learners_of_one_course_share_what_says_nothing_of_them(gateway: Gateway) -> None:
    """A first question alone is answered once for all; other tenants share nothing."""
    for name in ("ada", "bob"):
        answer = await gateway.ask(headers=learner(name), **ONE)
    assert told(answer) == "hit"
    refused = await gateway.ask(headers=learner("ada", "elsewhere"), **ONE)
    assert (refused.status, told(refused)) == (404, None)


@pytest.mark.parametrize(
    "body",
    [
        {"temperature": 0},
        {**ONE, "user": "learner"},
        {**ONE, "messages": [{"role": "system", "content": "Talk like a tree."}, *OTHER_WORDS]},
        {**ONE, "messages": [*OTHER_WORDS, {"role": "assistant", "content": "Drink."}, *OTHER_WORDS]},
        {**ONE, "metadata": {"a": "b"}},
    ],
    ids=["no course", "user", "persona", "second turn", "metadata"],
)
async def test_one_users_answer_never_reaches_another(gateway: Gateway, body: dict[str, Any]) -> None:
    """The very same request of somebody else is asked anew, each time; the same user's is not."""
    names = ["ada", "bob", "ada", "cleo", "bob"]
    found = [told(await gateway.ask(headers=learner(name), **body)) for name in names]
    assert found == ["miss", "miss", "hit", "miss", "hit"]
    assert len(gateway.primary.calls) == 3


async def test_equal_users_of_two_tenants_are_two_users(gateway: Gateway) -> None:
    """The name alone says nothing."""
    found = [told(await gateway.ask(headers=learner("ada", tenant), temperature=0)) for tenant in ("oak", "elm")]
    assert found == ["miss", "miss"]


async def test_a_new_index_makes_new_answers(gateway: Gateway) -> None:
    """What was answered from the old one is never shown again."""
    await gateway.ask(**ONE)
    gateway.shelf.version = "2"
    assert [told(await gateway.ask(**ONE)) for _ in range(2)] == ["miss", "hit"]


async def test_a_caller_may_have_it_otherwise(gateway: Gateway) -> None:
    """`off` neither reads nor fills, `refresh` fills anew, `on` caches what would not be; all else is refused."""
    wishes = ["off", "on", "off", "refresh", "on"]
    found = [told(await gateway.ask(headers={"X-Banyan-Cache": wish}, temperature=1.5)) for wish in wishes]
    assert found == [None, "miss", None, "miss", "hit"]
    assert len(gateway.primary.calls) == 4
    refused = await gateway.ask(headers={"X-Banyan-Cache": "maybe"})
    assert (refused.status, refused.error and refused.error["param"]) == (400, "X-Banyan-Cache")


@pytest.mark.parametrize("stream", STREAMED)
async def test_a_cut_answer_is_not_kept(gateway: Gateway, stream: bool) -> None:
    """One that ended because of its length is given, and asked for again."""

    async def cut(call: Call) -> None:
        if not call.body.get("stream"):
            await call.answer(200, completion(call.body, finish_reason="length"))
            return
        await call.begin_stream()
        for event in events(call.body):
            await call.piece(event.replace(b'"finish_reason": "stop"', b'"finish_reason": "length"'))
        await call.end_stream()

    gateway.primary.behaviours.append(cut)
    assert [told(await gateway.ask(stream=stream, **ONE)) for _ in range(3)] == ["miss", "miss", "hit"]


async def test_an_error_is_not_kept(gateway: Gateway) -> None:
    """The next one may have more luck."""
    gateway.primary.behaviours.append(refusing(400))
    assert [(await gateway.ask(**ONE)).status for _ in range(2)] == [400, 200]


async def test_what_a_fallback_answered_is_not_kept(gateway: Gateway) -> None:
    """Or it would outlive the outage."""
    gateway.primary.behaviours.extend([refusing(500), refusing(500)])
    first, again = [await gateway.ask(**ONE) for _ in range(2)]
    assert [answer.headers["x-banyan-deployment"] for answer in (first, again)] == ["backup", "primary"]


async def test_every_kind_of_task_has_its_time(tmp_path: Path) -> None:
    """An answer is gone when its time is over."""
    now = 0.0
    cache = MemoryCache(1_000_000, lambda: now)
    async with open_gateway(tmp_path, cache=cache, rules=CacheRules(ttl=10, ttls={"quiz": 100})) as gateway:
        quiz = {"X-Banyan-Task": "quiz"}
        for headers in ({}, quiz):
            await gateway.ask(headers=headers, **ONE)
        now = 50.0
        assert [told(await gateway.ask(headers=headers, **ONE)) for headers in ({}, quiz)] == ["miss", "hit"]


@pytest.mark.parametrize("join", STREAMED)
@pytest.mark.parametrize("lead", STREAMED)
async def test_equal_calls_at_one_time_are_one_call(gateway: Gateway, lead: bool, join: bool) -> None:
    """Whoever comes while it runs joins it from its beginning; it is paid for once."""
    held = Held(gateway)
    async with asyncio.TaskGroup() as group:
        first = group.create_task(gateway.ask(stream=lead, **ONE))
        await held.reached.wait()
        others = [group.create_task(gateway.ask(stream=join, **ONE)) for _ in range(5)]
        await until_waiting(gateway, 6)
        held.released.set()
    answers = [task.result() for task in (first, *others)]
    assert [told(answer) for answer in answers] == ["miss", *["joined"] * 5]
    assert {answer.text for answer in answers} == {TEXT}
    assert len(gateway.primary.calls) == 1
    rows = await gateway.rows()
    assert sorted((row["status"], row["cache"]) for row in rows) == [*[("cached", "joined")] * 5, ("ok", "miss")]
    assert sum(row["cost"] > 0 for row in rows) == 1


@pytest.mark.parametrize("stream", STREAMED)
async def test_the_call_goes_on_while_anybody_waits(gateway: Gateway, stream: bool) -> None:
    """The first client leaves; the one who joined gets everything, from one call."""
    held = Held(gateway)
    first = asyncio.create_task(gateway.ask(stream=stream, **ONE))
    await held.reached.wait()
    other = asyncio.create_task(gateway.ask(stream=stream, **ONE))
    await until_waiting(gateway, 2)
    first.cancel()
    await asyncio.gather(first, return_exceptions=True)
    async with asyncio.timeout(10):
        while sum(flight.passengers for flight in gateway.flights.values()) > 1:  # noqa: ASYNC110
            await asyncio.sleep(0.005)
    held.released.set()
    answer = await other
    assert (answer.text, told(answer), len(gateway.primary.calls)) == (TEXT, "joined", 1)


@pytest.mark.parametrize("stream", STREAMED)
async def test_the_call_ends_when_nobody_waits(gateway: Gateway, stream: bool) -> None:
    """The provider sees the connection close once the last client has gone."""
    held = Held(gateway)
    tasks = [asyncio.create_task(gateway.ask(stream=stream, **ONE))]
    await held.reached.wait()
    tasks.append(asyncio.create_task(gateway.ask(stream=stream, **ONE)))
    await until_waiting(gateway, 2)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    async with asyncio.timeout(10):
        await held.left.wait()
    assert told(await gateway.ask(**ONE)) == "miss"


@pytest.mark.parametrize("stream", STREAMED)
async def test_whoever_joined_gets_the_same_error(gateway: Gateway, stream: bool) -> None:
    """The provider is not asked again for each of them."""
    held = Held(gateway, refusing(400, "No such thing."))
    async with asyncio.TaskGroup() as group:
        first = group.create_task(gateway.ask(stream=stream, **ONE))
        await held.reached.wait()
        other = group.create_task(gateway.ask(stream=stream, **ONE))
        await until_waiting(gateway, 2)
        held.released.set()
    assert [task.result().status for task in (first, other)] == [400, 400]
    assert len(gateway.primary.calls) == 1


class PoorAda:
    """Budgets in which Ada has nothing left; she learns it when the test lets her."""

    def __init__(self) -> None:
        self.asked, self.released = asyncio.Event(), asyncio.Event()

    def limits(self, caller: Caller) -> bool:
        return True

    async def reserve(self, caller: Caller, amount: Money) -> Reservation:
        if caller.user == "ada":
            self.asked.set()
            await self.released.wait()
            raise QuotaExceeded("Nothing is left; wait for the next month.")
        return Reservation(amount)

    def settle(self, reservation: Reservation, cost: Money) -> None:
        return None


@pytest.mark.parametrize("stream", STREAMED)
async def test_an_empty_budget_is_nobody_elses(tmp_path: Path, stream: bool) -> None:
    """Who joined a call that its first caller cannot pay for asks again, and pays."""
    budgets = PoorAda()
    async with open_gateway(tmp_path, cache=MemoryCache(1_000_000), budgets=budgets) as gateway:
        async with asyncio.TaskGroup() as group:
            ada = group.create_task(gateway.ask(stream=stream, headers=learner("ada"), **ONE))
            await budgets.asked.wait()
            bob = group.create_task(gateway.ask(stream=stream, headers=learner("bob"), **ONE))
            await until_waiting(gateway, 2)
            budgets.released.set()
        assert (ada.result().status, bob.result().text, len(gateway.primary.calls)) == (429, TEXT, 1)
        assert told(bob.result()) == "miss"


async def test_an_empty_answer_is_given_and_not_kept(gateway: Gateway) -> None:
    """The next one may say something."""

    async def empty(call: Call) -> None:
        await call.answer(200, completion(call.body, message={"role": "assistant", "content": ""}))

    gateway.primary.behaviours.append(empty)
    first, again = [await gateway.ask(temperature=0) for _ in range(2)]
    assert (first.text, told(again)) == ("", "miss")


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator[SharedRedis]:
    client = open_redis(redis_url, timeout=0.5, connect_timeout=0.5)
    yield client
    await client.aclose()


async def test_processes_share_what_is_in_redis(tmp_path: Path, redis: SharedRedis) -> None:
    """Two gateways, one call; also for an answer that is large enough to be packed."""
    async with AsyncExitStack() as stack:
        gateways = []
        for name in ("one", "two"):
            (tmp_path / name).mkdir()
            cache = RedisCache(redis, seconds=2)
            gateways.append(await stack.enter_async_context(open_gateway(tmp_path / name, cache=cache)))
        gateways[0].primary.behaviours.append(
            lambda call: call.answer(
                200, completion(call.body, message={"role": "assistant", "content": "leaf " * 10_000})
            )
        )
        first, again = [await gateway.ask(**ONE) for gateway in gateways]
    assert (told(first), told(again), again.text) == ("miss", "hit", "leaf " * 10_000)


async def state_of(cache: AnswerCache) -> str:
    return (await cache_probe(cache)()).state


async def test_a_redis_that_says_nothing_holds_nobody_up(tmp_path: Path) -> None:
    """A socket that accepts and is silent costs one short wait; then it is left alone, and readiness says so."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        client = open_redis(f"redis://127.0.0.1:{silent.getsockname()[1]}/0", timeout=0.3, connect_timeout=0.3)
        cache = RedisCache(client, seconds=0.03)
        async with open_gateway(tmp_path, cache=cache) as gateway:
            loop = asyncio.get_running_loop()
            for _ in range(3):
                began = loop.time()
                answer = await gateway.ask(**ONE)
                assert (told(answer), answer.text, loop.time() - began < 1) == ("miss", TEXT, True)
            assert (await state_of(cache), len(gateway.primary.calls)) == ("degraded", 3)
        await client.aclose()


async def test_a_redis_that_dies_midway_is_done_without(tmp_path: Path) -> None:
    """What was cached is gone, answers go on, and readiness says that they are not kept."""
    with private_redis() as server:
        client = open_redis(server.url, timeout=0.5, connect_timeout=0.5)
        cache = RedisCache(client, seconds=2)
        async with open_gateway(tmp_path, cache=cache) as gateway:
            assert [told(await gateway.ask(**ONE)) for _ in range(2)] == ["miss", "hit"]
            server.process.kill()
            server.process.wait()
            assert [told(await gateway.ask(**ONE)) for _ in range(2)] == ["miss", "miss"]
            assert await state_of(cache) == "degraded"
        await client.aclose()


async def test_a_redis_that_answers_again_is_used_again() -> None:
    """Not before the pause is over, and not much later."""
    now = 0.0
    with private_redis() as server:
        client = open_redis(server.url, timeout=0.5, connect_timeout=0.5)
        cache = RedisCache(client, seconds=0.05, pause=5, now=lambda: now)
        server.process.send_signal(signal.SIGSTOP)
        found = [await cache.get("key"), await state_of(cache)]
        server.process.send_signal(signal.SIGCONT)
        await client.ping()
        await cache.put("key", b"value", 60)
        found.append(await cache.get("key"))
        now = 6.0
        await cache.put("key", b"value", 60)
        found += [await cache.get("key"), await state_of(cache)]
        await client.aclose()
    assert found == [None, "degraded", None, b"value", "ok"]
