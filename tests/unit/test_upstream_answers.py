"""Answers that no well-behaved provider gives: nothing of them reaches another call, and none fills the memory."""

from collections.abc import AsyncIterator

import pytest
from faulty_upstream import Behave, Call, FaultyUpstream, faulty_upstream

from banyan.adapters.providers._dialects.http_errors import Secret
from banyan.adapters.providers._dialects.upstream import Upstream
from banyan.kernel.errors import RateLimited, UpstreamFailed
from banyan.proxy.domain.deployments import Patience

SOON = Patience(connect=5, first_byte=5, idle=5, total=10)
GOOD = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ngood"
FORGED = b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nforged"


@pytest.fixture
async def provider() -> AsyncIterator[FaultyUpstream]:
    async with faulty_upstream() as running:
        yield running


@pytest.fixture
async def upstream(provider: FaultyUpstream) -> AsyncIterator[Upstream]:
    upstream = Upstream(provider.base_url, Secret(None))
    yield upstream
    await upstream.close()


def raw(data: bytes) -> Behave:
    """These bytes, whatever they are."""

    async def say(call: Call) -> None:
        await call.write(data)

    return say


async def test_a_second_answer_behind_the_first_is_nobody_s(provider: FaultyUpstream, upstream: Upstream) -> None:
    """It is not added to the first, and the next request does not get it."""
    provider.behaviours += [raw(GOOD + FORGED), raw(GOOD)]
    assert await upstream.send("x", b"{}", SOON) == b"good"
    assert await upstream.send("x", b"{}", SOON) == b"good"


async def test_a_second_answer_does_not_change_what_the_first_said(
    provider: FaultyUpstream, upstream: Upstream
) -> None:
    """Status and headers are those of the first."""
    provider.behaviours += [raw(b"HTTP/1.1 429 No\r\nRetry-After: 7\r\nContent-Length: 2\r\n\r\n{}" + FORGED)]
    with pytest.raises(RateLimited) as refused:
        await upstream.send("x", b"{}", SOON)
    assert refused.value.retry_after == 7


@pytest.mark.parametrize("head", [b"X-A: " + b"a" * 3_000_000, b"X-A: a\r\n" * 400_000], ids=["one line", "many lines"])
async def test_a_head_that_does_not_end_is_no_answer(provider: FaultyUpstream, upstream: Upstream, head: bytes) -> None:
    """It is left before it fills the memory."""
    provider.behaviours += [raw(b"HTTP/1.1 200 OK\r\n" + head + b"\r\nContent-Length: 2\r\n\r\n{}")]
    with pytest.raises(UpstreamFailed) as failed:
        await upstream.send("x", b"{}", SOON)
    assert failed.value.code == "stream_cut"
