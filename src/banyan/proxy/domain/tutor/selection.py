"""Which sentences answer a question, and in which order to quote them."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from banyan.proxy.domain.knowledge import Vector
from banyan.proxy.domain.tutor.sentences import Candidate, definition_of, similarity_rows
from banyan.proxy.domain.tutor.words import ENGLISH, stems

Scores = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Weights:
    """How much each sign counts; coverage of the question's words is the unit.

    Chosen by coordinate ascent over coarse steps on the multiple-choice questions of two textbooks (665 on anatomy,
    301 on psychology; a hit: all content words of the right option stand in the three chosen sentences), keeping only
    what helped on the book it was not chosen on. The surface is flat: halving or doubling any one weight moves the hit
    rate by at most 0.02. Weighting the question's words by rarity, matching them by prefix, and vectors of sentences
    with their heading or their predecessor did not help on either book.
    """

    coverage: float = 1.0
    neighbour: float = 0.5
    """A question word in the sentence before or after counts this much of one in the sentence itself."""
    sentence_similarity: float = 0.75
    passage_similarity: float = 0.5
    word_pairs: float = 0.3
    news: float = 0.05
    """Times the logarithm of the words it adds to the question's: a sentence that only repeats says nothing."""
    agreement: float = 0.4
    """Adding words that the other good candidates have too."""
    redundancy: float = 0.3
    """Times the similarity above one half to a sentence already chosen."""
    context: float = 0.1
    """For the sentence before a chosen one that leans on it."""
    dangling: float = -0.05
    pointing: float = -0.15
    asking: float = -1.0
    fragment: float = -0.3
    overlong: float = -0.1
    caption: float = -0.2
    """For few words without an end, such as captions and lines before a formula."""
    code: float = -0.5
    definition: float = 0.0
    same_lesson: float = 0.3
    """For sentences of the lesson that the learner has open; a clearly better sentence elsewhere still wins."""
    gap: float = 0.6
    """A sentence of another passage that scores so much less than the first is filler. With 0.6 no textbook loses a
    hit; leaving out the best sentence's own neighbours as well would cost 0.003 at 0.8 and 0.013 at 0.6.
    """


EXPLAIN = Weights()
DEFINE = Weights(definition=0.6, passage_similarity=0.25)

_FRAGMENT_WORDS = 4
_CAPTION_WORDS = 15
_OVERLONG_WORDS = 60
_SHARPNESS = 5.0


def relevance(
    sentences: Sequence[Candidate],
    question: str,
    vector: Vector | None,
    *,
    lesson: str | None = None,
    language: str = ENGLISH,
    weights: Weights = EXPLAIN,
) -> Scores:
    """How well each sentence answers by itself; comparable within one question only.

    vector: of the question; sentences and passages without a vector count as average ones.
    """
    asked = list(dict.fromkeys(stems(question, language)))
    wanted = frozenset(asked)
    coverage = _coverage(sentences, asked, weights.neighbour)
    pairs = set(pairwise(asked))
    signs = np.array(
        [
            (
                _shared_pairs(one, wanted, pairs),
                len(one.stem_set - wanted),
                one.reading.dangles,
                one.reading.points,
                one.reading.asks,
                one.reading.length < _FRAGMENT_WORDS,
                one.reading.length > _OVERLONG_WORDS,
                not one.reading.ends and one.reading.length < _CAPTION_WORDS,
                one.reading.is_code,
                definition_of(one, asked) if weights.definition else 0.0,
                lesson is not None and one.passage.lesson == lesson,
            )
            for one in sentences
        ],
        dtype=np.float64,
    ).reshape(len(sentences), 11)
    signs[:, 1] = np.log1p(signs[:, 1])
    factors = np.array(
        [
            weights.word_pairs,
            weights.news,
            weights.dangling,
            weights.pointing,
            weights.asking,
            weights.fragment,
            weights.overlong,
            weights.caption,
            weights.code,
            weights.definition,
            weights.same_lesson,
        ]
    )
    similarity = _filled([_cosine(one.sentence.vector, vector) for one in sentences])
    passage_similarity = _filled([one.passage.dense_score for one in sentences])
    return np.asarray(
        weights.coverage * coverage
        + weights.sentence_similarity * similarity
        + weights.passage_similarity * passage_similarity
        + signs @ factors,
        dtype=np.float64,
    )


def _shared_pairs(one: Candidate, asked: frozenset[str], pairs: set[tuple[str, str]]) -> float:
    """The share of the question's pairs of neighbours that the sentence has; most have not even two of its words."""
    if not pairs or len(one.stem_set & asked) < 2:
        return 0.0
    return len(pairs.intersection(pairwise(one.stems))) / len(pairs)


def choose(
    sentences: Sequence[Candidate],
    scores: Scores,
    question: str,
    count: int,
    *,
    language: str = ENGLISH,
    weights: Weights = EXPLAIN,
) -> list[int]:
    """Indices of up to `count` sentences that answer together, best first: each must add to those before it."""
    if not len(sentences):
        return []
    rows = similarity_rows(sentences)
    said, shared = _agreement(sentences, scores, frozenset(stems(question, language)))
    sizes = np.sqrt(4 + said.sum(axis=1))
    chosen: list[int] = []
    heard = np.zeros(said.shape[1], dtype=bool)
    redundancy = np.zeros(len(sentences))
    context = np.zeros(len(sentences))
    places = {(one.passage.chunk_id, one.at): i for i, one in enumerate(sentences)}
    passed: list[int] = []
    while len(chosen) < count and len(chosen) + len(passed) < len(sentences):
        gains = scores + weights.agreement * ((said & ~heard) @ shared) / sizes
        gains = gains - weights.redundancy * redundancy + weights.context * context
        gains[chosen + passed] = -np.inf
        best = int(np.argmax(gains))
        if chosen and _is_filler(best, chosen[0], sentences, scores, weights.gap):
            passed.append(best)
            continue
        chosen.append(best)
        heard |= said[best]
        redundancy = np.maximum(redundancy, np.maximum(0.0, rows @ rows[best] - 0.5))
        before = places.get((sentences[best].passage.chunk_id, sentences[best].at - 1))
        if before is not None and sentences[best].reading.dangles:
            context[before] = 1.0
    return chosen


def _is_filler(i: int, best: int, sentences: Sequence[Candidate], scores: Scores, gap: float) -> bool:
    """Whether a sentence is far weaker than the best one and does not stand with it either."""
    together = sentences[i].passage.chunk_id == sentences[best].passage.chunk_id
    return not together and bool(scores[i] < scores[best] - gap)


def best_first(sentences: Sequence[Candidate], chosen: Sequence[int]) -> list[list[Candidate]]:
    """The best sentence alone, so that a definition opens the answer, then the others in reading order."""
    return [[sentences[i]] for i in chosen[:1]] + reading_order(sentences, chosen[1:])


def reading_order(sentences: Sequence[Candidate], chosen: Sequence[int]) -> list[list[Candidate]]:
    """The chosen sentences by passage: the passage of the best first, within a passage as they stand in the source."""
    groups: dict[str, list[Candidate]] = {}
    for i in chosen:
        groups.setdefault(sentences[i].passage.chunk_id, []).append(sentences[i])
    return [sorted(group, key=lambda one: one.at) for group in groups.values()]


def _coverage(sentences: Sequence[Candidate], asked: Sequence[str], neighbour: float) -> Scores:
    if not asked or not sentences:
        return np.zeros(len(sentences))
    own = np.array([[stem in one.stem_set for stem in asked] for one in sentences], dtype=np.float64)
    near = np.zeros_like(own)
    follows = np.array(
        [a.passage is b.passage and b.at == a.at + 1 for a, b in pairwise(sentences)],
        dtype=bool,
    )
    near[1:][follows] = own[:-1][follows]
    near[:-1][follows] = np.maximum(near[:-1][follows], own[1:][follows])
    return np.asarray(np.maximum(own, neighbour * near).mean(axis=1), dtype=np.float64)


def _agreement(
    sentences: Sequence[Candidate], scores: Scores, asked: frozenset[str]
) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    """Which new stems each sentence says, and how much the good candidates share each of them (at most 1)."""
    new = sorted({stem for one in sentences for stem in one.stem_set} - asked)
    column = {stem: i for i, stem in enumerate(new)}
    said = np.zeros((len(sentences), len(new)), dtype=bool)
    for i, one in enumerate(sentences):
        for stem in one.stem_set - asked:
            said[i, column[stem]] = True
    trust = np.exp(_SHARPNESS * (scores - scores.max()))
    rarity = np.log1p(len(sentences) / np.maximum(1, said.sum(axis=0)))
    shared = (trust / trust.sum()) @ said * rarity
    return said, shared / max(float(shared.max(initial=0.0)), 1e-9)


def _cosine(row: Vector | None, vector: Vector | None) -> float | None:
    return None if row is None or vector is None else float(row @ vector)


def _filled(values: Sequence[float | None]) -> Scores:
    known = [value for value in values if value is not None]
    average = float(np.mean(known)) if known else 0.0
    return np.array([average if value is None else value for value in values], dtype=np.float64)
