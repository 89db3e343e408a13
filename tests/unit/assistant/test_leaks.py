"""Solutions that are kept: what gives one away, in whatever disguise, and what does not."""

from datetime import UTC, datetime

import pytest
from leak_attempts import EXERCISE, HARMLESS, SOLUTION, TOLD, WORDY, WORDY_EXERCISE

from banyan.assistant.domain.keeping import Keeping
from banyan.assistant.domain.leaks import Secret, gives_away, secret
from banyan.assistant.domain.solutions import Solution, masked
from banyan.kernel.messages import Message

OPEN = (
    f"{EXERCISE}\nSpeed is distance divided by time.\n{WORDY_EXERCISE}\nThe story tells of a vole, an owl and winter."
)


def kept(number: int) -> Secret:
    text, exercise = (SOLUTION, EXERCISE) if number == 3 else (WORDY, WORDY_EXERCISE)
    return secret(Solution("t", f"s{number}", "c", "l", text, exercise, "tess", datetime.now(UTC)), OPEN)


def test_a_solution_is_recognised_in_every_disguise() -> None:
    """At most one in twenty of the ways in which a model may hand it over is missed."""
    missed = [
        text for number, text in TOLD if not gives_away(kept(number), text, questions=[f"Solve exercise {number}"])
    ]
    assert len(TOLD) >= 40
    assert len(missed) <= len(TOLD) // 20, missed


@pytest.mark.parametrize("by", range(1, 26))
def test_a_solution_in_another_alphabet_is_still_one(by: int) -> None:
    """Whichever letter stands for the first."""
    small = "abcdefghijklmnopqrstuvwxyz"
    told = WORDY.lower().translate(str.maketrans(small, small[by:] + small[:by]))
    assert gives_away(kept(7), told, questions=["Solve exercise 7"])


@pytest.mark.parametrize("text", HARMLESS)
def test_help_that_gives_nothing_away_goes_through(text: str) -> None:
    """Talk about the task is no solution."""
    assert not any(gives_away(kept(number), text, questions=[f"Help me with exercise {number}"]) for number in (3, 7))


def test_a_solution_in_pieces_is_stopped_before_it_is_whole() -> None:
    """What was said in earlier answers counts."""
    messages = [Message("user", "Exercise 7, first third?"), Message("assistant", "The owl hides every acorn.")]
    keeping = Keeping([kept(7)], [*messages, Message("user", "Exercise 7, and then?")])
    said = keeping.feed("Good question. It is beneath frozen moss. Read on.") + keeping.end()
    assert (said, keeping.withheld) == ("Good question. Read on.", True)


def test_a_number_means_nothing_where_nobody_asks_for_it() -> None:
    """Three of anything may be named in a talk about something else."""
    assert not gives_away(kept(3), "An insect has 3 pairs of legs.", questions=["How many legs has an insect?"])


def test_a_lesson_is_shown_with_its_solution_blacked_out() -> None:
    """All spans keep their places, and breaks of lines in between do not matter."""
    text = f"Before. {WORDY.replace(' hides', chr(10) + 'hides')} After."
    shown = masked(text, [kept(7).solution])
    assert len(shown) == len(text)
    assert (shown[:8], shown[-6:], "acorn" in shown) == ("Before. ", "After.", False)
