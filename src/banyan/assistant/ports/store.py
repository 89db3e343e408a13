"""The port to where conversations are kept."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from banyan.assistant.domain.quotas import Charge, Exhausted, Hold
from banyan.assistant.domain.sessions import Claim, Session, StoredMessage, Turn
from banyan.kernel.money import NOTHING, Money


class ConversationStore(Protocol):
    """Sessions, messages and turns. Each call is one transaction, and what it wrote is on disk when it returns.

    Every call names the tenant; nothing of another tenant is ever found.
    """

    async def session(self, tenant: str, session: str) -> Session | None:
        """The session of that id, whoever's it is."""
        ...

    async def current_session(self, tenant: str, user: str, course: str, lesson: str) -> Session | None:
        """The learner's newest session on the lesson."""
        ...

    async def sessions(
        self, tenant: str, user: str, *, course: str | None = None, lesson: str | None = None, limit: int
    ) -> Sequence[Session]:
        """The learner's sessions, last used first."""
        ...

    async def ensure_session(self, tenant: str, user: str, course: str, lesson: str, *, now: datetime) -> Session:
        """The current session, created when there is none; callers at the same time get the same one."""
        ...

    async def new_session(self, tenant: str, user: str, course: str, lesson: str, *, now: datetime) -> Session:
        """A further session on the lesson, current from now on."""
        ...

    async def messages(
        self, tenant: str, session: str, *, limit: int, before: int | None = None
    ) -> Sequence[StoredMessage]:
        """The newest `limit` messages in order of position; with `before`, those at earlier positions only."""
        ...

    async def turn(self, tenant: str, user: str, key: str) -> Turn | None:
        """The turn that holds the key."""
        ...

    async def answer(self, tenant: str, session: str, answer: str) -> StoredMessage | None:
        """The answer of that id."""
        ...

    async def begin_turn(
        self, session: Session, question: str, claim: Claim | None, *, now: datetime, hold: Hold | None = None
    ) -> Turn | Exhausted | None:
        """Stores the question at the session's next place. None, and nothing stored, when the key is taken.

        hold: what the question is counted against, with all that the learner asked in the course, by whatever
        process; Exhausted, and nothing stored, when there is no place left. None does not count it.
        """
        ...

    async def take_over(
        self, turn: Turn, claim: Claim, *, now: datetime, hold: Hold | None = None
    ) -> Turn | Exhausted | None:
        """The turn under a new claim. None when another try has been quicker.

        The question counts once, however many tries it takes; a place that was given back is taken again.
        """
        ...

    async def renew(self, turns: Sequence[Turn], expires: datetime) -> None:
        """Puts off the expiry of the claims that still are what they were, and of the turns' places."""
        ...

    async def finish_turn(self, turn: Turn, answer: StoredMessage, *, price: Money = NOTHING) -> bool:
        """Stores the answer, in place of an earlier try's, and settles claim and place by the answer's status.

        An answer that failed gives its place back and costs nothing; any other costs `price`.
        False, and nothing stored, when a later try has taken the turn over.
        """
        ...

    async def summarise(self, session: Session, summary: str, upto: int) -> None:
        """Keeps what was said before the position, in short; a summary that goes as far already stays."""
        ...

    async def charges(self, tenant: str, user: str, course: str, *, now: datetime) -> Sequence[Charge]:
        """What counts now of the learner's questions in the course, oldest first."""
        ...
