"""Numbers that are written as words, in the languages of the tutor."""

import re
from decimal import Decimal

_ENGLISH = """
    zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen
    seventeen eighteen nineteen
""".split()  # noqa: SIM905
_ENGLISH_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()  # noqa: SIM905
_GERMAN = """
    null eins zwei drei vier fünf sechs sieben acht neun zehn elf zwölf dreizehn vierzehn fünfzehn sechzehn
    siebzehn achtzehn neunzehn
""".split()  # noqa: SIM905
_GERMAN_TENS = "zwanzig dreißig vierzig fünfzig sechzig siebzig achtzig neunzig".split()  # noqa: SIM905
_FRENCH = """
    zéro un deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize dix-sept dix-
    huit dix-neuf
""".split()  # noqa: SIM905
_FRENCH_TENS = "vingt trente quarante cinquante soixante".split()  # noqa: SIM905
_SPANISH = """
    cero uno dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince dieciséis diecisiete
    dieciocho diecinueve
""".split()  # noqa: SIM905
_SPANISH_TENS = "veinte treinta cuarenta cincuenta sesenta setenta ochenta noventa".split()  # noqa: SIM905
_ARTICLES = frozenset({"one", "un", "uno", "six", "once"})
"""Also something else than a number, or too short to tell; `six` stays a number where it is English."""


def _below_hundred() -> dict[str, int]:
    made: dict[str, int] = {}
    for names, tens, joint in (
        (_ENGLISH, _ENGLISH_TENS, "{tens}-{unit}"),
        (_GERMAN, _GERMAN_TENS, "{unit}und{tens}"),
        (_FRENCH, _FRENCH_TENS, "{tens}-{unit}"),
        (_SPANISH, _SPANISH_TENS, "{tens} y {unit}"),
    ):
        made.update({name: number for number, name in enumerate(names) if name not in _ARTICLES})
        for place, ten in enumerate(tens, 2):
            made[ten] = 10 * place
            for unit in range(1, 10):
                name = "ein" if names is _GERMAN and unit == 1 else names[unit]
                made[joint.format(tens=ten, unit=name)] = 10 * place + unit
                if names is _ENGLISH:
                    made[f"{ten} {name}"] = 10 * place + unit
    made |= {"six": 6, "soixante-dix": 70, "quatre-vingts": 80, "quatre-vingt": 80, "quatre-vingt-dix": 90, "dozen": 12}
    return made


SMALL = _below_hundred()
SCALES = {
    "hundred": 100, "hundert": 100, "cent": 100, "cents": 100, "cien": 100, "ciento": 100,
    "thousand": 1000, "tausend": 1000, "mille": 1000, "mil": 1000,
    "million": 10**6, "millions": 10**6, "millionen": 10**6, "millón": 10**6, "millones": 10**6,
    "billion": 10**9, "billions": 10**9, "milliarde": 10**9, "milliarden": 10**9, "milliard": 10**9, "milliards": 10**9,
    "trillion": 10**12,
}  # fmt: skip

_NAMES = "|".join(sorted((re.escape(name) for name in (*SMALL, *SCALES)), key=len, reverse=True))
SPELLED = re.compile(rf"(?<![\w-])(?:(?:{_NAMES}|one|a|an)(?:[\s-]+(?:and\s+)?))*(?:{_NAMES})(?![\w-])", re.IGNORECASE)
"""A run of number words, such as `three hundred and twelve` or `two million`."""
_ONE = re.compile(_NAMES + r"|\bone\b|\ban?\b", re.IGNORECASE)


def value_of(spelled: str) -> Decimal | None:
    """The number that a match of `SPELLED` says; None where the words make none."""
    total = current = 0
    seen = False
    for found in _ONE.findall(spelled):
        word = found.casefold()
        if word in ("one", "a", "an"):
            current += 1
        elif word in SMALL:
            current += SMALL[word]
            seen = True
        elif (scale := SCALES[word]) == 100:
            current = max(current, 1) * 100
            seen = True
        else:
            total += max(current, 1) * scale
            current = 0
            seen = True
    return Decimal(total + current) if seen else None
