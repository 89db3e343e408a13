"""Takes out of a text what tells who wrote it, before it leaves the chat that it was written in."""

import re
from collections.abc import Iterable

HIDDEN = "[…]"
"""Stands where something was taken out."""

_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_PHONE = re.compile(r"(?<![\w.])(?:\+|00)?\d(?:[ ()/.-]?\d){6,14}(?![\w.])")
_HANDLE = re.compile(r"(?<![\w@])@\w{2,}")
_INTRODUCED = re.compile(
    r"\b(?P<says>my name is|i am called|call me|ich heiße|mein name ist|je m'appelle|me llamo|meu nome é)\s+"
    r"[^\W\d_]+(?:\s+[A-Z][^\W\d_]+)?",
    re.IGNORECASE,
)
_SHORTEST = 3
"""Letters of a single name: shorter ones are words as often as names."""


def redacted(text: str, names: Iterable[str]) -> str:
    """Without e-mail addresses, telephone numbers, handles, and names of people.

    names: of the course's people; as a whole in any letters, and each part of them with its capital.
    """
    for pattern in (_EMAIL, _PHONE, _HANDLE):
        text = pattern.sub(HIDDEN, text)
    text = _INTRODUCED.sub(lambda said: f"{said['says']} {HIDDEN}", text)
    for name in sorted({name.strip() for name in names}, key=len, reverse=True):
        if len(name) < _SHORTEST:
            continue
        text = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", HIDDEN, text, flags=re.IGNORECASE)
        for part in re.findall(rf"[^\W\d_]{{{_SHORTEST},}}", name):
            text = re.sub(rf"(?<!\w){re.escape(part[:1].upper() + part[1:])}(?!\w)", HIDDEN, text)
    return text
