"""Which part of a conversation the model is reminded of."""

from collections.abc import Sequence

from banyan.assistant.domain.sessions import StoredMessage
from banyan.kernel.messages import Message

MAX_MESSAGES = 20
"""Ten exchanges; what lies further back seldom bears on a question, and every turn pays for it again."""

MAX_CHARACTERS = 16_000
"""About 4,000 tokens: half the window of the smallest models in use, which leaves room for the passages."""

_BYTES_PER_TOKEN = 3
"""Few enough to be on the safe side in every script; text has four on average."""
_ANSWER = 512
_PASSAGES = 4_000
"""Tokens that are kept free for the answer, and for passages; of small windows an eighth and a quarter."""

Exchange = tuple[StoredMessage, StoredMessage]
"""A question and its complete answer."""


def tokens(text: str) -> int:
    """Hardly fewer than any model counts."""
    return -(-len(text.encode("utf-8", "surrogatepass")) // _BYTES_PER_TOKEN)


def fits(window: int | None, question: str, instructions: str) -> bool:
    """Whether question and instructions alone leave room for an answer. window: None where nobody knows it."""
    return window is None or tokens(question) + tokens(instructions) + min(_ANSWER, window // 8) <= window


def room_for(window: int | None, question: str, instructions: str, summary: int) -> int | None:
    """Tokens that are left to the conversation; None where nobody knows. summary: its longest, in characters."""
    if window is None:
        return None
    taken = min(_ANSWER, window // 8) + min(_PASSAGES, window // 4) + tokens(question) + tokens(instructions)
    return max(0, window - taken - min(-(-summary // _BYTES_PER_TOKEN), window // 8))


def history(earlier: Sequence[StoredMessage], most: int | None = None) -> tuple[Message, ...]:
    """The messages of `recent`."""
    return tuple(
        message
        for question, answer in recent(earlier, most)
        for message in (Message("user", question.content), Message("assistant", answer.content))
    )


def recent(earlier: Sequence[StoredMessage], most: int | None = None) -> list[Exchange]:
    """The newest exchanges that fit all limits, oldest first. most: tokens that the model has room for.

    earlier: messages before the question, in order. A question counts only together with a complete answer:
    half an answer must not pass for a whole one, and a question without one would be asked again.
    """
    kept: list[Exchange] = []
    room = MAX_CHARACTERS
    for question, answer in reversed(exchanges(earlier)):
        room -= len(question.content) + len(answer.content)
        if most is not None:
            most -= tokens(question.content) + tokens(answer.content)
        if room < 0 or (most is not None and most < 0) or 2 * len(kept) + 2 > MAX_MESSAGES:
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
