"""How far texts suit personas, and how good texts are: computed from what stands in them."""

import math
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from banyan.assistant.domain.persona import Persona
from banyan.assistant.domain.persona_names import VALUE_OF, Group
from banyan.assistant.domain.personal_score import metrics, score

DIMENSIONS = [group.value for group in Group]
SOURCE = (
    "The heart has four chambers. Blood enters the right atrium from the body. The right ventricle pumps the blood to "
    "the lungs. Valves keep blood from flowing back into the chambers. A nurse hears the valves close."
)
LIST = "# The heart\n\n- The heart has four chambers.\n- Blood enters the right atrium.\n- Valves keep blood in place."
PROSE = (
    "The heart has four chambers. Blood enters the right atrium from the body, and valves keep it from flowing back."
)
STEPS = "1. Try to find your pulse.\n2. Count it, for example for a minute.\n3. Compare it with the exercise before."


def test_who_says_nothing_has_no_score() -> None:
    """Nor has an empty text one, for anybody."""
    assert score(Persona(), SOURCE) == dict.fromkeys(["overall", *DIMENSIONS], 0.0)
    assert score(Persona(role="nurse"), "  ") == dict.fromkeys(["overall", *DIMENSIONS], 0.0)


def test_only_what_the_persona_speaks_of_counts() -> None:
    """Overall is the mean of those dimensions."""
    found = score(Persona(role="nurse", interests=("football",)), SOURCE)
    assert found["professional_context"] == 1.0
    assert found["personal_interests"] == 0.0
    assert found["overall"] == 0.5
    assert found["communication_tone"] == 0.0


def test_a_text_with_the_personas_words_scores_higher_and_more_words_never_lower() -> None:
    """Whole words count: somebody who likes art gains nothing from "start"."""
    fan = Persona(interests=("football", "art"), topics=("blood pressure",), industry="healthcare")
    plain = score(fan, "We start with a party.")
    one = score(fan, "We start with a party after football.")
    two = score(fan, "We start with a party after football and art.")
    three = score(fan, "We start with a party after football and art. Blood pressure matters in healthcare.")
    assert plain["personal_interests"] == plain["professional_context"] == 0.0
    assert plain["personal_interests"] < one["personal_interests"] < two["personal_interests"]
    assert two["overall"] < three["overall"]


@pytest.mark.parametrize(
    ("persona", "better", "worse", "dimension"),
    [
        (Persona(style="visual"), LIST, PROSE, "learning_style"),
        (Persona(style="reading"), PROSE, LIST, "learning_style"),
        (Persona(style="kinesthetic"), STEPS, PROSE, "learning_style"),
        (Persona(style="auditory"), "What do you hear? You hear the valves.", LIST, "learning_style"),
        (Persona(summary_style="bullet_points"), LIST, PROSE, "content_preferences"),
        (Persona(summary_style="paragraphs"), PROSE, LIST, "content_preferences"),
        (Persona(density="concise"), PROSE, PROSE * 40, "content_preferences"),
        (Persona(density="comprehensive"), PROSE * 20, PROSE, "content_preferences"),
        (Persona(examples_per_concept=2), "For example this. Another example.", PROSE, "content_preferences"),
        (Persona(language="de"), "Das Herz ist ein Muskel und hat vier Kammern.", PROSE, "content_preferences"),
        (
            Persona(accessibility=("short sentences",)),
            "It beats. It rests.",
            "It beats and rests " * 9,
            "content_preferences",
        ),
        (Persona(accessibility=("screen reader",)), PROSE, "| a | b |\n|---|---|\n| 1 | 2 |", "content_preferences"),
        (Persona(tone="formal"), "Therefore, the heart rests.", "Hey, let's go!", "communication_tone"),
        (Persona(tone="casual"), "Hey, let's go!", "Therefore, the heart rests.", "communication_tone"),
        (Persona(encouragement="high"), "Well done. You can do it.", PROSE, "communication_tone"),
        (Persona(encouragement="minimal"), PROSE, "Well done. You can do it.", "communication_tone"),
        (
            Persona(level="beginner"),
            "The heart has four rooms. It beats all day.",
            "Electrocardiographic interpretation necessitates comprehensive understanding of depolarization.",
            "professional_context",
        ),
    ],
)
def test_what_was_wished_scores_higher(persona: Persona, better: str, worse: str, dimension: str) -> None:
    """By structure, length, examples, language, needs, tone and readability."""
    good, bad = score(persona, better), score(persona, worse)
    assert good[dimension] > bad[dimension]
    assert good["overall"] == good[dimension]


_TEXTS = some.text(max_size=300) | some.lists(
    some.sampled_from([*LIST.split(" "), *STEPS.split("\n"), "\n\n", "football", "- ", "# ", "| a |", "医師", "1."]),
    max_size=60,
).map(" ".join)
_PERSONAS = some.builds(
    Persona,
    **{field: some.sampled_from(["", "odd", *sorted(set(words.values()))]) for field, words in VALUE_OF.items()},
    role=some.text(max_size=20),
    interests=some.lists(some.sampled_from(["football", "the", "", "医師"]), max_size=3).map(tuple),
    style_strength=some.none() | some.floats(0, 1),
    examples_per_concept=some.none() | some.integers(1, 5),
    language=some.sampled_from(["", "de", "pt-BR"]),
    accessibility=some.sampled_from([(), ("short sentences", "screen reader")]),
)


@settings(deadline=None, max_examples=120)
@given(_PERSONAS, _TEXTS, _TEXTS, some.none() | some.integers(0, 5000))
def test_all_figures_are_finite_shares(persona: Persona, text: str, source: str, expected: int | None) -> None:
    """Of any persona and any text."""
    for figures in (score(persona, text, source), metrics(text, source, expected_words=expected)):
        assert all(math.isfinite(figure) and 0 <= figure <= 1 for figure in figures.values())


@settings(deadline=None, max_examples=60)
@given(_TEXTS)
def test_naming_an_interest_never_lowers_the_interests(text: str) -> None:
    """Whatever else the text says."""
    fan = Persona(interests=("football",), topics=("tactics",))
    before, after = score(fan, text), score(fan, f"{text} football")
    assert after["personal_interests"] >= before["personal_interests"]
    assert after["personal_interests"] >= 0.5


def test_grounding_is_the_share_of_sentences_that_the_source_supports() -> None:
    """A sentence of the source is; an invention is not, though it uses its words."""
    assert metrics(SOURCE, SOURCE)["grounding"] == 1.0
    marked = "## Valves\n\n- **Valves keep blood** from flowing back into the chambers. [1, 2]\n- Blood enters [3]."
    assert metrics(marked, SOURCE)["grounding"] == 1.0
    half = "The right ventricle pumps the blood to the lungs. Penguins bought seven bicycles in Norway."
    assert metrics(half, SOURCE)["grounding"] == 0.5
    mixed = "Nurses flowing lungs body ventricle entering atrium valves chambers heart."
    assert metrics(mixed, SOURCE)["grounding"] < 1
    assert metrics(PROSE, "")["grounding"] == metrics(PROSE, "")["coverage"] == 0.0


def test_coverage_grows_with_what_is_said_of_the_source() -> None:
    """A part covers less than the whole."""
    part, whole = metrics("Blood enters the right atrium.", SOURCE), metrics(SOURCE, SOURCE)
    assert 0 < part["coverage"] < whole["coverage"] == 1.0


def test_length_and_structure_are_judged_by_what_was_ordered() -> None:
    """A text of the length that was asked for is right; a wall of words has no structure."""
    assert metrics("word " * 100, SOURCE, expected_words=100)["length_appropriateness"] == 1.0
    assert metrics("word " * 10, SOURCE, expected_words=100)["length_appropriateness"] < 0.6
    assert metrics("word " * 1000, SOURCE, expected_words=100)["length_appropriateness"] == 0.0
    wall, parts = (
        "Blood flows on. " * 100,
        "## Flow\n\n- Blood flows on.\n\n" + "Blood flows on. Valves close.\n\n" * 60,
    )
    assert metrics(wall, SOURCE)["structure"] == 0.0
    assert metrics(parts, SOURCE)["structure"] > 0.9
    assert metrics("", SOURCE) == dict.fromkeys(metrics(SOURCE, SOURCE), 0.0)


def test_a_megabyte_is_scored_in_no_time() -> None:
    """Only its beginning is looked at, and nothing in it takes longer the stranger it is."""
    began = time.perf_counter()
    for text in ("- 1. a| " * 130_000, "\n" * 1_000_000):
        score(Persona(role="nurse", style="mixed", tone="formal", density="concise"), text)
        metrics(text, text)
    assert time.perf_counter() - began < 4
