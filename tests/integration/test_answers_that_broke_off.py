"""What a learner gets when the model breaks off and only the extractive tutor is left: never a mixture."""

import json
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from faulty_upstream import broken_off, events, saying
from gateway_house import Answer, Gateway, open_gateway

ASK = [{"role": "user", "content": "What makes sugar from light?"}]
BODY = {"model": "x"}


@pytest.fixture
async def gateway(tmp_path: Path) -> AsyncIterator[Gateway]:
    async with open_gateway(tmp_path, also=("extractive",)) as running:
        yield running


def citations_of(answer: Answer) -> dict[int, str]:
    """Quotes by number, as of the last chunk that has any."""
    lists = [chunk["citations"] for chunk in answer.chunks if "citations" in chunk]
    return {one["index"]: one["quote"] for one in lists[-1]}


def assert_quotes_are_cited(answer: Answer, text: str) -> None:
    """Before every mark stands what its citation says."""
    cited = citations_of(answer)
    marks = list(re.finditer(r"\[(\d+)\]", text))
    assert marks
    for mark in marks:
        assert text[: mark.start()].rstrip().endswith(cited[int(mark[1])])


async def test_the_course_is_quoted_below_an_answer_that_broke_off(gateway: Gateway) -> None:
    """A rule parts the two, the numbers go on, the error says that the upper one is not whole; nothing says stop."""
    gateway.primary.usual = saying(*events(BODY, ["A leaf [1] ", "makes "])[:3])
    answer = await gateway.ask("alone", stream=True, course="botany", messages=ASK)
    above, below = answer.text.split("\n\n---\n\n")
    assert above == "A leaf [1] makes "
    assert below.startswith("Leaves make sugar from light. [3]")
    assert_quotes_are_cited(answer, below)
    assert citations_of(answer)[1] == "Leaves make sugar from light."
    assert (answer.finished, answer.error["code"]) == (False, "stream_cut")
    assert (await gateway.statuses())[-1] == ("banyan/extractive", "ok")


async def test_where_the_course_says_nothing_only_the_error_follows(gateway: Gateway) -> None:
    """That the course does not cover it would be no help below half an answer."""
    gateway.primary.usual = broken_off(3, stalls=True)
    who = [{"role": "user", "content": "Who won the election of 1998?"}]
    answer = await gateway.ask("alone", stream=True, course="botany", messages=who)
    assert (answer.text, answer.finished, answer.error["code"]) == ("A leaf makes ", False, "stream_stalled")


async def test_behind_thoughts_alone_the_tutor_answers_with_its_own_citations(gateway: Gateway) -> None:
    """Nothing of an answer had been sent, so this one is whole, and its numbers are its own."""
    thought = {"index": 0, "delta": {"reasoning_content": "Hm. "}, "finish_reason": None}
    chunk = {"id": "c", "model": "x", "choices": [thought]}
    gateway.primary.usual = saying(f"data: {json.dumps(chunk)}\n\n".encode())
    answer = await gateway.ask("alone", stream=True, course="botany", messages=ASK)
    assert answer.text.startswith("Leaves make sugar from light. [1]")
    assert_quotes_are_cited(answer, answer.text)
    assert (answer.finished, answer.error) == (True, None)
