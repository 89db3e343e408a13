"""What a learner holds while they do a quiz: it says which one, and nobody else can use it."""

import base64
import hashlib
import hmac
from collections.abc import Sequence

import msgspec

from banyan.kernel.identity import Identity

_MAC_BYTES = 12


class QuizPlan(msgspec.Struct, frozen=True, array_like=True):
    """From which the same questions follow again. seed: which of the lesson's questions they are."""

    course: str
    lesson: str
    count: int
    seed: int


class QuizTickets:
    """secret: at least 32 bytes, the same in every process of the installation."""

    def __init__(self, secret: bytes) -> None:
        self._secret = hmac.digest(secret, b"quiz tickets", hashlib.sha256)

    def ticket(self, asker: Identity, plan: QuizPlan, questions: Sequence[str]) -> str:
        """For these questions, named by their ids, to this person."""
        written = msgspec.json.encode(plan)
        mac = self._mac(written, asker.tenant, asker.user, *questions)
        return f"quiz_{_text(written)}.{_text(mac[:_MAC_BYTES])}"

    def plan(self, ticket: str) -> QuizPlan | None:
        """What the ticket says; nothing of it is believed yet. None where it says nothing."""
        written, dot, _ = ticket.removeprefix("quiz_").partition(".")
        try:
            return msgspec.json.decode(_bytes(written), type=QuizPlan) if dot else None
        except (ValueError, msgspec.DecodeError):
            return None

    def fits(self, ticket: str, asker: Identity, plan: QuizPlan, questions: Sequence[str]) -> bool:
        """Whether it is of this person, for these questions as they are now."""
        return hmac.compare_digest(ticket.encode("utf-8", "replace"), self.ticket(asker, plan, questions).encode())

    def order(self, question: str, options: Sequence[str]) -> list[str]:
        """The options in an order that tells nobody which is right, the same each time."""
        return sorted(options, key=lambda option: self._mac(question.encode(), option))

    def _mac(self, *parts: bytes | str) -> bytes:
        written = [part if isinstance(part, bytes) else part.encode("utf-8", "surrogatepass") for part in parts]
        return hmac.digest(self._secret, b"".join(b"%d:%b" % (len(part), part) for part in written), hashlib.sha256)


def _text(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).decode().rstrip("=")


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
