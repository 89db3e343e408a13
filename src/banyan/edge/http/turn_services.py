"""What the routes around a turn need beside the turn itself."""

from dataclasses import dataclass

from banyan.assistant.ports.platform import LearningPlatform
from banyan.assistant.ports.turn_log import TurnLogReader
from banyan.assistant.usecases.lock_course import LockCourse
from banyan.assistant.usecases.roster_book import RosterBook


@dataclass(frozen=True, slots=True)
class TurnServices:
    """Opened, and closed by whoever opened them."""

    platform: LearningPlatform
    log: TurnLogReader
    exams: LockCourse
    rosters: RosterBook
