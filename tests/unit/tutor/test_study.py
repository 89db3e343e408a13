"""What a text offers for learning it: every kind by its rule, on texts small enough to read."""

import re
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from banyan.kernel.messages import Citation
from banyan.proxy.domain.brought import Brought, passages_of
from banyan.proxy.domain.tutor.intents import GAP
from banyan.proxy.domain.tutor.study import study_material
from banyan.proxy.domain.tutor.study_forms import StudyMaterial, StudyQuestion

CELLS = """# Cells

A cell is the smallest unit of life that can live and divide by itself.
For example, imagine a single drop of pond water in which thousands of tiny swimmers feed and multiply.
A neuron is an animal building block that carries signals quickly over long distances.
A synapse is a narrow gap across which chemical messengers pass from one side to the next.
A dendrite is a short branch that collects incoming messages for further handling.
A membrane is a thin double layer of fat that decides what may enter or leave.

## Movement of water

Osmosis is the movement of water through a layer that holds dissolved salt back.
Diffusion is the spreading of particles from where many are to where few are.
Roots swell in rain because the soil holds less salt than their sap.
The fluid inside is called cytoplasm, and it fills most of the room.
An adult human body has 206 bones in total.
A drop holds about 300 of them.

## Review questions

1. What does a membrane decide?
2. Explain how osmosis moves water.
"""


def study(text: str, title: str = "") -> StudyMaterial:
    return study_material(passages_of([Brought("", text)], title), title=title)


def of_kind(found: StudyMaterial, kind: str) -> list[StudyQuestion]:
    return [one for one in found.questions if one.kind == kind]


def cited(found: StudyMaterial) -> Iterator[Citation]:
    yield from (*found.summary, *found.objectives)
    yield from (one.citation for one in (*found.terms, *found.questions, *found.sentences, *found.tasks))
    yield from (one for section in found.sections for one in section.summary)
    yield from (one for example in found.examples for one in example.citations)
    yield from (one for task in found.tasks for one in task.expected)


@pytest.fixture(scope="module")
def cells() -> StudyMaterial:
    return study(CELLS, "Life")


def test_a_gap_takes_the_place_of_a_term_and_of_nothing_else(cells: StudyMaterial) -> None:
    """The answer is gone from the prompt, and other terms of the same kind are offered."""
    asked = next(one for one in of_kind(cells, "cloze") if one.answer == "synapse")
    assert (
        asked.prompt == f"A(n) {GAP} is a narrow gap across which chemical messengers pass from one side to the next."
    )
    assert set(asked.wrong) == {"cell", "neuron", "dendrite", "membrane"}
    assert asked.explanation == asked.citation.quote


def test_an_abbreviation_does_not_tell_the_term() -> None:
    """It is left out beside a gap, and a term that is abbreviated is not exchanged."""
    found = study(CELLS.replace("A synapse is", "A synapse (SYN) is"))
    asked = next(one for one in of_kind(found, "cloze") if one.answer == "synapse")
    assert asked.prompt.startswith(f"A(n) {GAP} is a narrow gap")
    assert not any("(SYN)" in one.prompt for one in of_kind(found, "true_false") if one.answer == "False")


LEAVES = (
    "Photosynthesis is the process by which plants turn light into chemical energy. "
    "Chlorophyll is the green pigment that absorbs light in the leaf. "
    "A stoma is a small opening in a leaf through which gases pass. "
    "Glucose is a sugar that the plant makes from carbon dioxide and water."
)


def test_the_terms_of_a_short_text_are_each_asked_for_with_the_others_beside() -> None:
    """However long and short they are; its only part is called what the whole is called, or nothing."""
    found = study(LEAVES, "Leaves")
    asked = {one.answer: set(one.wrong) for one in of_kind(found, "definition")}
    terms = {"photosynthesis", "chlorophyll", "stoma", "glucose"}
    assert asked == {term: terms - {term} for term in terms}
    assert [one.title for one in found.sections] == ["Leaves"]
    assert [one.title for one in study(LEAVES).sections] == [""]
    assert not {"makes", "turn"} & {word for one in found.sections for term in one.terms for word in term.split()}


ORGANS = """The stomach breaks the food down with a strong acid for about three hours.
The liver produces the bile that the duct carries to the small intestine.
The bile in the small intestine makes the fat in the food easier to take up.
The pancreas produces a juice that goes on with the work in the small intestine.
The wall of the stomach is kept from the acid by a thick coat of slime.
The blood from the small intestine flows through the liver before the heart.
The kidney clears the blood of the poisons that the liver could not break down.
The bladder keeps what the kidney has drained from the blood until night.
The duct from the pancreas ends near the stomach in the small intestine.
"""


def test_terms_that_a_text_only_uses_are_asked_for_where_they_are_told() -> None:
    """One gap to a sentence; the wrong answers are other terms, none of which stands in it."""
    asked = [one for one in of_kind(study(ORGANS), "cloze") if one.answer == "small intestine"]
    assert asked
    for one in of_kind(study(ORGANS), "cloze"):
        assert one.prompt.count(GAP) == 1
        assert one.prompt.replace(GAP, one.answer).casefold() == one.citation.quote.casefold()
        assert not any(re.search(rf"\b{wrong}\b", one.citation.quote, re.IGNORECASE) for wrong in one.wrong)
        assert not any(word in one.answer.split() for wrong in one.wrong for word in wrong.split())


def test_what_a_thing_does_is_asked_for_in_whole_questions() -> None:
    """Where the sentence says it plainly; the answer is the sentence."""
    said = {one.prompt: one.answer for one in of_kind(study(ORGANS), "short_answer")}
    assert said["What does the liver produce?"].startswith("The liver produces the bile")


def test_what_is_said_of_a_term_asks_for_the_term(cells: StudyMaterial) -> None:
    """Without the term."""
    asked = next(one for one in of_kind(cells, "definition") if one.answer == "dendrite")
    assert asked.prompt == "Which term is meant? A short branch that collects incoming messages for further handling."


def test_short_answers_are_asked_for_in_grammatical_questions(cells: StudyMaterial) -> None:
    """With the article that the text gives the term; of a reason, as "Explain why"."""
    prompts = {one.prompt for one in of_kind(cells, "short_answer")}
    assert {"What is a synapse?", "What is osmosis?", "What is meant by “cytoplasm”?"} <= prompts
    why = next(one for one in of_kind(cells, "short_answer") if "why" in one.prompt)
    assert why.prompt == "Explain why roots swell in rain."
    assert why.key_points == ("the soil holds less salt than their sap",)


def test_a_true_statement_is_quoted_and_a_false_one_contradicts_its_quotation(cells: StudyMaterial) -> None:
    """By another term that the text explains as well, or by another number where the number is exact."""
    for one in of_kind(cells, "true_false"):
        assert (one.prompt == one.citation.quote) == (one.answer == "True")
    false = {one.citation.quote: one.prompt for one in of_kind(cells, "true_false") if one.answer == "False"}
    assert re.fullmatch(
        r"An adult human body has (?!206)\d+ bones in total\.", false["An adult human body has 206 bones in total."]
    )
    assert "A drop holds about 300 of them." not in false
    terms = {one.term for one in cells.terms}
    for quote, prompt in false.items():
        if "206" not in quote:
            changed = set(prompt.rstrip(".").lower().split()) - set(quote.rstrip(".").lower().split()) - {"a", "an"}
            assert changed
            assert changed <= terms


def test_an_example_is_asked_for_by_the_term_that_it_follows(cells: StudyMaterial) -> None:
    """The story is told without its opening words; the term stands in the sentence before it."""
    (asked,) = of_kind(cells, "scenario")
    assert asked.answer == "cell"
    assert asked.prompt.startswith("Which term does this example illustrate? “A single drop of pond water")
    assert asked.citation.quote.startswith("A cell is")
    (example,) = cells.examples
    assert example.of == "cell"
    assert [one.quote.split()[0] for one in example.citations] == ["A", "For"]


def test_what_is_said_to_be_an_example_is_asked_for_by_its_term() -> None:
    """In one sentence, whichever comes first."""
    found = study(
        CELLS + "\n\n# More\n\nAn example of a filter is the paper through which hot coffee drips into a cup.\n"
    )
    asked = next(one for one in of_kind(found, "scenario") if one.answer == "filter")
    assert asked.prompt.endswith("“The paper through which hot coffee drips into a cup.”")


def test_a_worked_figure_is_asked_for_and_none_is_made_up(cells: StudyMaterial) -> None:
    """A text that reckons nothing has no such question."""
    assert of_kind(cells, "problem_solving") == []
    (asked,) = of_kind(study("# Mean\n\nThe mean of the values 2, 4 and 9 is 15 divided by 3 = 5."), "problem_solving")
    assert asked.answer == "5"
    assert asked.prompt == f"Work out the missing figure: The mean of the values 2, 4 and 9 is 15 divided by 3 = {GAP}."


def test_headings_are_sections_by_level(cells: StudyMaterial) -> None:
    """Exercises are none; each sentence knows its section."""
    assert [(one.title, one.level) for one in cells.sections] == [("Cells", 1), ("Movement of water", 2)]
    assert "osmosis" in cells.sections[1].terms
    assert {one.section for one in cells.sentences} == {0, 1}
    assert max(one.rank for one in cells.sentences) == 1.0
    assert min(one.rank for one in cells.sentences) == 0.0


def test_a_text_without_headings_is_parted_where_its_words_change() -> None:
    """Two subjects, two parts, each called by its own words."""
    leaves = "The leaf of the tree makes sugar from the light. The tree sends the sugar of the leaf to the roots. "
    banks = "The bank lends the money to the firm. The firm pays the money back to the bank with the interest. "
    found = study(
        "\n\n".join([leaves * 1, *(leaves.replace("sugar", w) for w in ("starch", "food", "wood", "resin"))])
        + "\n\n"
        + "\n\n".join([banks, *(banks.replace("firm", w) for w in ("shop", "farm", "town", "state"))])
    )
    assert len(found.sections) == 2
    first, second = found.sections
    assert {"leaf", "tree"} & set(first.title.lower().replace(",", "").split())
    assert {"bank", "money"} & set(second.title.lower().replace(",", "").split())


def test_tasks_of_the_text_come_with_their_answers_before_those_made(cells: StudyMaterial) -> None:
    """What a heading announces as questions is found; the rest rests on what the text explains."""
    found = [one for one in cells.tasks if one.found]
    assert [(one.kind, one.prompt) for one in found] == [
        ("question", "What does a membrane decide?"),
        ("exercise", "Explain how osmosis moves water."),
    ]
    assert found[0].expected[0].quote.startswith("A membrane is")
    made = [one for one in cells.tasks if not one.found]
    assert {"explain", "apply"} >= {one.kind for one in made} - {"compare"}
    assert all(one.expected for one in made)


def test_objectives_are_taken_apart() -> None:
    """Also where a text runs them together; they are no part of what is told."""
    found = study(
        "After this unit, you will be able to: Describe the parts of a cell Explain how osmosis works in roots\n\n"
        + CELLS
    )
    assert [one.quote for one in found.objectives] == [
        "Describe the parts of a cell",
        "Explain how osmosis works in roots",
    ]
    assert not any("able to" in one.citation.quote for one in found.sentences)


@pytest.mark.parametrize(
    "sentence",
    [
        "It is a narrow gap across which chemical messengers pass.",
        "A vessel, shown in Figure 3.2, is a tube that carries fluid around.",
        "As you saw earlier, a vessel is a tube that carries fluid around.",
        "The Vessel A vessel is a tube that carries fluid around the body.",
        "A vessel is a tube that carries: fluid; air; and cells around.",
        "Two vessels are tubes that carry fluid around the whole body.",
        "Most often a vessel is one of these tubes mentioned above.",
    ],
)
def test_a_sentence_that_leans_or_points_is_not_asked_about(sentence: str) -> None:
    """Pronouns, figures, earlier pages, captions, lists and mere numbers."""
    found = study(f"{CELLS}\n\n# More\n\n{sentence}\n")
    assert sentence not in {one.citation.quote for one in found.questions if one.kind != "true_false"}


def test_marks_stay_in_quotations_and_out_of_what_is_shown() -> None:
    """Bold, links, code, bullets and HTML, with the line ends of any system."""
    raw = CELLS.replace("A synapse is", "- A **synapse** is").replace("narrow gap", "[narrow](http://a.b/c) `gap`")
    found = study(raw.replace("\n", "\r\n"))
    asked = next(one for one in of_kind(found, "cloze") if one.answer == "synapse")
    assert asked.prompt.startswith(f"A(n) {GAP} is a narrow gap across which")
    assert "**synapse**" in asked.citation.quote
    assert not any(mark in one.prompt + one.answer for one in found.questions for mark in ("**", "](", "`"))


def test_a_part_of_a_text_keeps_its_id_and_the_headings_before_it() -> None:
    """Spans are measured in the part that the citation names."""
    parts = [
        Brought("one", "# Cells\n\nA cell is the smallest unit of all life."),
        Brought("two", "A neuron is a cell that carries signals."),
    ]
    found = study_material(passages_of(parts, ""))
    texts = {part.id: part.text for part in parts}
    assert {one.citation.chunk_id for one in found.sentences} == {"one", "two"}
    assert all(texts[one.chunk_id][one.start : one.end] == one.quote for one in cited(found))
    assert [one.title for one in found.sections] == ["Cells"]


@pytest.mark.parametrize(
    "text",
    [
        "细胞是生命的基本单位。植物的细胞有细胞壁。水通过细胞膜。",
        "الخلية هي الوحدة الأساسية للحياة. تتكون الخلية من غشاء ونواة.",
        "Клетка является основной единицей жизни. Осмос - это движение воды.",
        "```\nimport os\nprint(os.name)\n```",
        "",
        "\x00\x00 \u200b\u200b",
        "." * 5000,
        "a" * 5000,
        "*" * 3000 + "[(" * 3000 + "<" * 3000,
        "|" * 5000,
    ],
)
def test_of_what_the_tutor_cannot_read_it_says_nothing(text: str) -> None:
    """Sentences and sections at most, and no question."""
    found = study(text)
    assert found.questions == ()
    assert found.tasks == ()
    assert found.terms == ()
    assert all(text[one.start : one.end] == one.quote for one in cited(found))


def test_other_languages_ask_in_their_own_words() -> None:
    """German, French, Spanish, Portuguese."""
    german = study(
        "Eine Zelle ist die kleinste Einheit des Lebens, die sich selbst erhalten kann. "
        "Ein Nerv ist ein langer Strang, der Signale im Körper weiterleitet. "
        "Ein Muskel ist ein Gewebe, das sich zusammenzieht und so den Körper bewegt. "
        "Ein Knochen ist ein hartes Organ, das den Menschen stützt und ihn schützt."
    )
    assert german.language == "german"
    assert {one.term for one in german.terms} == {"Zelle", "Nerv", "Muskel", "Knochen"}
    assert any(one.prompt == "Was versteht man unter „Nerv“?" for one in of_kind(german, "short_answer"))
    french = study(
        "La cellule est la plus petite unité du vivant et elle se divise pour former les tissus. "
        "Le nerf est un cordon qui conduit les messages dans le corps et vers le cerveau."
    )
    assert any(one.prompt == "Que désigne le terme « cellule » ?" for one in of_kind(french, "short_answer"))
    gaps = [one.prompt.split(GAP)[0] for one in of_kind(german, "cloze")]
    assert gaps
    assert set(gaps) <= {"Ein/Eine ", "Der/Die/Das "}  # no article tells the answer's gender
    italian = study("La cellula è la più piccola unità vivente di tutti gli organismi che sono nel mare e nella terra.")
    assert (italian.language, italian.questions) == ("other", ())


_WORDS = st.sampled_from(
    [
        "A",
        "cell",
        "is",
        "the",
        "a",
        "unit",
        "of",
        "life",
        "that",
        "neuron",
        "called",
        "synapse",
        "**bold**",
        "[x](y)",
        "because",
        "12",
        "=",
        "4.5",
        "for",
        "example,",
        "It",
        "water",
        "Figure",
        "are",
        "cells",
        "-",
        "# ",
        "\n",
        "\n\n",
        ". ",
        "? ",
        "; ",
        "<b>",
        "\u200b",
        "\r\n",
        "| ",
        "`x`",
        "“",
        "”",
        "中文",
        "é",
    ]
)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(_WORDS, max_size=60).map(" ".join), min_size=1, max_size=4))
def test_every_quote_stands_in_its_span_and_every_answer_in_its_quote(texts: list[str]) -> None:
    """Whatever the text; and no question shows its answer, offers it twice or numbers its section wrongly."""
    parts = [Brought(str(number), text) for number, text in enumerate(texts)]
    found = study_material(passages_of(parts, ""))
    for one in cited(found):
        assert texts[int(one.chunk_id)][one.start : one.end] == one.quote
    for asked in found.questions:
        if asked.kind in ("cloze", "definition", "scenario"):
            assert asked.answer.casefold() in asked.explanation.casefold()
            assert asked.answer.casefold() not in {one.casefold() for one in asked.wrong}
            assert len(asked.wrong) >= 3
        assert 0 <= asked.hardness <= 1
    assert all(0 <= one.section < len(found.sections) and 0 <= one.rank <= 1 for one in found.sentences)
