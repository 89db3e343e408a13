"""Tries to take the tutor over: in questions, in cited passages and on pages from outside."""

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache

from banyan.assistant.domain.circumstances import Circumstances
from banyan.assistant.domain.guarding import Action, Finding, Guardrail, Stage
from banyan.assistant.domain.injection_rules import GATES, IN_SOURCES, META, RULES, UNSPACED
from banyan.assistant.domain.notices import Notice, NoticeCode
from banyan.assistant.domain.plain_text import hidden_texts, invisible_count, plain, plain_pattern
from banyan.assistant.domain.snippets import snippet

_WHOLE, _HALF = 2.0, 1.0
"""What a finding weighs; from `_WHOLE` on it counts."""
_MANY_INVISIBLE = 6

_Rules = Mapping[str, tuple[str, ...]]


def _compiled(rules: _Rules) -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple(
        (kind, re.compile(plain_pattern("|".join(f"(?:{one})" for one in lines)))) for kind, lines in rules.items()
    )


_RULES = _compiled(RULES)
_GATES = {kind: tuple(plain_pattern(words).replace("_", " ") for words in line.split()) for kind, line in GATES.items()}
_UNSPACED = _compiled(UNSPACED)
_IN_SOURCES = _compiled(IN_SOURCES)
_META = re.compile(plain_pattern(META))
_QUOTED = re.compile(r"[\"“„«「『`]([^\"“”„«»「」『』`]{4,200})[\"”“»」』`]")
_BEFORE, _AFTER = 130, 260
"""Characters around an anchor that are looked at; no pattern is longer."""

NOTICE = Notice(
    NoticeCode.BLOCKED,
    "This reads like an attempt to change how the tutor works, so it was not answered. Ask about the lesson in "
    "other words.",
)


def check(stage: Stage, text: str, about: Circumstances) -> Finding | None:
    """Questions and sources are withheld."""
    at = injection_at(text, source=stage is Stage.PASSAGE)
    if at is None:
        return None
    return Finding(Action.WITHHOLD, "Injection", snippet(text, at), NOTICE if stage is Stage.QUESTION else None)


def injection_at(text: str, *, source: bool = False) -> int | None:
    """About where an injection begins in the text, None where there is none. source: it is to be cited."""
    return _source_at(text) if source else _at(text, source=False)


@lru_cache(maxsize=4096)
def _source_at(text: str) -> int | None:
    """A millisecond each, and the next question finds many of the same."""
    return _at(text, source=True)


def _at(text: str, *, source: bool) -> int | None:
    shown = plain(text)
    for at, weight in _found(shown, source):
        if weight - _discount(shown, at, source) >= _WHOLE:
            return min(at, max(len(text) - 1, 0))
    if any(weight >= _WHOLE for hidden in hidden_texts(text) for _, weight in _found(hidden, source)):
        return 0
    if invisible_count(text) > _MANY_INVISIBLE and _has_tags(text):
        return 0
    return None


def _found(shown: str, source: bool) -> Iterator[tuple[int, float]]:
    for kind, rule in _RULES:
        for start, end in _windows(shown, _GATES[kind]):
            yield from ((found.start(), _WHOLE) for found in rule.finditer(shown, start, end))
    if source:
        for _, rule in _IN_SOURCES:
            yield from ((found.start(), _WHOLE) for found in rule.finditer(shown))
    if not shown.isascii():
        for _, rule in _UNSPACED:
            yield from ((found.start(), _WHOLE) for found in rule.finditer(shown))


def _windows(shown: str, words: tuple[str, ...]) -> list[tuple[int, int]]:
    """The stretches of a text around any of the words; they do not overlap."""
    places: list[int] = []
    for word in words:
        at = shown.find(word)
        while at >= 0:
            places.append(at)
            at = shown.find(word, at + _BEFORE)
    windows: list[tuple[int, int]] = []
    for at in sorted(places):
        if windows and at - _BEFORE <= windows[-1][1]:
            windows[-1] = (windows[-1][0], at + _AFTER)
        else:
            windows.append((max(0, at - _BEFORE), at + _AFTER))
    return windows


def _discount(shown: str, at: int, source: bool) -> float:
    """How much speaks for a text that is about injections: it is quoted, and words around it say so."""
    quoted = any(one.start() <= at < one.end() for one in _QUOTED.finditer(shown))
    if not quoted:
        return 0.0
    around = shown[max(0, at - 300) : at] + shown[at : at + 500]
    outside = _QUOTED.sub(" ", around)
    return _HALF if _META.search(outside) else 0.0


def _has_tags(text: str) -> bool:
    return any("\U000e0020" <= c <= "\U000e007e" for c in text)


ENTRY = Guardrail(
    "injection",
    "Tries to change the tutor's instructions or to get at them, in 12 languages and in disguise.",
    frozenset({Stage.QUESTION, Stage.PASSAGE}),
    check,
    order=30,
)
