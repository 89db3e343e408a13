"""Programs, formulas and tables among the sentences of a lesson."""

from lessons import ask, lesson, quotes_of

KILN = lesson(
    "Kiln",
    {
        "Heat work": [
            "heat_work = sum(rate * minutes for rate, minutes in firing)\nprint(heat_work)",
            "Heat work is the combined effect of temperature and time on the clay.",
            "The following Python program adds up the heat work of a firing.",
            "from kiln import firing\nprint(sum(firing))",
            "Cones measure heat work better than any thermometer.",
        ],
        "Shrinkage": [
            "Shrinkage is the share of its length that a pot loses.",
            "For a pot of wet length $w$ and fired length $f$ it is",
            "$$s = \\frac{w - f}{w}$$",
            "where both lengths are measured along the same line.",
            "Shrinkage of ten percent is common.",
        ],
        "Cones": ["Cone 6 | shrinkage of twelve percent | 1222 degrees", "Shrinkage by cone, an overview"],
    },
)


def test_a_definition_comes_before_a_program_that_has_the_words() -> None:
    """Nobody who asks what something is wants to read a program first."""
    quoted = quotes_of(ask("What is heat work?", shelf=KILN))
    assert quoted[0] == "Heat work is the combined effect of temperature and time on the clay."


def test_a_program_follows_the_sentence_that_leads_to_it_when_asked_for() -> None:
    """Asked how to do it in Python, the learner gets the lead-in and the program, once."""
    quoted = quotes_of(ask("How do I add up the heat work in Python?", shelf=KILN))
    at = quoted.index("The following Python program adds up the heat work of a firing.")
    assert quoted[at + 1] == "from kiln import firing\nprint(sum(firing))"
    assert sum("print" in quote for quote in quoted) == 1


def test_a_formula_comes_with_what_leads_to_it_and_what_goes_on_after_it() -> None:
    """A sentence that a formula completes is quoted whole."""
    quoted = quotes_of(ask("What is the formula for shrinkage?", shelf=KILN))
    at = quoted.index("$$s = \\frac{w - f}{w}$$")
    assert quoted[at - 1].endswith("it is")
    assert quoted[at + 1].startswith("where both lengths")


def test_rows_and_captions_are_quoted_only_after_sentences() -> None:
    """A row of a table or a caption opens no answer that has a sentence."""
    quoted = quotes_of(ask("What does shrinkage mean?", shelf=KILN))
    assert quoted[0] == "Shrinkage is the share of its length that a pot loses."
    assert not any(" | " in quote for quote in quoted)


def test_a_table_is_quoted_when_nothing_else_is_there() -> None:
    """Better a row than nothing."""
    shelf = lesson("Cones", {"Cones": ["Cone 6 | stoneware glaze | 1222 degrees"]})
    assert quotes_of(ask("stoneware glaze", shelf=shelf)) == ["Cone 6 | stoneware glaze | 1222 degrees"]


def test_a_question_that_names_a_program_gets_no_formula() -> None:
    """How to compute something may be a formula; how to compute it in Python is a program."""
    for question in ("How do I compute heat work in Python?", "python code for heat work"):
        quoted = quotes_of(ask(question, shelf=KILN))
        assert any("print" in quote for quote in quoted)
        assert not any(quote.startswith("$$") for quote in quoted)
