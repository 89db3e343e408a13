"""Choosing results that do not repeat each other."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from banyan.proxy.domain.diversity import diverse, likeness

SCORES = st.lists(st.floats(-10, 10), max_size=30)


def cosines(count: int, seed: int) -> NDArray[np.float32]:
    rows = np.random.default_rng(seed).normal(size=(count, 4)).astype(np.float32)
    return likeness([row / np.linalg.norm(row) for row in rows])


@given(SCORES, st.floats(0, 1), st.integers(0, 40), st.integers(0, 1000))
def test_as_many_as_there_are_and_none_twice(scores: list[float], relevance: float, limit: int, seed: int) -> None:
    """Whatever the share: never a duplicate, always `limit` where there are that many, and the best comes first."""
    chosen = diverse(scores, cosines(len(scores), seed), relevance, limit)
    assert len(chosen) == len(set(chosen)) == min(limit, len(scores))
    assert set(chosen) <= set(range(len(scores)))
    assert chosen[:1] == [0][: len(chosen)]


@given(SCORES, st.integers(0, 40), st.integers(0, 1000))
def test_relevance_alone_keeps_the_ranking(scores: list[float], limit: int, seed: int) -> None:
    """With a share of 1 the order is that of the ranking, whether scores fall or not."""
    assert diverse(scores, cosines(len(scores), seed), 1.0, limit) == list(range(min(limit, len(scores))))


@given(st.integers(0, 20), st.floats(0.01, 1))
def test_equal_likeness_keeps_the_ranking(count: int, relevance: float) -> None:
    """Where all are equally alike there is nothing to vary."""
    scores = [float(-place) for place in range(count)]
    assert diverse(scores, np.ones((count, count), np.float32), relevance, count) == list(range(count))


def test_a_repetition_gives_way() -> None:
    """The second of two equals comes after another that is only a little worse."""
    same = np.array([[1, 1, 0], [1, 1, 0], [0, 0, 1]], np.float32)
    assert diverse([1.0, 0.95, 0.8], same, 0.5, 3) == [0, 2, 1]
    assert diverse([1.0, 0.95, 0.8], same, 0.5, 2) == [0, 2]


def test_ranks_count_where_scores_do_not_fall() -> None:
    """A reranker's order stands, whatever scores the search had given."""
    same = np.array([[1, 0, 1], [0, 1, 0], [1, 0, 1]], np.float32)
    assert diverse([0.1, 0.2, 0.9], same, 0.9, 3) == [0, 1, 2]


def test_what_has_no_vector_is_half_like_everything() -> None:
    """It is neither taken for a repetition nor for something new."""
    one = np.array([1, 0], np.float32)
    other = np.array([0, 1], np.float32)
    assert likeness([one, None, other]).tolist() == [[1, 0.5, 0], [0.5, 0.5, 0.5], [0, 0.5, 1]]
    assert likeness([None]).tolist() == [[0.5]]
    assert likeness([]).shape == (0, 0)
