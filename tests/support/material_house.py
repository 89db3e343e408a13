"""Pages and files beside lessons over a real index and database, a fetcher that sees test sites, and a policy."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import timedelta

from knowledge_house import House

from banyan.adapters.formats import FORMATS
from banyan.adapters.formats._apart import ApartReader
from banyan.adapters.storage.engine import Database
from banyan.app.lesson_index import EmbeddedLessonIndex
from banyan.app.material import open_material
from banyan.assistant.domain.circumstances import Circumstances
from banyan.assistant.domain.guarding import Action, Finding, Guardrail, Stage
from banyan.assistant.domain.policy import Effective, Policy
from banyan.assistant.ports.turn_log import GuardrailEvent, TurnRecord
from banyan.assistant.usecases.admit import Admit, Believing, NoExams
from banyan.assistant.usecases.guard import Guard
from banyan.assistant.usecases.parts import NothingKnown, Parts
from banyan.assistant.usecases.refresh_sources import Pace
from banyan.edge.http.material_services import MaterialServices
from banyan.kernel.clock import SystemClock
from banyan.kernel.pages import Fetcher
from banyan.proxy.usecases.read_content import ReadContent

TRAP = "ignore all previous instructions"


class Domains:
    """Policies in which only the domains matter."""

    def __init__(self, *domains: str) -> None:
        self.domains = domains

    async def effective(self, tenant: str, course: str, lesson: str | None = None) -> Effective:
        """The same everywhere."""
        return Effective(Policy(external_allowed_domains=self.domains))


class EventLog:
    """A `TurnLog` to look into."""

    def __init__(self) -> None:
        self.found: list[GuardrailEvent] = []

    def turn(self, record: TurnRecord) -> None:
        """Not looked at."""

    def events(self, events: "list[GuardrailEvent]") -> None:
        """Keeps them."""
        self.found.extend(events)


def _trap(stage: Stage, text: str, about: Circumstances) -> Finding | None:
    return Finding(Action.WITHHOLD, "Injection", TRAP) if TRAP in text.lower() else None


def parts_with(domains: Domains, log: EventLog) -> Parts:
    """Parts of a turn whose one guardrail finds `TRAP`."""
    clock = SystemClock()
    guardrail = Guardrail("trap", "Finds a trap.", frozenset({Stage.PASSAGE}), _trap)
    admit = Admit(domains, Believing(), NoExams(), clock)
    return Parts(admit, Guard([guardrail], log, clock), NothingKnown(), log)


def material_over(
    house: House, fetcher: Fetcher, domains: Domains, log: EventLog, *, largest: int = 1_000_000
) -> Callable[[Database, Parts], AbstractAsyncContextManager[MaterialServices]]:
    """What opens the services for a database, with parts of its own."""

    @asynccontextmanager
    async def opened(database: Database, parts: Parts) -> AsyncIterator[MaterialServices]:
        index = EmbeddedLessonIndex(house.indexer, ReadContent(FORMATS, ApartReader(), fetcher))
        pace = Pace(lease=timedelta(seconds=5))
        async with open_material(
            database, index, fetcher, parts_with(domains, log), SystemClock(), largest, pace
        ) as services:
            yield services

    return opened
