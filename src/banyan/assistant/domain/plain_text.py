"""Text as guardrails compare it: disguises taken off, lower case, no accents, single spaces."""

import base64
import binascii
import codecs
import re
import unicodedata
from collections.abc import Iterator

_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufe00-\ufe0f]"
)
_MARKS = re.compile(
    "["
    + "".join(re.escape(chr(c)) for c in range(0x300, 0xFFFF) if unicodedata.combining(chr(c)))
    + _INVISIBLE.pattern[1:-1]
    + "]"
)
_TAGS = re.compile("[\U000e0020-\U000e007e]{4,}")
_WORD = re.compile(r"[^\W\d_]+")
_SPELT = re.compile(r"(?<!\w)\w(?:[ .\-_*]\w){5,}(?!\w)")
_LEET_WORD = re.compile(r"(?=\w{0,30}\d)(?=\w{0,30}[a-z])\w{3,30}")
_BASE64 = re.compile(r"(?<![\w+/=-])[A-Za-z0-9+/_-]{24,8000}={0,2}(?![\w+/=-])")
_HEX = re.compile(r"(?<!\w)(?:[0-9a-fA-F]{2}[ :]?){16,4000}(?!\w)")
_LEET = re.compile(r"[a-z][013457]{1,3}[a-z]|(?<!\w)[013457][a-z]{2}")
_AS_LETTERS = str.maketrans("013457@$", "oieastas")
_LOOKALIKES = str.maketrans("аеорсухіјѕһӏԁԛԝвкмнтαοερνικτυχωγıʟɡɑᴀᴇɪᴏᴜ", "aeopcyxijshldqwbkmhtaoepviktuxwyilgaaeiou")

_MIXED = re.compile("[a-z][{0}]|[{0}][a-z]".format("".join(map(chr, _LOOKALIKES))))


def plain(text: str) -> str:
    """The text without invisible characters, accents, capitals and look-alike letters of other scripts."""
    if not text.isascii():
        text = _MARKS.sub("", unicodedata.normalize("NFKD", text).casefold())
        if _MIXED.search(text):
            text = _WORD.sub(_one_script, text)
        text = text.replace("’", "'").replace("‘", "'")
    return " ".join(text.lower().split())


def plain_pattern(pattern: str) -> str:
    """A regular expression in lower case as it matches plain text: its letters lose their accents too."""
    return _MARKS.sub("", unicodedata.normalize("NFKD", pattern))


def hidden_texts(text: str) -> Iterator[str]:
    """What is written in a text in other ways, each plain: tag characters, base64, hex, rot13, spelt and leet words."""
    for run in _TAGS.findall(text):
        yield plain("".join(chr(ord(one) - 0xE0000) for one in run))
    for run in _BASE64.findall(text)[:8]:
        yield from _decoded(run)
    for run in _HEX.findall(text)[:8]:
        yield from _printable(bytes.fromhex(re.sub("[ :]", "", run)))
    shown = plain(text)
    yield codecs.encode(shown, "rot13")
    if _SPELT.search(shown):
        yield _SPELT.sub(lambda found: re.sub(r"[.\-_*]", "", found[0]), shown)
        yield _SPELT.sub(lambda found: re.sub(r"[ .\-_*]", "", found[0]), shown)
    if _LEET.search(shown):
        yield _LEET_WORD.sub(lambda found: found[0].translate(_AS_LETTERS), shown)


def invisible_count(text: str) -> int:
    """Characters that nobody sees and that no script needs between its letters."""
    return 0 if text.isascii() else len(re.findall("[\u200b\u2060-\u2064\ufeff\u00ad\U000e0020-\U000e007e]", text))


def _one_script(word: re.Match[str]) -> str:
    found = word[0]
    if found.isascii() or not any(c.isascii() or c in "ıʟɡɑᴀᴇɪᴏᴜ" for c in found):
        return found
    return found.translate(_LOOKALIKES)


def _decoded(run: str) -> Iterator[str]:
    try:
        data = base64.b64decode(
            run.rstrip("=").translate(str.maketrans("-_", "+/")) + "=" * (-len(run.rstrip("=")) % 4)
        )
    except (binascii.Error, ValueError):
        return
    yield from _printable(data)


def _printable(data: bytes) -> Iterator[str]:
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return
    if sum(c.isprintable() or c.isspace() for c in text) == len(text):
        yield plain(text)
