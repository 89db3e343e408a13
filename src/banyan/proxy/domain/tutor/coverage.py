"""Whether the course covers a question at all."""

import math
from collections.abc import Sequence

from banyan.proxy.domain.knowledge import Passage, Vector
from banyan.proxy.domain.tutor.words import ENGLISH, stem_set, stems

# Logistic fit, every set weighing the same, on: the review questions of a psychology and an anatomy textbook
# against those of an astronomy textbook, and 835 bare terms of psychology against 330 of astronomy, asked of the
# psychology book. Fitted on one book and tried on the other, 0.975 to 0.98 of the foreign questions are refused where
# 0.95 of the book's own ones are kept (best sentence alone: 0.96; best passage alone: 0.96). The offset is moved by 0.4
# towards keeping.
_SENTENCE, _PASSAGES, _WORDS, _OFFSET = 8.1, 12.7, 4.0, -11.35
# The same without vectors; words alone refuse 0.9 of the foreign questions at a loss of a fifth of the own ones.
_TEXT_WORDS, _TEXT_POOL, _TEXT_OFFSET = 5.2, 2.5, -4.5

_POOL = 10


def coverage(question: str, vector: Vector | None, passages: Sequence[Passage], language: str = ENGLISH) -> float:
    """How likely the passages found for a question can answer it, 0 to 1; 0.5 and more counts as covered.

    passages: best first. Rests on the best sentence's similarity, the mean similarity of the three best passages, and
    the share of the question's words that one passage (with its headings) has.
    """
    if not passages:
        return 0.0
    asked = frozenset(stems(question, language))
    found = [stem_set((passage.title, *passage.heading, passage.text), language) for passage in passages[:_POOL]]
    words = max((len(asked & stems_found) for stems_found in found), default=0) / max(1, len(asked))
    dense = sorted((p.dense_score for p in passages if p.dense_score is not None), reverse=True)[:3]
    similar = [
        float(sentence.vector @ vector)
        for passage in passages
        for sentence in passage.sentences
        if vector is not None and sentence.vector is not None
    ]
    if dense and similar:
        logit = _SENTENCE * max(similar) + _PASSAGES * sum(dense) / len(dense) + _WORDS * words + _OFFSET
    else:
        pool = len(asked & frozenset[str]().union(*found)) / max(1, len(asked))
        logit = _TEXT_WORDS * words + _TEXT_POOL * pool + _TEXT_OFFSET
    return 1 / (1 + math.exp(-logit))
