"""The extractive provider over a shelf: OpenAI's shape around the tutor's reply."""

import json

import pytest
from shelf import TEXT, Shelf

from banyan.adapters.providers._extractive import ExtractiveProvider
from banyan.adapters.providers.extractive import ENTRY
from banyan.kernel.errors import NotFound
from banyan.proxy.domain.knowledge import Scope
from banyan.proxy.ports.chat_provider import ChatCall, ProviderNeeds

BOTANY = Scope("default", "botany")


@pytest.fixture
def provider() -> ExtractiveProvider:
    return ExtractiveProvider(Shelf())


def call(question: str, scope: Scope | None = BOTANY, **more: object) -> ChatCall:
    body = {"model": "extractive", "messages": [{"role": "user", "content": question}], **more}
    return ChatCall(json.dumps(body).encode(), "extractive", scope=scope)


async def test_an_answer_is_a_completion_with_citations(provider: ExtractiveProvider) -> None:
    """The text quotes, the citations say where from, and the usage counts words."""
    answer = json.loads(await provider.complete(call("What makes sugar from light?")))
    message = answer["choices"][0]["message"]
    assert (answer["object"], message["role"]) == ("chat.completion", "assistant")
    assert message["content"].startswith("Leaves make sugar from light. [1]")
    first = answer["citations"][0]
    assert {name: first[name] for name in ("index", "course", "lesson", "source", "heading", "quote")} == {
        "index": 1,
        "course": "botany",
        "lesson": "leaves",
        "source": "lesson",
        "heading": ["Sugar"],
        "quote": "Leaves make sugar from light.",
    }
    assert TEXT[first["start"] : first["end"]] == first["quote"]
    assert answer["usage"]["prompt_tokens"] == 5
    assert answer["usage"]["completion_tokens"] == len(message["content"].split())


async def test_a_stream_says_the_same_with_citations_first(provider: ExtractiveProvider) -> None:
    """The first chunk carries role and citations; the pieces make up the plain answer."""
    plain = json.loads(await provider.complete(call("What makes sugar from light?")))
    chunks = [json.loads(item) async for item in provider.stream(call("What makes sugar from light?", stream=True))]
    assert chunks[0]["citations"] == plain["citations"]
    assert chunks[0]["choices"][0]["delta"]["role"] == "assistant"
    pieces = [chunk["choices"][0]["delta"].get("content", "") for chunk in chunks]
    assert "".join(pieces) == plain["choices"][0]["message"]["content"]
    assert pieces[1].rstrip().endswith("[1]")  # a quotation at a time
    assert chunks[-1]["choices"][0]["finish_reason"] == "stop"


async def test_an_answer_of_several_paragraphs_streams_unchanged(provider: ExtractiveProvider) -> None:
    """Blank lines survive the cutting into words."""
    plain = json.loads(await provider.complete(call("Compare leaves and roots")))
    text = plain["choices"][0]["message"]["content"]
    assert "\n\n" in text
    pieces = [json.loads(item) async for item in provider.stream(call("Compare leaves and roots", stream=True))]
    assert "".join(piece["choices"][0]["delta"].get("content", "") for piece in pieces) == text


async def test_without_a_course_the_next_step_is_said(provider: ExtractiveProvider) -> None:
    """There is nothing to quote from, and the answer says what to send."""
    answer = json.loads(await provider.complete(call("What makes sugar?", scope=None)))
    assert "course" in answer["choices"][0]["message"]["content"]
    assert answer["citations"] == []


async def test_an_unknown_course_is_an_error_and_no_answer(provider: ExtractiveProvider) -> None:
    """Before anything is streamed, too."""
    with pytest.raises(NotFound, match="index its lessons"):
        await provider.complete(call("What?", Scope("default", "geology")))
    with pytest.raises(NotFound):
        await anext(provider.stream(call("What?", Scope("default", "geology"))))


async def test_another_tenant_sees_nothing_of_the_course(provider: ExtractiveProvider) -> None:
    """A course belongs to its tenant."""
    with pytest.raises(NotFound):
        await provider.complete(call("What makes sugar?", Scope("neighbour", "botany")))


async def test_a_question_of_a_hundred_thousand_characters_is_answered(provider: ExtractiveProvider) -> None:
    """Length is cut, not refused."""
    answer = json.loads(await provider.complete(call("leaves make sugar " * 6_000)))
    assert answer["choices"][0]["finish_reason"] == "stop"


def test_it_opens_without_any_setting() -> None:
    """No key and no network are needed."""
    assert ENTRY.open(ProviderNeeds({}, Shelf())) is not None
