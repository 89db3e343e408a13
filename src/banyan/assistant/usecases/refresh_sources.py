"""Fetches external sources when they are due, checks what they say, and puts it into the index."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from msgspec.structs import replace

from banyan.assistant.domain.circumstances import Circumstances
from banyan.assistant.domain.external_sources import EXCERPT, ExternalSource, SourceStatus, after, digest, failed
from banyan.assistant.domain.standing import Standing
from banyan.assistant.ports.external_sources import ExternalSources
from banyan.assistant.ports.lesson_index import LessonIndex, Material
from banyan.assistant.ports.policies import Policies
from banyan.assistant.usecases.check_material import check_material
from banyan.assistant.usecases.guard import Guard
from banyan.kernel.clock import Clock
from banyan.kernel.errors import BanyanError
from banyan.kernel.identity import Identity, Role
from banyan.kernel.ids import new_id
from banyan.kernel.pages import Fetcher, Page

_log = structlog.get_logger(__name__)
_KEPT = frozenset({SourceStatus.INDEXED, SourceStatus.UNCHANGED, SourceStatus.ERROR})


@dataclass(frozen=True, slots=True)
class Pace:
    """at_once: fetches of this process side by side. lease: of its claims."""

    at_once: int = 4
    lease: timedelta = timedelta(seconds=60)


def machine_of(tenant: str) -> Identity:
    """Who asks when nobody does."""
    return Identity(tenant, "external-sources", frozenset({Role.MODERATOR}))


class RefreshSources:
    """The use case, and the tool of `refresh_sources`. A source is fetched once, however many processes look for it."""

    def __init__(
        self,
        store: ExternalSources,
        index: LessonIndex,
        fetcher: Fetcher,
        policies: Policies,
        guard: Guard,
        clock: Clock,
        pace: Pace = Pace(),
    ) -> None:
        self._store = store
        self._index = index
        self._fetcher = fetcher
        self._policies = policies
        self._guard = guard
        self._clock = clock
        self._pace = pace
        self._room = asyncio.Semaphore(pace.at_once)
        self._asked: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Owns what `fetch_soon` began; what is under way when the block is left is begun anew by the clock."""
        try:
            yield
        finally:
            tasks = list(self._asked)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def fetch_soon(self, tenant: str, ids: Sequence[str]) -> None:
        """Fetches those of them that are due in the background, so that nobody waits for the clock."""
        task = asyncio.create_task(self._fetch_asked(tenant, ids), name="fetch external sources")
        self._asked.add(task)
        task.add_done_callback(self._asked.discard)

    async def fetch_due(self) -> int:
        """Fetches whatever is due until nothing is, and returns how many fetches that took. Raises: Unavailable."""
        return await self._fetch_all(None)

    async def _fetch_asked(self, tenant: str, ids: Sequence[str]) -> None:
        try:
            await self._fetch_all((tenant, ids))
        except BanyanError as error:
            _log.warning("external sources wait for the clock", error=error.message)

    async def _fetch_all(self, only: tuple[str, Sequence[str]] | None) -> int:
        # A claim of its own: a fetch of the same process that was overtaken by a change must not settle.
        claim, count = new_id("claim"), 0
        renewing = asyncio.create_task(self._renew(claim), name="renew claims of external sources")
        try:
            while claimed := await self._claimed(claim, only):
                count += len(claimed)
                async with asyncio.TaskGroup() as group:
                    for source in claimed:
                        group.create_task(self._refresh(source))
        except ExceptionGroup as errors:
            raise errors.exceptions[0] from errors
        finally:
            renewing.cancel()
            await asyncio.gather(renewing, return_exceptions=True)
        return count

    async def _claimed(self, claim: str, only: tuple[str, Sequence[str]] | None) -> Sequence[ExternalSource]:
        now = self._clock.now()
        return await self._store.claim(claim, now, now + self._pace.lease, self._pace.at_once, only)

    async def _renew(self, claim: str) -> None:
        while True:
            await asyncio.sleep(self._pace.lease.total_seconds() / 3)
            try:
                await self._store.renew(claim, self._clock.now() + self._pace.lease)
            except BanyanError as error:
                _log.warning("claims of external sources were not renewed", error=error.message)

    async def _refresh(self, source: ExternalSource) -> None:
        try:
            async with self._room:
                found = await self._fetched(source)
        except BanyanError as error:
            found = failed(source, error.code, error.message, self._clock.now(), passing=error.passing)
        except Exception:  # noqa: BLE001 - one page must not stop the others; its staff see that it failed
            _log.exception("external source failed", source=source.id)
            message = "It failed unexpectedly; try again, and look into the log if it fails again."
            found = failed(source, "internal_error", message, self._clock.now(), passing=True)
        if await self._store.settle(found, source.claim, source.due):
            return
        # Whoever removed or disallowed it meanwhile may have been quicker than the index.
        there = await self._store.get(source.tenant, source.id)
        if there is None or not there.allowed:
            await self._forget(source)

    async def _fetched(self, source: ExternalSource) -> ExternalSource:
        asker = machine_of(source.tenant)
        effective = await self._policies.effective(source.tenant, source.course, source.lesson or None)
        known = source.known if source.is_indexed and source.status in _KEPT else None
        page = await self._fetcher.fetch(source.url, effective.policy.external_allowed_domains, known)
        now = self._clock.now()
        good = replace(source, error_code="", error="", fetched=now)
        if page is None:
            return after(replace(good, status=SourceStatus.UNCHANGED), now)
        file_name = f"page{page.suffix}"
        reading = await self._index.read(asker, file_name, page.content)
        standing = Standing(asker, teaches=True)
        about = Circumstances(
            source.tenant, asker.user, source.course, source.lesson, standing, effective, now.timestamp()
        )
        title = source.title or reading.title or source.url
        good = replace(good, mime_type=page.mime_type, excerpt=reading.text[:EXCERPT], found_at=page.url)
        stopped = await check_material(self._guard, about, f"{title}\n\n{reading.text}", source="external")
        if stopped is not None:
            await self._forget(source)
            quarantined = replace(good, status=SourceStatus.QUARANTINED, error_code="quarantined", error=stopped)
            return after(replace(quarantined, chunks=0, content_hash=""), now)
        content_hash = digest(page.content, title)
        good = replace(good, known=page.known, content_hash=content_hash)
        if content_hash == source.content_hash and source.is_indexed:
            return after(replace(good, status=SourceStatus.UNCHANGED), now)
        return await self._indexed(asker, good, page, title, now)

    async def _indexed(
        self, asker: Identity, source: ExternalSource, page: Page, title: str, now: datetime
    ) -> ExternalSource:
        # Until it is in the index the hash is not believed: after a crash the page is indexed again.
        held = now + self._pace.lease
        fetched = replace(source, status=SourceStatus.FETCHED, content_hash="", claimed=held)
        await self._store.settle(fetched, source.claim, source.due)
        material = Material(
            source.course, source.lesson, source.name, title, f"page{page.suffix}", page.content, source.url
        )
        chunks = await self._index.put(asker, material)
        return after(replace(source, status=SourceStatus.INDEXED, chunks=chunks), now)

    async def _forget(self, source: ExternalSource) -> None:
        await self._index.remove(machine_of(source.tenant), source.course, source.lesson, source.name)
