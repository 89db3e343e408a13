"""The quality gate: each fault has its code, and failed items are replaced or reported."""

from dataclasses import replace as changed
from typing import Any

import pytest
from msgspec import structs

from banyan.assistant.domain.item_gate import Gate, card_fault, distractors, question_fault
from banyan.assistant.domain.material import Card, Question
from banyan.kernel.messages import Citation

SAYS = "Myelin is a fatty sheath that makes signals travel faster along a fibre."
CITED = Citation(1, "", "", "c", "", (), "", SAYS, 0, len(SAYS), "content", "content", 1.0)
GOOD = Question(
    id="1",
    kind="multiple_choice",
    question="Which sheath makes signals travel faster?",
    options=("Keratin", "Myelin", "Elastin", "Collagen"),
    answer=2,
    answer_text="Myelin",
    citation=CITED,
)
PLACES = {
    1: ("liver", "horse"),
    3: ("lung", "goat"),
    10: ("heart", "camel"),
    20: ("kidney", "tiger"),
    30: ("spleen", "rabbit"),
}


def other(number: int, **fields: Any) -> Question:
    """A good question about another sentence."""
    organ, animal = PLACES[number]
    says = f"Substance{number} covers the {organ} of the {animal}."
    citation = changed(CITED, quote=says, start=number * 100, end=number * 100 + len(says))
    named = {
        "id": str(number),
        "question": f"What covers the {organ} of the {animal}?",
        "options": tuple(f"Substance{number + at}" for at in range(4)),
        "answer": 1,
        "answer_text": f"Substance{number}",
        "citation": citation,
        **fields,
    }
    return structs.replace(GOOD, **named)


def statement(number: int, truth: bool) -> Question:
    says = f"Organ{number} lies within region{number} of animal{number}"
    citation = changed(CITED, quote=f"{says}.", start=number * 100)
    asked = says if truth else says.replace(f"region{number}", "tail")
    answer = "True" if truth else "False"
    return Question(
        id=str(number),
        kind="true_false",
        question=asked,
        options=("True", "False"),
        answer=1 if truth else 2,
        answer_text=answer,
        citation=citation,
    )


def test_a_good_question_has_no_fault() -> None:
    """Nor has a good statement."""
    assert question_fault(GOOD) is None
    assert question_fault(statement(1, True)) is None
    assert question_fault(statement(1, False)) is None


@pytest.mark.parametrize(
    ("code", "change"),
    [
        ("incomplete", {"question": " "}),
        ("no_key", {"answer": 0}),
        ("no_key", {"answer": 1}),
        ("no_key", {"answer": 5}),
        ("catch_all", {"options": ("Keratin", "Myelin", "Elastin", "None of the above")}),
        ("catch_all", {"options": ("Keratin", "Myelin", "Elastin", "A and B")}),
        ("too_few_options", {"options": ("Keratin", "Myelin", "Elastin")}),
        ("duplicate_options", {"options": ("Keratin", "Myelin", "the keratin", "Elastin")}),
        ("duplicate_options", {"options": ("Fibre", "Myelin", "Fibres", "Elastin")}),
        ("odd_options", {"options": ("Keratin", "Myelin", "42", "Elastin")}),
        ("odd_options", {"options": ("Keratin", "Myelin", "A horny stuff that hair is made of", "Elastin")}),
        ("gives_away", {"question": "Why does myelin make signals travel faster?"}),
        ("needs_options", {"question": "Which of the following makes signals travel faster?"}),
        ("needs_options", {"question": "What is it?"}),
        ("unsupported_key", {"citation": changed(CITED, quote="Collagen holds the skin together.")}),
        ("no_quote", {"citation": changed(CITED, quote=" ")}),
        (
            "longest_is_right",
            {
                "options": ("Keratin", "A fatty sheath that makes signals travel", "A horny plate", "A white bone"),
                "answer_text": "A fatty sheath that makes signals travel",
            },
        ),
        (
            "article_gives_away",
            {
                "kind": "cloze",
                "question": "Signals travel faster along a fibre in an _____",
                "options": ("sheath", "envelope", "bone", "plate"),
                "answer_text": "envelope",
            },
        ),
    ],
)
def test_each_fault_has_its_code(code: str, change: dict[str, Any]) -> None:
    """So that reports can be counted."""
    fault = question_fault(structs.replace(GOOD, **change))
    assert fault is not None
    assert fault[0] == code


def test_a_false_statement_that_the_text_says_has_no_key() -> None:
    """Nor has a true one with another figure."""
    lie = structs.replace(statement(1, True), answer=2, answer_text="False")
    assert question_fault(lie) == ("unsupported_key", "has a quotation that does not decide it")
    figure = structs.replace(statement(1, True), question="Organ1 lies within region1 of 77 animal1")
    assert question_fault(figure) == ("unsupported_key", "has a quotation that does not decide it")


def test_failed_items_are_replaced_by_the_next_and_reported() -> None:
    """In the order of the candidates, and no more are looked at than it takes."""
    bad = other(3, answer=0)
    gate = Gate[Question](3).fill([other(1), bad, other(10), other(1), other(20), other(30)])
    assert [one.id for one in gate.chosen] == ["1", "10", "20"]
    assert [(one.code, one.item) for one in gate.report.faults] == [
        ("no_key", bad.question),
        ("repeats", other(1).question),
    ]
    assert (gate.report.asked, gate.report.checked, gate.report.passed) == (3, 5, 3)


def test_an_answer_comes_twice_only_where_there_are_no_others() -> None:
    """Two sentences may be about one term."""
    twin = other(10, options=("Substance1", "Iron7", "Salt8", "Wood9"), answer_text="Substance1")
    twin = structs.replace(twin, citation=changed(twin.citation, quote="Substance1 covers the heart of the camel."))
    assert [one.id for one in Gate[Question](2).fill([other(1), twin, other(20)]).chosen] == ["1", "20"]
    assert [one.id for one in Gate[Question](2).fill([other(1), twin]).chosen] == ["1", "10"]


def test_true_and_false_are_in_balance() -> None:
    """Whoever says True to everything fails."""
    many = [statement(at, truth=at != 9) for at in range(10)]
    chosen = Gate[Question](6).fill(many).chosen
    truths = [one.answer_text for one in chosen]
    assert truths.count("True") <= 4
    assert truths.count("False") == 1
    mixed = [statement(at, truth=at % 2 == 0) for at in range(10)]
    assert [one.answer_text for one in Gate[Question](6).fill(mixed).chosen].count("True") == 3


def test_distractors_are_of_the_key_s_kind_and_not_in_its_sentence() -> None:
    """Nearest first, as they came."""
    wrong = ["sheath", "keratin", "keratins", "17 grams", "a very long name of quite another thing", "elastin"]
    assert distractors("myelin", wrong, SAYS) == ["keratin", "elastin"]


@pytest.mark.parametrize(
    ("code", "change"),
    [
        (None, {}),
        ("incomplete", {"back": "-"}),
        ("gives_away", {"back": "myelin"}),
        ("too_long", {"back": SAYS * 10}),
        ("unsupported_key", {"back": "A kind of cheese from Holland"}),
    ],
)
def test_each_fault_of_a_card_has_its_code(code: str | None, change: dict[str, str]) -> None:
    """A back says what its sentence says."""
    card = Card(id="1", kind="definition", front="Myelin", back=SAYS, citation=CITED)
    fault = card_fault(structs.replace(card, **change))
    assert (None if fault is None else fault[0]) == code
