# ruff: noqa: E501
"""Sentences as candidates for quotation: where they stand, and what they say."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from banyan.proxy.domain.knowledge import Passage, Sentence
from banyan.proxy.domain.tutor.reading import Reading, read
from banyan.proxy.domain.tutor.words import language_of, stems

Matrix = NDArray[np.float32]

_DEFINING = re.compile(
    r"\b(?:is|are|was|were) (?:an?|the|any|one|called|known|defined|termed|referred|said)\b|\b(?:called|known as|refers? to|defined as"
    r"|termed|means|consists? of|describes?|or simply)\b|\b(?:ist|sind) (?:eine?|der|die|das)\b|\b(?:bezeichnet|heißt|nennt man|bedeutet)\b"
    r"|\b(?:est|sont) (?:une?|la|le|les|des)\b|\b(?:désigne|appelée?|signifie)\b|\b(?:es|son) (?:una?|el|la|los|las)\b|\bse (?:llama|define)\b"
    r"|\b(?:é|são) (?:uma?|o|a|os|as)\b|\b(?:chama-se|significa)\b|とは|是指|称为|叫做",
    re.IGNORECASE,
)

_INDEFINITE = re.compile(r"An? ")
_VERB = re.compile(
    r",? (?:is|are|was|were|says?|states?|holds?|shows?|means|measures?|tells?|compares?|summarises?|describes?|estimates?|arises?|happens?)\b"
)
"""Where the subject of a plain English sentence ends."""
_SAYING = re.compile(r"says?|states?|holds?")
_ALSO_CALLED = re.compile(
    r"(?:, (?:also |sometimes |often |usually )?(?:called|known as|or) |\s*\()(?:an? |the )?(?P<other>[^,()]+)[,)]?",
    re.IGNORECASE,
)
_NAMING = re.compile(r"call|known|term|named|heißt|nennt|appel|llama|chama|称|叫", re.IGNORECASE)


@dataclass(frozen=True, slots=True, eq=False)
class Candidate:
    """One sentence of a passage. at: its place among the passage's sentences."""

    passage: Passage
    sentence: Sentence
    at: int
    reading: Reading = field(repr=False)

    @property
    def text(self) -> str:
        """The sentence as it stands in the source."""
        return self.sentence.text

    @property
    def stems(self) -> tuple[str, ...]:
        """Of its content words, in order."""
        return self.reading.stems

    @property
    def stem_set(self) -> frozenset[str]:
        """The same, each once."""
        return self.reading.stem_set

    @property
    def defines(self) -> bool:
        """Whether it reads like a definition."""
        return _defining(self.text) is not None


@lru_cache(maxsize=16_384)
def _defining(text: str) -> re.Match[str] | None:
    """What reads like a definition; looked for by whoever ranks a sentence, several times a turn."""
    return _DEFINING.search(text)


def definition_of(one: Candidate, asked: Sequence[str]) -> float:
    """How clearly the sentence says what the asked term is, 0 to 1.

    1: the term is its subject or what it names ("Gluten is a net ...", "... is called gluten"); 0.8: its subject, but
    the verb does not define ("A false alarm is rejecting ..."); 0.7: with one more word to it; 0.3: it defines
    something and has the term.
    """
    if not asked or not one.stem_set.issuperset(asked):
        return 0.0
    wanted = set(asked)
    language = language_of(one.text)
    verb = _defining(one.text)
    subjects = _subjects(one.text, verb.start() if verb is not None else None, language)
    if verb is not None:
        named = stems(one.text[verb.end() :], language)[: len(asked)]
        if wanted in subjects or (_NAMING.search(verb[0]) is not None and set(named) == wanted):
            return 1.0
    common = _VERB.search(one.text)
    if common is not None and wanted in _subjects(one.text, None, language):
        if _SAYING.search(common[0]):
            return 1.0
        if _INDEFINITE.match(one.text):
            return 0.8
    if verb is None:
        return 0.0
    return 0.7 if any(subject >= wanted and len(subject) == len(wanted) + 1 for subject in subjects) else 0.3


def _subjects(text: str, end: int | None, language: str) -> list[set[str]]:
    """Stems of the subject, and of the other name that it gives itself ("a z-score, also called a ..., says").

    end: where the subject ends at the latest; None for the first common verb.
    """
    verb = _VERB.search(text, 0, end if end is not None else len(text))
    end = verb.start() if verb is not None else end
    if end is None:
        return []
    subject = text[:end]
    other = _ALSO_CALLED.search(subject)
    whole = [set(stems(subject, language))]
    if other is None:
        return whole
    return [*whole, set(stems(subject[: other.start()], language)), set(stems(other["other"], language))]


def subject_stems(one: Candidate, language: str | None = None) -> set[str]:
    """Stems of what a plain sentence is about; empty where that is not clear. language: told by its words if None."""
    if one.reading.dangles:
        return set()
    verb = _defining(one.text)
    subjects = _subjects(one.text, verb.start() if verb is not None else None, language or language_of(one.text))
    return subjects[-1 if len(subjects) == 1 else 1] if subjects else set()


def candidates(passages: Iterable[Passage], language: str) -> list[Candidate]:
    """Every sentence of the passages, in their order; a sentence that occurs again word for word is left out."""
    found: list[Candidate] = []
    seen: set[str] = set()
    for passage in passages:
        for at, sentence in enumerate(passage.sentences):
            reading = read(sentence.text, language)
            if not reading.key or reading.key in seen:
                continue
            seen.add(reading.key)
            found.append(Candidate(passage, sentence, at, reading))
    return found


def vectors_of(sentences: Sequence[Candidate]) -> Matrix | None:
    """One row per sentence, or None unless every one of them has been embedded."""
    rows = [candidate.sentence.vector for candidate in sentences]
    if not rows or any(row is None for row in rows):
        return None
    return np.asarray(rows, dtype=np.float32)


def lexical_vectors(sentences: Sequence[Candidate], dimensions: int = 512) -> Matrix:
    """Unit vectors of weighted stems, for sentences that have not been embedded yet. Equal input, equal output."""
    frequency: dict[str, int] = {}
    for candidate in sentences:
        for stem in candidate.stem_set:
            frequency[stem] = frequency.get(stem, 0) + 1
    column = {stem: i % dimensions for i, stem in enumerate(sorted(frequency))}
    rows = np.zeros((len(sentences), dimensions), dtype=np.float32)
    for i, candidate in enumerate(sentences):
        for stem in candidate.stem_set:
            rows[i, column[stem]] += np.log1p(len(sentences) / frequency[stem])
    norms = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(rows / np.maximum(norms, 1e-9), dtype=np.float32)


def similarity_rows(sentences: Sequence[Candidate]) -> Matrix:
    """Vectors to compare sentences with each other: the embedded ones, else lexical ones."""
    embedded = vectors_of(sentences)
    return lexical_vectors(sentences) if embedded is None else embedded
