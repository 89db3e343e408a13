"""Wrong answers: terms of the same text or course, of the same kind as the right one, which cannot be right too."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from banyan.proxy.domain.tutor.capitals import Capitals
from banyan.proxy.domain.tutor.naming import Naming
from banyan.proxy.domain.tutor.statements import Statement
from banyan.proxy.domain.tutor.words import is_function_word, stems, words

MOST_WRONG = 12
"""Wrong answers to choose from; a question shows three."""
_ENOUGH = 6
"""Terms that the text explains, from which on those that it only mentions are not needed as wrong answers."""
_LONGEST_MENTIONED = 2
_FITS = 0.6
"""A sentence that has so much of what is asked, and the wrong answer, may make the wrong answer right."""
_LENGTH_SLACK = 10
"""Characters by which terms may differ where nothing likelier is to be had."""
_IRREGULAR_PLURALS = ("ae", "bacteria", "mitochondria", "data", "criteria", "phenomena", "nuclei", "stimuli", "alveoli")
_SINGULAR_S = ("ss", "us", "is", "sis", "itis")


@dataclass(frozen=True, slots=True)
class Term:
    """A term as it may be shown. statement: the one that explains it. clear: whether that says what it is.

    plural, named, doing ("breathing"), bare (without an article, like "osmosis"): what tells kinds of terms apart.
    """

    text: str
    stems: frozenset[str]
    plural: bool
    named: bool
    bare: bool
    doing: bool
    count: int
    statement: Statement
    clear: bool

    @property
    def shape(self) -> tuple[bool, bool, bool]:
        """What a wrong answer must share with the right one; where there are enough, `bare` as well."""
        return self.plural, self.named, self.doing


class Terms:
    """All terms of a text and of what stands beside it, and what else is said of them."""

    def __init__(
        self, statements: Sequence[Statement], beside: Sequence[Statement], capitals: Capitals, language: str
    ) -> None:
        self._language = language
        self._capitals = capitals
        self.own = self._explained(statements)
        others = self._explained(beside)
        self.pool = [*self.own.values(), *(term for key, term in others.items() if key not in self.own)]
        self._mentions: dict[str, list[Statement]] = defaultdict(list)
        for one in (*statements, *beside):
            for stem in one.stems:
                self._mentions[stem].append(one)
        self._aliases: dict[frozenset[str], set[frozenset[str]]] = defaultdict(set)
        for term in self.pool:
            explained = term.statement.naming
            for other in explained.others if explained is not None else ():
                key = frozenset(stems(other, language))
                self._aliases[term.stems].add(key)
                self._aliases[key].add(term.stems)

    @cached_property
    def clearest(self) -> list[Term]:
        """Those that the text itself explains, the longest first: "blood cell" before "cell"."""
        return sorted((one for one in self.own.values() if one.clear), key=lambda one: (-len(one.text), one.text))

    def key(self, term: str) -> frozenset[str]:
        """Equal for forms of one term."""
        return frozenset(stems(term, self._language))

    def term(self, found: Naming, statement: Statement) -> Term:
        """The term that a statement explains, as it is shown."""
        return self._term(found, statement)

    def mentions(self, term: frozenset[str]) -> int:
        """How many sentences have the term; those of other texts only where they explain something."""
        return min((len(self._mentions.get(stem, ())) for stem in term), default=0)

    def wrong(self, right: Term, said: frozenset[str], asked_in: Statement | None = None) -> tuple[Term, ...]:
        """Up to `MOST_WRONG`, the likest first; fewer than three where there are no more.

        None shares a word with what is said, is another name of it, is explained by it or by
        nearly the same words as are asked for.
        """
        asked = said - right.stems
        fitting = self._fitting(asked, asked_in)
        also = self._aliases.get(right.stems, set())
        able = [
            term
            for term in self.pool
            if _apart(term, right)
            and not term.stems & said
            and term.stems not in also
            and term.stems not in fitting
            and not right.stems <= term.statement.stems
        ]
        clear = [term for term in able if term.clear and term.shape == right.shape]
        able = clear if len(clear) >= _ENOUGH else able
        for low, high, words_apart, same_use in ((0.55, 1.8, 1, True), (0.4, 2.5, 2, True), (0.4, 2.5, 2, False)):
            close = [
                term
                for term in able
                if term.shape == right.shape
                and (term.bare == right.bare or not same_use)
                and (low <= len(term.text) / len(right.text) <= high or (not same_use and _near_length(term, right)))
                and abs(term.count - right.count) <= words_apart
            ]
            if len(close) >= 3:
                break
        ranked = sorted(close, key=lambda term: (-self._likeness(right, term), term.text))
        return tuple(ranked[:MOST_WRONG])

    def _fitting(self, asked: frozenset[str], asked_in: Statement | None) -> set[frozenset[str]]:
        """Terms that other statements connect with most of what is asked."""
        if not asked:
            return set()
        counts: dict[int, int] = defaultdict(int)
        found: dict[int, Statement] = {}
        for stem in asked:
            for one in self._mentions.get(stem, ()):
                counts[id(one)] += 1
                found[id(one)] = one
        near = [one for key, one in found.items() if counts[key] >= _FITS * len(asked) and one is not asked_in]
        return {term.stems for term in self.pool for one in near if term.stems <= one.stems}

    def _likeness(self, one: Term, other: Term) -> float:
        """How near two terms are: by what is said of them, the section they stand in, and their form."""
        left, right = one.statement.stems, other.statement.stems
        shared = len(left & right) / ((len(left) * len(right)) ** 0.5 or 1)
        here, there = one.statement.passage, other.statement.passage
        ending = len(one.text) > 5 and one.text[-3:] == other.text[-3:]
        return (
            shared
            + 0.2 * (here.heading == there.heading)
            + 0.3 * (here.lesson == there.lesson)
            + 0.2 * (one.count == other.count)
            + 0.15 * ending
            + 0.6 * other.clear
        )

    def _explained(self, statements: Iterable[Statement]) -> dict[frozenset[str], Term]:
        found: dict[frozenset[str], Term] = {}
        for one in statements:
            explained = one.naming
            if explained is None or one.candidate.reading.dangles or not one.candidate.reading.is_prose:
                continue
            if explained.how == "described" and len(explained.term.split()) > _LONGEST_MENTIONED:
                continue  # what is only mentioned may well be part of something longer
            term = self._term(explained, one)
            before = found.get(term.stems)
            if before is None or (term.clear and not before.clear):
                found[term.stems] = term
        return found

    def _term(self, found: Naming, statement: Statement) -> Term:
        shown = self._capitals.shown(found.term, statement.plain, self._language)
        last = shown.split()[-1].lower()
        by_form = last.endswith(_IRREGULAR_PLURALS) or (last.endswith("s") and not last.endswith(_SINGULAR_S))
        plural = by_form if found.plural is None else found.plural
        return Term(
            text=shown,
            stems=self.key(found.term),
            plural=plural,
            named=shown[:1].isupper() and self._language != "german",
            bare=not found.article and not plural,
            doing=last.endswith("ing") and self._language == "english",
            count=len([word for word in words(shown) if not is_function_word(word, self._language)]),
            statement=statement,
            clear=found.how != "described",
        )


def _near_length(one: Term, other: Term) -> bool:
    """Whether two terms that are short anyway differ by so little that nobody would choose by it."""
    return abs(len(one.text) - len(other.text)) <= _LENGTH_SLACK


def _apart(one: Term, other: Term) -> bool:
    """Whether two terms name different things: "long bone" and "short bone" do, "bone" and "long bone" may not."""
    shared = one.stems & other.stems
    if not shared:
        return True
    same_head = one.text.split()[-1] == other.text.split()[-1] and len(shared) == 1
    return same_head and one.count == other.count == 2 and not one.named
