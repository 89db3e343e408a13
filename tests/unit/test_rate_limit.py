"""Limits of requests, tokens and calls at a time, counted by one process."""

import pytest

from banyan.kernel.errors import RateLimited
from banyan.proxy.domain.accounting import NOBODY
from banyan.proxy.domain.keys import Limits
from banyan.proxy.domain.pricing import Tokens
from banyan.proxy.domain.rate_limit import Subject, span
from banyan.proxy.ports.rate_limits import Admission, Ask
from banyan.proxy.usecases.limit_calls import LimitCalls


class Gate:
    """Limits of one key, and a clock that is set by hand."""

    def __init__(self, *limits: Limits) -> None:
        subjects = [Subject(f"{{oak}}/key/{number}", "key", one) for number, one in enumerate(limits)]
        self.time = 1000.0
        self.calls = LimitCalls(lambda caller: subjects, None, lambda: self.time)

    async def enter(self, tokens: int = 0) -> Admission:
        admission = await self.calls.enter(Ask(NOBODY, tokens))
        assert admission is not None
        return admission

    async def refused(self, tokens: int = 0) -> tuple[str, float | None]:
        with pytest.raises(RateLimited) as caught:
            await self.enter(tokens)
        return caught.value.code, caught.value.retry_after


async def test_a_minute_s_requests_may_come_at_once_and_come_back_evenly() -> None:
    """After two of two a minute the next may come in half a minute, and the refusal says so."""
    gate = Gate(Limits(requests_per_minute=2))
    for _ in range(2):
        (await gate.enter()).leave(Tokens())
    assert await gate.refused() == ("request_limit", pytest.approx(30))
    gate.time += 30
    await gate.enter()
    assert (await gate.refused())[0] == "request_limit"


async def test_tokens_are_counted_as_estimated_and_corrected_at_the_end() -> None:
    """A call that used less than was thought leaves the rest to others."""
    gate = Gate(Limits(tokens_per_minute=100))
    first = await gate.enter(90)
    assert await gate.refused(20) == ("token_limit", pytest.approx(6))
    first.leave(Tokens(input=5, output=5))
    await gate.enter(90)
    assert await gate.refused(101) == ("token_limit", None)


async def test_a_place_is_free_when_its_call_has_ended_once() -> None:
    """Leaving twice frees one place."""
    gate = Gate(Limits(parallel=2))
    first = await gate.enter()
    await gate.enter()
    assert await gate.refused() == ("parallel_limit", 1)
    first.leave(Tokens())
    first.leave(Tokens())
    await gate.enter()
    assert (await gate.refused())[0] == "parallel_limit"


async def test_the_tightest_limit_is_told_and_a_refused_call_counts_nowhere() -> None:
    """Headers as OpenAI's, of whoever has the least left."""
    gate = Gate(Limits(requests_per_minute=60, tokens_per_minute=6000), Limits(requests_per_minute=3))
    assert (await gate.enter(600)).headers == {
        "x-ratelimit-limit-requests": "3",
        "x-ratelimit-remaining-requests": "2",
        "x-ratelimit-reset-requests": "20s",
        "x-ratelimit-limit-tokens": "6000",
        "x-ratelimit-remaining-tokens": "5400",
        "x-ratelimit-reset-tokens": "6s",
    }
    await gate.enter()
    await gate.enter()
    await gate.refused(5000)
    gate.time += 20
    assert (await gate.enter()).headers["x-ratelimit-remaining-tokens"] == "6000"


@pytest.mark.parametrize(("seconds", "shown"), [(0.12, "120ms"), (6, "6s"), (90.5, "1m30.5s")])
def test_times_are_written_as_openai_does(seconds: float, shown: str) -> None:
    """Whatever parses OpenAI's headers parses ours."""
    assert span(seconds) == shown
