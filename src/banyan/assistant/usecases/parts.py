"""What a turn is made of beside its conversation: one collaborator for each decision."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from banyan.assistant.guardrails import GUARDRAILS
from banyan.assistant.ports.known_answers import KnownAnswer, KnownAnswers
from banyan.assistant.ports.notifier import Notifier
from banyan.assistant.ports.turn_log import GuardrailEvent, TurnLog, TurnRecord
from banyan.assistant.usecases.admit import Admit, Believing, BuiltInPolicies, NoExams
from banyan.assistant.usecases.checking import Checking
from banyan.assistant.usecases.guard import Guard
from banyan.assistant.usecases.raise_alarm import NOBODY
from banyan.kernel.clock import Clock
from banyan.kernel.money import Money


@dataclass(frozen=True, slots=True)
class Parts:
    """admit: may they ask. guard: what may be said. known: answers that a teacher approved. log: of every try.

    notifier: tells people outside.
    checking: whether an answer holds, and how much of a solution it may give.
    """

    admit: Admit
    guard: Guard
    known: KnownAnswers
    log: TurnLog
    notifier: Notifier = NOBODY
    checking: Checking = field(default_factory=Checking)


def built_in_parts(clock: Clock) -> Parts:
    """The parts of an installation where nobody has decided anything."""
    log = Unlogged()
    admit = Admit(BuiltInPolicies(), Believing(), NoExams(), clock)
    return Parts(admit, Guard((GUARDRAILS[name] for name in GUARDRAILS), log, clock), NothingKnown(), log)


class NothingKnown:
    """`KnownAnswers` where no teacher has approved any."""

    async def find(self, tenant: str, course: str, lesson: str, question: str) -> KnownAnswer | None:
        """None."""
        return None

    def used(self, tenant: str, course: str, lesson: str, known: KnownAnswer, price: Money | None) -> None:
        """Nothing."""


class Unlogged:
    """A `TurnLog` that forgets."""

    def turn(self, record: TurnRecord) -> None:
        """Nothing."""

    def events(self, events: Sequence[GuardrailEvent]) -> None:
        """Nothing."""
