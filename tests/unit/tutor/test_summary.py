"""What stands for a lesson."""

from lessons import ask, lesson, quotes_of

from banyan.proxy.domain.tutor.wording import WORDINGS

WEAVING = lesson(
    "Weaving",
    {
        "": ["Every cloth begins with two sets of threads.", "This lesson has not forgotten the third one."],
        "Warp and weft": [
            "It is older than pottery, and so are its tools.",
            "The warp is the set of threads that is stretched on the loom before weaving starts.",
            "The weft is the thread that is drawn across them from side to side.",
            "For example, a scarf of 200 warp threads and 400 weft threads takes two days.",
            "The scarf has 80,000 crossings, which is 200 times 400.",
        ],
        "The shuttle": [
            "The shuttle is a smooth piece of wood that carries the weft through the open warp.",
            "It flies faster than the eye can follow.",
        ],
        "Selvedge": [
            "This keeps the cloth from coming apart.",
            "A selvedge is an edge of the cloth that cannot fray because the weft turns around there.",
        ],
        "A loom in a program": ["def weave(warp, weft):\n    return [warp, weft]"],
    },
)
DEFINITIONS = [
    "The warp is the set of threads that is stretched on the loom before weaving starts.",
    "The weft is the thread that is drawn across them from side to side.",
    "The shuttle is a smooth piece of wood that carries the weft through the open warp.",
    "A selvedge is an edge of the cloth that cannot fray because the weft turns around there.",
]


def test_each_section_is_represented_by_the_sentence_that_says_what_it_is_about() -> None:
    """Both terms of a heading are explained; examples, programs and what leans on its neighbour stay out."""
    quoted = quotes_of(ask("Summarise this lesson", lesson="weaving", shelf=WEAVING))
    assert [quote for quote in quoted if quote != "Every cloth begins with two sets of threads."] == DEFINITIONS


def test_every_way_to_ask_for_the_open_lesson_gets_its_summary() -> None:
    """An earlier question does not become the topic."""
    summary = ask("Summarise this lesson", lesson="weaving", shelf=WEAVING)
    for question in (
        "explain this lesson",
        "What is this lesson about?",
        "what should I learn here",
        "What are the key points?",
        "key points",
        "walk me through the lesson",
        "What does this lesson cover?",
        "What will I learn in this lesson?",
    ):
        assert ask("What is a shuttle?", "A shuttle ...", question, lesson="weaving", shelf=WEAVING) == summary, (
            question
        )


def test_a_lesson_is_not_mistaken_for_a_topic() -> None:
    """Without an open lesson the tutor asks which one is meant."""
    assert ask("explain this lesson", shelf=WEAVING).text == WORDINGS["english"].which_lesson


def test_an_overview_of_a_topic_begins_with_what_it_is() -> None:
    """The definition opens it, as it opens the answer to what something is."""
    assert quotes_of(ask("Give me an overview of the weft", shelf=WEAVING))[0] == DEFINITIONS[1]
