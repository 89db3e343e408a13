"""Whether words give a solution away."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from banyan.assistant.domain.disguises import readings, shifted
from banyan.assistant.domain.facts import numbers
from banyan.assistant.domain.solutions import Solution
from banyan.assistant.domain.words import content, plain, words

_PAIRS = 0.3
_TERMS = 0.5
"""Shares of what only the solution says: from here on it is given away."""
_SHORT = 6
"""Words that say something: a solution of so few is a result, and naming the result is giving it away."""
_NAMES_IT = 0.5
_IN_PIECES = re.compile(
    r"\b(letters?|digits?|characters?|syllables?|spell\w*|starts? with|begins? with|rhymes?|buchstabe\w*|ziffer\w*|"
    r"lettres?|chiffres?|letras?|cifras?)\b"
)
_LABEL = re.compile(r"^\W*\w+\s+(?:no\.?\s*|nr\.?\s*|#\s*)?\d+[a-z]?\s*[:.)-]?", re.IGNORECASE)
"""The name of an exercise, such as `Exercise 3:`; its number is no fact of the exercise."""
_RUN = 10
_SINGLE = re.compile(r"(?<![\w'’])[^\W_](?![\w'’])")


_REMEMBERED = 2048
"""Texts, with about 3 kB each: compared with every solution that is kept, a passage in several disguises."""

_Piece = tuple[str, str] | str


@dataclass(frozen=True, slots=True)
class Secret:
    """What of a solution stands nowhere else: single words, neighbouring words, and its numbers.

    about: words of its exercise. letters: of the whole solution, for those who ask for it piece by piece.
    shingles: runs of letters without the blanks between words.
    """

    solution: Solution
    pairs: frozenset[tuple[str, str]]
    terms: frozenset[str]
    numbers: frozenset[str]
    about: frozenset[str]
    is_short: bool
    letters: frozenset[str]
    shingles: frozenset[str]

    @property
    def beginnings(self) -> list[str]:
        """How words begin that have its terms as stems."""
        return [term.removesuffix("y") for term in self.terms if term.isascii() and len(term) > 2]


def secret(solution: Solution, open_text: str) -> Secret:
    """open_text: what learners may read in the lesson anyway."""
    free = content(f"{open_text}\n{solution.exercise}")
    own = content(solution.text)
    pairs = frozenset(pairwise(own)) - frozenset(pairwise(free))
    given = _numbers(_LABEL.sub("", solution.exercise))
    results = _numbers(solution.text) - given or _numbers(solution.text)
    terms = frozenset(term for term in own if not term.isdigit()) - frozenset(free)
    letters = frozenset(plain(solution.text)) - {" "}
    return Secret(
        solution,
        pairs,
        terms,
        results,
        frozenset(content(solution.exercise)),
        len(own) <= _SHORT,
        letters,
        _shingles(solution.text) - _shingles(open_text) - _shingles(solution.exercise),
    )


def concerns(secret: Secret, questions: Sequence[str]) -> bool:
    """Whether the newest of the learner's questions are about the exercise, or already name its solution."""
    for question in questions:
        asked = _asked(question)
        if not asked:
            continue
        if secret.about and len(asked & secret.about) / len(secret.about) >= _NAMES_IT:
            return True
        if len(secret.about) > 2 and len(asked & secret.about) >= 2 and len(asked & secret.about) / len(asked) >= 0.5:
            return True
        if secret.terms and len(asked & secret.terms) / len(secret.terms) >= _NAMES_IT:
            return True
    return False


def gives_away(secret: Secret, said: str, *, before: "Heard | None" = None, questions: Sequence[str] = ()) -> bool:
    """Whether saying this after all that was said before gives the solution away.

    questions: the learner's, the newest last. What adds nothing of the solution never does.
    """
    asked = concerns(secret, questions)
    hidden = [*readings(said, thorough=asked), *(shifted(said, secret.beginnings) if asked else ())]
    if asked and questions and _in_pieces(secret, said, questions[-1]):
        return True
    if secret.shingles and len(_shingles(said) & secret.shingles) / len(secret.shingles) >= _PAIRS:
        return True
    earlier = before.of(secret) if before is not None else frozenset[_Piece]()
    for text in hidden:
        new = _found(secret, text)
        if new and _enough(secret, new, asked=asked):
            return True
        if new - earlier and _enough(secret, new | earlier, asked=asked):
            return True
    if not asked:
        return False
    together = f"{before.text} {said}" if before is not None else said
    return any(_enough(secret, _found(secret, text), asked=True) for text in readings(together)[1:])


class Heard:
    """All that was said before. It grows, and what stands in it is looked for in what is new alone."""

    def __init__(self, *texts: str) -> None:
        self._texts = list(texts)
        self._known: dict[str, tuple[int, frozenset[_Piece]]] = {}

    @property
    def text(self) -> str:
        """All of it."""
        return "\n".join(self._texts)

    def add(self, text: str) -> None:
        """What was said just now: one sentence, or more."""
        self._texts.append(text)

    def of(self, secret: Secret) -> "frozenset[_Piece]":
        """What of the solution stands in it."""
        upto, known = self._known.get(secret.solution.id, (0, frozenset[_Piece]()))
        for place in range(upto, len(self._texts)):
            known |= _found(secret, self._texts[place])
            if (
                place
                and (ends := _words_of(self._texts[place - 1]).ends)
                and (begins := _words_of(self._texts[place]).ends)
            ):
                known |= secret.pairs & {(ends[1], begins[0])}
        self._known[secret.solution.id] = len(self._texts), known
        return known


def _found(secret: Secret, text: str) -> frozenset[_Piece]:
    """What of the secret stands in a text; numbers as `#42`."""
    if not text:
        return frozenset()
    there = _words_of(text)
    found: set[_Piece] = set(secret.pairs & there.pairs)
    found |= secret.terms & there.terms
    found |= {f"#{number}" for number in secret.numbers & there.numbers}
    return frozenset(found)


@dataclass(frozen=True, slots=True)
class _Words:
    """What a text says, to be compared with many solutions. ends: its first word and its last."""

    pairs: frozenset[tuple[str, str]]
    terms: frozenset[str]
    numbers: frozenset[str]
    ends: tuple[str, str] | None


@lru_cache(maxsize=_REMEMBERED)
def _words_of(text: str) -> _Words:
    there = content(text)
    ends = (there[0], there[-1]) if there else None
    return _Words(frozenset(pairwise(there)), frozenset(there), _numbers(text), ends)


@lru_cache(maxsize=_REMEMBERED)
def _asked(question: str) -> frozenset[str]:
    return frozenset(term for reading in readings(question) for term in content(reading))


def _enough(secret: Secret, found: frozenset[_Piece], *, asked: bool) -> bool:
    pairs = sum(isinstance(one, tuple) for one in found)
    results = sum(isinstance(one, str) and one.startswith("#") for one in found)
    terms = len(found) - pairs - results
    if len(secret.pairs) >= 2 and pairs >= 2 and pairs / len(secret.pairs) >= _PAIRS:
        return True
    if len(secret.terms) >= 3 and terms / len(secret.terms) >= _TERMS:
        return True
    if not asked:
        return False
    if secret.numbers and results == len(secret.numbers):
        return True
    if secret.is_short:
        return bool(results) or (0 < len(secret.terms) <= 2 and terms == len(secret.terms))
    return False


def _in_pieces(secret: Secret, said: str, question: str) -> bool:
    if not _IN_PIECES.search(plain(question)) and not _IN_PIECES.search(plain(said)):
        return False
    return any(plain(letter) in secret.letters for letter in _SINGLE.findall(said) if letter not in "aAI")


def _numbers(text: str) -> frozenset[str]:
    found = {str(value.normalize()) for number in numbers(text) for value in number.values}
    found |= {word for word in words(text) if word.isdigit()}
    return frozenset(found)


@lru_cache(maxsize=_REMEMBERED)
def _shingles(text: str) -> frozenset[str]:
    letters = "".join(sign for sign in plain(text) if sign.isalnum())
    return frozenset(letters[at : at + _RUN] for at in range(len(letters) - _RUN + 1))
