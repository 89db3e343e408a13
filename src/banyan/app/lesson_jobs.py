"""What jobs do to the index, in the process that holds it."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import Any

from banyan.adapters.formats import FORMATS
from banyan.jobs.ports.lesson_work import LessonContent
from banyan.proxy.domain.knowledge import Scope
from banyan.proxy.usecases.browse import Browse
from banyan.proxy.usecases.index import Indexer, Order
from banyan.proxy.usecases.renew_index import RenewIndex


class LessonJobs:
    """Implements `LessonWork`."""

    def __init__(self, indexer: Indexer, browse: Browse, renew: RenewIndex) -> None:
        self._indexer = indexer
        self._browse = browse
        self._renew = renew

    async def lessons(self, tenant: str, course: str) -> list[str]:
        """As the port says."""
        return [line.lesson for line in await self._browse.lessons(tenant, course)]

    async def index(self, tenant: str, course: str, lesson: LessonContent) -> Mapping[str, Any]:
        """As the port says."""
        document = await asyncio.to_thread(FORMATS[lesson.format].read, lesson.content.encode("utf-8", "replace"))
        scope = Scope(tenant, course, lesson.lesson, lesson.source or None)
        run = await self._indexer.index(Order(scope, document, title=lesson.title, chapter=lesson.chapter))
        return {
            "run_id": run.id,
            "chunks": run.chunks,
            "unchanged": run.unchanged,
            "warnings": list(document.warnings),
        }

    async def rebuild(self, tenant: str, course: str, lesson: str) -> int:
        """As the port says."""
        return await self._renew.rebuild(Scope(tenant, course, lesson))

    def embed(self, tenant: str, course: str | None) -> AsyncIterator[int]:
        """As the port says."""
        return self._renew.embed(tenant, course)
