"""Proper names in a text."""

import re

from banyan.assistant.domain.facts import MONTHS
from banyan.assistant.domain.words import is_common, plain, sentences

_CAPITALISED = re.compile(r"(?<![\w'’-])[^\W\d_a-z][\w'’-]*")
_BETWEEN = re.compile(r"[ \u00a0](?:(?:of|de|von|van|der|la|du|da|del|the)[ \u00a0])?")
_OPENERS = frozenset(
    """according additionally although consequently correct conversely exactly first following furthermore good great
    hence hello hi indeed instead later learners look many meanwhile moreover nevertheless next note nothing okay
    overall passage perhaps remember right second since sorry students sometimes sure third yes zusammen zunächst
    außerdem daher deshalb ensuite enfin ainsi también además finalmente course lesson question answer summary example
    examples step steps tip both several various different another think try consider imagine let's lets don't
    monday tuesday wednesday thursday friday saturday sunday montag dienstag mittwoch donnerstag freitag samstag
    sonntag""".split()  # noqa: SIM905
)


def capitalised(text: str) -> list[tuple[int, int, bool]]:
    """Spans of capitalised words that may be names, and whether they open a sentence, line or quotation."""
    openings = {start for start, _ in sentences(text)}
    found: list[tuple[int, int, bool]] = []
    for match in _CAPITALISED.finditer(text):
        word = plain(match[0]).replace("’", "'").removesuffix("'s")
        if len(word) < 2 or is_common(word) or is_common(word.split("'")[0]) or word in _OPENERS:
            continue
        if word in MONTHS or (word.endswith("ly") and len(word) > 5):
            continue
        before = text[: match.start()].rstrip(" \t*_#>-•\"'“”„«»(‘’")
        opens = match.start() in openings or not before or before[-1] in ".!?:;\n…。]"
        found.append((match.start(), match.end(), opens))
    return found


def joined(text: str, found: list[tuple[int, int, bool]]) -> list[list[tuple[int, int, bool]]]:
    """Neighbouring words as one name each, such as `Marie Curie` or `University of Oxford`."""
    groups: list[list[tuple[int, int, bool]]] = []
    for one in found:
        if groups and _BETWEEN.fullmatch(text[groups[-1][-1][1] : one[0]]):
            groups[-1].append(one)
        else:
            groups.append([one])
    return groups
