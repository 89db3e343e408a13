"""How a persona frames material, and that it never touches what the material says."""

import re
from string import Formatter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from banyan.assistant.domain.framing import LANGUAGES, Framing, category_of, framing_of, profile_text
from banyan.assistant.domain.framing_words import BRIDGES, CHEERS, HEADINGS, LEAD_INS
from banyan.assistant.domain.persona import Persona
from banyan.assistant.domain.persona_names import VALUE_OF
from banyan.assistant.domain.reading_personas import read_persona

SOURCE = ("The heart has four chambers. Blood enters the right atrium.", "Valves keep it from flowing back.")


@pytest.mark.parametrize(
    ("topic", "text", "name"),
    [
        ("How to start", "", "applied"),
        ("A smart party", "", "applied"),
        ("History of art", "", "creative"),
        ("art-history.pdf", "", "creative"),
        ("Statistics 101", "", "technical"),
        ("Física básica", "", "scientific"),
        ("Lesson 3", "Biology studies life. In biology, cells matter.", "scientific"),
        ("Lesson 3", "This is the state of the art.", "applied"),
        ("Economics of music", "music " * 9, "technical"),
        ("", "", "applied"),
    ],
)
def test_a_subject_is_told_by_whole_words(topic: str, text: str, name: str) -> None:
    """Of the topic first; in a text one mention is by the way. "start" has no art."""
    assert category_of(topic, text).name == name


def test_the_profile_of_a_prompt_is_short_lines_of_data() -> None:
    """Without what nobody said, and without what nobody knows."""
    persona = Persona(
        role="Nurse",
        industry="Healthcare",
        experience_years=4,
        interests=("football", "cooking", "chess", "sailing"),
        tone="professional_friendly",
        accessibility=("screen reader",),
        other={"motto": "do as I say"},
    )
    assert profile_text(persona) == (
        "Role: Nurse\nIndustry: Healthcare\nInterests: football, cooking, chess\nYears of experience: 4\n"
        "Tone: professional friendly\nNeeds: screen reader"
    )
    assert profile_text(None) == profile_text(Persona()) == ""


def test_guidance_is_made_of_fixed_values_alone() -> None:
    """What a learner writes is in the profile, as data; a sentence to the model never carries it."""
    secret = "zebra"
    said = read_persona(
        {
            "role": secret,
            "industry": secret,
            "interests": [secret],
            "tone": "casual",
            "level": secret,
            "density": secret,
        }
        | {"goals": [secret], "accessibility": [secret, "screen reader"], "motto": secret, "encouragement": "high"}
    )
    guidance = framing_of(said, topic="Anatomy").guidance
    assert secret not in " ".join(guidance)
    assert "Use a casual tone." in guidance
    assert "Give figures, definitions and formulas exactly as the source has them." in guidance
    assert any("read aloud" in one for one in guidance)


def test_lead_ins_name_the_title_and_speak_the_language() -> None:
    """The material's language before the learner's; an id or a file name is no title."""
    assert framing_of(None, topic="Light").lead_in("summary") == "Light: what matters most."
    assert framing_of(None, topic="a3f0-77.pdf").lead_in("summary") == "What matters most."
    assert framing_of(None, topic="topic_12").lead_in("outline") == "At a glance."
    assert framing_of(Persona(language="fr"), language="de").lead_in("quiz", "Licht") == "Licht: Fragen."
    assert framing_of(Persona(language="pt-BR")).lead_in("quiz") == "Perguntas."
    assert framing_of(Persona(language="ja")).lead_in("quiz") == "Questions."
    assert framing_of(None, topic="{title.x} in TCP/IP").lead_in("quiz") == "{title.x} in TCP/IP: questions."


def test_what_a_learner_likes_leads_in_unless_little_is_personal() -> None:
    """Their first interest, else their role; formally or not."""
    fan = Persona(interests=("football",), role="nurse", tone="casual")
    assert framing_of(fan, topic="Force").lead_in("introduction") == (
        "What Force is about. As you read: where have you seen this in football?"
    )
    assert framing_of(fan, topic="Force", personalization="low").lead_in("introduction") == "What Force is about."
    assert framing_of(fan, topic="Force").lead_in("quiz") == "Force: questions."
    assert "dir" in framing_of(fan, language="de").bridge()
    assert "Ihnen" in framing_of(Persona(interests=("Fußball",), tone="formal"), language="de").bridge()
    assert framing_of(Persona(role="nurse")).bridge().endswith("as: nurse.")
    assert framing_of(Persona(encouragement="high", tone="casual")).closing().endswith("!")
    assert framing_of(Persona(encouragement="minimal")).closing() == framing_of(None).closing() == ""


def test_style_and_density_decide_order_and_number() -> None:
    """Doers meet examples first; who reads little gets fewer points, never none."""
    parts = ("introduction", "definition", "examples", "practice", "key_points")
    assert framing_of(None).order(parts) == parts
    assert framing_of(Persona(style="kinesthetic")).order(parts) == (
        ("examples", "practice", "key_points", "introduction", "definition")
    )
    counts = [framing_of(Persona(density=density)).count(10) for density in ("concise", "balanced", "comprehensive")]
    assert counts == [6, 10, 14]
    assert framing_of(Persona(density="concise")).count(1) == 1
    assert framing_of(Persona(density="concise", detail="low")).count(10) < 6
    assert [framing_of(Persona(density=one)).examples for one in ("concise", "", "comprehensive")] == [1, 2, 3]


def test_needs_decide_the_layout() -> None:
    """Short sentences are bullets of one sentence; a screen reader meets no tables."""
    assert framing_of(None).lay_out(SOURCE) == f"- {SOURCE[0]}\n- {SOURCE[1]}"
    assert framing_of(Persona(summary_style="paragraphs")).lay_out(SOURCE) == f"{SOURCE[0]}\n\n{SOURCE[1]}"
    short = framing_of(Persona(accessibility=("Short sentences",), summary_style="paragraphs"))
    assert short.lay_out(SOURCE) == (
        "- The heart has four chambers.\n- Blood enters the right atrium.\n- Valves keep it from flowing back."
    )
    assert [framing_of(Persona(accessibility=(need,))).plain_layout for need in ("screen reader", "captions")] == [
        True,
        False,
    ]


_FIXED = some.fixed_dictionaries(
    {field: some.sampled_from(["", *set(words.values())]) for field, words in VALUE_OF.items()}
)


@settings(deadline=None, max_examples=80)
@given(_FIXED, some.lists(some.sampled_from(["football", "short sentences", "screen reader"]), max_size=2))
def test_a_persona_changes_framing_and_never_facts(fixed: dict[str, str], words: list[str]) -> None:
    """Whoever reads: every sentence of the source is there, in its order, and nothing beside it."""
    persona = Persona(**fixed, interests=tuple(words), accessibility=tuple(words))  # type: ignore[arg-type]
    framing = framing_of(persona, topic="The heart", text=" ".join(SOURCE))
    said = re.sub(r"^- ", "", framing.lay_out(SOURCE), flags=re.MULTILINE)
    assert " ".join(said.split()) == " ".join(SOURCE)
    parts = ("introduction", "definition", "examples", "practice")
    assert sorted(framing.order(parts)) == sorted(parts)


def test_the_words_around_material_say_nothing_and_are_there_in_each_language() -> None:
    """No figure, no name, the same kinds and headings everywhere; only titles and the learner's words are put in."""
    for table in (LEAD_INS, BRIDGES, CHEERS, HEADINGS):
        assert set(table) == set(LANGUAGES)
    assert len({frozenset(said) for said in LEAD_INS.values()}) == 1
    assert len({frozenset(said) for said in HEADINGS.values()}) == 1
    everything = [text for said in LEAD_INS.values() for pair in said.values() for text in pair]
    everything += [text for said in BRIDGES.values() for pair in said.values() for text in pair]
    assert not any(re.search(r"\d", text) for text in everything)
    assert {name for text in everything for _, name, _, _ in Formatter().parse(text) if name} == {"title", "it"}


def test_a_framing_of_nobody_is_the_usual_one() -> None:
    """As for an empty persona."""
    assert framing_of(None, topic="Light") == framing_of(Persona(), topic="Light")
    assert isinstance(framing_of(None), Framing)
    assert framing_of(None).heading("key_points") == "Key points"
    assert framing_of(None, language="de").heading("next_steps") == "Nächste Schritte"
    assert framing_of(None).heading("my_own_part") == "My own part"
