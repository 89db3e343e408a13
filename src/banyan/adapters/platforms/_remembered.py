"""What another system said, for a while: a question is asked once at a time, and not again too soon."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from banyan.adapters.platforms._lms import KEY_REFUSED
from banyan.assistant.ports.platform import LmsAccess
from banyan.kernel.errors import BanyanError, Unavailable

T = TypeVar("T")

_NO_SECONDS = 5.0
"""A no is believed for less long than a yes: somebody who has just enrolled does not wait for half a minute."""
_FAILED_SECONDS = 2.0
"""Everybody's questions would wait for the deadline of a system that is down; one in two seconds does."""
_MOST_KEPT = 20_000


@dataclass(frozen=True, slots=True)
class Known(Generic[T]):
    """fault: why nothing newer could be had; None where the answer is as new as it should be."""

    value: T
    fault: BanyanError | None = None


@dataclass(frozen=True, slots=True)
class _Kept:
    value: Any
    said: float
    until: float


def again(error: BanyanError) -> Unavailable:
    """The same failure for somebody else: an exception that is raised twice carries both ways here with it."""
    return Unavailable(error.message, code=error.code, retry_after=error.retry_after)


class Remembered:
    """The answers, by question. The oldest go when there are too many. Close it after use."""

    def __init__(self, access: LmsAccess, most: int = _MOST_KEPT) -> None:
        self._access = access
        self._most = most
        self._kept: dict[Hashable, _Kept] = {}
        self._failed: dict[Hashable, tuple[BanyanError, float]] = {}
        self._under_way: dict[Hashable, asyncio.Task[Any]] = {}

    async def get(
        self,
        question: Hashable,
        ask: Callable[[], Awaitable[T]],
        *,
        is_yes: Callable[[T], bool] = lambda answer: answer is not None,
        ttl: float | None = None,
    ) -> Known[T]:
        """The answer; an old one within the grace, where there is no newer one and our key is not refused.

        ttl: seconds, in place of the usual ones. Raises: what `ask` raises.
        """
        now = self._access.now()
        kept = self._kept.get(question)
        if kept is not None and now < kept.until:
            return Known(kept.value)
        error, until = self._failed.get(question, (None, 0.0))
        if error is None or now >= until:
            try:
                return Known(await self._asked(question, ask, is_yes, self._access.ttl if ttl is None else ttl))
            except BanyanError as failure:
                error = failure
        kept = self._kept.get(question)
        if kept is not None and self._access.now() - kept.said <= self._access.grace:
            return Known(kept.value, error)
        raise again(error) from error

    async def close(self) -> None:
        """Asks no more."""
        under_way = list(self._under_way.values())
        for task in under_way:
            task.cancel()
        await asyncio.gather(*under_way, return_exceptions=True)

    async def _asked(
        self, question: Hashable, ask: Callable[[], Awaitable[T]], is_yes: Callable[[T], bool], ttl: float
    ) -> T:
        task: asyncio.Task[T] | None = self._under_way.get(question)
        if task is None:
            task = asyncio.create_task(self._ask(question, ask, is_yes, ttl), name="ask the learning platform")
            self._under_way[question] = task
            task.add_done_callback(lambda done: self._landed(question, done))
        return await asyncio.shield(task)  # whoever goes away leaves it to those who wait as well

    async def _ask(
        self, question: Hashable, ask: Callable[[], Awaitable[T]], is_yes: Callable[[T], bool], ttl: float
    ) -> T:
        began = self._access.now()  # what changes while it is asked may be in the answer or not
        try:
            answer = await ask()
        except BanyanError as error:
            if error.code == KEY_REFUSED:
                self._kept.pop(question, None)
            self._put(self._failed, question, (error, self._access.now() + _FAILED_SECONDS))
            raise
        self._failed.pop(question, None)
        lasts = ttl if is_yes(answer) else min(ttl, _NO_SECONDS)
        self._put(self._kept, question, _Kept(answer, began, began + lasts))
        return answer

    def _landed(self, question: Hashable, task: asyncio.Task[Any]) -> None:
        self._under_way.pop(question, None)
        if not task.cancelled():
            task.exception()  # seen, even where nobody waits any more

    def _put(self, where: dict[Hashable, Any], question: Hashable, value: object) -> None:
        where.pop(question, None)
        where[question] = value
        if len(where) > self._most:
            del where[next(iter(where))]
