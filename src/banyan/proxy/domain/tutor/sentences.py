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
_DIRECTING = re.compile(
    r"(?:please |now )?(?:watch|visit|click|view|explore|read|review|see|scan|open|check out)(?: on)? (?:this|the|these|our|an?|figure|table)\b",
    re.IGNORECASE,
)
_QUESTION_END = re.compile(r"[?？؟][\"”’)\]]*$")
_DEFINING = re.compile(
    r"\b(?:is|are|was|were) (?:an?|the|any|one|called|known|defined|termed|referred|said)\b|\b(?:called|known as|refers? to|defined as"
    r"|termed|means?|consists? of|describes?|or simply)\b|\b(?:ist|sind) (?:eine?|der|die|das)\b|\b(?:bezeichnet|heißt|nennt man|bedeutet)\b"
    r"|\b(?:est|sont) (?:une?|la|le|les|des)\b|\b(?:désigne|appelée?|signifie)\b|\b(?:es|son) (?:una?|el|la|los|las)\b|\bse (?:llama|define)\b"
    r"|\b(?:é|são) (?:uma?|o|a|os|as)\b|\b(?:chama-se|significa)\b|とは|是指|称为|叫做",
    re.IGNORECASE,
)

_ENDING = re.compile(r"[.!?。！？।؟…][\"”’»)\]*_]*$")
_CODE = re.compile(
    r"^\s*(?:import|from|def|class|return|for|if|print|var|let|const|function|#include)\b.*|[=({;]\s*$", re.MULTILINE
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
        return _POINTING.search(self.text) is not None

    @property
    def ends(self) -> bool:
        """Whether it ends as a sentence does; captions, cells of tables and lines before a formula do not."""
        return _ENDING.search(self.text.rstrip()) is not None

    @property
    def is_code(self) -> bool:
        """Whether it is lines of a program."""
        return "\n" in self.text and _CODE.search(self.text) is not None

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

    1: the term is its subject or what it names ("Gluten is a net ...", "... is called gluten"); 0.7: with one more
    word to it; 0.3: it defines something and has the term.
    """
    verb = _DEFINING.search(one.text)
    if verb is None or not asked or not one.stem_set.issuperset(asked):
        return 0.0
    language = language_of(one.text)
    subject = set(stems(one.text[: verb.start()], language))
    named = stems(one.text[verb.end() :], language)[: len(asked)]
    names_it = _NAMING.search(verb[0]) is not None and set(named) == set(asked)
    if names_it or subject == set(asked):
        return 1.0
    return 0.7 if subject.issuperset(asked) and len(subject) == len(set(asked)) + 1 else 0.3


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
