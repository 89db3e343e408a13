"""Whether the course covers a question at all."""

import math
from collections.abc import Sequence

from banyan.proxy.domain.knowledge import Passage, Vector
from banyan.proxy.domain.tutor.reading import read
from banyan.proxy.domain.tutor.sentences import Candidate, definition_of
from banyan.proxy.domain.tutor.words import ENGLISH, stem_set, stems

# Logistic fit, every set weighing the same, on the review questions of a psychology and an anatomy textbook against
# those of an astronomy textbook, asked of either. Fitted on one book and tried on the other, 0.976 to 0.981 of the
# foreign questions are refused where 0.95 of the book's own ones are kept (best passage alone: 0.96). The offset makes
# the worst of the four rates (own kept, foreign refused, either book) as good as it can be: 0.948. How far the best
# stands out from the weaker finds does not help; how similar the weaker finds are does, but depends on how much a
# course says about each of its subjects.
_SENTENCE, _PASSAGES, _WORDS, _TOGETHER, _OFFSET = 6.4, 14.6, 4.2, 2.8, -13.2
# The same without vectors; words alone refuse 0.9 of the foreign questions at a loss of a fifth of the own ones.
_TEXT_WORDS, _TEXT_POOL, _TEXT_OFFSET = 5.2, 2.5, -4.5

_POOL = 10
_DEFINED = 0.7
"""How clear a definition must be; see `definition_of`."""
_CERTAIN = 0.9
_LONGEST_NAME = 3
"""Content words; a longer question has words enough to be judged by."""


def coverage(
    question: str,
    vector: Vector | None,
    passages: Sequence[Passage],
    sentences: Sequence[Candidate] = (),
    language: str = ENGLISH,
) -> float:
    """How likely the passages found for a question can answer it, 0 to 1; 0.5 and more counts as covered.

    passages: best first. sentences: theirs. Rests on the best sentence's similarity, the mean similarity of the three
    best passages, and the shares of the question's words that one passage (with its headings) and all have. What the
    course names in so many words is covered in any case.
    """
    if not passages:
        return 0.0
    order = stems(question, language)
    asked = frozenset(order)
    found = [_stems_in(passage, language) for passage in passages[:_POOL]]
    words = max((len(asked & stems_found) for stems_found in found), default=0) / max(1, len(asked))
    pool = len(asked & frozenset[str]().union(*found)) / max(1, len(asked))
    dense = sorted((p.dense_score for p in passages if p.dense_score is not None), reverse=True)[:3]
    similar = [
        float(sentence.vector @ vector)
        for passage in passages
        for sentence in passage.sentences
        if vector is not None and sentence.vector is not None
    ]
    by_words = _TEXT_WORDS * words + _TEXT_POOL * pool + _TEXT_OFFSET
    if dense and similar:
        logit = _SENTENCE * max(similar) + _PASSAGES * sum(dense) / len(dense) + _WORDS * words + _TOGETHER * pool
        logit += _OFFSET
        if any(passage.dense_score is None for passage in passages):
            # While a course is being embedded, what answers may be what has no vector yet.
            logit = max(logit, by_words)
    else:
        logit = by_words
    likely = 1 / (1 + math.exp(-logit))
    return max(likely, _CERTAIN) if names(sentences, list(dict.fromkeys(order))) else likely


def _stems_in(passage: Passage, language: str) -> frozenset[str]:
    named = stem_set((passage.title, *passage.heading), language)
    return named.union(*(read(sentence.text, language).stem_set for sentence in passage.sentences))


def names(sentences: Sequence[Candidate], asked: Sequence[str]) -> bool:
    """Whether a sentence has all content words of a short question ("Who was Ada Lovelace?").

    A single word must besides be a term of the course: defined there, or named by a title or heading.
    """
    if not 1 <= len(asked) <= _LONGEST_NAME:
        return False
    wanted = set(asked)
    naming = [one for one in sentences if one.stem_set >= wanted]
    if len(asked) > 1:
        return bool(naming)
    return any(
        definition_of(one, asked) >= _DEFINED or wanted <= stem_set((one.passage.title, *one.passage.heading))
        for one in naming
    )
