"""Knows which solutions learners must not be given, on any surface."""

import asyncio
import time
from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct

from banyan.assistant.domain.leaks import Secret, secret
from banyan.assistant.domain.solutions import Solution, masked
from banyan.assistant.domain.told import given_away, mark_of, mark_of_all
from banyan.assistant.ports.model_gateway import ModelGateway
from banyan.assistant.ports.solution_store import SolutionStore, Try
from banyan.assistant.usecases.lesson_texts import LessonTexts
from banyan.kernel.clock import Clock
from banyan.kernel.identity import Identity

_LOOK_SECONDS = 0.5
"""How long a change made by another process may go unseen."""
_MOST_ANSWERS = 250
"""Looked at for one request."""
_MOST_SECONDS = 3
"""Of a thread, for one request; a long answer to a question about an exercise takes a tenth of one and more."""


class Leaks(Struct, frozen=True):
    """What became of a course's solutions.

    tries: answers to questions about their exercises. withheld: those of which something was kept back.
    leaked: answers that gave one away. unchecked: answers that were not looked at yet.
    """

    tries: int
    withheld: int
    leaked: int
    unchecked: int


class KeepSolutions:
    """The use case; all solutions are in memory, and a look at the database says when they have changed."""

    def __init__(
        self, store: SolutionStore, clock: Clock, texts: LessonTexts, *, most_answers: int = _MOST_ANSWERS
    ) -> None:
        self._store = store
        self.most_answers = most_answers
        self.most_seconds: float = _MOST_SECONDS
        self._checking = asyncio.Lock()
        self._clock = clock
        self._texts = texts
        self._of_course: dict[tuple[str, str], tuple[Solution, ...]] = {}
        self._secrets: dict[tuple[str, str], tuple[int, Secret, str]] = {}
        self._change = -1
        self._looked: datetime | None = None
        self._looking = asyncio.Lock()

    async def of(self, tenant: str, course: str) -> tuple[Solution, ...]:
        """Those of a course. Raises: Unavailable where nobody can tell."""
        if self._is_old():
            async with self._looking:
                if self._is_old():
                    await self._look()
        return self._of_course.get((tenant, course), ())

    def forget(self) -> None:
        """Makes the next question look again."""
        self._looked = None

    async def secrets(self, gateway: ModelGateway, asker: Identity, course: str) -> tuple[Secret, ...]:
        """What of the course's solutions stands nowhere else in their lessons. Raises: Unavailable."""
        return (await self._marked(gateway, asker, course))[0]

    async def _marked(self, gateway: ModelGateway, asker: Identity, course: str) -> tuple[tuple[Secret, ...], str]:
        """The same, and what all of them are told by."""
        made = [await self._secret(gateway, asker, one) for one in await self.of(asker.tenant, course)]
        return tuple(one for one, _ in made), mark_of_all(mark for _, mark in made)

    async def shown(self, tenant: str, course: str, text: str) -> str:
        """A lesson's text as learners may read it. Raises: Unavailable."""
        return masked(text, await self.of(tenant, course))

    async def tried(self, one: Try) -> None:
        """Notes a question about an exercise whose solution is kept."""
        await self._store.tried(one)

    async def leaks(self, gateway: ModelGateway, asker: Identity, course: str, since: datetime) -> Leaks:
        """What became of them since then. What was found in an answer is kept until a solution of the course changes.

        Looks at some answers that it does not know yet, in a thread, with what was said before them; the rest is left
        to the next call. Raises: Unavailable.
        """
        tenant = asker.tenant
        tries, withheld = await self._store.tries(tenant, course, since)
        secrets, against = await self._marked(gateway, asker, course)
        if not secrets:
            return Leaks(tries, withheld, 0, 0)
        async with self._checking:
            told = await self._store.told(tenant, course, since, against, self.most_answers)
            if told:
                until = time.monotonic() + self.most_seconds
                found = await asyncio.to_thread(
                    given_away, secrets, told, self.most_answers, lambda: time.monotonic() < until
                )
                await self._store.checked(tenant, against, found)
        return Leaks(tries, withheld, *await self._store.leaked(tenant, course, since, against))

    async def _secret(self, gateway: ModelGateway, asker: Identity, one: Solution) -> tuple[Secret, str]:
        text = await self._texts.nearest(gateway, asker, one.course, one.lesson)
        version = 0 if text is None else text.version
        made = self._secrets.get((one.tenant, one.id))
        if made is None or made[0] != version:
            free = "" if text is None else masked(text.text, [one]).replace("█", "")
            kept = secret(one, free)
            made = (version, kept, mark_of(kept))
            self._secrets[one.tenant, one.id] = made
        return made[1:]

    def _is_old(self) -> bool:
        return self._looked is None or abs((self._clock.now() - self._looked).total_seconds()) >= _LOOK_SECONDS

    async def _look(self) -> None:
        change = await self._store.change()
        if change != self._change:
            found: dict[tuple[str, str], list[Solution]] = {}
            for one in await self._store.all():
                found.setdefault((one.tenant, one.course), []).append(one)
            self._of_course = {place: tuple(each) for place, each in found.items()}
            self._secrets.clear()
            self._change = change
        self._looked = self._clock.now()


def texts_of(secrets: Sequence[Secret]) -> tuple[str, ...]:
    """What must not be retrieved."""
    return tuple(one.solution.text for one in secrets)
