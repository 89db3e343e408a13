"""What counts as a question."""

import pytest

from banyan.assistant.domain.question import MAX_QUESTION, MAX_TITLE, clean_question, clean_text, title_of
from banyan.kernel.errors import InvalidInput


def test_blanks_around_a_question_are_dropped() -> None:
    """The learner's words are kept as they are, without the blanks around them."""
    assert clean_question("  What is\na mean? \n") == "What is\na mean?"


@pytest.mark.parametrize("text", ["", "   ", "\n\t", " "])
def test_an_empty_question_is_refused(text: str) -> None:
    """Blanks alone are no question."""
    with pytest.raises(InvalidInput) as refused:
        clean_question(text)
    assert refused.value.code == "question_empty"


def test_a_question_beyond_the_limit_is_refused_with_the_limit() -> None:
    """One character too many is refused, and the message says how many there may be."""
    assert len(clean_question("x" * MAX_QUESTION)) == MAX_QUESTION
    with pytest.raises(InvalidInput, match="8,000 at most") as refused:
        clean_question("x" * (MAX_QUESTION + 1))
    assert refused.value.code == "question_too_long"


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("a\ud800b", "a\ufffdb"),
        ("a\udc00", "a\ufffd"),
        ("\ud83d", "\ufffd"),
        ("\ud83d\ude00", "\U0001f600"),
        ("a\x00b", "a\ufffdb"),
        ("שלום 你好 \ufeff", "שלום 你好 \ufeff"),
    ],
)
def test_text_that_no_database_takes_is_mended(text: str, cleaned: str) -> None:
    """Lone surrogates and NUL are replaced, a pair of surrogates is the character it stands for, all else stays."""
    assert clean_text(text) == cleaned


def test_a_title_is_the_beginning_of_the_first_line() -> None:
    """A long question is cut at a word, and one word without end is cut anywhere."""
    assert title_of("What is a mean?\nAnd a median?") == "What is a mean?"
    cut = title_of("word " * 100)
    assert cut.endswith("word…")
    assert len(cut) <= MAX_TITLE
    assert title_of("x" * 100) == "x" * (MAX_TITLE - 1) + "…"
