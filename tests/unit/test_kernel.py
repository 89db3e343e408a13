"""The kernel's words."""

import pytest

from banyan.kernel.catalogue import Catalogue
from banyan.kernel.errors import NotFound
from banyan.kernel.ids import content_id, new_id


def test_content_ids_follow_from_the_parts_and_their_borders() -> None:
    """Equal parts give equal ids; moving a border between two parts gives another."""
    assert content_id("a", "bc") == content_id("a", "bc")
    assert content_id("a", "bc") != content_id("ab", "c")


def test_content_ids_exist_for_lone_surrogates() -> None:
    """Text that is not valid Unicode still has an id."""
    assert content_id("\ud800") != content_id("\ud801")


def test_new_ids_carry_their_prefix_and_differ() -> None:
    """Two ids of one kind are never the same."""
    first, second = new_id("msg"), new_id("msg")
    assert first.startswith("msg_")
    assert first != second


def test_a_catalogue_names_the_choices_when_asked_for_a_stranger() -> None:
    """An unknown name is answered with the known ones."""
    with pytest.raises(NotFound, match="choose one of a, b"):
        Catalogue("nowhere", ["a", "b"])["c"]
