"""Fusing rankings."""

import pytest

from banyan.proxy.domain.ranking import fuse


def test_what_two_rankings_share_comes_first() -> None:
    """Each ranking gives weight / (k + rank)."""
    fused = fuse([["a", "b"], ["b", "c"]], weights=(1.0, 1.0), k=2)
    assert [id for id, _ in fused] == ["b", "a", "c"]
    assert dict(fused) == pytest.approx({"b": 1 / 4 + 1 / 3, "a": 1 / 3, "c": 1 / 4})


def test_a_heavier_ranking_wins() -> None:
    """Weights scale what a ranking gives."""
    assert [id for id, _ in fuse([["a"], ["b"]], weights=(1.0, 2.0), k=2)] == ["b", "a"]


def test_ties_are_settled_by_id() -> None:
    """The order of the rankings does not decide between equals."""
    assert fuse([["b"], ["a"]], (1.0, 1.0), 2) == [("a", 1 / 3), ("b", 1 / 3)]
