"""Statements that are true or false by the text."""

import re
from collections.abc import Sequence

from banyan.proxy.domain.tutor.asking_words import AskingWords
from banyan.proxy.domain.tutor.statements import Statement
from banyan.proxy.domain.tutor.study_forms import StudyQuestion
from banyan.proxy.domain.tutor.wrong_answers import Terms

_NUMBER = re.compile(r"(?<![\w.,/–—-])\d{1,3}(?:,\d{3})+(?![\w/–—-])|(?<![\w.,/–—-])\d+(?:\.\d+)?(?![\w/–—-]|[.,]\d)")
_ANY_FIGURE = re.compile(r"\d")
_VAGUE = re.compile(
    r"\b(?:may|might|can|could|perhaps|possibly|sometimes|some|often|usually|generally|typically|estimated|vary|varies)\b",
    re.IGNORECASE,
)
_LABELS = re.compile(
    r"(?:type|class|phase|stage|grade|group|level|step|version|chapter|figure|table|vitamin|factor|number|no\.|nr\.|page|typ|stufe|type|tipo|etapa|fase|chapitre|capítulo)\s$",
    re.IGNORECASE,
)
MOST_FALSE = 15
_OPERATORS = tuple("−+-×/*=^<>√·(≤≥%$€£")
_CONDITION = re.compile(r"(?:if|when|suppose|wenn|si|quand|cuando|se|quando)\b", re.IGNORECASE)
TRUE, FALSE = "True", "False"


def true_or_false(one: Statement, terms: Terms, asking: AskingWords, *, false: bool) -> StudyQuestion | None:
    """The statement itself; or, if `false`, one that the text contradicts, made by exchanging the term or a number."""
    if not one.stands_alone:
        return None
    if not false:
        return StudyQuestion("true_false", one.plain, TRUE, (), one.cite(), one.plain)
    made = _another_number(one.plain, asking) or _another_term(one, terms)
    if made is None:
        return None
    return StudyQuestion("true_false", made, FALSE, (), one.cite(), one.plain)


def _another_term(one: Statement, terms: Terms) -> str | None:
    """Only where the text says what both terms are: then what it says of the one is not true of the other."""
    explained = one.naming
    if explained is None or explained.how == "described" or _VAGUE.search(explained.says):
        return None
    right = terms.term(explained, one)
    named = rf"\b{re.escape(explained.term)}\b"
    abbreviated = re.search(rf"{named} \(", one.plain, re.IGNORECASE)  # what follows would tell the true term
    if abbreviated or len(re.findall(named, one.plain, re.IGNORECASE)) != 1:
        return None
    for other in terms.wrong(right, one.stems - right.stems, one):
        if other.clear and other.stems in terms.own and other.statement.stands_alone:
            if one.language == "english":
                return _exchanged(one.plain, explained.term, other.text, one.language)
            used = other.statement.naming  # the same article: the same gender
            if used is not None and used.article == explained.article:
                return _exchanged(one.plain, explained.term, other.text, one.language)
    return None


def _exchanged(text: str, term: str, other: str, language: str) -> str:
    at = re.search(rf"\b{re.escape(term)}\b", text, re.IGNORECASE)
    assert at is not None  # the term was found in this sentence
    before = text[: at.start()]
    if language == "english":
        article = re.search(r"\b(an?) $", before, re.IGNORECASE)
        if article is not None:
            fitting = (
                "an" if other[:1].lower() in "aeiou" and not other.lower().startswith(("uni", "eu", "use")) else "a"
            )
            before = before[: article.start()] + (fitting.capitalize() if article[1][0].isupper() else fitting) + " "
    placed = other[:1].upper() + other[1:] if not before.strip() else other
    return before + placed + text[at.end() :]


def _another_number(text: str, asking: AskingWords) -> str | None:
    """Another number in the place of the only one, where that one is exact."""
    found = _NUMBER.findall(text)
    if len(found) != 1 or len(_ANY_FIGURE.findall(text)) != len(_ANY_FIGURE.findall(found[0])) or _VAGUE.search(text):
        return None
    number = _NUMBER.search(text)
    assert number is not None
    before, after = text[: number.start()], text[number.end() :]
    hedged = asking.hedges and re.search(
        rf"(?:^|[\s(])(?:{asking.hedges})\s(?:the |a |an |of )?$", before[-24:], re.IGNORECASE
    )
    if (
        hedged
        or _LABELS.search(before)
        or re.match(r"\s?(?:[–-]|to|or|bis|à|a|por|and|±|\+|or more|years? (?:ago|old))\s", after)
    ):
        return None
    return f"{before}{_changed(number[0])}{after}"


def _changed(number: str) -> str:
    """A number of the same form and size that is clearly another one."""
    if "," in number:
        return f"{int(number.replace(',', '')) * 2:,}"
    if "." in number:
        digits = len(number.split(".")[1])
        return f"{float(number) * 1.5 + 10**-digits:.{digits}f}"
    value = int(number)
    if 1000 <= value <= 2100:
        return str(value - 40 if value > 1500 else value + 100)
    if value == 100:
        return "80"
    return str(value + max(2, value // 2)) if value < 67 or value > 100 else str(value - value // 3)


def alternating(statements: Sequence[Statement], terms: Terms, asking: AskingWords) -> list[StudyQuestion]:
    """True and false by turns, about as many of either, and each of another statement. statements: the best first."""
    found: list[StudyQuestion] = []
    true = false = 0
    for one in statements:
        made = true_or_false(one, terms, asking, false=True) if false <= true and false < MOST_FALSE else None
        if made is None and true <= false + 1:
            made = true_or_false(one, terms, asking, false=False)
        if made is not None:
            true, false = true + (made.answer == TRUE), false + (made.answer == FALSE)
            found.append(made)
    return found
