"""A text as somebody could read it who wants to: without the disguises in which a solution may be handed over."""

import base64
import binascii
import html
import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from urllib.parse import unquote

_UNSEEN = re.compile(r"[\u00ad\u200b-\u200f\u2060-\u2064\ufeff]")
_LOOKALIKES = str.maketrans("аеорсухіѕԁӏαεορνικτ", "aeopcyxisdlaeopvikt")
_EMPHASIS = re.compile(r"[*_`~^]+")
_SPACED = re.compile(r"(?<!\w)\w(?:[\s.\-–·,|/]{1,3}\w){2,}(?!\w)")
_TOKEN = re.compile(r"[A-Za-z0-9+/_=-]{4,}")
_PLAIN_WORD = re.compile(r"[A-Z]?[a-z]+")
"""Read as itself: what encodes a text has capitals inside, digits or signs."""
_REMEMBERED = 256
"""Texts: each is looked at once for every solution that is kept, and the question again with each sentence."""
_HEX = re.compile(r"(?:0x)?[0-9a-fA-F]{2}(?:[\s,]*(?:0x)?[0-9a-fA-F]{2})+")
_BITS = re.compile(r"[01]{8}(?:\s*[01]{8})*")
_CODES = re.compile(r"\b\d{2,3}(?:[\s,]+\d{2,3}){2,}\b")
_LEET = str.maketrans("013457@$", "oieastas")
_MORSE_RUN = re.compile(r"(?:[.\-–·−]{1,6}[\s/|]+){2,}[.\-–·−]{1,6}")
_SIGNS = """.- -... -.-. -.. . ..-. --. .... .. .--- -.- .-.. -- -. --- .--. --.- .-. ... - ..- ...- .-- -..- -.--
    --.. ----- .---- ..--- ...-- ....- ..... -.... --... ---.. ----."""
_MORSE = dict(zip(_SIGNS.split(), "abcdefghijklmnopqrstuvwxyz0123456789", strict=True))


@lru_cache(maxsize=_REMEMBERED)
def readings(text: str, *, thorough: bool = False) -> tuple[str, ...]:
    """The text itself, and what else it says. thorough: backwards and with digits for letters too."""
    bare = _UNSEEN.sub("", unicodedata.normalize("NFKC", html.unescape(text)))
    bare = _EMPHASIS.sub("", bare.translate(_LOOKALIKES) if not bare.isascii() else bare)
    found = [bare]
    joined = _SPACED.sub(lambda run: re.sub(r"[\s.\-–·,|/]", "", run[0]), bare)
    if joined != bare:
        found.append(joined)
    if "%" in bare and (unquoted := unquote(bare)) != bare:
        found.append(unquoted)
    found += _decoded(bare)
    if thorough:
        found += [bare[::-1], bare.translate(_LEET), joined[::-1]]
        found += [" ".join(word[::-1] for word in bare.split())]
    return tuple(found)


def _decoded(text: str) -> list[str]:
    found: list[str] = []
    for token in _TOKEN.findall(text):
        if _PLAIN_WORD.fullmatch(token):
            continue
        for decode in (base64.b64decode, base64.urlsafe_b64decode, base64.b32decode):
            try:
                found.append(decode(token + "=" * (-len(token) % (8 if decode is base64.b32decode else 4))).decode())
            except (binascii.Error, ValueError):
                continue
    for run in _HEX.findall(text):
        digits = re.sub(r"0x|[\s,]", "", run)
        try:
            found.append(bytes.fromhex(digits).decode())
        except ValueError:
            continue
    for run in _BITS.findall(text):
        bits = re.sub(r"\s", "", run)
        found.append("".join(chr(int(bits[at : at + 8], 2)) for at in range(0, len(bits), 8)))
    found += ["".join(chr(int(code)) for code in re.findall(r"\d+", run)) for run in _CODES.findall(text)]
    for run in _MORSE_RUN.findall(text):
        signs = re.sub(r"[–−]", "-", run.replace("·", ".")).split("/")
        found.append(" ".join("".join(_MORSE.get(sign, "") for sign in word.split()) for word in signs))
    readable = [one for one in found if one.isprintable() or "\n" in one]
    return [" ".join(readable), *readable] if readable else []


_SHIFTS = range(1, 26)
_SMALL = "abcdefghijklmnopqrstuvwxyz"
_SHIFTED = [
    str.maketrans(_SMALL + _SMALL.upper(), _SMALL[by:] + _SMALL[:by] + (_SMALL[by:] + _SMALL[:by]).upper())
    for by in range(26)
]


def shifted(text: str, sought: Iterable[str]) -> list[str]:
    """The text by every shift of the alphabet that brings one of the sought words into it, in small letters.

    To shift a few words and look for them takes a thousandth of reading 25 texts.
    """
    small = text.lower()
    sought = tuple(sought)
    return [
        small.translate(_SHIFTED[by])
        for by in _SHIFTS
        if any(word.translate(_SHIFTED[26 - by]) in small for word in sought)
    ]
