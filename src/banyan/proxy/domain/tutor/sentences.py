# ruff: noqa: E501
"""Sentences as candidates for quotation: where they stand, what they say, and what speaks against quoting them."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from banyan.proxy.domain.knowledge import Passage, Sentence
from banyan.proxy.domain.tutor.words import language_of, stems, words

Matrix = NDArray[np.float32]

_DANGLING = re.compile(
    r"[\"“(]*(?:this|these|those|that|it|its|they|their|he|she|his|her|him|such|however|therefore|thus|hence|also|furthermore"
    r"|moreover|but|and|or|so|in addition|instead|as a result|for this reason|similarly|likewise|conversely|in contrast"
    r"|on the other hand|another|otherwise|then|dies|diese[rs]?|sie|jedoch|deshalb|außerdem|cette|ces|ils?|elles?"
    r"|cependant|donc|est[eao]s?|sin embargo|además|ess[ea]s?|porém|além disso)\b",
    re.IGNORECASE,
)
_POINTING = re.compile(
    r"\bcredit[: ]|\bby the end of this\b|\byou will (?:be able|learn)\b"
    r"|\b(?:this|next|previous) (?:chapter|section|module|unit|lesson)\b|\bas (?:you|we) (?:saw|have seen|learned)\b"
    r"|\b(?:shown|seen|see) in (?:the )?(?:figure|table|image|diagram)|^(?:figure|table|image|photo|credit|source|references?)\b"
    r"|https?://|www\.",
    re.IGNORECASE,
)
_POINTING_CUES = (
    *("credit", "by the end of this", "you will", "chapter", "section", "module", "unit", "lesson", "as you", "as we"),
    *("figure", "table", "image", "diagram", "photo", "source", "reference", "http", "www."),
)
"""A sentence without any of these cannot match, and looking for them costs a tenth of the pattern."""
_DIRECTING = re.compile(
    r"(?:please |now )?(?:watch|visit|click|view|explore|read|review|see|scan|open|check out)(?: on)? (?:this|the|these|our|an?|figure|table)\b",
    re.IGNORECASE,
)
_QUESTION_END = re.compile(r"[?？؟][\"”’)\]]*$")
_DEFINING = re.compile(
    r"\b(?:is|are|was|were) (?:an?|the|any|one|called|known|defined|termed|referred|said)\b|\b(?:called|known as|refers? to|defined as"
    r"|termed|means|consists? of|describes?|or simply)\b|\b(?:ist|sind) (?:eine?|der|die|das)\b|\b(?:bezeichnet|heißt|nennt man|bedeutet)\b"
    r"|\b(?:est|sont) (?:une?|la|le|les|des)\b|\b(?:désigne|appelée?|signifie)\b|\b(?:es|son) (?:una?|el|la|los|las)\b|\bse (?:llama|define)\b"
    r"|\b(?:é|são) (?:uma?|o|a|os|as)\b|\b(?:chama-se|significa)\b|とは|是指|称为|叫做",
    re.IGNORECASE,
)

_INDEFINITE = re.compile(r"An? ")
_ENDING = re.compile(r"[.!?。！？।؟…][\"”’»)\]*_]*$")
_CODE = re.compile(
    r"^\s*(?:import|from|def|class|return|for|if|print|var|let|const|function|#include)\b.*|[=({;]\s*$", re.MULTILINE
)
_CALL = re.compile(r"^\s*[\w.]+(?:\[[^\]]*\])?\s*=[^=]|^\s*[\w.]+\(.*\)\s*;?$")
"""A program of one line: an assignment or a call."""
_FORMULA = re.compile(r"\s*(?:\$\$|\\\[|\\begin\{)")
_ROW = re.compile(r"\S \| \S")
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
    """One sentence of a passage. at: its place among the passage's sentences. stems: of its content words."""

    passage: Passage
    sentence: Sentence
    at: int
    stems: tuple[str, ...]
    stem_set: frozenset[str] = field(repr=False)

    @property
    def text(self) -> str:
        """The sentence as it stands in the source."""
        return self.sentence.text

    @property
    def dangles(self) -> bool:
        """Whether it leans on the sentence before it."""
        return _DANGLING.match(self.text) is not None

    @property
    def points(self) -> bool:
        """Whether it speaks about the page (figures, links, chapters) rather than the subject."""
        folded = self.text.lower()
        return any(cue in folded for cue in _POINTING_CUES) and _POINTING.search(self.text) is not None

    @property
    def ends(self) -> bool:
        """Whether it ends as a sentence does; captions, cells of tables and lines before a formula do not."""
        return _ENDING.search(self.text.rstrip()) is not None

    @property
    def is_code(self) -> bool:
        """Whether it is lines of a program."""
        if "\n" in self.text:
            return _CODE.search(self.text) is not None
        return _CALL.search(self.text) is not None

    @property
    def is_formula(self) -> bool:
        """Whether it is a formula that stands by itself."""
        return _FORMULA.match(self.text) is not None

    @property
    def is_row(self) -> bool:
        """Whether it is a row of a table."""
        return _ROW.search(self.text) is not None

    @property
    def is_prose(self) -> bool:
        """Whether it is a sentence; programs, formulas, rows of tables, captions and other fragments are not."""
        return self.ends and not (self.is_code or self.is_formula or self.is_row)

    @property
    def directs(self) -> bool:
        """Whether it sends the reader elsewhere ("Watch this video")."""
        return _DIRECTING.match(self.text) is not None

    @property
    def asks(self) -> bool:
        """Whether it is a question."""
        return _QUESTION_END.search(self.text.rstrip()) is not None

    @property
    def defines(self) -> bool:
        """Whether it reads like a definition."""
        return _DEFINING.search(self.text) is not None

    @property
    def length(self) -> int:
        """In words; a pair of characters counts as one in scripts without spaces."""
        return len(words(self.text))


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
    verb = _DEFINING.search(one.text)
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


def subject_stems(one: Candidate) -> set[str]:
    """Stems of what a plain sentence is about; empty where that is not clear."""
    if one.dangles:
        return set()
    verb = _DEFINING.search(one.text)
    subjects = _subjects(one.text, verb.start() if verb is not None else None, language_of(one.text))
    return subjects[-1 if len(subjects) == 1 else 1] if subjects else set()


def candidates(passages: Iterable[Passage], language: str) -> list[Candidate]:
    """Every sentence of the passages, in their order; a sentence that occurs again word for word is left out."""
    found: list[Candidate] = []
    seen: set[str] = set()
    for passage in passages:
        for at, sentence in enumerate(passage.sentences):
            key = " ".join(sentence.text.split()).casefold()
            if not key or key in seen:
                continue
            seen.add(key)
            own = tuple(stems(sentence.text, language))
            found.append(Candidate(passage, sentence, at, own, frozenset(own)))
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
