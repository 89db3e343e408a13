"""What became of solutions in the answers that are stored."""

import hashlib
from collections.abc import Callable, Iterable, Sequence

import msgspec

from banyan.assistant.domain.leaks import Heard, Secret, gives_away
from banyan.assistant.domain.sessions import StoredMessage

_RULES = 1
"""Goes up when `gives_away` comes to say something else, so that what it said before counts no more."""
_QUESTIONS = 6


def mark_of(secret: Secret) -> str:
    """Differs wherever `gives_away` may."""
    sets = (secret.pairs, secret.terms, secret.numbers, secret.about, secret.letters, secret.shingles)
    told_by = [_RULES, secret.is_short, *(sorted(one) for one in sets)]
    return hashlib.blake2b(msgspec.json.encode(told_by), digest_size=16).hexdigest()


def mark_of_all(marks: Iterable[str]) -> str:
    """Of all solutions of a course, in whatever order."""
    return hashlib.blake2b("".join(sorted(marks)).encode(), digest_size=16).hexdigest()


def given_away(
    secrets: Sequence[Secret], told: Sequence[tuple[StoredMessage, bool]], most: int, go_on: Callable[[], bool]
) -> dict[StoredMessage, bool]:
    """By answer, whether it gave a solution away after all that was said before it in its session.

    told: messages, session by session in order, and whether that one is to be looked at. most: answers.
    go_on: asked after each of them.
    """
    found: dict[StoredMessage, bool] = {}
    session, before, questions = "", Heard(), list[str]()
    for message, is_new in told:
        if len(found) == most or (found and not go_on()):
            break
        if message.session != session:
            session, before, questions = message.session, Heard(), []
        if message.role == "user":
            questions = [*questions, message.content][-_QUESTIONS:]
            continue
        if is_new:
            found[message] = any(
                gives_away(one, message.content, before=before, questions=questions) for one in secrets
            )
        before.add(message.content)
    return found
