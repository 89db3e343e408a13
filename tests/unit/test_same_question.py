"""Which questions are the same question in other words, and which requests have one that may be compared."""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from banyan.kernel.same_question import ask_the_same
from banyan.proxy.domain.near_question import near_question


def fields(**body: Any) -> dict[str, msgspec.Raw]:
    return {name: msgspec.Raw(json.dumps(value).encode()) for name, value in body.items()}


def user(content: Any) -> dict[str, Any]:
    return {"role": "user", "content": content}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("What is the function of the liver?", "What function does the liver have?"),
        ("What does the hypothalamus do?", "what is the role of the hypothalamus"),
        ("Please explain how vaccines create immunity.", "How do vaccines create immunity?"),
        ("Which nerve is responsible for taste?", "What nerve is responsible for taste?"),
        ("Where are the adrenal glands located?", "Where are the adrenal glands?"),
        ("How are DNA and RNA different?", "What is the difference of DNA and RNA?"),
    ],
)
def test_framing_may_differ(one: str, other: str) -> None:
    """Politeness, endings, and words that mean the same in any question."""
    assert ask_the_same(one, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param("What does a pH of 7.2 mean here?", "What does a pH of 7.6 mean here?", id="number"),
        pytest.param("Describe two functions of it all.", "Describe three functions of it all.", id="number word"),
        pytest.param("What boils at -5 degrees then?", "What boils at 5 degrees then?", id="sign"),
        pytest.param("Which of these is a bone?", "Which of these is not a bone?", id="negation"),
        pytest.param("Why are lungs hurt by air?", "Why aren't lungs hurt by air?", id="contracted negation"),
        pytest.param("What is the use of B cells?", "What is the use of T cells?", id="letter"),
        pytest.param("What did Mendel find in peas?", "What did Darwin find in peas?", id="name"),
        pytest.param("Is a patient with AIDS ill?", "Is a patient with aids ill or not?", id="capitals"),
        pytest.param("What does 'distal' mean in it?", "What does distal mean in it?", id="quotation"),
        pytest.param("When does the skull ossify?", "Where does the skull ossify?", id="question word"),
        pytest.param("How many bones has a hand?", "How do bones move a hand?", id="amount"),
        pytest.param("Can a liver heal itself?", "How can a liver heal itself?", id="yes or no"),
        pytest.param("Is a vein thicker than an artery?", "Is an artery thicker than a vein?", id="swap"),
        pytest.param("Which cells kill the bacteria?", "Which cells are killed by the bacteria?", id="passive"),
        pytest.param("What is the role of the heart?", "What is the role of the heart valve?", id="more of it"),
        pytest.param("What is it?", "What is it?", id="too short"),
        pytest.param("Is it so? " * 60, "Is it so? " * 60, id="too long"),
    ],
)
def test_what_tells_questions_apart(one: str, other: str) -> None:
    """One such difference is enough, in either direction."""
    assert not ask_the_same(one, other)
    assert not ask_the_same(other, one)


def test_no_near_miss_of_the_measured_set_passes_and_half_of_the_paraphrases_do() -> None:
    """The figures of the documentation, without the part of the vectors."""
    path = Path(__file__).parents[2] / "bench" / "cache_questions.json"
    pairs = json.loads(path.read_text("utf-8"))
    assert [pair for pair in pairs["different"] if ask_the_same(*pair)] == []
    assert sum(ask_the_same(*pair) for pair in pairs["same"]) >= len(pairs["same"]) // 2


@given(st.text(max_size=60), st.text(max_size=60))
def test_sameness_has_no_direction(one: str, other: str) -> None:
    """Whichever came first, and whatever is written."""
    assert ask_the_same(one, other) == ask_the_same(other, one)


def test_the_question_is_taken_out_of_the_request() -> None:
    """All the rest stays as it is; the messages before it too."""
    before = {"role": "assistant", "content": "Yes."}
    found = near_question(fields(messages=[before, user("What does a leaf do?")], seed=3))
    assert found is not None
    assert found.text == "What does a leaf do?"
    assert {name: json.loads(bytes(raw)) for name, raw in found.rest.items()} == {"messages": [before], "seed": 3}


@pytest.mark.parametrize(
    "body",
    [
        {"messages": [user("What does a leaf do?")], "tools": [{"type": "function"}]},
        {"messages": [user("What does a leaf do?")], "response_format": {"type": "json_object"}},
        {"messages": [{"role": "tool", "content": "4"}, user("What does a leaf do?")]},
        {"messages": [{"role": "assistant", "tool_calls": [{}]}, user("What does a leaf do?")]},
        {"messages": [user([{"type": "text", "text": "What does a leaf do?"}])]},
        {"messages": [{**user("What does a leaf do?"), "name": "ada"}]},
        {"messages": [{"role": "system", "content": "What does a leaf do?"}]},
        {"messages": [user("Why so?")]},
        {"messages": []},
        {"messages": "What does a leaf do?"},
        {},
    ],
)
def test_a_request_that_only_its_equal_may_be_answered_like(body: dict[str, Any]) -> None:
    """Tools, JSON, parts, names, anything but a plain question at the end."""
    assert near_question(fields(**body)) is None
