"""Lets calls in by the limits of their key, their user and their tenant."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import structlog

from banyan.kernel.errors import BanyanError
from banyan.kernel.ids import new_id
from banyan.proxy.domain.accounting import Caller
from banyan.proxy.domain.pricing import Tokens
from banyan.proxy.domain.rate_limit import Gauge, Level, Refusal, Subject, give, headers, level, refusal, refused, take
from banyan.proxy.ports.rate_limits import Admission, Ask
from banyan.proxy.ports.shared_gauges import SharedGauges
from banyan.proxy.ports.telemetry import Telemetry, Unwatched

log = structlog.get_logger(__name__)

DEADLINE_SECONDS = 0.05
"""What the shared gauges may cost a call; slower ones count as down."""
PAUSE_SECONDS = 5.0
"""After a failure this process counts by itself for so long before it asks the shared gauges again."""
KEEP_SECONDS = 20.0
"""How often the places of long calls are kept; a third of the lease."""
FREE_SECONDS = 1.0
"""How often places are freed that nobody knows whether they are taken."""
_FREE_TIMES = 2
"""A command that came late may be carried out after the first."""
_MOST_GAUGES = 100_000

SubjectsOf = Callable[[Caller], Sequence[Subject]]


@dataclass(slots=True)
class _Admitted:
    """A call that was let in. headers: for its answer."""

    owner: "LimitCalls"
    subjects: Sequence[Subject]
    tokens: int
    call: str
    shared: bool
    headers: dict[str, str] = field(default_factory=dict)
    left: bool = False

    def leave(self, tokens: Tokens) -> None:
        """As the port says."""
        if not self.left:
            self.left = True
            self.owner.leave(self, tokens.input + tokens.output - self.tokens)


@dataclass(slots=True)
class _Doubtful:
    """A call that has no use for its place, and may have one: times: how often that is still to be freed."""

    subjects: Sequence[Subject]
    times: int = _FREE_TIMES


class LimitCalls:
    """Implements `RateLimits`. Use it within `running()`. shared: None where this process counts for itself alone.

    deadline: seconds that the shared gauges may take. failures: how often they did not answer in time.
    fault: why they are not used now; "" when they are. telemetry: told of refusals; set once, when it is open.
    """

    def __init__(
        self,
        subjects_of: SubjectsOf,
        shared: SharedGauges | None,
        now: Callable[[], float] = time.monotonic,
        *,
        deadline: float = DEADLINE_SECONDS,
    ) -> None:
        self._deadline = deadline
        self._subjects_of = subjects_of
        self._shared = shared
        self._now = now
        self._gauges: dict[str, Gauge] = {}
        self._calls: dict[str, _Admitted] = {}
        self._doubtful: dict[str, _Doubtful] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._again_at = 0.0
        self.failures = 0
        self.fault = ""
        self.telemetry: Telemetry = Unwatched()

    async def enter(self, ask: Ask) -> Admission | None:
        """As the port says."""
        subjects = self._subjects_of(ask.caller)
        if not subjects:
            return None
        if self._shared is not None and self._now() >= self._again_at:
            call = new_id("call")
            try:
                async with asyncio.timeout(self._deadline):
                    taken = await self._shared.take(subjects, ask.tokens, call)
            except (BanyanError, TimeoutError) as error:
                self._doubtful[call] = _Doubtful(subjects)
                self._failed(error)
            except BaseException:  # the caller left: what it asked for is carried out all the same
                self._doubtful[call] = _Doubtful(subjects)
                raise
            else:
                self.fault = ""
                return self._admitted(subjects, taken.levels, ask, call, shared=True, admitted=taken.admitted)
        now = self._now()
        gauges = [self._gauge(subject.name) for subject in subjects]
        levels = [level(gauge, now) for gauge in gauges]
        admitted = refusal(subjects, levels, ask.tokens) is None
        if admitted:
            for subject, gauge in zip(subjects, gauges, strict=True):
                take(gauge, subject.limits, ask.tokens, now)
        return self._admitted(subjects, levels, ask, "", shared=False, admitted=admitted)

    def leave(self, call: _Admitted, more: int) -> None:
        """A call has ended. more: tokens beyond the estimate."""
        if not call.shared:
            for subject in call.subjects:
                give(self._gauge(subject.name), subject.limits, more)
            return
        self._calls.pop(call.call, None)
        if self._shared is not None:
            self._begin(self._give(self._shared, call, more))

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Keeps the places of calls that take long while the block runs."""
        tasks = [
            asyncio.create_task(self._keep(), name="keep places of long calls"),
            asyncio.create_task(self._free(), name="free places that may be taken"),
        ]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, *self._tasks, return_exceptions=True)

    def _admitted(
        self,
        subjects: Sequence[Subject],
        levels: Sequence[Level],
        ask: Ask,
        call: str,
        *,
        shared: bool,
        admitted: bool,
    ) -> Admission:
        tokens = ask.tokens
        if not admitted:
            found = refusal(subjects, levels, tokens) or Refusal(subjects[0], "requests", 1.0)  # rounded away
            self.telemetry.refused("rate" if found.what == "requests" else found.what, ask.caller.tenant)
            raise refused(found, tokens)
        made = _Admitted(self, subjects, tokens, call, shared, headers(subjects, levels, tokens))
        if shared:
            self._calls[call] = made
        return made

    def _gauge(self, name: str) -> Gauge:
        gauge = self._gauges.get(name)
        if gauge is None:
            if len(self._gauges) >= _MOST_GAUGES:
                self._forget_full()
            gauge = self._gauges[name] = Gauge()
        return gauge

    def _forget_full(self) -> None:
        """Full buckets of nobody under way are as good as new ones."""
        now = self._now()
        self._gauges = {
            name: one
            for name, one in self._gauges.items()
            if one.active or one.requests_full_at > now or one.tokens_full_at > now
        }

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _give(self, shared: SharedGauges, call: _Admitted, more: int) -> None:
        try:
            await shared.give(call.subjects, more, call.call)
        except BanyanError as error:
            self._doubtful[call.call] = _Doubtful(call.subjects)
            self._failed(error)

    async def _free(self) -> None:
        while True:
            await asyncio.sleep(FREE_SECONDS)
            for call, doubtful in list(self._doubtful.items()):
                if self._shared is None or self._now() < self._again_at:
                    break
                try:
                    await self._shared.give(doubtful.subjects, 0, call)
                except BanyanError as error:
                    self._failed(error)
                    break
                doubtful.times -= 1
                if not doubtful.times:
                    del self._doubtful[call]

    async def _keep(self) -> None:
        while True:
            await asyncio.sleep(KEEP_SECONDS)
            for call in list(self._calls.values()):
                if self._shared is not None and not call.left:
                    try:
                        await self._shared.keep(call.subjects, call.call)
                    except BanyanError as error:
                        self._failed(error)

    def _failed(self, error: Exception) -> None:
        self.failures += 1
        self._again_at = self._now() + PAUSE_SECONDS
        if not self.fault:
            log.warning("shared-limits-not-reached", error=str(error))
        late = f"Redis did not answer within {self._deadline * 1000:g} ms; look whether it is overloaded."
        reason = str(error) or late
        self.fault = f"Each process counts its own requests: {reason}"
