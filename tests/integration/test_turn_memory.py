"""What the model is told of the part of a conversation that is too long ago."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from assistant_world import BEN, World, assistant


@pytest.fixture
async def world(tmp_path: Path, house_url: str) -> AsyncIterator[World]:
    async with assistant(tmp_path, database_url=house_url) as world:
        yield world


async def test_a_long_conversation_is_told_in_short_and_stays_in_its_session(world: World) -> None:
    """The twelfth question comes with ten exchanges and a line for the first; a new session comes with nothing."""
    for number in range(12):
        await world.ask(f"Question {number}?")
    last = world.gateway.asked[-1]
    assert (len(last.messages), last.messages[0].content) == (21, "Question 1?")
    assert "- Question 0? -> A mean" in last.instructions
    assert "Question 0?" not in world.gateway.asked[10].instructions
    await world.ask("Mine?", BEN)
    await world.post("/api/v1/sessions", {"course": "stats", "lesson": "mean"})
    await world.ask("Anew?")
    assert all("<earlier>" not in asked.instructions for asked in world.gateway.asked[-2:])
