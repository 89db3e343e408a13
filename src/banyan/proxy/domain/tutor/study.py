"""What a lesson offers for learning it: the sentences that sum it up, its terms, and questions with wrong answers.

Everything is quoted. Wrong answers are terms of the same lesson or course, of the same kind and about the same length
as the right one, which do not stand in the sentence that is asked about.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from banyan.kernel.messages import Citation
from banyan.proxy.domain.grounding import citation_of
from banyan.proxy.domain.knowledge import Passage
from banyan.proxy.domain.tutor.intents import GAP
from banyan.proxy.domain.tutor.quiz import QuizItem, defined_term, quiz_items
from banyan.proxy.domain.tutor.sentences import Candidate, candidates, definition_of
from banyan.proxy.domain.tutor.summary import summarise
from banyan.proxy.domain.tutor.words import is_function_word, language_of, stems, words

Kind = Literal["cloze", "definition"]

MOST_TERMS = 40
MOST_WRONG = 12
"""Wrong answers to choose from; a question shows three."""
_CLEAR = 0.7
"""A sentence that scores less says something about the term, but not what it is."""
_ARTICLE = re.compile(rf"\b(an?)(?= {GAP})", re.IGNORECASE)
_MEANT: dict[str, str] = {
    "english": "Which term is meant? {}",
    "german": "Welcher Begriff ist gemeint? {}",
    "french": "De quel terme s'agit-il ? {}",
    "spanish": "¿A qué término se refiere? {}",
    "portuguese": "A que termo se refere? {}",
}


@dataclass(frozen=True, slots=True)
class StudyTerm:
    """A term, and the sentence that says what it is."""

    term: str
    citation: Citation


@dataclass(frozen=True, slots=True)
class StudyQuestion:
    """wrong: other answers, those nearest to the right one first; at least three.

    citation: the sentence in which the right answer stands.
    """

    kind: Kind
    prompt: str
    answer: str
    wrong: tuple[str, ...]
    citation: Citation


@dataclass(frozen=True, slots=True)
class StudyMaterial:
    """summary, terms: in reading order. questions: best first, each about another sentence or kind."""

    title: str
    language: str
    summary: tuple[Citation, ...]
    terms: tuple[StudyTerm, ...]
    questions: tuple[StudyQuestion, ...]


@dataclass(frozen=True, slots=True)
class _Term:
    """A term as it may be shown, with what tells kinds of terms apart."""

    text: str
    stems: frozenset[str]
    plural: bool
    named: bool
    count: int
    sentence: Candidate


def study_material(lesson: Sequence[Passage], beside: Sequence[Passage] = ()) -> StudyMaterial:
    """lesson: its passages in reading order, of sources that learners may see. beside: further ones, for wrong answers.

    Takes tenths of a second for a long lesson.
    """
    language = language_of(" ".join(passage.text for passage in lesson)[:20_000])
    sentences = candidates(lesson, language)
    items = quiz_items(sentences)
    pool = _terms_of(items, sentences)
    others = candidates(beside, language)
    pool += [term for term in _terms_of(quiz_items(others), others) if all(term.stems != one.stems for one in pool)]
    questions = [question for item in items for question in _questions(item, pool, sentences, language)]
    return StudyMaterial(
        lesson[0].title if lesson else "",
        language,
        tuple(_cite(i, one) for i, one in enumerate(summarise(sentences) if sentences else (), 1)),
        tuple(_glossary(items, sentences)),
        tuple(questions),
    )


def _cite(index: int, one: Candidate) -> Citation:
    return citation_of(index, one.passage, one.text, one.sentence.span)


def _glossary(items: Sequence[QuizItem], sentences: Sequence[Candidate]) -> list[StudyTerm]:
    best: dict[frozenset[str], tuple[float, QuizItem]] = {}
    for item in items:
        own = stems(item.term)
        clear = definition_of(item.sentence, own)
        key = frozenset(own)
        if clear >= _CLEAR and (key not in best or clear > best[key][0]):
            best[key] = (clear, item)
    place = {id(one): i for i, one in enumerate(sentences)}
    chosen = sorted((item for _, item in best.values()), key=lambda item: place[id(item.sentence)])[:MOST_TERMS]
    return [StudyTerm(_shown(item.term, sentences), _cite(i, item.sentence)) for i, item in enumerate(chosen, 1)]


def _questions(
    item: QuizItem, pool: Sequence[_Term], sentences: Sequence[Candidate], language: str
) -> list[StudyQuestion]:
    """The sentence with its term blanked, and where it defines the term, what it says of it."""
    right = _term(item.term, item.sentence, sentences)
    wrong = _wrong(right, pool)
    if len(wrong) < 3:
        return []
    citation = _cite(1, item.sentence)
    prompt = _ARTICLE.sub(lambda article: f"{article[1][0]}(n)", item.gapped) if language == "english" else item.gapped
    found = [StudyQuestion("cloze", prompt, right.text, wrong, citation)]
    defined = defined_term(item.sentence.text)
    if defined is not None and defined[0] == item.term:
        says = " ".join(defined[1].split())
        if not right.stems & set(stems(says, language)) and len(words(says)) >= 4:
            asked = _MEANT[language].format(says[:1].upper() + says[1:])
            found.append(StudyQuestion("definition", asked, right.text, wrong, citation))
    return found


def _wrong(right: _Term, pool: Sequence[_Term]) -> tuple[str, ...]:
    """Terms that cannot be right: none shares a stem with the right one or stands in its sentence.

    Those of the same kind and length; where that leaves fewer than three, of the same kind; then of any.
    """
    said = right.sentence.stem_set
    apart = [term for term in pool if not (term.stems & right.stems) and not term.stems <= said]
    ranked = sorted(apart, key=lambda term: (-_likeness(right, term), term.text))
    alike = [term for term in ranked if (term.plural, term.named) == (right.plural, right.named)]
    close = [term for term in alike if 0.5 <= len(term.text) / len(right.text) <= 2]
    for choice in (close, alike, ranked):
        unique = list({frozenset(term.stems): term.text for term in choice}.values())
        if len(unique) >= 3:
            return tuple(unique[:MOST_WRONG])
    return ()


def _likeness(one: _Term, other: _Term) -> float:
    """How near two terms are: by what is said of them, the section they stand in, and their form."""
    left, right = one.sentence.stem_set, other.sentence.stem_set
    shared = len(left & right) / ((len(left) * len(right)) ** 0.5 or 1)
    same_section = one.sentence.passage.heading == other.sentence.passage.heading
    same_lesson = one.sentence.passage.lesson == other.sentence.passage.lesson
    return shared + 0.2 * same_section + 0.3 * same_lesson + 0.2 * (one.count == other.count)


def _terms_of(items: Sequence[QuizItem], sentences: Sequence[Candidate]) -> list[_Term]:
    found: dict[frozenset[str], _Term] = {}
    for item in items:
        term = _term(item.term, item.sentence, sentences)
        found.setdefault(term.stems, term)
    return list(found.values())


def _term(text: str, sentence: Candidate, sentences: Sequence[Candidate]) -> _Term:
    shown = _shown(text, sentences)
    last = words(shown)[-1] if words(shown) else shown
    return _Term(
        shown,
        frozenset(stems(text)),
        last.endswith("s") and not last.endswith(("ss", "us", "is")),
        shown[:1].isupper(),
        len([word for word in words(shown) if not is_function_word(word)]),
        sentence,
    )


def _shown(term: str, sentences: Sequence[Candidate]) -> str:
    """The term without the capital that only the beginning of a sentence gave it."""
    if not term[:1].isupper() or term[1:2].isupper():
        return term
    small = term[0].lower() + term[1:]
    within = re.compile(rf"(?<=\w[ -]|, )(?:{re.escape(small)})\b")
    large = re.compile(rf"(?<=[a-z] ){re.escape(term)}\b")
    if any(within.search(one.text) for one in sentences):
        return small
    return term if any(large.search(one.text) for one in sentences) else small
