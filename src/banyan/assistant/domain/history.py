"""Which part of a conversation the model is reminded of."""

from collections.abc import Sequence

from banyan.assistant.domain.sessions import StoredMessage
from banyan.kernel.messages import Message

MAX_MESSAGES = 20
"""Ten exchanges; what lies further back seldom bears on a question, and every turn pays for it again."""

MAX_CHARACTERS = 16_000
"""About 4,000 tokens: half the window of the smallest models in use, which leaves room for the passages."""

Exchange = tuple[StoredMessage, StoredMessage]
"""A question and its complete answer."""


def history(earlier: Sequence[StoredMessage]) -> tuple[Message, ...]:
    """The messages of `recent`."""
    return tuple(
        message
        for question, answer in recent(earlier)
        for message in (Message("user", question.content), Message("assistant", answer.content))
    )


def recent(earlier: Sequence[StoredMessage]) -> list[Exchange]:
    """The newest exchanges that fit both limits, oldest first.

    earlier: messages before the question, in order. A question counts only together with a complete answer:
    half an answer must not pass for a whole one, and a question without one would be asked again.
    """
    kept: list[Exchange] = []
    room = MAX_CHARACTERS
    for question, answer in reversed(exchanges(earlier)):
        room -= len(question.content) + len(answer.content)
        if room < 0 or 2 * len(kept) + 2 > MAX_MESSAGES:
            break
        kept.append((question, answer))
    return kept[::-1]


def exchanges(earlier: Sequence[StoredMessage]) -> list[Exchange]:
    """Every question that has a complete answer, with it."""
    questions = {message.position: message for message in earlier if message.role == "user"}
    return [
        (questions[message.position - 1], message)
        for message in earlier
        if message.role == "assistant" and message.status == "complete" and message.position - 1 in questions
    ]
