"""Pages and files beside lessons, opened: their stores, their way to the index, and what refreshes pages."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from banyan.adapters.gateways.http import HttpGateway
from banyan.adapters.gateways.lesson_index import HttpLessonIndex
from banyan.adapters.storage.attachments import SqlAttachments
from banyan.adapters.storage.engine import Database
from banyan.adapters.storage.external_sources import SqlExternalSources
from banyan.app.lesson_index import EmbeddedLessonIndex
from banyan.assistant.ports.lesson_index import LessonIndex
from banyan.assistant.ports.model_gateway import ModelGateway
from banyan.assistant.usecases.manage_attachments import ManageAttachments
from banyan.assistant.usecases.manage_sources import ManageSources
from banyan.assistant.usecases.parts import Parts
from banyan.assistant.usecases.refresh_sources import Pace, RefreshSources
from banyan.edge.http.material_services import MaterialServices
from banyan.kernel.clock import Clock
from banyan.kernel.pages import Fetcher
from banyan.proxy.usecases.index import Indexer
from banyan.proxy.usecases.read_content import ReadContent


def index_over(gateway: ModelGateway, indexer: Indexer | None, reading: ReadContent) -> LessonIndex:
    """The way to the index: of this process, or where the gateway leads."""
    if isinstance(gateway, HttpGateway):
        return HttpLessonIndex(gateway)
    assert indexer is not None
    return EmbeddedLessonIndex(indexer, reading)


@asynccontextmanager
async def open_material(
    database: Database,
    index: LessonIndex,
    fetcher: Fetcher,
    parts: Parts,
    clock: Clock,
    largest: int,
    pace: Pace | None = None,
    *,
    largest_document: int = 50 << 20,
) -> AsyncIterator[MaterialServices]:
    """parts: policy, platform and guard as for a turn. largest: bytes of a file.

    largest_document: of one that is read and not kept.
    """
    store = SqlExternalSources(database)
    policies, platform = parts.admit.policies, parts.admit.platform
    refresh = RefreshSources(store, index, fetcher, policies, parts.guard, clock, pace or Pace())
    sources = ManageSources(store, index, fetcher, policies, platform, refresh, clock)
    files = ManageAttachments(SqlAttachments(database), index, policies, platform, parts.guard, clock)
    async with refresh.running():
        yield MaterialServices(sources, files, largest, largest_document)
