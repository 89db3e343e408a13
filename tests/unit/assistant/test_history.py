"""What the model is reminded of."""

from datetime import UTC, datetime

from banyan.assistant.domain.history import MAX_CHARACTERS, MAX_MESSAGES, history
from banyan.assistant.domain.sessions import MessageStatus, StoredMessage
from banyan.kernel.messages import Message

BIRTH = datetime(2026, 1, 1, tzinfo=UTC)


def asked(position: int, text: str) -> StoredMessage:
    return StoredMessage(f"q{position}", "ses", position, "user", text, BIRTH)


def answered(position: int, text: str, status: MessageStatus = "complete") -> StoredMessage:
    return StoredMessage(f"a{position}", "ses", position, "assistant", text, BIRTH, status)


def test_exchanges_come_in_the_order_of_the_conversation() -> None:
    """Each question is followed by its answer."""
    assert history([asked(0, "one?"), answered(1, "One."), asked(2, "two?"), answered(3, "Two.")]) == (
        Message("user", "one?"),
        Message("assistant", "One."),
        Message("user", "two?"),
        Message("assistant", "Two."),
    )


def test_half_an_answer_does_not_pass_for_a_whole_one() -> None:
    """Interrupted and failed answers are left out with their questions, and so are questions without an answer."""
    earlier = [
        asked(0, "interrupted?"),
        answered(1, "Half", "interrupted"),
        asked(2, "failed?"),
        answered(3, "", "failed"),
        asked(4, "waiting?"),
        asked(6, "whole?"),
        answered(7, "Whole."),
    ]
    assert history(earlier) == (Message("user", "whole?"), Message("assistant", "Whole."))


def test_an_answer_whose_question_was_not_read_is_left_out() -> None:
    """A window that begins in the middle of an exchange begins with the next one."""
    assert history([answered(1, "One."), asked(2, "two?"), answered(3, "Two.")]) == (
        Message("user", "two?"),
        Message("assistant", "Two."),
    )


def test_the_oldest_exchanges_go_first_when_there_are_too_many() -> None:
    """The newest ten exchanges are kept."""
    earlier = [make for at in range(0, 60, 2) for make in (asked(at, f"{at}?"), answered(at + 1, f"{at}."))]
    kept = history(earlier)
    assert len(kept) == MAX_MESSAGES
    assert (kept[0].content, kept[-1].content) == ("40?", "58.")


def test_a_long_answer_shuts_out_what_came_before_it() -> None:
    """Exchanges are kept whole, newest first, while their characters fit."""
    long = "x" * (MAX_CHARACTERS - 10)
    earlier = [asked(0, "one?"), answered(1, "One."), asked(2, "two?"), answered(3, long)]
    assert [message.content for message in history(earlier)] == ["two?", long]
    assert history([asked(0, "one?"), answered(1, "x" * MAX_CHARACTERS)]) == ()
