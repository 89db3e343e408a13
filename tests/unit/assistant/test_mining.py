"""What is found in chats, and what is taken out before anybody else reads it."""

import pytest

from banyan.assistant.domain.mining import Exchange, Group, groups, stands_alone
from banyan.assistant.domain.redacting import redacted

EAST, WEST = (1.0, 0.0), (0.0, 1.0)


def asked(user: str, question: str, lesson: str = "mean") -> Exchange:
    return Exchange(f"ses_{user}", user, lesson, question, 10, 20)


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Write to ana.lee+x@school.example.org today", "Write to […] today"),
        ("My number is +49 170 123-45 67, call!", "My number is […], call!"),
        ("Ask @ana_lee about it", "Ask […] about it"),
        ("my name is Zoe Quinn and I am lost", "my name is […] and I am lost"),
        ("ANA LEE said that Lee is right", "[…] said that […] is right"),
        ("The value 3.14159 and 2 of 10 stay", "The value 3.14159 and 2 of 10 stay"),
        ("will it rain?", "will it rain?"),
        ("I live at 12 Baker Street, come", "I live at […], come"),
        ("Reach me at 0170 1234567", "Reach me at […]"),
        ("My number is 01701234567", "My number is […]"),
        ("Ask u_42 about it", "Ask […] about it"),
    ],
)
def test_what_tells_who_wrote_it_is_taken_out(text: str, left: str) -> None:
    """Addresses, numbers to call, handles, and names of the course's people; figures and words stay."""
    assert redacted(text, ["Ana Lee", "Will Smith", "Al", "u_42"]) == left


def test_a_group_is_what_different_people_asked() -> None:
    """One person who asks thrice is one learner, and counts as such."""
    same = [asked("ana", "What is a mean?"), asked("ana", "So what is a mean?"), asked("ben", "Explain a mean to me")]
    alone = [asked("cyd", "What is a mode?"), asked("cyd", "Explain the mode")]
    found = groups([*same, *alone], [EAST, EAST, EAST, WEST, WEST], 2)
    assert found == [Group("What is a mean?", "mean", 2, 3, 10, 20)]
    assert groups(same[:2], [EAST, EAST], 1) == []


def test_a_number_or_a_negation_parts_a_group() -> None:
    """Although the vectors are the same."""
    questions = ["What is a type 1 error?", "What is a type 2 error?", "What is not a type 1 error?"]
    both = [asked(user, question) for user in ("ana", "ben") for question in questions]
    assert sorted(group.question for group in groups(both, [EAST] * 6, 2)) == sorted(questions)


@pytest.mark.parametrize("question", ["Why?", "And what about it?", "What does that mean here?", "x" * 400])
def test_what_leans_on_its_conversation_is_left_there(question: str) -> None:
    """Nobody could answer it elsewhere."""
    assert not stands_alone(question)
