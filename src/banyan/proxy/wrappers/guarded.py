"""A circuit breaker around a deployment, and how busy and how fast the deployment is."""

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterator
from contextlib import aclosing, contextmanager
from typing import TypeVar, cast

from banyan.kernel.errors import BanyanError, RateLimited, Unavailable
from banyan.proxy.domain.breaker import Breaker, State
from banyan.proxy.domain.failures import CIRCUIT_OPEN, Failure, blames_deployment, kind_of
from banyan.proxy.ports.chat_provider import ChatCall, ChatProvider
from banyan.proxy.ports.telemetry import Telemetry
from banyan.proxy.wrappers.wrapper import Wrapper

_LONGEST_REST_SECONDS = 60.0
"""A provider that asks for a day is tried again after a minute all the same: its bill may have been paid."""
_SMOOTHING = 0.2
_Answer = TypeVar("_Answer")


class Guarded(Wrapper):
    """Calls nobody who is known to be down.

    busy: calls under way; idle: set while there are none, and nobody holds it. latency: seconds until the first byte,
    smoothed; None before the first answer.
    """

    def __init__(
        self,
        provider: ChatProvider,
        name: str,
        breaker: Breaker,
        telemetry: Telemetry,
        max_parallel: int | None = None,
    ) -> None:
        super().__init__(provider)
        self.breaker = breaker
        self.busy = 0
        self.idle = asyncio.Event()
        self.idle.set()
        self.latency: float | None = None
        self.name = name
        self._telemetry = telemetry
        self._told = State.CLOSED
        self._holders = 0
        self._max_parallel = max_parallel

    async def complete(self, call: ChatCall) -> bytes:
        """As the port says. Raises also: Unavailable (`circuit_open`), RateLimited while the deployment rests."""
        return await self.ask(lambda: self._provider.complete(call))

    async def ask(
        self, work: Callable[[], Awaitable[_Answer]], forgives: Callable[[BaseException], bool] = lambda error: False
    ) -> _Answer:
        """The outcome of one call of any kind to the deployment. forgives: failures that say nothing about its health.

        Raises also: as `complete`.
        """
        began = self._enter()
        try:
            answer = await work()
        except BaseException as error:
            if forgives(error):
                self.breaker.left()
            else:
                self._failed(error)
            raise
        finally:
            self._leave()
        self._succeeded(began)
        return answer

    def check(self) -> None:
        """Takes nothing. Raises: Unavailable (`circuit_open`), RateLimited while the deployment rests."""
        now = time.monotonic()
        self._check_rest(now)
        if self.breaker.waits(now):
            raise self._open(now)

    @contextmanager
    def held(self) -> Iterator[None]:
        """The deployment is not closed while the block runs."""
        self._holders += 1
        self.idle.clear()
        try:
            yield
        finally:
            self._holders -= 1
            self._settle()

    async def stream(self, call: ChatCall) -> AsyncIterator[bytes]:
        """As the port says; raises as `complete`. A stream that breaks counts as a failure, whenever it does."""
        began = self._enter()
        waiting = True
        try:
            async with aclosing(cast(AsyncGenerator[bytes, None], self._provider.stream(call))) as chunks:
                async for chunk in chunks:
                    if waiting:
                        waiting = False
                        self._observe(began)
                    yield chunk
        except BaseException as error:
            self._failed(error)
            raise
        finally:
            self._leave()
        self.breaker.succeeded()
        self._tell(began)

    def _enter(self) -> float:
        now = time.monotonic()
        self._check_rest(now)
        if self._max_parallel is not None and self.busy >= self._max_parallel:
            raise RateLimited(
                f"{self.name} already answers {self.busy} calls; wait, or choose another model.",
                code="deployment_busy",
                retry_after=1,
            )
        if not self.breaker.admits(now):
            raise self._open(now)
        self._tell(now)
        self.busy += 1
        self.idle.clear()
        return now

    def _check_rest(self, now: float) -> None:
        rests = self.breaker.rests(now)
        if rests:
            raise RateLimited(
                f"{self.name} asked to be left alone; wait, or choose another model.",
                code="resting",
                retry_after=rests,
            )

    def _open(self, now: float) -> Unavailable:
        return Unavailable(
            f"{self.name} failed again and again and is left alone for now; try later or choose another model.",
            code=CIRCUIT_OPEN,
            retry_after=max(1.0, self.breaker.waits(now)),
        )

    def _leave(self) -> None:
        self.busy -= 1
        self._settle()

    def _settle(self) -> None:
        if not self.busy and not self._holders:
            self.idle.set()

    def _failed(self, error: BaseException) -> None:
        if not isinstance(error, BanyanError):
            self.breaker.left()
            return
        failure = kind_of(error)
        now = time.monotonic()
        if failure is Failure.RATE_LIMIT and error.retry_after:
            self.breaker.left()
            self.breaker.rest(now + min(error.retry_after, _LONGEST_REST_SECONDS))
        elif blames_deployment(failure):
            self.breaker.failed(now)
            self._tell(now)
        elif failure in (Failure.BUDGET, Failure.INCAPABLE):
            self.breaker.left()  # the deployment was not even asked
        else:
            self.breaker.succeeded()

    def _tell(self, now: float) -> None:
        state = self.breaker.state(now)
        if state is not self._told:
            self._told = state
            self._telemetry.breaker_changed(self.name, state.value)

    def _succeeded(self, began: float) -> None:
        self.breaker.succeeded()
        self._tell(began)
        self._observe(began)

    def _observe(self, began: float) -> None:
        took = time.monotonic() - began
        self.latency = took if self.latency is None else self.latency + _SMOOTHING * (took - self.latency)
