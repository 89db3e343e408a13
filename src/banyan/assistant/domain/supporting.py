"""What of an answer the cited passages do not contain, and whether the course supports it at all."""

from collections.abc import Iterator, Sequence
from decimal import Decimal

from banyan.assistant.domain.checks import Kind, Unsupported
from banyan.assistant.domain.facts import Dated, Number, dates, numbers
from banyan.assistant.domain.names import capitalised, joined
from banyan.assistant.domain.quoting import without_marks
from banyan.assistant.domain.words import content, language, plain, sentences, words

_SAME_SENTENCE = 0.6
"""From this share of shared words on, a sentence says what a passage says, so that its first word may be a name."""
_DEGREES = {"degrees", "celsius", "fahrenheit", "kelvin"}
_LITTLE = 0.2
_MUCH = 0.5


def unsupported(answer: str, sources: Sequence[str]) -> tuple[Unsupported, ...]:
    """Numbers, dates and names of the answer that stand in none of the sources, in order."""
    found = [*_numbers_and_dates(answer, sources), *_names(answer, sources)]
    return tuple(sorted(found, key=lambda one: one.start))


def is_covered(question: str, answer: str, cited: Sequence[str], offered: Sequence[str]) -> bool | None:
    """Whether the course supports the answer; None for small talk.

    cited, offered: the passages that the answer cites, and all that it could have cited.
    """
    said, asked = frozenset(content(without_marks(answer))), frozenset(content(question))
    if not asked:
        return None
    if not offered:
        return False
    if cited:
        # Words cannot be compared across languages; then the marks are believed.
        return _foreign(answer, cited) or _share(said, cited) >= _LITTLE
    return _share(asked, offered) >= _MUCH and _share(said, offered) >= _MUCH


def _foreign(answer: str, passages: Sequence[str]) -> bool:
    text = " ".join(passages)
    return language(answer) != language(text) or _is_latin(answer) != _is_latin(text)


def _is_latin(text: str) -> bool:
    letters = [sign for sign in text if sign.isalpha()]
    return sum(sign < "\u0250" for sign in letters) * 2 >= len(letters)


def _share(terms: frozenset[str], passages: Sequence[str]) -> float:
    """The part of the terms that the passages contain together."""
    if not terms:
        return 0.0
    there = frozenset(term for passage in passages for term in content(passage))
    return len(terms & there) / len(terms)


def _numbers_and_dates(answer: str, sources: Sequence[str]) -> Iterator[Unsupported]:
    days = dates(answer)
    known_days = [day for source in sources for one in dates(source) for day in one.days]
    known = [number for source in sources for number in numbers(source)]
    values = {value for number in known for value in number.values}
    for day in days:
        if not _is_dated(day, known_days) and not _has_parts(day, values):
            yield Unsupported(answer[day.start : day.end], day.start, day.end, "date")
    for number in numbers(answer, but=days):
        if not any(_same(number, other) for other in known):
            kind: Kind = "date" if number.is_year else "number"
            yield Unsupported(answer[number.start : number.end], number.start, number.end, kind)


def _is_dated(one: Dated, known: Sequence[tuple[int | None, int | None, int | None]]) -> bool:
    return any(
        all(part is None or part == other for part, other in zip(day, there, strict=True))
        for day in one.days
        for there in known
    )


def _has_parts(one: Dated, values: set[Decimal]) -> bool:
    """`3/4` and the like, which a source has as plain numbers; only for what names no year."""
    return any(
        year is None and month is None and day is not None and Decimal(day) in values for year, month, day in one.days
    )


def _same(number: Number, other: Number) -> bool:
    kinds = {number.kind, other.kind}
    if "" not in kinds and len(kinds) == 2 and not ("degrees" in kinds and kinds <= _DEGREES):
        return False
    if number.values & other.values:
        return True
    exact = Decimal(1).scaleb(-number.digits)
    if number.digits and number.digits < other.digits:
        return any(one.quantize(exact) in number.values for one in other.values)
    return False


def _names(answer: str, sources: Sequence[str]) -> Iterator[Unsupported]:
    found = capitalised(answer)
    german = language(answer) == "german"  # where every noun is capitalised
    there = frozenset(word for source in sources for word in words(source))
    within = {plain(answer[start:end]) for start, end, opens in found if not opens}
    for group in joined(answer, found):
        missing = [one for one in group if not frozenset(words(answer[one[0] : one[1]])) & there]
        if not missing or (german and len(group) < 2):
            continue
        start, end = group[0][0], group[-1][1]
        opening = all(opens for _, _, opens in missing)
        if opening and len(group) < 2:
            name = answer[start:end]
            shouts = len(name) > 1 and name.isupper()
            if not shouts and plain(name) not in within and not _says_the_same(answer, start, end, sources):
                continue
        yield Unsupported(answer[start:end], start, end, "name")


def _says_the_same(answer: str, start: int, end: int, sources: Sequence[str]) -> bool:
    """Whether but for that word the sentence stands in a source."""
    for first, last in sentences(answer):
        if first <= start < last:
            rest = without_marks(answer[first:start] + " " + answer[end:last])
            terms = frozenset(content(rest))
            return bool(terms) and any(_share(terms, [source]) >= _SAME_SENTENCE for source in sources)
    return False
