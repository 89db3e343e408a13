"""Which part of a conversation the model is reminded of."""

from collections.abc import Sequence

from banyan.assistant.domain.sessions import StoredMessage
from banyan.kernel.messages import Message

MAX_MESSAGES = 20
"""Ten exchanges; what lies further back seldom bears on a question, and every turn pays for it again."""

MAX_CHARACTERS = 16_000
"""About 4,000 tokens: half the window of the smallest models in use, which leaves room for the passages."""


def history(earlier: Sequence[StoredMessage]) -> tuple[Message, ...]:
    """The newest exchanges that fit both limits, oldest first.

    earlier: messages before the question, in order. A question counts only together with a complete answer:
    half an answer must not pass for a whole one, and a question without one would be asked again.
    """
    kept: list[Message] = []
    room = MAX_CHARACTERS
    for question, answer in reversed(_exchanges(earlier)):
        room -= len(question.content) + len(answer.content)
        if room < 0 or len(kept) + 2 > MAX_MESSAGES:
            break
        kept += [Message("assistant", answer.content), Message("user", question.content)]
    return tuple(reversed(kept))


def _exchanges(earlier: Sequence[StoredMessage]) -> list[tuple[StoredMessage, StoredMessage]]:
    questions = {message.position: message for message in earlier if message.role == "user"}
    return [
        (questions[message.position - 1], message)
        for message in earlier
        if message.role == "assistant" and message.status == "complete" and message.position - 1 in questions
    ]
