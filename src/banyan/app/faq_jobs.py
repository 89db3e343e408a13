"""What jobs do with chats, in a process that has the assistant."""

from collections.abc import Sequence
from typing import Any

import msgspec

from banyan.assistant.domain.drafts import FaqItem
from banyan.assistant.domain.mining import Group
from banyan.assistant.usecases.mine_faqs import FaqOrder, MineFaqs, Mining
from banyan.jobs.kinds.mine_faqs import Args
from banyan.kernel.identity import Identity, Role


class FaqJobs:
    """Implements `FaqWork`."""

    def __init__(self, mine: MineFaqs) -> None:
        self._mine = mine

    async def find(self, tenant: str, by: str, args: Args) -> Sequence[Any]:
        """As the port says."""
        groups = await self._mine.find(await self._begun(tenant, by, args))
        return [msgspec.to_builtins(group) for group in groups]

    async def answer(self, tenant: str, by: str, args: Args, groups: Sequence[Any]) -> Sequence[Any]:
        """As the port says."""
        found = [msgspec.convert(group, Group) for group in groups]
        answers = await self._mine.answers(await self._begun(tenant, by, args), found)
        return [msgspec.to_builtins(one) for one in answers]

    async def store(self, tenant: str, by: str, args: Args, results: Sequence[Any], job: str) -> str:
        """As the port says."""
        read = [one if isinstance(one, str) else msgspec.convert(one, FaqItem) for one in results]
        return (
            await self._mine.finish(await self._begun(tenant, by, args), read, f"drf_{job.removeprefix('job_')}")
        ).id

    async def _begun(self, tenant: str, by: str, args: Args) -> Mining:
        """What is in force is asked for again each time: a course may have been switched off meanwhile."""
        order = FaqOrder(args.course, args.lesson, args.since, args.min_learners, args.max_items, args.model)
        return await self._mine.begin(Identity(tenant, by, frozenset({Role.MODERATOR})), order, known=True)
