# ruff: noqa: E501
"""Questions about terms that the text uses without explaining them: a sentence with a gap."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from banyan.kernel.messages import Citation
from banyan.proxy.domain.tutor.intents import GAP
from banyan.proxy.domain.tutor.salient import Phrase, Salient
from banyan.proxy.domain.tutor.salient_words import AFTER, ARTICLES, BASES, BEFORE, DOES
from banyan.proxy.domain.tutor.statements import Statement
from banyan.proxy.domain.tutor.study_forms import StudyQuestion
from banyan.proxy.domain.tutor.words import is_function_word
from banyan.proxy.domain.tutor.wrong_answers import MOST_WRONG

_ASIDE = re.compile(
    r"\b(?:also|then|additional|additionally|etc|another|others|one of)\b"
    r"|^(?:other|\w+ly,|at (?:the same|that) time|notice|note|but|and|in (?:cases?|addition|general|fact|contrast)|on the other|again|first|second|next|finally|meanwhile|what|how|now|having|unlike|like)\b",
    re.IGNORECASE,
)
"""Sentences that go on with something, or hold of many things."""
_SAYS_KIN = re.compile(
    r"\b(?:such as|including|includes?|called|known as|(?:types?|kinds?|forms?) of|and other)\b",
    re.IGNORECASE,
)
_DOING = re.compile(r"\w{3}(?:izes|ifies|ates)$")
_ENOUGH = 30
"""Sentences asked about with options, below which lesser terms are asked for too."""
_LEAST_SAID = 5
_FITS = 0.5
_BEFORE_GAP = BEFORE | frozenset(["to", "as", "than", "its", "their", "when", "while", "because", "if", "that"])
_AFTER_GAP = AFTER | frozenset(
    ["had", "to", "as", "when", "while", "because", "where", "than", "does", "do", "also", "cannot"]
)
_TOKEN = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*|[^\w\s]")


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a term stands. use: as `Phrase.used`. worth: how well the sentence tells it."""

    phrase: Phrase
    start: int
    end: int
    use: str
    worth: float


class Gaps:
    """Asks for the terms of a text. taken: stems of other names of a term, which cannot be wrong answers."""

    def __init__(self, salient: Salient, statements: Sequence[Statement]) -> None:
        self._salient = salient
        self._terms = sorted(salient.terms, key=_longest)
        self._wide = sorted((*salient.terms, *salient.lesser), key=_longest)
        self._statements = statements
        self._places_of: dict[str, list[int]] = defaultdict(list)
        for at, one in enumerate(statements):
            for stem in one.stems:
                self._places_of[stem].append(at)

    def asked(self, one: Statement, *, wide: bool = False) -> StudyQuestion | None:
        """A gap for the term that the sentence tells best; None where it tells none, or wrong answers are lacking.

        wide: also for terms that the text has only once, and in sentences that go on with something.
        """
        if not wide and _ASIDE.search(one.plain) is not None:
            return None
        near: list[tuple[Statement, frozenset[str]]] | None = None
        for place in sorted(self._places(one, self._wide if wide else self._terms), key=lambda each: -each.worth)[:4]:
            said = one.stems - place.phrase.stems
            if len(said) < _LEAST_SAID - wide:
                continue
            near = self._near(one) if near is None else near
            wrong = self._wrong(place, one, near, self._wide if wide else self._terms)
            if len(wrong) >= 3:
                text = one.plain
                before = text[: place.start]
                if place.use == "a":
                    before = re.sub(r"\b(a)n? $", r"\1(n) ", before, flags=re.IGNORECASE)
                return StudyQuestion(
                    "cloze", f"{before}{GAP}{text[place.end :]}", place.phrase.text, wrong, one.cite(), text
                )
        return None

    def more(self, statements: Sequence[Statement], taken: Sequence[Citation]) -> Iterator[StudyQuestion]:
        """For a text that gives few questions with options: the next best. taken: what is quoted by those."""
        asked = {(one.chunk_id, one.start) for one in taken}
        lacking = _ENOUGH - len(asked)
        for one in statements:
            if lacking <= 0:
                return
            if (one.passage.chunk_id, one.candidate.sentence.span.start) in asked:
                continue
            if (gapped := self.asked(one, wide=True)) is not None:
                lacking -= 1
                yield gapped

    def _places(self, one: Statement, terms: Sequence[Phrase]) -> Iterator[_Place]:
        text, folded = one.plain, one.plain.lower()
        if len(folded) != len(text):
            return
        listing = text.count(",") > 1 and (" and " in text or " or " in text)
        covered: list[tuple[int, int]] = []
        for phrase in terms:
            if not phrase.stems < one.stems:
                continue
            start = phrase.found_in(folded)
            end = start + len(phrase.text)
            if start < 0:
                continue
            if any(start < last and first < end for first, last in covered):
                continue
            covered.append((start, end))
            before, after = (
                _TOKEN.findall(text[max(0, start - 30) : start])[-2:],
                _TOKEN.findall(text[end : end + 30])[:2],
            )
            if not self._binds(before, after, plural=phrase.plural, listing=listing):
                continue
            article = before[-1].lower() if before else ""
            use = (
                "a" if article in ("a", "an", "each", "every") else "the" if article in ("the", "its", "their") else ""
            )
            if not phrase.used[use] and use == "":
                continue
            subject = not before or (len(before) == 1 and article in ARTICLES)
            worth = 1.0 * subject + 0.4 * (after[:1] == ["."]) + 0.5 * (phrase.length > 1) + 0.5 * phrase.is_marked
            worth += 0.3 * bool(phrase.ending) + min(0.4, len(phrase.text) / 40) + 0.3 * phrase.named
            yield _Place(phrase, start, end, use, worth)

    def _binds(self, before: list[str], after: list[str], *, plural: bool, listing: bool) -> bool:
        """Whether what stands around it shows that the term is whole, and is no part of a list."""
        left, right = before[-1].lower() if before else "", after[0].lower() if after else "."
        if left in ARTICLES and len(before) > 1 and before[-2].lower() in ("and", "or", ","):
            left = before[-2].lower()
            if left != "," or listing:
                return False
        if left in ("and", "or") or right in ("and", "or") or (listing and "," in (left, right)):
            return False
        fits_left = not left or left in _BEFORE_GAP or left == "," or self._is_verb(left)
        fits_right = (
            right in _AFTER_GAP
            or right in ".;"
            or self._is_deed(right, plural=plural)
            or (right == "," and len(after) > 1 and (is_function_word(after[1].lower())))
        )
        return fits_left and fits_right

    def _is_deed(self, word: str, *, plural: bool) -> bool:
        """Whether it is a verb that agrees with a subject of that number."""
        if self._salient.nouns[word] > self._salient.verbs[word]:
            return False
        return word in BASES if plural else word in DOES or _DOING.search(word) is not None

    def _is_verb(self, word: str) -> bool:
        return word in DOES or word in BASES or self._salient.verbs[word] > self._salient.nouns[word]

    def _near(self, asked_in: Statement) -> list[tuple[Statement, frozenset[str]]]:
        """Other sentences with much of the same, and what they share."""
        least = _FITS * (len(asked_in.stems) - _MOST_STEMS)
        counts = Counter(at for stem in asked_in.stems for at in self._places_of[stem])
        found = [self._statements[at] for at, count in counts.items() if count >= least]
        return [(each, each.stems & asked_in.stems) for each in found if each is not asked_in]

    def _wrong(
        self, place: _Place, one: Statement, near: Sequence[tuple[Statement, frozenset[str]]], terms: Sequence[Phrase]
    ) -> tuple[str, ...]:
        right = place.phrase
        said = one.stems - right.stems
        fitting = [other.stems for other, shared in near if len(shared - right.stems) >= _FITS * len(said)]
        able: list[tuple[float, str, Phrase]] = []
        for term in terms:
            longer, shorter = max(len(term.text), len(right.text)), min(len(term.text), len(right.text))
            if (
                term.plural != right.plural
                or term.named != right.named
                or term.text.endswith("ing") != right.text.endswith("ing")
                or term.is_process != right.is_process
                or not _is_used(term, place.use)
                or (longer > 2.2 * shorter and longer - shorter > _SLACK)
                or term.stems & one.stems
                or any(term.stems <= stems for stems in fitting)
                or self._kin(term, right)
            ):
                continue
            likeness = (
                0.6 * (term.ending == right.ending) * bool(right.ending)
                + 0.4 * (term.length == right.length)
                + 0.3 * any(other.section == one.section for other in term.statements)
                + 0.3 * shorter / longer
                + 0.2 * term.is_marked
                + 0.2 * (term.used[place.use] > 1)
            )
            able.append((-likeness, term.text, term))
        chosen: list[Phrase] = []
        for _, _, term in sorted(able, key=lambda each: each[:2]):
            if all(not term.stems & other.stems for other in chosen):
                chosen.append(term)
            if len(chosen) == MOST_WRONG:
                break
        return tuple(term.text for term in chosen)

    def _kin(self, one: Phrase, other: Phrase) -> bool:
        """Whether a sentence says that one of them is called, or is a kind or a part of, the other."""
        both = one.stems | other.stems
        rarest = min(both, key=lambda stem: len(self._places_of[stem]))
        together = (each for at in self._places_of[rarest] if both <= (each := self._statements[at]).stems)
        return any(each.naming is not None or _SAYS_KIN.search(each.plain) is not None for each in together)


_MOST_STEMS = 3
_SLACK = 10


def _is_used(term: Phrase, use: str) -> bool:
    """Whether the text uses it with that article; no common noun is odd with "the"."""
    if term.plural:
        return True
    return term.used[use] > 0 or (use == "the" and not term.named)


def _longest(one: Phrase) -> tuple[int, str]:
    return -len(one.text), one.text
