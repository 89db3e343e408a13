"""Wires what stands around a turn: who is in a course, open exams, and the log."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

from banyan.adapters.platforms import PLATFORMS
from banyan.adapters.storage.engine import Database
from banyan.adapters.storage.exam_locks import SqlExamLocks
from banyan.adapters.storage.rosters import SqlRosters
from banyan.adapters.storage.turn_log import SqlTurnLog
from banyan.app.keys import secret
from banyan.app.settings import Settings
from banyan.assistant.ports.platform import LearningPlatform, LmsAccess, PlatformEntry, PlatformNeeds
from banyan.assistant.ports.policies import Policies
from banyan.assistant.usecases.admit import Admit
from banyan.assistant.usecases.exam_board import ExamBoard
from banyan.assistant.usecases.keep_door import KeepDoor
from banyan.assistant.usecases.lock_course import LockCourse
from banyan.assistant.usecases.parts import Parts
from banyan.assistant.usecases.roster_book import RosterBook
from banyan.edge.http.health import Finding, Probe
from banyan.edge.http.turn_services import TurnServices
from banyan.kernel.clock import Clock
from banyan.kernel.errors import Unavailable

_LOOK_SECONDS = 1.5


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Opened for the assistant of one process."""

    entry: PlatformEntry
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
        found = {
            "exam locks": _probe(self.board),
            "rosters": _probe(self.rosters),
            "turn log": _probe(self.log),
        }
        if self.entry.asks:
            found["learning platform"] = _platform_probe(self.platform, self.entry.summary)
        return found


def lms_access(settings: Settings) -> LmsAccess:
    """What the settings say of the platform's own API."""
    return LmsAccess(
        settings.lms_api_url or "",
        secret(settings.lms_api_key),
        secret(settings.lms_api_secret),
        settings.lms_tenant,
        settings.lms_timeout,
        settings.lms_ttl,
        settings.lms_grace,
    )


@asynccontextmanager
async def open_surroundings(
    database: Database, clock: Clock, platform: str = "roster", lms: LmsAccess | None = None
) -> AsyncIterator[Surroundings]:
    """Keeps them current while the block runs. platform: of the catalogue.

    Raises: InvalidInput where a setting is missing that the platform needs.
    """
    log, board = SqlTurnLog(database), ExamBoard(SqlExamLocks(database), clock)
    rosters = RosterBook(SqlRosters(database), clock)
    entry = PLATFORMS[platform]
    opened = entry.open(PlatformNeeds(rosters, lms or LmsAccess()))
    async with log.running(), board.running(), rosters.running():
        try:
            yield Surroundings(entry, opened, log, board, rosters, clock)
        finally:
            await opened.close()


def door_of(around: Surroundings, policies: Policies) -> KeepDoor:
    """The proxy's door: it closes where the assistant's does, as far as both look into one database."""
    admit = Admit(policies, around.platform, around.board, around.clock)
    return KeepDoor(admit, around.board, around.log)


def _probe(part: SqlTurnLog | ExamBoard | RosterBook) -> Probe:
    async def look() -> Finding:
        return Finding("degraded", part.fault) if part.fault else Finding("ok")

    return look


def _platform_probe(platform: LearningPlatform, summary: str) -> Probe:
    """Without it some are still let in, and staff of ours find everything as it was: nothing is won by a restart."""

    async def look() -> Finding:
        try:
            async with asyncio.timeout(_LOOK_SECONDS):
                found = await platform.look()
        except TimeoutError:
            return Finding("degraded", "The learning platform does not answer in time; nobody new is let in.")
        except Unavailable as error:
            return Finding("degraded", error.message)
        return Finding("ok", f"{summary} {found.sentence}".strip())

    return look
