"""Takes out of a text what tells who wrote it, before it leaves the chat that it was written in."""

import re
from collections.abc import Iterable

from banyan.assistant.domain.personal import personal_in

HIDDEN = "[…]"
"""Stands where something was taken out."""

_NUMBER = re.compile(r"(?<![\w.,])\d(?:[ ()/.-]?\d){6,14}(?![\w.])")
"""Seven digits or more of which nothing says what they are: they may call somebody, or be their number."""
_HANDLE = re.compile(r"(?<![\w@])@\w{2,}")
_INTRODUCED = re.compile(
    r"\b(?P<says>my name is|i am called|call me|ich heiße|mein name ist|je m'appelle|me llamo|meu nome é)\s+"
    r"[^\W\d_]+(?:\s+[A-Z][^\W\d_]+)?",
    re.IGNORECASE,
)
_SHORTEST = 3
"""Letters of a single name: shorter ones are words as often as names."""


def redacted(text: str, names: Iterable[str]) -> str:
    """Without what `personal_in` finds, handles, long numbers and what people call themselves.

    names: of the course's people and their ids; as a whole in any letters, and each part of them with its capital.
    """
    people = tuple(sorted({name.strip() for name in names}))
    text = _HANDLE.sub(HIDDEN, text)
    for one in reversed(personal_in(text, people)):
        text = text[: one.start] + HIDDEN + text[one.end :]
    text = _NUMBER.sub(HIDDEN, text)
    text = _INTRODUCED.sub(lambda said: f"{said['says']} {HIDDEN}", text)
    # Ids of users are among the names, and no words: `u42` is found as it is.
    for name in sorted(people, key=len, reverse=True):
        if len(name) >= _SHORTEST:
            text = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", HIDDEN, text, flags=re.IGNORECASE)
    return text
