"""Sentence borders, as a learner would set them."""

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from banyan.proxy.domain.document_builder import DocumentBuilder, ListItem
from banyan.proxy.domain.sentences import LONGEST_SENTENCE, LONGEST_UNIT, document_sentences, prose_sentences


def split(text: str) -> list[str]:
    return [text[span.start : span.end] for span in prose_sentences(text)]


# In each line, "|" marks where one sentence ends and the next begins.
CASES = {
    "titles": "Dr. Okoro met Mrs. Lind at St. Mary. | They spoke with Prof. Ade.",
    "figures": "See Fig. 3 and Fig. B. | It is on p. 12, no. 7, vol. II of the set. | Read on.",
    "an answer is no number": "Is it safe? | No. | I think not. | No. 5 is.",
    "a street at the end": "She lives in Main St. | The house is red.",
    "vitamins are no initials": "It needs vitamin C. | Calcium helps. | So does vitamin D. | The sun makes it.",
    "initials": "J. R. Moss and a paper by R. Hill agree. | George W. Carr did not.",
    "and others": "Moss et al. (2020) saw it. | So did Hill et al. | The rest did not.",
    "dotted": "The U.S. Navy left the U.S. | The ship sank, e.g. Tuesday, i.e. early, at 5 p.m. | The end.",
    "decimals": "It is 3.14 m long. | In 1990. | Then 2.5 kg vs. Three.",
    "ellipsis": "Wait... what? | Yes… | No. | And… then",
    "quotes": '"Really?" he said. | "Yes." | She left. | “Go!” | He went.',
    "brackets": "(It is so.) | Then (see p. 4) it ends. | [A note.] | Next. | (photo: A. Lind.) | (b) It grows.",
    "letters that name": "They are A, B, and C. | People differ. | It is an “X.” | Next to A or B. | Read.",
    "two authors": "It was shown by A. and B. Lind.",
    "references": "It was found.[3] | It was lost.[1,2] | Later it was not.",
    "small first letters": "The buffer holds. | pH is seven. | mRNA leaves the nucleus.",
    "addresses": "See www.example.org. | Then http://a.example/b?c=d.e works. | Run Node.js now.",
    "units": "It took 5 ms. | Then 3 V. | Current fell.",
    "numbered": "Steps: 1. Wash the glass. | 2. Rinse it. | 3. Dry it.",
    "glued by a bad export": "The muscle contracts.| The bone moves.",
    "Chinese": "今天下雨。| 我们在家！| “好吗？”| 他问。",
    "Japanese speech": "「はい。」と言った。| 次です。",
    "Arabic": "ما هذا؟ | هذا كتاب. | نعم.",
    "Hebrew": "שלום עולם. | מה שלומך?",
    "Hindi": "यह घर है। | वह पेड़ है।",
    "German": "Am 3. Mai, d.h. bald, z.B. Wasser. | Das ist Abb. 4 im Buch.",
    "Spanish": "¿Qué es? | ¡Una célula!",
    "firms": "Acme Inc. sold it to Beta Ltd. | The price was low.",
}


@pytest.mark.parametrize("marked", CASES.values(), ids=CASES.keys())
def test_sentences_end_where_a_reader_would_end_them(marked: str) -> None:
    """Stops end sentences; abbreviations, initials, decimals, numbering and addresses do not."""
    expected = [part.strip() for part in marked.split("|")]
    glue = "" if any(letter > "\u3000" for letter in marked) or "contracts.|" in marked else " "
    assert split(glue.join(expected)) == expected


@pytest.mark.parametrize("text", ["", "   ", "\n"])
def test_nothing_has_no_sentences(text: str) -> None:
    """White space is no sentence."""
    assert split(text) == []


@settings(max_examples=200, deadline=None)
@given(st.text(st.sampled_from("aB1 .!?…。\"')(]«»;,\n|م"), max_size=200))
def test_sentences_cover_all_but_white_space_in_order(text: str) -> None:
    """No letter is lost or quoted twice, and no sentence begins or ends with a space."""
    spans = prose_sentences(text)
    assert "".join("".join(text[span.start : span.end].split()) for span in spans) == "".join(text.split())
    assert all(before.end <= after.start for before, after in itertools.pairwise(spans))
    assert all(text[span.start : span.end].strip() == text[span.start : span.end] != "" for span in spans)


def test_a_sentence_without_end_is_cut_at_semicolons_first() -> None:
    """Parts of an over-long sentence end where a clause ends."""
    parts = split("; ".join(f"the clause number {number} says, once more, what was said" for number in range(40)))
    assert max(map(len, parts)) <= LONGEST_SENTENCE
    assert all(part.endswith(";") for part in parts[:-1])


def test_a_word_without_end_is_cut_at_the_limit() -> None:
    """Nothing quotable is longer than the limit, whatever it is made of."""
    assert [len(part) for part in split("x" * 1300)] == [600, 600, 100]


def test_items_rows_code_and_formulas_are_units() -> None:
    """List markers, the header of a table and headings are not quoted."""
    builder = DocumentBuilder("test")
    builder.heading(2, "Heading. Not quoted.")
    builder.bullets([ListItem("First. It has two."), ListItem("no stop", 1), ListItem("ticked", 0, "[x]")])
    builder.table([["Bone", "Place"], ["Femur", "Thigh. Long."]], header=True)
    builder.table([["1", "2"]], header=False)
    builder.code("a = 1. B\n\nc = 2")
    builder.math("E = mc^2. F")
    document = builder.build()
    assert [document.text[span.start : span.end] for span in document_sentences(document)] == [
        "First.",
        "It has two.",
        "no stop",
        "ticked",
        "Femur | Thigh. Long.",
        "1 | 2",
        "a = 1. B\n\nc = 2",
        "$$E = mc^2. F$$",
    ]


def test_long_code_is_quoted_by_groups_of_lines() -> None:
    """No group is longer than a screen, and no line is torn apart."""
    lines = [f"value_{number} = compute({number})" for number in range(200)]
    builder = DocumentBuilder("test")
    builder.code("\n".join(lines))
    document = builder.build()
    groups = [document.text[span.start : span.end] for span in document_sentences(document)]
    assert max(map(len, groups)) <= LONGEST_UNIT
    assert [line for group in groups for line in group.split("\n")] == lines


@pytest.mark.parametrize("text", ["." * 300_000, ". " * 100_000, "A. " * 30_000, ".[1]" * 80_000, "," * 300_000])
def test_hostile_text_is_split(text: str) -> None:
    """Input made to confuse the rules takes linear time: each of these ends at once."""
    assert prose_sentences(text)
