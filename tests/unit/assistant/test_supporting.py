"""Facts that nobody said: found in answers, and left alone where the passage has them."""

import pytest
from facts_set import QUOTED, TRUE

from banyan.assistant.domain.supporting import is_covered, unsupported


def test_changed_facts_in_quoted_sentences_are_found() -> None:
    """At least 95 of 100, over every kind of fact."""
    tried = [(source, source.replace(old, new) + " [1]") for source, changes in QUOTED for old, new in changes]
    missed = [answer for source, answer in tried if not unsupported(answer, [source])]
    assert len(tried) >= 50
    assert len(missed) <= 0.05 * len(tried), missed


def test_untouched_facts_are_left_alone() -> None:
    """At most 5 of 100 sentences are flagged that say what the passage says, in its words or in others."""
    tried = [(source, source + " [1]") for source, _ in QUOTED] + TRUE
    flagged = [(answer, unsupported(answer, [source])) for source, answer in tried]
    wrong = [one for one in flagged if one[1]]
    assert len(wrong) <= 0.05 * len(tried), wrong


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        ("It was found in 1954 by Crick [1].", [("1954", "date")]),
        ("It weighs 3.5 kg and is 12 cm long.", [("3.5 kg", "number"), ("12 cm", "number")]),
        ("As Rosalind Franklin saw on 3 May 1952.", [("Rosalind Franklin", "name"), ("3 May 1952", "date")]),
    ],
)
def test_a_flag_says_what_and_where(answer: str, found: list[tuple[str, str]]) -> None:
    """The span is that of the words in the answer."""
    flags = unsupported(answer, ["Watson and Crick described the double helix in 1953."])
    assert [(one.text, one.kind) for one in flags] == found
    assert all(answer[one.start : one.end] == one.text for one in flags)


def test_what_the_learner_asked_with_is_no_claim() -> None:
    """The question counts as a source."""
    assert not unsupported("Einstein is not in this course, nor is 1905.", ["What did Einstein do in 1905?"])


def test_an_answer_is_covered_by_what_it_cites() -> None:
    """Nothing found, or nothing shared, is no support; small talk needs none."""
    passage = "Osmosis is the movement of water through a membrane."
    asked = "What is osmosis?"
    assert is_covered(asked, "Osmosis moves water through a membrane [1].", [passage], [passage]) is True
    assert is_covered(asked, "Osmosis moves water through a membrane.", [], [passage]) is True
    assert is_covered("Who won the cup?", "Brazil won the world cup in Germany.", [], [passage]) is False
    assert is_covered(asked, "The course says nothing on it.", [], []) is False
    assert is_covered("How are you?", "Fine, thank you!", [], [passage]) is None
