"""Prompts of study material: their very text, and that what others wrote stays between its tags.

`python tests/unit/assistant/test_prompts.py` writes the golden outputs anew.
"""

from pathlib import Path

import pytest

from banyan.assistant.content import CONTENT
from banyan.assistant.content.prompting import prompt_for
from banyan.assistant.domain.framing import framing_of
from banyan.assistant.domain.material import Level, Order
from banyan.assistant.domain.persona import Persona
from banyan.assistant.domain.sources import Source, SourcePart
from banyan.kernel.messages import Message

GOLDEN = Path(__file__).parents[2] / "data" / "prompts"
TEXT = "Myelin is a fatty sheath.\n\nA node is a bare spot between two sheaths."
SOURCE = Source("Nerves", (SourcePart("1", TEXT),))
PERSONA = Persona(role="nurse", interests=("cooking",), style="visual", tone="casual", level="beginner")


def rendered(type: str, persona: Persona | None = PERSONA) -> str:
    order = Order(
        type=type,
        topic="sheaths",
        level=Level.BEGINNER,
        language="de",
        persona=persona,
        message="What is a node?",
        history=(Message("user", "Hello"), Message("assistant", "Ask away.")),
        selection="bare spot",
        page=3,
        practice=True,
        max_words=80 if type == "summary" else None,
    )
    framing = framing_of(persona, topic=order.topic, text=TEXT, language="de")
    prompt = prompt_for(CONTENT[type], order, framing, SOURCE.title, SOURCE.passages())
    return f"{prompt.version}\n\n--- system\n{prompt.system}\n\n--- user\n{prompt.user}\n"


@pytest.mark.parametrize("type", list(CONTENT))
def test_a_prompt_is_its_golden_output(type: str) -> None:
    """Whoever changes a template sees what a model is told, and gives it a new version where it matters."""
    assert rendered(type) == (GOLDEN / f"{CONTENT[type].prompt}.txt").read_text("utf-8")


@pytest.mark.parametrize("type", list(CONTENT))
def test_a_persona_stands_between_its_tags_and_changes_no_word_of_the_source(type: str) -> None:
    """What it says is data; the rules have fixed sentences alone."""
    alone, personal = rendered(type, None), rendered(type)
    system, user = personal.split("--- user\n")
    assert "nurse" not in system
    assert "cooking" not in system
    assert "Role: nurse" in user
    source = user[user.index("<source") :]
    assert source == alone[alone.index("<source title") :]
    assert "<learner>" not in alone.split("--- user\n")[1]


if __name__ == "__main__":
    GOLDEN.mkdir(parents=True, exist_ok=True)
    for name in CONTENT:
        (GOLDEN / f"{CONTENT[name].prompt}.txt").write_text(rendered(name), "utf-8")
