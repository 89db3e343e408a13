"""Single values of a persona as they may be kept: one line of plain text, a list of such, a number, yes or no.

Whatever was sent is data about a learner. Markup, marks of templates and prompts, unseen characters and sentences that
give a model orders are taken out here, once, so that neither pages nor prompts meet them.
"""

import html
import math
import re
import unicodedata
from collections.abc import Mapping
from functools import lru_cache
from itertools import islice
from typing import Any

from banyan.assistant.domain.injection_rules import GATES, RULES
from banyan.assistant.domain.plain_text import invisible_count, plain, plain_pattern

LONGEST, LONGEST_ITEM, MOST_ITEMS = 200, 100, 20
"""Characters of a text and of an item, and items of a list; each is far above what a form offers."""

_READ = 4_000
"""Characters of a text that are looked at; nobody describes themselves at greater length."""
_MANY_INVISIBLE, _ROUNDS = 6, 8
_SCRIPT = re.compile(r"<\s*(script|style|iframe|object|svg)\b.{0,4000}?(?:</\s*\1\s*>|$)", re.IGNORECASE | re.DOTALL)
_TAG = re.compile(r"</?[a-zA-Z!][^<>]{0,1000}>?|<\|[^<>|]{0,60}\|?>?")
_SIGNS = str.maketrans(dict.fromkeys("<>{}`|\\[]~^*", " ") | {"_": " "})
_ADDRESS = re.compile(r"\b(?:javascript|vbscript|data|https?|ftp|file)\s*:\S*", re.IGNORECASE)
_HEADS = re.compile(r"^(?:[#=>\s]|-(?!\d)|(?:system|assistant|user|human)\s*:)+", re.IGNORECASE)
_NUMBER = re.compile(r"(?<![\w.,+-])-?\d{1,6}(?:[.,]\d{1,10})?(?![\d.,]*\d|e[+-]?\d)")
_BETWEEN = re.compile(r"[,;\n•·、，]|\s/\s")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_YES = frozenset(["true", "yes", "y", "1", "on", "ja", "oui", "si", "sim", "light", "moderate", "high", "some"])
_NO = frozenset(["false", "no", "n", "0", "off", "nein", "non", "nao", "none", "never", "minimal"])


def one_line(value: object, longest: int = LONGEST) -> str:
    """The value as one line of plain text; "" for what is none, and for an order to a model."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        exact = number(value)
        value = "" if exact is None else f"{exact:.10g}"
    if not isinstance(value, str):
        return ""
    text = value[:_READ]
    if invisible_count(text) > _MANY_INVISIBLE:
        return ""
    # What is taken out may leave together what was apart, so it is looked at until nothing changes.
    for _ in range(_ROUNDS):
        before, text = text, _cleaned(text, longest)
        if before == text:
            return "" if _orders(text) else text
    return ""


def as_words(key: str) -> str:
    """`screenReader` and `screen_reader` as `screen reader`."""
    return one_line(_CAMEL.sub(" ", key[:LONGEST_ITEM]).replace("_", " "), LONGEST_ITEM).lower()


def many(value: object) -> tuple[str, ...]:
    """A list, a comma list, objects with a name, or names that are true; each item once, in the order given."""
    match value:
        case str():
            parts: list[Any] = list(_BETWEEN.split(value[:_READ]))
        case Mapping():
            parts = [as_words(str(key)) for key, said in islice(value.items(), MOST_ITEMS) if said is True]
        case list() | tuple() | set() | frozenset():
            parts = [_named(one) for one in islice(value, 4 * MOST_ITEMS)]
        case _:
            parts = [value]
    found: dict[str, str] = {}
    if isinstance(value, str) and not one_line(value):
        return ()
    for part in parts:
        item = one_line(part, LONGEST_ITEM)
        if item:
            found.setdefault(item.casefold(), item)
    return tuple(found.values())[:MOST_ITEMS]


def number(value: object) -> float | None:
    """A finite number, also from `7`, `7,5`, `7/10`, `70 %` or `5+ years`."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        try:
            exact = float(value)
        except OverflowError:
            return None
        return exact if math.isfinite(exact) else None
    if not isinstance(value, str) or (found := _NUMBER.search(value[:60])) is None:
        return None
    read, rest = float(found[0].replace(",", ".")), value[found.end() : found.end() + 8].replace(" ", "")
    return read / 100 if rest.startswith("%") else read


def share(value: object) -> float | None:
    """0 to 1 of what was given as 0 to 1, 0 to 10, or in percent; None where it is neither."""
    read = number(value)
    if read is None or not 0 <= read <= 100:
        return None
    return round(read if read <= 1 else read / 10 if read <= 10 else read / 100, 4)


def flag(value: object) -> bool | None:
    """Yes or no, also in words and by how much; None where it is neither."""
    if isinstance(value, bool):
        return value
    word = plain(one_line(value)) if isinstance(value, str | int | float) else ""
    return True if word in _YES else False if word in _NO else None


def _cleaned(text: str, longest: int) -> str:
    if "&" in text:
        text = html.unescape(text)
    if "<" in text:
        text = _TAG.sub(" ", _SCRIPT.sub(" ", text))
    text = "".join(map(_seen, unicodedata.normalize("NFC", text)))
    text = _HEADS.sub("", " ".join(_ADDRESS.sub(" ", text).translate(_SIGNS).split()))
    return text if len(text) <= longest else (text[:longest].rsplit(" ", 1)[0] or text[:longest]).rstrip(" ,;:-")


def _named(one: object) -> object:
    if isinstance(one, Mapping):
        return next((one[key] for key in ("name", "label", "title", "value") if isinstance(one.get(key), str)), "")
    return one


def _seen(sign: str) -> str:
    """A line break is a blank; what no one sees or writes is nothing. Joiners belong to some scripts."""
    kind = unicodedata.category(sign)
    if kind in ("Cc", "Zl", "Zp"):
        return " "
    return "" if kind[0] == "C" and sign not in "\u200c\u200d" else sign


def _orders(text: str) -> bool:
    shown = plain(text)
    return any(any(gate in shown for gate in gates) and rule.search(shown) for gates, rule in _rules())


@lru_cache(maxsize=1)
def _rules() -> tuple[tuple[tuple[str, ...], re.Pattern[str]], ...]:
    """Put together when the first persona is read."""
    return tuple(
        (
            tuple(plain_pattern(words).replace("_", " ") for words in GATES[kind].split()),
            re.compile(plain_pattern("|".join(f"(?:{one})" for one in lines))),
        )
        for kind, lines in RULES.items()
    )
