"""Wires what stands around a turn: who is in a course, open exams, and the log."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

from banyan.adapters.platforms import PLATFORMS
from banyan.adapters.storage.engine import Database
from banyan.adapters.storage.exam_locks import SqlExamLocks
from banyan.adapters.storage.rosters import SqlRosters
from banyan.adapters.storage.turn_log import SqlTurnLog
from banyan.assistant.ports.platform import LearningPlatform, PlatformNeeds
from banyan.assistant.usecases.exam_board import ExamBoard
from banyan.assistant.usecases.lock_course import LockCourse
from banyan.assistant.usecases.parts import Parts
from banyan.assistant.usecases.roster_book import RosterBook
from banyan.edge.http.health import Finding, Probe
from banyan.edge.http.turn_services import TurnServices
from banyan.kernel.clock import Clock


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Opened for the assistant of one process."""

    platform: LearningPlatform
    log: SqlTurnLog
    board: ExamBoard
    rosters: RosterBook
    clock: Clock

    def around(self, parts: Parts) -> Parts:
        """The parts of a turn, with these in force."""
        admit = replace(parts.admit, platform=self.platform, locks=self.board)
        return replace(parts, admit=admit, guard=parts.guard.logging_to(self.log), log=self.log)

    @property
    def services(self) -> TurnServices:
        """What the routes need."""
        return TurnServices(self.platform, self.log, LockCourse(self.board, self.platform, self.clock), self.rosters)

    @property
    def probes(self) -> dict[str, Probe]:
        """Whether changes reach this process, and the log the database."""
        return {
            "exam locks": _probe(self.board),
            "rosters": _probe(self.rosters),
            "turn log": _probe(self.log),
        }


@asynccontextmanager
async def open_surroundings(database: Database, clock: Clock, platform: str = "roster") -> AsyncIterator[Surroundings]:
    """Keeps them current while the block runs. platform: of the catalogue."""
    log, board = SqlTurnLog(database), ExamBoard(SqlExamLocks(database), clock)
    rosters = RosterBook(SqlRosters(database), clock)
    opened = PLATFORMS[platform].open(PlatformNeeds(rosters))
    async with log.running(), board.running(), rosters.running():
        try:
            yield Surroundings(opened, log, board, rosters, clock)
        finally:
            await opened.close()


def _probe(part: SqlTurnLog | ExamBoard | RosterBook) -> Probe:
    async def look() -> Finding:
        return Finding("degraded", part.fault) if part.fault else Finding("ok")

    return look
