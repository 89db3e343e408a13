"""Wires what looks at answers: solutions that are kept, and whether citations hold."""

from dataclasses import dataclass, replace

from banyan.adapters.storage.dependents import SqlDependents
from banyan.adapters.storage.engine import Database
from banyan.adapters.storage.ladders import SqlLadders
from banyan.adapters.storage.solutions import SqlSolutions
from banyan.assistant.ports.model_gateway import ModelGateway
from banyan.assistant.ports.platform import LearningPlatform
from banyan.assistant.usecases.checking import Checking
from banyan.assistant.usecases.helping import Helping
from banyan.assistant.usecases.keep_solutions import KeepSolutions
from banyan.assistant.usecases.lesson_texts import LessonTexts
from banyan.assistant.usecases.mark_solutions import MarkSolutions
from banyan.assistant.usecases.parts import Parts
from banyan.assistant.usecases.show_stale import ShowStale
from banyan.edge.http.check_services import CheckServices
from banyan.kernel.clock import Clock


@dataclass(frozen=True, slots=True)
class Checks:
    """Opened for the assistant of one process."""

    checking: Checking
    services: CheckServices

    def within(self, parts: Parts) -> Parts:
        """The parts of a turn, with these in force."""
        return replace(parts, checking=self.checking)


def open_checks(database: Database, gateway: ModelGateway, platform: LearningPlatform, clock: Clock) -> Checks:
    """Nothing of it has to be closed."""
    texts, store = LessonTexts(), SqlSolutions(database)
    keep = KeepSolutions(store, clock, texts)
    helping = Helping(SqlLadders(database), texts, keep, clock)
    mark = MarkSolutions(store, keep, gateway, platform, clock)
    stale = ShowStale(SqlDependents(database), gateway, platform, clock)
    return Checks(Checking(clock, texts, keep, helping), CheckServices(keep, mark, stale))
