"""The quality gate: what is wrong with a question or a card, and which of many go into the material.

It looks alike at items that were made from quotations and at those that a model wrote. Codes are stable.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Generic, TypeVar

from banyan.assistant.domain.material import Card, Fault, GateReport, Question
from banyan.assistant.domain.spans import supports
from banyan.assistant.domain.supporting import unsupported
from banyan.assistant.domain.words import content

GAP = "___"
OPTIONS = 4
_MOST_FAULTS = 100
_WORD = re.compile(r"\w+")
_CATCH_ALL = re.compile(
    r"\b(?:all|none|both|neither) of (?:the )?(?:above|these|them|options|answers)\b"
    r"|\ball (?:are|options) (?:right|correct)"
    r"|\balle (?:der )?(?:genannten|oben|antworten)|\bkeine (?:der )?(?:genannten|antworten)"
    r"|\btoutes? (?:ces|les) réponses|\baucune (?:de ces|des) réponses"
    r"|\btodas las anteriores|\bninguna de las anteriores"
    r"|^\W*[A-D] (?:and|or|&) [A-D]\W*$",
    re.IGNORECASE,
)
_NEEDS_OPTIONS = re.compile(
    r"\b(?:which|what|who)(?: one)? of (?:the following|these|those)\b"
    r"|\bthe following (?:statements?|options?|answers?)\b"
    r"|\bchoose (?:the|one|an?)\b.{0,20}\b(?:option|answer|statement)\b|\bwelche der folgenden\b|\bfolgenden aussagen\b"
    r"|\blequel des\b|\blaquelle des\b|\bcuál de las siguientes\b|\bqual das seguintes\b",
    re.IGNORECASE,
)
_ARTICLE_GAP = re.compile(r"\b(an?)\s+(?:_{3,}|$)", re.IGNORECASE)
_LEADING = re.compile(r"^(?:an?|the|der|die|das|ein|eine|le|la|les|un|une|el|los|las|una)\s+", re.IGNORECASE)
_FAR = 1.6
_LENGTH_SLACK = 14
"""Characters by which options may differ in length before anybody would choose by it."""
_SAME_QUESTION = 0.8
_SAME_ANSWER = "same_answer"

Found = tuple[str, str]
"""A code, and the reason."""


One = TypeVar("One", bound=Question | Card)


def folded(text: str) -> str:
    """Its words alone, in small letters: equal for texts that say the same to a reader."""
    return " ".join(_WORD.findall(text.casefold()))


def question_fault(one: Question) -> Found | None:
    """The first thing that is wrong with it; None where it may be asked."""
    if not _WORD.search(one.question) or not one.answer_text.strip():
        return "incomplete", "has no question or no answer"
    if one.options:
        found = _options_fault(one)
        if found is not None:
            return found
    elif one.answer != 0:
        return "no_key", "names an option as right, but has none"
    if one.kind != "true_false":
        found = _gives_away(one)
        if found is not None:
            return found
    if one.kind in ("multiple_choice", "cloze") and _thin(one.question):
        return "needs_options", "cannot be answered without looking at the options"
    return _key_fault(one)


def card_fault(one: Card) -> Found | None:
    """As `question_fault`."""
    if not _WORD.search(one.front) or not _WORD.search(one.back):
        return "incomplete", "has no front or no back"
    if folded(one.front) == folded(one.back):
        return "gives_away", "says the same on both sides"
    if GAP in one.front and _stands_in(folded(one.back), folded(one.front)):
        return "gives_away", "has its back on its front"
    if len(one.back) > 600:
        return "too_long", "has a back that is too long to learn by heart"
    if not supports(one.citation.quote, one.back):
        return "unsupported_key", "has a back that its quotation does not say"
    return None


def distractors(key: str, wrong: Sequence[str], quote: str) -> list[str]:
    """The wrong answers that may stand beside the key, in their order: no two alike, of its kind and length class."""
    chosen: list[str] = []
    said = folded(quote)
    for one in wrong:
        is_apart = not any(_alike(one, other) for other in (key, *chosen)) and not _stands_in(folded(one), said)
        if is_apart and _odd(key, one) is None:
            chosen.append(one)
    return chosen


class Gate(Generic[One]):
    """Takes candidates one after the other until there are enough; what fails is replaced by what comes after it.

    No two are alike, and none stands on the sentence of another; two with one answer only where there are no others.
    before: items that are there already.
    """

    def __init__(self, count: int, before: Sequence[One] = ()) -> None:
        self._count = count
        self._before: Sequence[One] = before
        self._same_answer: list[One] = []
        self._held: list[One] = []
        self._faults: list[Fault] = []
        self._checked = 0
        self.chosen: list[One] = []

    def fill(self, candidates: Iterable[One]) -> "Gate[One]":
        """From the candidates in their order."""
        for one in candidates:
            if len(self.chosen) == self._count:
                break
            self._checked += 1
            fault = _fault(one) or _repeats(one, [*self._before, *self.chosen])
            if fault is not None and fault[0] == _SAME_ANSWER:
                self._same_answer.append(one)
            elif fault is not None:
                self._failed(one, fault)
            elif _is_true(one) is not None and self._leads(one):
                self._held.append(one)
            else:
                self.chosen.append(one)
        for one in (*self._held, *self._same_answer):
            fault = _repeats(one, [*self._before, *self.chosen])
            if len(self.chosen) == self._count:
                break
            if fault is not None and fault[0] != _SAME_ANSWER:
                self._failed(one, fault)
            elif _is_true(one) is not None and self._leads(one, by=self._slack):
                self._failed(one, ("unbalanced", "would make nearly all statements of the quiz equally true"))
            else:
                self.chosen.append(one)
        return self

    def refuse(self, item: str, code: str, reason: str) -> None:
        """What is no candidate at all, such as one whose quotation does not stand in the text."""
        self._checked += 1
        self._faults.append(Fault(item[:200], code, reason))

    @property
    def report(self) -> GateReport:
        """What it did."""
        faults = tuple(self._faults[:_MOST_FAULTS])
        return GateReport(asked=self._count, checked=self._checked, passed=len(self.chosen), faults=faults)

    @property
    def _slack(self) -> int:
        return max(1, self._count // 3)

    def _leads(self, one: One, by: int = 0) -> bool:
        truths = [truth for other in (*self._before, *self.chosen) if (truth := _is_true(other)) is not None]
        own = truths.count(_is_true(one) is True)
        return own - (len(truths) - own) > by

    def _failed(self, one: One, fault: Found) -> None:
        self._faults.append(Fault(_asked(one)[0][:200], *fault))


def merged(first: GateReport, second: GateReport) -> GateReport:
    """Two looks for one order: the second was for what the first left open."""
    return GateReport(
        asked=first.asked,
        checked=first.checked + second.checked,
        passed=first.passed + second.passed,
        regenerated=first.regenerated + second.regenerated,
        faults=(*first.faults, *second.faults)[:_MOST_FAULTS],
    )


def _fault(one: Question | Card) -> Found | None:
    return question_fault(one) if isinstance(one, Question) else card_fault(one)


def _asked(one: Question | Card) -> tuple[str, str]:
    return (one.question, one.answer_text) if isinstance(one, Question) else (one.front, one.back)


def _is_true(one: Question | Card) -> bool | None:
    if not isinstance(one, Question) or one.kind != "true_false":
        return None
    return folded(one.answer_text) == "true"


def _options_fault(one: Question) -> Found | None:
    options = [bare(option) for option in one.options]
    if not 1 <= one.answer <= len(options) or one.options[one.answer - 1] != one.answer_text:
        return "no_key", "does not name one of its options as the right one"
    if any(_CATCH_ALL.search(option) for option in one.options):
        return "catch_all", "has an option about the other options"
    if one.kind == "true_false":
        return None if sorted(options) == ["false", "true"] else ("no_key", "is not answered by True or False")
    if len(options) < OPTIONS:
        return "too_few_options", f"has {len(options)} options that may stand side by side, not {OPTIONS}"
    if any(_alike(left, right) for at, left in enumerate(one.options) for right in one.options[at + 1 :]):
        return "duplicate_options", "has the same option twice"
    others = [option for at, option in enumerate(one.options, 1) if at != one.answer]
    longest = max(len(option) for option in others)
    if len(one.answer_text) > _FAR * longest and len(one.answer_text) - longest > _LENGTH_SLACK:
        return "longest_is_right", "has a right option that is by far the longest"
    for other in others:
        odd = _odd(one.answer_text, other)
        if odd is not None:
            return "odd_options", f"has the option {other[:60]!r}, which {odd}"
    return None


def _gives_away(one: Question) -> Found | None:
    key, stem = bare(one.answer_text), folded(one.question)
    if one.options and _stands_in(key, stem):
        return "gives_away", "has its answer in the question"
    if not one.options and key == stem:
        return "gives_away", "asks for what it says"
    article = _ARTICLE_GAP.search(one.question.rstrip(" ?:.…"))
    if one.options and article is not None:
        wants = len(article[1]) == 2
        fitting = [option for option in one.options if (option.strip().lower()[:1] in "aeiou") == wants]
        if fitting == [one.answer_text]:
            return "article_gives_away", "has an article that only the right option fits"
    return None


def _thin(stem: str) -> bool:
    return bool(_NEEDS_OPTIONS.search(stem)) or len(content(stem.replace("_", " "))) < (2 if GAP in stem else 1)


def _key_fault(one: Question) -> Found | None:
    quote = one.citation.quote
    if not quote.strip():
        return "no_quote", "quotes nothing"
    if one.kind == "true_false":
        said = folded(one.question)
        if folded(one.answer_text) == "true":
            supported = supports(quote, one.question) and not unsupported(one.question, [quote])
        else:
            supported = supports(quote, one.question) and said not in folded(quote)
        return None if supported else ("unsupported_key", "has a quotation that does not decide it")
    if one.kind in ("scenario", "problem_solving") and one.key_points:
        answer = " ".join((one.answer_text, *one.key_points))
    else:
        answer = one.answer_text
    if not (_stands_in(bare(answer), folded(quote)) or supports(quote, answer)):
        return "unsupported_key", "has an answer that its quotation does not say"
    return None


def _repeats(one: One, others: Sequence[One]) -> Found | None:
    asked, answer = _asked(one)
    same_answer = False
    for other in others:
        there, said = _asked(other)
        if _same_text(asked, there):
            return "repeats", "asks what another one asks"
        if _place(one) == _place(other):
            return "repeats", "asks about the sentence of another one"
        same_answer = same_answer or (_is_true(one) is None and bare(answer) == bare(said))
    return (_SAME_ANSWER, "has the answer of another one") if same_answer else None


def _place(one: Question | Card) -> tuple[str, str, str, int]:
    at = one.citation
    return at.lesson, at.source, at.chunk_id if not at.lesson else "", at.start


def _same_text(left: str, right: str) -> bool:
    if folded(left) == folded(right):
        return True
    one, other = frozenset(content(left)), frozenset(content(right))
    return bool(one | other) and len(one & other) / len(one | other) >= _SAME_QUESTION


def bare(option: str) -> str:
    """As `folded`, without an article before it; what has no word stays as it is."""
    return folded(_LEADING.sub("", option.strip())) or option.strip()


def _alike(left: str, right: str) -> bool:
    shorter, longer = sorted((bare(left), bare(right)), key=len)
    return longer in (shorter, f"{shorter}s", f"{shorter}es")


def _odd(key: str, option: str) -> str | None:
    """Why nobody would take the option for an answer of the same kind; None where they might."""
    if any(sign.isdigit() for sign in key) != any(sign.isdigit() for sign in option):
        return "is of another kind than the right one"
    longer, shorter = max(len(key), len(option)), min(len(key), len(option))
    if longer > 2.5 * shorter and longer - shorter > _LENGTH_SLACK:
        return "is of another length than the right one"
    return None


def _stands_in(words: str, text: str) -> bool:
    """Both folded."""
    return bool(words) and f" {words} " in f" {text} "
