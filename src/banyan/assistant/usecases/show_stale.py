"""Lists what rests on words that no longer stand in the course."""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b

from banyan.assistant.domain.stale import Dependent
from banyan.assistant.ports.dependents import Dependents
from banyan.assistant.ports.model_gateway import ModelGateway
from banyan.assistant.ports.platform import LearningPlatform
from banyan.assistant.usecases.require_staff import require_staff
from banyan.kernel.clock import Clock
from banyan.kernel.errors import NotAllowed, NotFound
from banyan.kernel.identity import Identity

_GONE = ("gone", "")
"""The text of a source that is no longer there."""


@dataclass(frozen=True, slots=True)
class ShowStale:
    """The use case, for the staff of the course. A quote is looked for once in each text, however often one asks."""

    dependents: Dependents
    gateway: ModelGateway
    platform: LearningPlatform
    clock: Clock

    async def list(
        self, asker: Identity, course: str, lesson: str | None, kind: str | None, *, moved: bool, limit: int
    ) -> Sequence[Dependent]:
        """The newest first. moved: also what stands elsewhere now. Raises: NotAllowed."""
        await require_staff(self.platform, asker, course)
        places = await self.dependents.sources(asker.tenant, course, lesson)
        texts = {place: await self._text(asker, course, *place) for place in places}
        await self.dependents.look(asker.tenant, course, texts)
        return await self.dependents.stale(asker.tenant, course, lesson, kind, moved=moved, limit=limit)

    async def dismiss(self, asker: Identity, id: str) -> None:
        """Takes it off the list for good. Raises: NotFound, also for what belongs to the courses of others."""
        course = await self.dependents.course_of(asker.tenant, id)
        unknown = NotFound("There is nothing stale of that id; the list at /api/v1/stale shows what there is.")
        if course is None:
            raise unknown
        try:
            await require_staff(self.platform, asker, course)
        except NotAllowed as error:
            raise unknown from error
        await self.dependents.dismiss(asker.tenant, id, asker.user, self.clock.now())

    async def _text(self, asker: Identity, course: str, lesson: str, source: str) -> tuple[str, str]:
        try:
            found = await self.gateway.lesson(asker, course, lesson, source)
        except NotFound:
            return _GONE
        digest = blake2b(found.text.encode("utf-8", "surrogatepass"), digest_size=12).hexdigest()
        return f"{found.version}.{digest}", found.text
