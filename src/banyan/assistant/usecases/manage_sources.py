"""What a course's staff do with its external sources."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from msgspec.structs import replace

from banyan.assistant.domain.external_sources import ExternalSource, SourceStatus
from banyan.assistant.ports.external_sources import ExternalSources
from banyan.assistant.ports.lesson_index import LessonIndex
from banyan.assistant.ports.platform import LearningPlatform
from banyan.assistant.ports.policies import Policies
from banyan.assistant.usecases.refresh_sources import RefreshSources, machine_of
from banyan.kernel.clock import Clock
from banyan.kernel.errors import DeadlineExceeded, NotAllowed, NotFound
from banyan.kernel.identity import Identity, Role
from banyan.kernel.ids import new_id
from banyan.kernel.pages import Fetcher

_EVERYWHERE = frozenset({Role.ADMIN, Role.MODERATOR, Role.SERVICE})
_POLL = 0.1
_PATIENCE = 90.0


async def check_staff(platform: LearningPlatform, asker: Identity, course: str) -> None:
    """Returns for those who may change what belongs to the course. Raises: NotAllowed, Unavailable."""
    asker.check_course(course)
    if asker.roles & _EVERYWHERE or (asker.is_staff and (await platform.standing(asker, course)).teaches):
        return
    raise NotAllowed("This is for those who teach the course; ask one of them.", param="course")


@dataclass(frozen=True, slots=True)
class Change:
    """None leaves a field as it is."""

    title: str | None = None
    allowed: bool | None = None
    interval: int | None = None


@dataclass(frozen=True, slots=True)
class ManageSources:
    """The use case. refresh: what fetches in this process; another may be quicker."""

    store: ExternalSources
    index: LessonIndex
    fetcher: Fetcher
    policies: Policies
    platform: LearningPlatform
    refresh: RefreshSources
    clock: Clock

    async def add(
        self, asker: Identity, course: str, lesson: str, url: str, *, title: str, allowed: bool, interval: int
    ) -> ExternalSource:
        """Raises: NotAllowed, also for an address that will never be fetched; InvalidInput; Conflict."""
        await check_staff(self.platform, asker, course)
        effective = await self.policies.effective(asker.tenant, course, lesson or None)
        self.fetcher.check(url, effective.policy.external_allowed_domains)
        now = self.clock.now()
        source = ExternalSource(
            tenant=asker.tenant,
            id=new_id("src"),
            course=course,
            lesson=lesson,
            title=title,
            url=url.strip(),
            allowed=allowed,
            interval=interval,
            due=now if interval else None,
            created=now,
            created_by=asker.user,
            modified=now,
        )
        await self.store.add(source)
        if interval:
            self.refresh.fetch_soon(asker.tenant, [source.id])
        return source

    async def get(self, asker: Identity, id: str) -> ExternalSource:
        """Raises: NotFound, also for those who do not teach the course."""
        source = await self.store.get(asker.tenant, id)
        if source is not None:
            try:
                await check_staff(self.platform, asker, source.course)
            except NotAllowed as error:
                raise _unknown() from error
            return source
        raise _unknown()

    async def listed(self, asker: Identity, course: str, lesson: str | None) -> Sequence[ExternalSource]:
        """Newest modified first, at most 200. Raises: NotAllowed."""
        await check_staff(self.platform, asker, course)
        return await self.store.listed(asker.tenant, course, lesson)

    async def change(self, asker: Identity, id: str, change: Change) -> ExternalSource:
        """A source that is no longer allowed is gone from every answer when this returns. Raises: NotFound."""
        source = await self.get(asker, id)
        now = self.clock.now()
        allowed = source.allowed if change.allowed is None else change.allowed
        interval = source.interval if change.interval is None else change.interval
        changed = replace(
            source,
            title=source.title if change.title is None else change.title,
            allowed=allowed,
            interval=interval,
            due=now if allowed and interval else None,
            modified=now,
        )
        if not allowed:
            changed = replace(changed, status=SourceStatus.NEW, chunks=0, error="", error_code="", excerpt="")
        stored = await self.store.change(changed)
        if stored is None:
            raise _unknown()
        if not allowed:
            await self._forget(stored)
        elif stored.due:
            self.refresh.fetch_soon(asker.tenant, [id])
        return stored

    async def remove(self, asker: Identity, id: str) -> None:
        """Its passages are gone from every answer when this returns. Raises: NotFound."""
        source = await self.get(asker, id)
        await self.store.remove(asker.tenant, id)
        await self._forget(source)

    async def fetch(self, asker: Identity, id: str, *, wait: bool) -> ExternalSource:
        """Has it fetched now. Raises: NotFound; NotAllowed (`source_not_allowed`); DeadlineExceeded while it waits."""
        source = await self.get(asker, id)
        if not source.allowed:
            raise NotAllowed("This source is not allowed, so it is never fetched; allow it first.", code=_NOT_ALLOWED)
        [fetched] = await self._fetch(asker.tenant, [source], wait=wait)
        return fetched

    async def fetch_all(
        self, asker: Identity, course: str, lesson: str | None, *, wait: bool
    ) -> Sequence[ExternalSource]:
        """All of a course or lesson that are allowed, those that are indexed as well."""
        listed = await self.listed(asker, course, lesson)
        return await self._fetch(asker.tenant, [source for source in listed if source.allowed], wait=wait)

    async def _fetch(self, tenant: str, sources: Sequence[ExternalSource], *, wait: bool) -> Sequence[ExternalSource]:
        asked = self.clock.now()
        ids = [source.id for source in sources]
        await self.store.ask_for(tenant, ids, asked)
        self.refresh.fetch_soon(tenant, ids)
        try:
            async with asyncio.timeout(_PATIENCE):
                return [await self._settled(tenant, id, asked, wait=wait) for id in ids]
        except TimeoutError as error:
            raise DeadlineExceeded("The pages are still being fetched; look at their status later.") from error

    async def _settled(self, tenant: str, id: str, asked: datetime, *, wait: bool) -> ExternalSource:
        while True:
            found = await self.store.get(tenant, id)
            if found is None:
                raise _unknown()
            if not wait or (not found.claim and (found.due is None or found.due > asked)):
                return found
            await asyncio.sleep(_POLL)  # another process may be the one that fetches it

    async def _forget(self, source: ExternalSource) -> None:
        await self.index.remove(machine_of(source.tenant), source.course, source.lesson, source.name)


_NOT_ALLOWED = "source_not_allowed"


def _unknown() -> NotFound:
    return NotFound("There is no such external source; list those of the course.", code="unknown_source")
