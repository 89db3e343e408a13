"""Wires files and batches: the desk where they are made, and the worker of this process."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta

from banyan.adapters.storage.batch_costs import SqlSpent
from banyan.adapters.storage.batches import SqlBatches
from banyan.adapters.storage.engine import Database
from banyan.adapters.storage.files import SqlFiles
from banyan.edge.http.batch_lines import ApplicationLines, Identify
from banyan.edge.http.batch_services import BatchServices
from banyan.edge.http.health import Finding
from banyan.kernel.clock import Clock, SystemClock
from banyan.kernel.errors import BanyanError
from banyan.kernel.identity import Identity, Role
from banyan.kernel.money import NOTHING
from banyan.proxy.domain.batch_estimate import Offer, Offers
from banyan.proxy.domain.batches import TASK
from banyan.proxy.domain.deployments import Capabilities
from banyan.proxy.domain.files import Owner
from banyan.proxy.domain.pricing import Price
from banyan.proxy.domain.routing import Wish
from banyan.proxy.ports.batch_store import BatchStore
from banyan.proxy.usecases.embedding_models import EmbeddingModels
from banyan.proxy.usecases.fleet import VECTORS, Fleet
from banyan.proxy.usecases.keep_files import KeepFiles
from banyan.proxy.usecases.key_ring import KeyRing
from banyan.proxy.usecases.manage_batches import ManageBatches
from banyan.proxy.usecases.prepare_batch import Preparation
from banyan.proxy.usecases.remote_batches import RemoteBatches
from banyan.proxy.usecases.run_batches import Pace, RunBatches

_FREE = Offer(Price(NOTHING, NOTHING, "free"), Capabilities())


@dataclass(frozen=True, slots=True)
class BatchOptions:
    """keep: files, zero for ever. largest: bytes of an upload. most_lines: of a batch. pace: None runs no worker."""

    keep: timedelta = timedelta(days=30)
    largest: int = 200 * 1024 * 1024
    most_lines: int = 50_000
    pace: Pace | None = field(default_factory=Pace)


USUAL = BatchOptions()
_CLOCK = SystemClock()


@dataclass(frozen=True, slots=True)
class Batching:
    """services: for the application, which has to be handed to `services.lines` before anything runs."""

    services: BatchServices
    worker: RunBatches | None

    async def probe(self) -> Finding:
        """Whether the worker gets at its rows."""
        fault = self.worker.fault if self.worker is not None else ""
        return Finding("degraded", f"Batches stand still: {fault}") if fault else Finding("ok")


@asynccontextmanager
async def open_batches(
    database: Database,
    offers: Offers,
    identify: Identify,
    busy: Callable[[], int],
    options: BatchOptions,
    remotes: Callable[[BatchStore], RemoteBatches] | None = None,
    clock: Clock = _CLOCK,
) -> AsyncIterator[Batching]:
    """Works on batches while the block runs. busy: calls under way in this process.

    remotes: what leaves the batches of a store to providers; None asks every line here.
    """
    store = SqlBatches(database)
    at_providers = None if remotes is None else remotes(store)
    files = KeepFiles(SqlFiles(database), clock, keep=options.keep, largest=options.largest)
    preparation = Preparation(files, offers, options.most_lines, None if at_providers is None else at_providers.choose)
    lines = ApplicationLines(identify)
    worker: RunBatches | None = None
    if options.pace is not None:
        worker = RunBatches(store, files, preparation, lines, clock, options.pace, busy=busy, remotes=at_providers)
    changed = worker.wake if worker is not None else lambda: None
    manage = ManageBatches(store, files, preparation, SqlSpent(database), clock, changed)
    opened = Batching(BatchServices(files, manage, lines), worker)
    if worker is None:
        yield opened
        return
    if database.dialect == "sqlite":
        await store.recover()  # whoever holds the data folder is alone on it, so what is held is held by the dead
    async with worker.running():
        yield opened


def busy_in(fleet: Fleet) -> Callable[[], int]:
    """How many calls the fleet has under way."""
    return lambda: sum(member.guard.busy for member in fleet.members.values())


def offers_of(fleet: Fleet, embeddings: EmbeddingModels, default_model: str) -> Offers:
    """Who may answer a line, and what that costs."""

    def offers(endpoint: str, model: str) -> Sequence[Offer]:
        if endpoint == "/v1/moderations":
            return (_FREE,)
        try:
            if endpoint == "/v1/embeddings":
                return _embedders(fleet, embeddings, model)
            chosen = fleet.explain(model or default_model, Wish(TASK, None, frozenset())).choices
            found = [fleet.described(choice.deployment) for choice in chosen]
        except BanyanError:
            return ()
        return [Offer(fleet.price(deployment), capabilities) for deployment, _, capabilities in found]

    return offers


def _embedders(fleet: Fleet, embeddings: EmbeddingModels, model: str) -> Sequence[Offer]:
    route = embeddings.route(model or embeddings.default, Wish(TASK, None, frozenset({VECTORS})))
    return [Offer(fleet.price(link.deployment), link.capabilities) if link.guard else _FREE for link in route.links]


def identify_by(ring: KeyRing) -> Identify:
    """The owner with the rights that the key has by now; without a key, as the open service has them."""

    def identify(owner: Owner) -> Identity:
        grant = None if owner.key is None else ring.grant_of(owner.key)
        return Identity(owner.tenant, owner.user, frozenset(map(Role, owner.roles)), grant)

    return identify
