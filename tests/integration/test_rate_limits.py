"""Limits as callers meet them, and limits that several processes share on Redis."""

import asyncio
import signal
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import openai
import pytest
from private_servers import private_redis
from proxy_house import Proxy, open_proxy

from banyan.adapters.limits.redis import RedisGauges
from banyan.app.redis_client import open_redis
from banyan.kernel.errors import RateLimited
from banyan.proxy.domain.accounting import NOBODY
from banyan.proxy.domain.keys import Limits
from banyan.proxy.domain.pricing import NO_TOKENS, Tokens
from banyan.proxy.domain.rate_limit import Subject
from banyan.proxy.ports.rate_limits import Ask
from banyan.proxy.usecases.limit_calls import LimitCalls

ASK = [{"role": "user", "content": "hello"}]


@pytest.fixture
async def proxy(tmp_path: Path) -> AsyncIterator[Proxy]:
    async with open_proxy(tmp_path) as opened:
        yield opened


async def test_the_official_client_is_told_its_limits_and_when_to_come_back(proxy: Proxy) -> None:
    """Headers on every answer; beyond the limit a 429 with Retry-After."""
    wish = {"name": "lms", "limits": {"requests_per_minute": 2}}
    key = (await proxy.ask("POST", "/admin/keys", json=wish))[1]["key"]
    client = proxy.client.with_options(api_key=key)
    answers = [
        await client.chat.completions.with_raw_response.create(model="banyan/echo", messages=ASK) for _ in range(2)
    ]
    assert [answer.headers["x-ratelimit-remaining-requests"] for answer in answers] == ["1", "0"]
    with pytest.raises(openai.RateLimitError) as refused:
        await client.chat.completions.create(model="banyan/echo", messages=ASK)
    assert refused.value.code == "request_limit"
    assert 28 <= int(refused.value.response.headers["retry-after"]) <= 30


async def test_users_and_tenants_have_limits_of_their_own(proxy: Proxy) -> None:
    """One learner cannot use up what is there for another; the tenant's limit is over all."""
    user = {"kind": "user", "requests_per_minute": 1}
    assert (await proxy.ask("PUT", "/admin/limits", json=user))[0] == 200
    assert (await proxy.ask("PUT", "/admin/limits", json={"kind": "tenant", "requests_per_minute": 2}))[0] == 200
    body = {"model": "banyan/echo", "messages": ASK}
    statuses = [(await proxy.chat(body, **{"X-Banyan-User": user}))[0] for user in ("ana", "ana", "ben", "eve")]
    assert statuses == [200, 429, 200, 429]
    for kind in ("user", "tenant"):
        await proxy.ask("PUT", "/admin/limits", json={"kind": kind})
    assert (await proxy.ask("GET", "/admin/limits"))[1] == {"limits": []}
    assert (await proxy.chat(body, **{"X-Banyan-User": "ana"}))[0] == 200


@asynccontextmanager
async def processes(url: str, limits: Limits, count: int = 2, deadline: float = 5) -> AsyncIterator[list[LimitCalls]]:
    """Several processes' limits of one key, over one Redis."""
    subject = Subject("{oak}/key/k", "key", limits)
    clients = [open_redis(url, timeout=0.5, connect_timeout=0.5) for _ in range(count)]
    yield [LimitCalls(lambda caller: [subject], RedisGauges(client), deadline=deadline) for client in clients]
    for client in clients:
        await client.aclose()


async def test_processes_on_one_redis_share_requests(redis_url: str) -> None:
    """Of 40 calls at once on two processes exactly the 10 of the limit come in."""
    async with processes(redis_url, Limits(requests_per_minute=10)) as both:
        for one in both:  # connections stand, and the script is known
            await one.enter(Ask(NOBODY, 0))
        results = await asyncio.gather(
            *(both[number % 2].enter(Ask(NOBODY, 0)) for number in range(40)), return_exceptions=True
        )
        assert sum(isinstance(result, RateLimited) for result in results) == 32
        assert [one.failures for one in both] == [0, 0]


async def test_processes_on_one_redis_share_tokens_and_places(redis_url: str) -> None:
    """What one process gives back the other may take."""
    async with processes(redis_url, Limits(tokens_per_minute=100, parallel=1)) as (one, other):
        first = await one.enter(Ask(NOBODY, 80))
        assert first is not None
        with pytest.raises(RateLimited, match="under way"):
            await other.enter(Ask(NOBODY, 10))
        first.leave(Tokens(input=10))
        await asyncio.gather(*one._tasks)
        second = await other.enter(Ask(NOBODY, 80))
        assert second is not None
        assert int(second.headers["x-ratelimit-remaining-tokens"]) in range(10, 13)


@pytest.mark.parametrize("hung", [True, False])
async def test_without_redis_each_process_counts_for_itself_at_once(hung: bool) -> None:
    """Hung or gone: the call is decided within the deadline, the failure is visible, and no later call waits for it."""
    with private_redis() as server:
        async with processes(server.url, Limits(requests_per_minute=3), 1, 0.1) as (one,):
            await one.enter(Ask(NOBODY, 0))
            server.process.send_signal(signal.SIGSTOP if hung else signal.SIGKILL)
            began = time.monotonic()
            for _ in range(3):
                await one.enter(Ask(NOBODY, 0))
            with pytest.raises(RateLimited):
                await one.enter(Ask(NOBODY, 0))
            assert time.monotonic() - began < 1
            assert one.failures == 1
            assert one.fault.startswith("Each process counts its own requests")


@pytest.mark.parametrize("gone", [False, True], ids=["Redis hangs", "the caller leaves"])
async def test_a_place_that_nobody_knows_of_is_free_again_within_seconds(gone: bool) -> None:
    """Redis carries out what it was asked too late; the only place is not lost for the minute of its lease."""
    with private_redis() as server:
        async with processes(server.url, Limits(parallel=1), 2, 0.1) as (one, other):
            async with one.running():  # so that it is connected, and has left when the block ends
                first = await one.enter(Ask(NOBODY, 0))
                assert first is not None
                first.leave(NO_TOKENS)
            async with one.running():
                server.process.send_signal(signal.SIGSTOP)
                late = asyncio.create_task(one.enter(Ask(NOBODY, 0)))
                if gone:
                    await asyncio.wait([late], timeout=0.05)
                    late.cancel()
                    await asyncio.wait([late])
                else:
                    admission = await late
                    assert admission is not None
                    admission.leave(NO_TOKENS)
                server.process.send_signal(signal.SIGCONT)
                async with asyncio.timeout(30):
                    while True:
                        if await shares_a_place(other):
                            break
                        await asyncio.sleep(0.2)


async def shares_a_place(limits: LimitCalls) -> bool:
    """Whether a call is let in by what Redis counts."""
    with suppress(RateLimited):
        admission = await limits.enter(Ask(NOBODY, 0))
        assert admission is not None
        admission.leave(NO_TOKENS)
        return limits.fault == ""
    return False


async def test_moderations_count_like_every_other_request_and_go_to_no_other_model(proxy: Proxy) -> None:
    """A key's requests a minute hold for them, and a key for some models gets no other by naming none."""
    admin = (await proxy.ask("POST", "/admin/keys", json={"name": "ops", "roles": ["admin"]}))[1]["key"]
    key, narrow = [
        (await proxy.ask("POST", "/admin/keys", json=wish, headers={"X-API-Key": admin}))[1]["key"]
        for wish in ({"name": "lms", "limits": {"requests_per_minute": 2}}, {"name": "m", "models": ["m"]})
    ]
    client = proxy.client.with_options(api_key=key)
    await client.moderations.create(input="hello")
    await client.chat.completions.create(model="banyan/echo", messages=ASK)
    with pytest.raises(openai.RateLimitError):
        await client.moderations.create(input="hello")
    with pytest.raises(openai.PermissionDeniedError):
        await proxy.client.with_options(api_key=narrow).moderations.create(input="hello")
