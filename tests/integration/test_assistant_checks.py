"""Answers that can be checked: what a learner sees of citations, marks and flags, plain and streamed."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from assistant_world import World, assistant
from scripted_gateway import CITATION, DONE, TEXT, ScriptedGateway, Step

from banyan.assistant.ports.model_gateway import AnswerDone, CitationsFound, TextDelta
from banyan.kernel.messages import Citation

WHOLE = replace(CITATION, quote=TEXT, end=len(TEXT))


def answers(*pieces: str, cites: tuple[Citation, ...] = (WHOLE,), done: AnswerDone = DONE) -> list[Step]:
    return [CitationsFound(cites), *(TextDelta(piece) for piece in pieces), done]


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with assistant(tmp_path, gateway=ScriptedGateway()) as world:
        yield world


async def told(world: World, *script: Step, question: str = "What is a mean?") -> dict[str, Any]:
    """What a plain turn says; a streamed one is seen to say the same."""
    world.gateway.scripts = [list(script)]
    plain = (await world.ask(question)).json
    *chunks, last, done = (await world.ask(question, stream=True)).events
    assert done == "[DONE]"
    text = "".join(one["choices"][0]["delta"].get("content", "") for one in chunks if "choices" in one)
    notices = [one["notice"] for one in chunks if one.get("type") == "notice"]
    last = next(one for one in (last, *reversed(chunks)) if "choices" in one)
    notices = notices or [one["notice"] for one in (last,) if "notice" in one]
    said = {name: plain.get(name) for name in ("citations", "unsupported", "covered")}
    assert {name: last.get(name) for name in said} == said
    assert text == plain["choices"][0]["message"]["content"]
    assert [one["code"] for one in notices] == ([plain["notice"]["code"]] if "notice" in plain else [])
    kept = (await world.history())[-1]
    assert {name: kept.get(name) for name in said} == said
    return {**said, "text": text, "notice": plain.get("notice", {}).get("code")}


async def test_a_citation_is_cut_down_to_the_sentences_that_the_answer_rests_on(world: World) -> None:
    """Word for word, with the span of just these words, and the version of the text."""
    said = await told(world, *answers("To get it, a sum is divided [1]."))
    assert [(one["quote"], one["start"], one["end"], one["version"]) for one in said["citations"]] == [
        ("It is a sum, divided.", 8, 29, 1)
    ]
    assert TEXT[8:29] == "It is a sum, divided."


async def test_a_citation_that_does_not_hold_is_dropped_with_its_marks(world: World) -> None:
    """Changed in a single sign is changed; the other citation stays, and the learner is told."""
    forged = replace(CITATION, index=2, quote="A mean!", chunk_id="c2")
    said = await told(world, *answers("A mean [1], as they say [2], [1, 2].", cites=(CITATION, forged)))
    assert said["text"] == "A mean [1], as they say, [1]."
    assert [one["index"] for one in said["citations"]] == [1]
    assert said["notice"] == "citations_dropped"


async def test_a_citation_whose_words_have_moved_is_shown_where_they_stand(world: World) -> None:
    """The quote is the same, and the span is put right."""
    moved = replace(CITATION, quote="It is a sum, divided.", start=0, end=21, version=0)
    said = await told(world, *answers("A mean is a sum, divided [1].", cites=(moved,)))
    assert [(one["start"], one["end"], one["version"]) for one in said["citations"]] == [(8, 29, 1)]


async def test_marks_that_point_at_nothing_are_taken_out_even_when_they_arrive_in_pieces(world: World) -> None:
    """Nobody sees a number that leads nowhere."""
    said = await told(world, *answers("A mean [", "7", "] is a sum [1", ", 9] of [x] items[3].", " [1"))
    assert said["text"] == "A mean is a sum [1] of [x] items. [1"


async def test_what_no_cited_passage_contains_is_flagged(world: World) -> None:
    """Numbers, dates and names, with their places in the answer; in the history too."""
    said = await told(world, *answers("A mean is a sum, divided by 12, says Gauss [1]."))
    assert [(one["text"], one["kind"]) for one in said["unsupported"]] == [("12", "number"), ("Gauss", "name")]
    assert all(said["text"][one["start"] : one["end"]] == one["text"] for one in said["unsupported"])
    assert (said["notice"], said["covered"]) == ("unsupported", True)


async def test_an_answer_without_support_says_so(world: World) -> None:
    """Also when it puts a mark behind what the passage does not say."""
    said = await told(world, *answers("Brazil won the cup [1]."), question="Who won the cup?")
    assert (said["covered"], said["notice"], said["citations"]) == (False, "not_covered", [])


async def test_a_quoted_answer_is_never_flagged(world: World) -> None:
    """The built-in tutor says nothing of its own."""
    done = AnswerDone("stop", "banyan/extractive", 5, 7)
    said = await told(world, *answers("It is a sum, divided by 12 in 1905 [1].", done=done))
    assert (said["unsupported"], said["notice"]) == (None, None)
