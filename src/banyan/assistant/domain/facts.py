"""Numbers with their units, and dates, as they stand in a text."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import lru_cache

from banyan.assistant.domain.number_words import SCALES, SPELLED, value_of
from banyan.assistant.domain.units import UNITS
from banyan.assistant.domain.words import language

_GROUPED = r"\d{1,3}(?:[,.\u00a0\u202f’' ]\d{3})+(?!\d)(?:[.,]\d+)?"
_DIGITS = re.compile(
    rf"(?<![\w.,\[])(?P<sign>[-−–])?(?P<cash>[$€£]\s?)?(?P<number>{_GROUPED}|\d+(?:[.,]\d+)?)(?P<th>st|nd|rd|th)?(?![\d\]])"
)
_SCALE = re.compile(r"[ \u00a0-]?(" + "|".join(sorted(SCALES, key=len, reverse=True)) + r")\b", re.IGNORECASE)
_SIGNS = "|".join(sorted((re.escape(name) for name in UNITS), key=len, reverse=True))
_UNIT = re.compile(rf"[ \u00a0\u202f-]?(per\s?cent|pour cent|por ciento|{_SIGNS})(?![\w²³^])", re.IGNORECASE)
_REMEMBERED = 512
"""Texts: learners of a lesson meet the same passages, and an answer is looked at with each."""
_MARKS = re.compile(r"\[\d{1,3}(?:\s*,\s*\d{1,3})*\]|^[ \t]*(?:[-*#>]+[ \t]*)?(?:\*\*)?\d{1,3}[.)](?=\s)", re.MULTILINE)
"""What looks like a number and is none: marks of citations, and numbers of list items."""

MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "january jan januar jänner janvier enero", "february feb februar février febrero",
            "march mar märz mars marzo", "april apr avril abril", "may mai mayo", "june jun juni juin junio",
            "july jul juli juillet julio", "august aug août agosto", "september sept sep septembre septiembre",
            "october oct oktober octobre octubre", "november nov novembre noviembre",
            "december dec dezember décembre diciembre",
        ),
        1,
    )
    for name in names.split()
}  # fmt: skip
_MONTH = "(" + "|".join(sorted(MONTHS, key=len, reverse=True)) + r")\b\.?"
_DAY = r"(\d{1,2})(?:st|nd|rd|th|\.|er)?"
_YEAR = r"(\d{4})(?!\d)"
_DATES = (
    ("ymd", re.compile(r"(?<!\d)(\d{4})-(\d{2})-(\d{2})(?!\d)")),
    ("dmy", re.compile(r"(?<!\d)(\d{1,2})[./](\d{1,2})[./](\d{4})(?!\d)")),
    ("dMy", re.compile(rf"(?<!\d){_DAY}\s+(?:of\s+|de\s+)?{_MONTH},?\s+(?:de\s+)?{_YEAR}", re.IGNORECASE)),
    ("Mdy", re.compile(rf"\b{_MONTH}\s+{_DAY},?\s+{_YEAR}", re.IGNORECASE)),
    ("My", re.compile(rf"\b{_MONTH},?\s+(?:of\s+|de\s+)?{_YEAR}", re.IGNORECASE)),
    ("dM", re.compile(rf"(?<!\d){_DAY}\s+(?:of\s+|de\s+)?{_MONTH}(?!\w)", re.IGNORECASE)),
    ("Md", re.compile(rf"\b{_MONTH}\s+{_DAY}(?!\w)", re.IGNORECASE)),
)

Day = tuple[int | None, int | None, int | None]
"""Year, month, day; None for what is not said."""


@dataclass(frozen=True, slots=True)
class Number:
    """values: what it may be, as `1.000` is one or a thousand; in base units. kind: of the unit, "" without one.

    digits: how many follow the point, of the number as written.
    """

    start: int
    end: int
    values: frozenset[Decimal]
    kind: str
    digits: int = 0
    is_year: bool = False


@dataclass(frozen=True, slots=True)
class Dated:
    """days: what it may be, as 3/4/2020 is in March or in April."""

    start: int
    end: int
    days: tuple[Day, ...]


@lru_cache(maxsize=_REMEMBERED)
def dates(text: str) -> tuple[Dated, ...]:
    """Dates with at least two of day, month and year, in order."""
    found: list[Dated] = []
    for order, pattern in _DATES:
        for match in pattern.finditer(text):
            if not any(one.start < match.end() and match.start() < one.end for one in found):
                found.append(Dated(match.start(), match.end(), tuple(_days(order, match.groups()))))
    return tuple(sorted(found, key=lambda one: one.start))


def _days(order: str, parts: tuple[str, ...]) -> Iterator[Day]:
    if order == "dmy":
        first, second, last = map(int, parts)
        yield (last, second, first)
        yield (last, first, second)
        return
    year: int | None = None
    month: int | None = None
    day: int | None = None
    for what, part in zip(order, parts, strict=True):
        if what == "M":
            month = MONTHS[part.casefold()]
        elif what == "y":
            year = int(part)
        elif what == "m":
            month = int(part)
        else:
            day = int(part)
    yield (year, month, day)


@lru_cache(maxsize=_REMEMBERED)
def numbers(text: str, *, but: tuple[Dated, ...] = ()) -> tuple[Number, ...]:
    """Numbers in digits and in words, with their units. but: dates, whose parts are left out."""
    taken = [(one.start, one.end) for one in but] + [match.span() for match in _MARKS.finditer(text)]
    points = (".",) if language(text) == "english" else (".", ",")
    found: list[Number] = []
    for match in _DIGITS.finditer(text):
        if not _meets(match.span(), taken) and (number := _read(text, match, points)) is not None:
            found.append(number)
            taken.append((number.start, number.end))
    for match in SPELLED.finditer(text):
        value = value_of(match[0])
        if value is not None and not _meets(match.span(), taken):
            end, kind, factor = _unit(text, match.end())
            found.append(Number(match.start(), end, frozenset({value * factor}), kind))
    return tuple(sorted(found, key=lambda one: one.start))


def _meets(span: tuple[int, int], others: list[tuple[int, int]]) -> bool:
    return any(start < span[1] and span[0] < end for start, end in others)


def _read(text: str, match: re.Match[str], points: tuple[str, ...]) -> Number | None:
    written = match["number"]
    values = set(_values(written, points))
    if not values:
        return None
    start, end = match.span()
    sign = match["sign"]
    if sign and (start == 0 or not text[start - 1].isspace()) and start > 0:
        sign, start = None, start + 1  # a range, or a hyphen
    digits = len(re.split("[.,]", written)[-1]) if re.search(r"[.,]\d{1,2}$|[.,]\d{4,}$", written) else 0
    if (scale := _SCALE.match(text, end)) is not None:
        values = {value * SCALES[scale[1].casefold()] for value in values}
        end = scale.end()
    end, kind, factor = _unit(text, end)
    if match["cash"]:
        kind, factor = UNITS[match["cash"].strip()]
    is_year = not kind and len(written) == 4 and written.isdigit() and 1000 <= int(written) <= 2100
    signed = -1 if sign in ("-", "−") else 1
    return Number(start, end, frozenset(signed * value * factor for value in values), kind, digits, is_year)


def _values(written: str, points: tuple[str, ...]) -> Iterator[Decimal]:
    """Outside of English, `1,000` and `1.000` may be a thousand, or one with three digits behind the point."""
    bare = re.sub(r"[\u00a0\u202f’' ]", "", written)
    if re.fullmatch(r"\d+,\d{1,2}", bare):
        points = (",",)
    for point in points:
        group = "," if point == "." else "."
        if bare.count(point) > 1:
            continue
        whole, _, rest = bare.partition(point)
        if group in rest or any(len(part) != 3 for part in whole.split(group)[1:]):
            continue
        try:
            yield Decimal(whole.replace(group, "") + ("." + rest if rest else "")).normalize()
        except InvalidOperation:
            continue


def _unit(text: str, end: int) -> tuple[int, str, Decimal]:
    found = _UNIT.match(text, end)
    if found is None:
        return end, "", Decimal(1)
    name = found[1].casefold()
    if name not in UNITS:
        name = "%"
    if len(name) == 1 and name.isalpha() and found[1].isupper() != (name in "vwkj"):
        return end, "", Decimal(1)  # `5 A`, `3 C`: not a unit that we know
    kind, factor = UNITS[name]
    return found.end(), kind, factor
