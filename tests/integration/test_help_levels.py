"""How much help a learner gets with a task."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from assistant_world import BEN, TEACHER, World, assistant, deciding
from scripted_gateway import CITATION, TEXT, ScriptedGateway

from banyan.assistant.domain.policy import HelpLevel, Policy
from banyan.assistant.domain.tasks import is_same, is_task
from banyan.assistant.ports.model_gateway import AnswerDone, CitationsFound, TextDelta

TASK = "Solve exercise 2: how is a mean made?"
QUOTE = "It is a sum, divided."
CITED = replace(CITATION, quote=QUOTE, start=8, end=29)
QUOTED = [CitationsFound((CITED,), True), TextDelta(f"{QUOTE} [1]"), AnswerDone("stop", "banyan/extractive", 1, 1)]
MODEL = [
    CitationsFound((CITED,)),
    TextDelta("Look at the second sentence [1]."),
    AnswerDone("stop", "test/model", 1, 1),
]


@pytest.fixture
async def world(tmp_path: Path, house_url: str) -> AsyncIterator[World]:
    async with assistant(tmp_path, gateway=ScriptedGateway([list(QUOTED)]), database_url=house_url) as world:
        yield world


async def said(world: World, question: str, **more: Any) -> tuple[str, Any]:
    answer = (await world.ask(question, **more)).json
    assert all(TEXT[one["start"] : one["end"]] == one["quote"] for one in answer["citations"])
    return answer["choices"][0]["message"]["content"], answer.get("hint")


async def test_hints_come_one_after_the_other_and_end_as_the_policy_says(world: World) -> None:
    """Each gives away a little more; the whole sentence only where the teacher lets it."""
    deciding(world, Policy(help_level=HelpLevel.HINTS))
    first, hint = await said(world, TASK)
    assert ("Averages" in first, "sum" in first, hint) == (True, False, {"step": 1, "of": 3})
    await world.post("/api/v1/sessions", {"course": "stats", "lesson": "mean"})
    second, hint = await said(world, "another hint")
    assert ("____" in second, "sum" in second, hint) == (True, False, {"step": 2, "of": 3})
    third, hint = await said(world, "How is a mean made, please solve exercise 2")
    assert ("It is" in third, "divided" in third, hint) == (True, False, {"step": 3, "of": 3})
    assert (await said(world, TASK))[1] == {"step": 3, "of": 3}
    deciding(world, Policy(help_level=HelpLevel.HINTS, hints_reveal=True))
    assert QUOTE in (await said(world, TASK))[0]
    assert (await said(world, TASK, asker=BEN))[1] == {"step": 1, "of": 4}


async def test_questions_of_understanding_and_teachers_get_answers(world: World) -> None:
    """At every level; so does everybody at the level `answer`."""
    for level in HelpLevel:
        deciding(world, Policy(help_level=level))
        assert await said(world, "What is a mean?") == (f"{QUOTE} [1]", None)
        assert await said(world, TASK, asker=TEACHER) == (f"{QUOTE} [1]", None)
    deciding(world, Policy(help_level=HelpLevel.ANSWER))
    assert await said(world, TASK) == (f"{QUOTE} [1]", None)


async def test_socratic_help_asks_and_states_nothing(world: World) -> None:
    """Every line is a question, and no words of the passage are in it."""
    deciding(world, Policy(help_level=HelpLevel.SOCRATIC))
    text, _ = await said(world, TASK)
    assert all(line.rstrip().endswith("?") for line in text.splitlines())
    assert not {"sum", "divided"} & set(text.split())


async def test_a_model_is_told_how_much_to_give(world: World) -> None:
    """Its hint is given as it is, with the step that it is."""
    deciding(world, Policy(help_level=HelpLevel.HINTS))
    world.gateway.scripts = [list(MODEL)]
    text, hint = await said(world, TASK, model="test/model")
    assert (text, hint) == ("Look at the second sentence [1].", {"step": 1, "of": 3})
    assert "hint 1 of 3" in world.gateway.asked[-1].instructions


async def test_a_model_that_fails_does_not_uncover_what_hints_hide(world: World) -> None:
    """Where the built-in tutor steps in, it hints as well."""
    deciding(world, Policy(help_level=HelpLevel.HINTS))
    text, hint = await said(world, TASK, model="test/model")
    assert ("sum" in text, hint) == (False, {"step": 1, "of": 3})


@pytest.mark.parametrize(
    ("question", "task"),
    [
        ("Solve 2x + 3 = 7", True),
        ("What is the answer to exercise 3?", True),
        ("Which of the following is a mammal? a) shark b) whale c) trout", True),
        ("Berechne den Mittelwert", True),
        ("A train covers 300 km in 4 hours. How fast is it?", True),
        ("What is osmosis?", False),
        ("Why do leaves turn red in autumn?", False),
        ("Explain the difference between mean and median", False),
        ("Wie funktioniert ein Motor?", False),
    ],
)
def test_a_task_is_told_from_a_question_of_understanding(question: str, task: bool) -> None:
    """By how it asks."""
    assert is_task(question) is task


def test_the_same_task_is_known_in_other_words_and_another_number_is_another_task() -> None:
    """Order and politeness do not matter, numbers do."""
    assert is_same("Solve exercise 2: how is a mean made?", "please tell me how a mean is made, exercise 2")
    assert not is_same("Solve exercise 2", "Solve exercise 3")
