# ruff: noqa: E501
"""Questions made from a lesson: a sentence with its key term blanked, and the way back from it to the answer.

The question's turn quotes nothing, since a citation of the key sentence would show the answer; the turn that gives the
answer quotes the sentence. No state is kept: the gapped sentence in the conversation leads back to its source.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from banyan.proxy.domain.tutor.intents import GAP
from banyan.proxy.domain.tutor.sentences import Candidate
from banyan.proxy.domain.tutor.words import is_function_word, stems, words

_LEAST_WORDS, _MOST_WORDS = 8, 32
_TERM = r"(?:[^\W\d_][\w'’-]*)"
# "A neuron is a ...", "Osmosis refers to ..."
_DEFINED_FIRST = re.compile(
    rf"^(?:(?:an?|the|each|every|der|die|das|ein|eine|la|le|les|l'|el|los|las|o|a|os|as)\s+)?(?P<term>{_TERM}(?:\s+{_TERM}){{0,2}}?)"
    r"(?:\s+\([^)]*\))?,?\s+(?:is|are|refers? to|means?|describes?|consists? of|ist|sind|bezeichnet|bedeutet|est|sont|désigne|es|son|é|são)\s",
    re.IGNORECASE,
)
# "... is called osmosis", "... known as the cell membrane"
_NAMED_LAST = re.compile(
    rf"\b(?:called|known as|termed|named|referred to as|heißt|genannt|appelée?|se llama|chama-se)\s+(?:(?:an?|the|der|die|das)\s+)?"
    rf"[\"“]?(?P<term>{_TERM}(?:\s+{_TERM}){{0,2}}?)[\"”]?(?=\s*[.,;:()]|\s+(?:and|or|is|are|was|were|that|which|because|when|in|of|by|for|to|und)\b)",
    re.IGNORECASE,
)
_UNSPACED_RUN = re.compile(r"[\u4e00-\u9fff]{2,6}|[\u30a0-\u30ff]{3,}")
_LISTING = re.compile(r"^(?:[-*•]|\d+[.)])|:$|;.*;")
_LEANING = re.compile(r"\b(?:such|this|these|those|is not|are not)\b", re.IGNORECASE)
"""What points elsewhere or only denies makes a poor question."""
_COUNTING = frozenset(
    [
        "one",
        "two",
        "three",
        "four",
        "five",
        "six",
        "several",
        "many",
        "most",
        "few",
        "all",
        "no",
        "both",
        "another",
        "other",
    ]
)
"""First words of subjects that name nothing: "Two events are ..."."""
_ALIKE = 0.84
"""Similarity of letters at which a guess counts as a misspelling of the term."""


@dataclass(frozen=True, slots=True)
class QuizItem:
    """A sentence to ask about. gapped: on one line, with `GAP` wherever the term stood."""

    sentence: Candidate
    term: str
    gapped: str


def quiz_items(sentences: Sequence[Candidate]) -> list[QuizItem]:
    """All questions that the sentences offer, best first."""
    counts = Counter(stem for one in sentences for stem in one.stem_set)
    headings = {
        stem for one in sentences for title in (one.passage.title, *one.passage.heading) for stem in stems(title)
    }
    rated: list[tuple[float, int, QuizItem]] = []
    for i, one in enumerate(sentences):
        if (
            one.reading.dangles
            or one.reading.points
            or one.reading.asks
            or one.reading.directs
            or not one.reading.ends
            or one.reading.is_code
            or _LISTING.search(one.text.strip())
        ):
            continue
        if not _LEAST_WORDS <= one.reading.length <= _MOST_WORDS:
            continue
        for bonus, term in _terms(one, counts):
            own = stems(term)
            weight = bonus + 0.5 * any(stem in headings for stem in own)
            weight += 0.15 * min(4, sum(counts[stem] for stem in own) / max(1, len(own)))
            weight -= 1.0 * (_LEANING.search(one.text) is not None)
            weight -= 0.3 * ("(" in one.text) + 0.02 * max(0, one.reading.length - 20)
            gapped = _blank(one.text, term)
            if gapped.count(GAP) <= 2:
                rated.append((-weight, i, QuizItem(one, term, gapped)))
                break
    return [item for _, _, item in sorted(rated, key=lambda rating: rating[:2])]


def next_item(sentences: Sequence[Candidate], asked_before: Sequence[str]) -> QuizItem | None:
    """The best question not asked yet; the best of all when every one has been asked."""
    items = quiz_items(sentences)
    terms = {item.term.casefold() for item in items if item.gapped in asked_before}
    fresh = [item for item in items if item.gapped not in asked_before]
    return next(
        (item for item in fresh if item.term.casefold() not in terms),
        fresh[0] if fresh else items[0] if items else None,
    )


def asked_item(sentences: Sequence[Candidate], gapped: str) -> QuizItem | None:
    """The question's own sentence and term, found again by the gapped sentence."""
    parts = [re.escape(part) for part in gapped.split(GAP)]
    pattern = re.compile("(.{1,80}?)".join(parts), re.IGNORECASE)
    for one in sentences:
        match = pattern.fullmatch(_line(one.text))
        if match is not None:
            return QuizItem(one, match.group(1), gapped)
    return None


def defined_term(text: str) -> tuple[str, str] | None:
    """What a sentence of the form "A neuron is a cell that ..." defines, and what it says of it; None of others."""
    match = _DEFINED_FIRST.match(text)
    if match is None or not _names_something(match["term"]):
        return None
    return match["term"], text[match.end() :].strip()


def is_right(guess: str, term: str) -> bool:
    """Whether a guess names the term; articles, inflection, case and small misspellings do not matter."""
    guessed, wanted = _telling(guess), _telling(term)
    if wanted and set(wanted) <= set(guessed) and len(guessed) <= len(wanted) + 2:
        return True
    said = " ".join(word for word in words(guess) if not is_function_word(word))
    meant = " ".join(word for word in words(term) if not is_function_word(word))
    return len(meant) > 3 and SequenceMatcher(None, said, meant).ratio() >= _ALIKE


def _telling(text: str) -> list[str]:
    """Stems of all words but function words; single letters count, or "standard score" would do for "z-score"."""
    return [stem for word in words(text) if not is_function_word(word) for stem in stems(word) or [word]]


def _terms(one: Candidate, counts: Counter[str]) -> list[tuple[float, str]]:
    """Possible answers of a sentence with how well each suits, best first."""
    found: list[tuple[float, str]] = []
    named = _NAMED_LAST.search(one.text)
    if named is not None:
        found.append((1.2, named["term"]))
    defined = _DEFINED_FIRST.match(one.text)
    if defined is not None:
        found.append((1.0, defined["term"]))
    if not found:
        runs = [run for run in _UNSPACED_RUN.findall(one.text) if all(counts[w] > 1 for w in words(run))]
        found.extend((0.5, run) for run in sorted(runs, key=len, reverse=True)[:1])
    if not found and one.defines:
        telling = [w for w in re.findall(_TERM, one.text) if len(w) > 5 and stems(w) and counts[stems(w)[0]] > 2]
        found.extend((0.1, word) for word in sorted(telling, key=lambda w: -counts[stems(w)[0]])[:1])
    return [(bonus, term) for bonus, term in found if _names_something(term)]


def _names_something(term: str) -> bool:
    present = words(term)
    edges = (present[0], present[-1]) if present else ("", "")
    if edges[0] in _COUNTING:
        return False
    return bool(stems(term)) and not any(is_function_word(word) for word in edges) and len(term) > 2


def _blank(text: str, term: str) -> str:
    boundary = r"\b" if re.match(r"[^\W\u3040-\u9fff]", term) else ""
    return re.sub(rf"{boundary}{re.escape(term)}{boundary}", GAP, _line(text), flags=re.IGNORECASE)


def _line(text: str) -> str:
    return " ".join(text.split())
