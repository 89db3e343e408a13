"""A stream that is cut goes on where it was cut, and never with another text."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from assistant_world import ANA, World, assistant
from content_house import Room, open_room

ORDER = {"course": "biology", "lesson": "cells", "stream": True}
QUESTION = [{"role": "user", "content": "What is a mean?"}]
CHAT = {"course": "stats", "lesson": "mean", "messages": QUESTION, "stream": True}


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with assistant(tmp_path) as world:
        yield world


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Room]:
    async with open_room(tmp_path) as room:
        yield room


def ids(body: bytes) -> list[str]:
    return re.findall(r"^id: (.+)$", body.decode(), re.MULTILINE)


def text(events: list[object]) -> str:
    """What a reader puts together of the events."""
    pieces = []
    for event in events:
        if isinstance(event, dict) and event.get("type") == "delta":
            pieces.append(event["text"])
        elif isinstance(event, dict) and event.get("choices"):
            pieces.append(event["choices"][0]["delta"].get("content", ""))
    return "".join(pieces)


async def test_material_goes_on_after_any_event(room: Room) -> None:
    """What arrived before and what arrives then are the whole, whichever event was the last."""
    whole = await room.world.post("/api/v1/content/explanation", ORDER)
    marks = ids(whole.body)
    assert len(marks) > 2
    for at, mark in enumerate(marks):
        rest = await room.world.post("/api/v1/content/explanation", ORDER, **{"Last-Event-ID": mark})
        assert ids(rest.body) == marks[at + 1 :]
        length = int(mark.partition("-")[0])
        assert text(whole.events)[:length] + text(rest.events) == text(whole.events)
        assert [event["type"] for event in rest.events[:-1]][-1] == "material"


async def test_another_text_is_not_put_behind_what_arrived(room: Room) -> None:
    """An error says so, before any of it."""
    cut = ids((await room.world.post("/api/v1/content/explanation", ORDER)).body)[1]
    other = await room.world.post("/api/v1/content/introduction", ORDER, **{"Last-Event-ID": cut})
    assert other.events[-2]["error"]["code"] == "resume_impossible"
    assert text(other.events) == ""


async def test_an_answer_goes_on_from_what_is_kept(world: World) -> None:
    """The same key and the last id: the model is not asked again, and only what is missing comes."""
    key = {"Idempotency-Key": "k1"}
    whole = await world.post("/api/v1/chat/completions", CHAT, ANA, **key)
    asked = len(world.gateway.asked)
    first, *_, last = ids(whole.body)
    for mark in (first, last):
        rest = await world.post("/api/v1/chat/completions", CHAT, ANA, **key, **{"Last-Event-ID": mark})
        assert text(whole.events)[: int(mark.partition("-")[0])] + text(rest.events) == text(whole.events)
        assert rest.events[-2]["choices"][0]["finish_reason"] == "stop"
    assert len(world.gateway.asked) == asked


@pytest.mark.parametrize("mark", ["7", "-1-00000000", "x-00000000", "1-0000000g", "9999999999-00000000"])
async def test_an_id_that_no_stream_gave_is_refused(world: World, mark: str) -> None:
    """400 or 422 with a sentence, and no question is asked."""
    refused = await world.post("/api/v1/chat/completions", CHAT, ANA, **{"Last-Event-ID": mark})
    assert refused.status in (400, 422)
    assert world.gateway.asked == []
