"""Counting a passage by where it comes from."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from banyan.proxy.domain.knowledge import LESSON_SOURCE, Passage, Span
from banyan.proxy.domain.search_options import DEFAULT_WEIGHTS
from banyan.proxy.domain.source_weights import kind_of, weighed, weight_of, within_reach

PASSAGE = Passage("a", "botany", "leaves", LESSON_SOURCE, "text", "Leaves", (), "", Span(0, 5), "Sugar", (), 1.0)
FILE = replace(PASSAGE, chunk_id="f", source="notes.pdf", source_type="pdf")


@pytest.mark.parametrize(
    ("passage", "kind"),
    [
        (PASSAGE, "lesson"),
        (replace(PASSAGE, source_type="pdf"), "lesson"),
        (FILE, "file"),
        (replace(FILE, source_type="instructor"), "instructor"),
        (replace(FILE, source_type="external"), "external"),
        (replace(FILE, source_type="html", url="https://example.org"), "external"),
        (replace(PASSAGE, source_type="file"), "file"),
    ],
)
def test_the_kind_of_a_source(passage: Passage, kind: str) -> None:
    """Its type where that names a kind, else what it is: a lesson's own body, an address, an attachment."""
    assert kind_of(passage) == kind


def test_a_type_may_have_a_weight_of_its_own() -> None:
    """It wins over the weight of the kind; what has neither counts in full."""
    assert weight_of(FILE, DEFAULT_WEIGHTS) == 0.85
    assert weight_of(FILE, {**DEFAULT_WEIGHTS, "pdf": 0.5}) == 0.5
    assert weight_of(FILE, {}) == 1.0


def test_a_worse_source_needs_a_better_match() -> None:
    """A file that matches a little better comes after the lesson, one that matches much better before it."""
    a_little, much = replace(FILE, chunk_id="l"), replace(FILE, chunk_id="m")
    order = weighed([(much, 1.3), (a_little, 1.1), (PASSAGE, 1.0)], DEFAULT_WEIGHTS)
    assert [(one.chunk_id, score) for one, score in order] == [
        ("m", pytest.approx(1.105)),
        ("a", 1.0),
        ("l", pytest.approx(0.935)),
    ]


def test_ties_are_settled_by_id_after_weighing() -> None:
    """Scores that become equal come in the order of their ids."""
    twins = [(replace(FILE, chunk_id="b"), 2.0), (replace(PASSAGE, chunk_id="c"), 1.0), (PASSAGE, 1.0)]
    assert [one.chunk_id for one, _ in weighed(twins, {"lesson": 1.0, "file": 0.5})] == ["a", "b", "c"]


def test_a_weight_below_one_never_helps() -> None:
    """Not even a score below zero."""
    order = weighed([(FILE, -0.2), (PASSAGE, -0.2)], DEFAULT_WEIGHTS)
    assert [one.chunk_id for one, _ in order] == ["a", "f"]


@given(
    st.lists(st.tuples(st.floats(-1, 3), st.sampled_from(["lesson", "instructor", "file", "external"])), max_size=40),
    st.fixed_dictionaries({name: st.floats(0.01, 10) for name in DEFAULT_WEIGHTS}),
    st.integers(1, 12),
)
def test_nothing_out_of_reach_could_have_come_first(
    found: list[tuple[float, str]], weights: dict[str, float], limit: int
) -> None:
    """Looking up only what is within reach gives the same best as looking up everything."""
    ranked = sorted(found, key=lambda one: -one[0])
    passages = [
        (replace(PASSAGE, chunk_id=f"{place:03}", source_type=kind), score)
        for place, (score, kind) in enumerate(ranked)
    ]
    reach = within_reach([score for score, _ in ranked], limit, weights)
    best = [score for _, score in weighed(passages, weights)[:limit]]
    assert [score for _, score in weighed(passages[:reach], weights)[:limit]] == best


def test_equal_weights_reach_no_further_than_asked() -> None:
    """Without a difference to make, nothing more is looked up."""
    assert within_reach([3.0, 2.0, 1.0], 2, {"lesson": 1.0}) == 2
    assert within_reach([3.0, 2.9, 1.0], 1, DEFAULT_WEIGHTS) == 2
