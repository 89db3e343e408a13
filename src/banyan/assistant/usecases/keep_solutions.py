"""Knows which solutions learners must not be given, on any surface."""

import asyncio
from collections.abc import Sequence
from datetime import datetime

from banyan.assistant.domain.leaks import Secret, gives_away, secret
from banyan.assistant.domain.solutions import Solution, masked
from banyan.assistant.ports.model_gateway import ModelGateway
from banyan.assistant.ports.solution_store import SolutionStore, Try
from banyan.assistant.usecases.lesson_texts import LessonTexts
from banyan.kernel.clock import Clock
from banyan.kernel.identity import Identity

_LOOK_SECONDS = 0.5
"""How long a change made by another process may go unseen."""
_MOST_MESSAGES = 50_000


class KeepSolutions:
    """The use case; all solutions are in memory, and a look at the database says when they have changed."""

    def __init__(self, store: SolutionStore, clock: Clock, texts: LessonTexts) -> None:
        self._store = store
        self._clock = clock
        self._texts = texts
        self._of_course: dict[tuple[str, str], tuple[Solution, ...]] = {}
        self._secrets: dict[tuple[str, str], tuple[int, Secret]] = {}
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
        return tuple([await self._secret(gateway, asker, one) for one in await self.of(asker.tenant, course)])

    async def shown(self, tenant: str, course: str, text: str) -> str:
        """A lesson's text as learners may read it. Raises: Unavailable."""
        return masked(text, await self.of(tenant, course))

    async def tried(self, one: Try) -> None:
        """Notes a question about an exercise whose solution is kept."""
        await self._store.tried(one)

    async def leaks(self, gateway: ModelGateway, asker: Identity, course: str, since: datetime) -> tuple[int, int, int]:
        """Tries since then, those in which something was withheld, and the answers that gave a solution away.

        The last are found by looking at all stored answers again, with what was said before them.
        """
        tries, withheld = await self._store.tries(asker.tenant, course, since)
        secrets = await self.secrets(gateway, asker, course)
        leaked = 0
        if secrets:
            session, before, questions = "", "", list[str]()
            for _, _, message in await self._store.said(asker.tenant, course, since, _MOST_MESSAGES):
                if message.session != session:
                    session, before, questions = message.session, "", []
                if message.role == "user":
                    questions = [*questions, message.content][-6:]
                    continue
                leaked += any(gives_away(one, message.content, before=before, questions=questions) for one in secrets)
                before += "\n" + message.content
        return tries, withheld, leaked

    async def _secret(self, gateway: ModelGateway, asker: Identity, one: Solution) -> Secret:
        text = await self._texts.nearest(gateway, asker, one.course, one.lesson)
        version = 0 if text is None else text.version
        made = self._secrets.get((one.tenant, one.id))
        if made is None or made[0] != version:
            free = "" if text is None else masked(text.text, [one]).replace("█", "")
            made = (version, secret(one, free))
            self._secrets[one.tenant, one.id] = made
        return made[1]

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
