"""Examples that say so, and examples that do not."""

from lessons import ask, lesson, quotes_of

SEA = lesson(
    "Tides",
    {
        "Neap tides": [
            "A neap tide is a tide with a small difference between high and low water.",
            "It comes twice a month.",
            "In the harbour example this difference was two feet, so it was a neap tide.",
        ],
        "Seiches": [
            "A seiche is a standing wave in a closed basin.",
            "A long lake may lie still at noon and flood a pier at one end an hour later.",
            "Seiches have no season.",
        ],
    },
) + lesson(
    "Winds",
    {
        "Breezes": [
            "A sea breeze is a wind from the water to the land.",
            "It is gentle.",
            "For example, on a hot beach it begins at eleven in the morning.",
        ],
        "Mistral": ["The mistral has no lull."],
    },
)


def test_the_word_example_anywhere_marks_one() -> None:
    """An example need not open with the phrase."""
    quoted = quotes_of(ask("Give me an example of a neap tide", shelf=SEA))
    assert quoted[-1] == "In the harbour example this difference was two feet, so it was a neap tide."


def test_a_hypothetical_case_after_the_definition_is_an_example() -> None:
    """What may happen somewhere illustrates what was just defined."""
    assert quotes_of(ask("Give me an example of a seiche", shelf=SEA)) == [
        "A seiche is a standing wave in a closed basin.",
        "A long lake may lie still at noon and flood a pier at one end an hour later.",
    ]


def test_an_example_comes_with_the_sentence_it_rests_on() -> None:
    """Not with one that itself leans on another."""
    assert quotes_of(ask("Give me an example", lesson="winds", shelf=SEA)) == [
        "A sea breeze is a wind from the water to the land.",
        "For example, on a hot beach it begins at eleven in the morning.",
    ]


def test_when_the_topic_before_has_no_example_the_open_lesson_gives_its_own() -> None:
    """Nothing was named, so any example of the lesson is better than none."""
    reply = ask("What is the mistral?", "The mistral has no lull. [1]", "Give me an example", lesson="winds", shelf=SEA)
    assert quotes_of(reply)[-1] == "For example, on a hot beach it begins at eleven in the morning."
