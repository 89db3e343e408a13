# ruff: noqa: E501
"""What a sentence is like, whoever asks: its words, and what speaks for and against quoting it."""

import re
from dataclasses import dataclass
from functools import lru_cache

from banyan.proxy.domain.tutor.words import stems, words

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
_ENDING = re.compile(r"[.!?。！？।؟…][\"”’»)\]*_]*$")
_CODE = re.compile(
    r"^\s*(?:import|from|def|class|return|for|if|print|var|let|const|function|#include)\b.*|[=({;]\s*$", re.MULTILINE
)
_CALL = re.compile(r"^\s*[\w.]+(?:\[[^\]]*\])?\s*=[^=]|^\s*[\w.]+\(.*\)\s*;?$")
"""A program of one line: an assignment or a call."""
_FORMULA = re.compile(r"\s*(?:\$\$|\\\[|\\begin\{)")
_ROW = re.compile(r"\S \| \S")

_REMEMBERED = 16_384
"""Sentences, with about 1 kB each: as many as a textbook has; a turn reads a hundred."""


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """What can be said of a sentence without the question.

    stems: of its content words, in order; stem_set: each once.
    length: in words; a pair of characters counts as one in scripts without spaces.
    key: equal for sentences that differ in spaces and case only; empty for an empty one.
    dangles: it leans on the sentence before it.
    points: it speaks about the page (figures, links, chapters) rather than the subject.
    ends: as a sentence does; captions, cells of tables and lines before a formula do not.
    is_code, is_formula, is_row: lines of a program, a formula that stands by itself, a row of a table.
    directs: it sends the reader elsewhere ("Watch this video").
    asks: it is a question.
    """

    stems: tuple[str, ...]
    stem_set: frozenset[str]
    length: int
    key: str
    dangles: bool
    points: bool
    ends: bool
    is_code: bool
    is_formula: bool
    is_row: bool
    directs: bool
    asks: bool

    @property
    def is_prose(self) -> bool:
        """Whether it is a sentence; programs, formulas, rows of tables, captions and other fragments are not."""
        return self.ends and not (self.is_code or self.is_formula or self.is_row)


@lru_cache(maxsize=_REMEMBERED)
def read(text: str, language: str) -> Reading:
    """Reads a sentence with the content words of that language."""
    own, folded, trimmed = stems(text, language), text.lower(), text.rstrip()
    return Reading(
        stems=own,
        stem_set=frozenset(own),
        length=len(words(text)),
        key=" ".join(text.split()).casefold(),
        dangles=_DANGLING.match(text) is not None,
        points=any(cue in folded for cue in _POINTING_CUES) and _POINTING.search(text) is not None,
        ends=_ENDING.search(trimmed) is not None,
        is_code=(_CODE if "\n" in text else _CALL).search(text) is not None,
        is_formula=_FORMULA.match(text) is not None,
        is_row=_ROW.search(text) is not None,
        directs=_DIRECTING.match(text) is not None,
        asks=_QUESTION_END.search(trimmed) is not None,
    )
