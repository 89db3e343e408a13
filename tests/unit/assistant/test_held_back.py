"""What of an answer under way is said at once, and what waits for the end of its sentence."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from banyan.assistant.domain.held_back import LONGEST_HELD, HeldBack


def fed(pieces: list[str], suspicious: str = "!") -> list[list[str]]:
    held = HeldBack(lambda beginning: suspicious in beginning)
    return [*(held.feed(piece) for piece in pieces), held.end()]


def test_what_nobody_suspects_is_said_at_once() -> None:
    assert fed(["A ", "mean", " is"]) == [["A "], ["mean"], [" is"], []]


def test_a_suspicious_sentence_waits_for_its_end() -> None:
    assert fed(["A me", "!an", " is a", " sum. ", "Next"]) == [["A me"], [], [], ["!an is a sum.", " "], ["Next"], []]


def test_words_before_the_suspicious_one_do_not_wait() -> None:
    assert fed(["A mean !is"]) == [["A mean "], ["!is"]]


@pytest.mark.parametrize("end", ["。", "！", "\n"])
def test_sentences_of_other_scripts_end_too(end: str) -> None:
    assert fed([f"!平均{end}次"])[0] == [f"!平均{end}", "次"]


def test_a_list_without_stops_does_not_wait_for_ever() -> None:
    held = HeldBack(lambda beginning: True)
    said = sum((len("".join(held.feed("word, "))) for _ in range(1000)), 0)
    assert said > 6000 - 4 * LONGEST_HELD


@given(st.lists(st.text("ab .!\n", max_size=9), max_size=30))
def test_nothing_is_lost_or_said_twice(pieces: list[str]) -> None:
    assert "".join("".join(parts) for parts in fed(pieces)) == "".join(pieces)
