"""Forgets the cached answers of a tenant, in all processes, when one of its people is erased."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import structlog

from banyan.kernel.errors import BanyanError, Unavailable
from banyan.proxy.ports.forgotten_answers import ForgottenAnswers
from banyan.proxy.wrappers.cached import Answers

_LOOK_SECONDS = 1
log = structlog.get_logger(__name__)


class ForgetAnswers:
    """Use it within `running()`, so that what other processes say is heard.

    Answers that a course shares bear nobody's name, but a question may say who asks and an answer repeat it; so all of
    the tenant's go. That costs a call for each that is asked for again within the few minutes that it would have stood.
    answers: None where nothing is cached. fault: why other processes are not heard, "" where they are.
    """

    def __init__(self, told: ForgottenAnswers, answers: Answers | None) -> None:
        self._told = told
        self._answers = answers
        self._numbers: Mapping[str, int] = {}
        self.fault = ""

    async def __call__(self, tenant: str) -> int:
        """How many went here; other processes follow within a second. Raises: Unavailable."""
        await self._told.add(tenant)
        return await self._forget(tenant)

    async def refresh(self) -> None:
        """Does what other processes have said. Raises: Unavailable; what was not done then is done by the next."""
        for tenant, number in (await self._told.numbers()).items():
            if number != self._numbers.get(tenant, 0):
                await self._forget(tenant)
                self._numbers = {**self._numbers, tenant: number}

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Hears other processes while the block runs."""
        if self._answers is None:
            yield
            return
        self._numbers = await self._told.numbers()
        task = asyncio.create_task(self._listen(), name="forget cached answers")
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _listen(self) -> None:
        while True:
            await asyncio.sleep(_LOOK_SECONDS)
            try:
                await self.refresh()
                self.fault = ""
            except BanyanError as error:
                if not self.fault:
                    log.error("answers-not-forgotten", error=error.message)
                self.fault = error.message

    async def _forget(self, tenant: str) -> int:
        if self._answers is None:
            return 0
        gone = await self._answers.forget(tenant)
        if (fault := self._answers.store.fault) is not None:
            raise Unavailable(f"Cached answers cannot be forgotten, since Redis does not answer ({fault}); try again.")
        return gone
