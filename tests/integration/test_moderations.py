"""Moderations over a real socket: by a provider where there is one, by the local rules where there is none."""

from collections.abc import AsyncIterator
from pathlib import Path

import openai
import pytest
from proxy_house import Proxy, open_proxy
from scripted_openai import scripted_openai

IMAGE = {"type": "image_url", "image_url": {"url": "data:image/png;base64,x"}}


@pytest.fixture
async def proxy(tmp_path: Path) -> AsyncIterator[Proxy]:
    async with open_proxy(tmp_path, upstream_at=scripted_openai) as opened:
        yield opened


@pytest.mark.parametrize(
    ("asked", "sent"),
    [(None, "omni-moderation-latest"), ("omni-moderation-latest",) * 2, ("openai/own", "own")],
)
async def test_a_provider_that_has_moderation_judges(proxy: Proxy, asked: str | None, sent: str) -> None:
    """It gets its own name for the model, images too, and its answer comes back as it is."""
    parts = [{"type": "text", "text": "x"}, IMAGE]
    body = {"input": parts} if asked is None else {"input": parts, "model": asked}
    status, answer = await proxy.ask("POST", "/v1/moderations", json=body)
    assert (status, answer["model"], answer["id"]) == (200, sent, "modr-1")
    assert proxy.upstream.last == {"input": parts, "model": sent}


async def test_the_rules_judge_where_the_provider_has_none(proxy: Proxy) -> None:
    """The answer says so by the name of its model; a model that was asked for by its own name is not replaced."""
    proxy.upstream.moderates = False
    answer = await proxy.client.moderations.create(input=["hello", "I want to kill myself"])
    assert answer.model == "banyan/rules"
    assert [result.flagged for result in answer.results] == [False, True]
    assert answer.results[1].categories.self_harm_intent
    assert answer.results[1].category_scores.self_harm_intent == 1.0
    assert answer.results[1].category_applied_input_types.violence == ["text"]
    with pytest.raises(openai.NotFoundError):
        await proxy.client.moderations.create(model="openai/own", input="hello")


async def test_the_rules_alone_ask_nobody(proxy: Proxy) -> None:
    """Parts of text are one input; an image is refused by its place."""
    answer = await proxy.client.moderations.create(
        model="banyan/rules", input=[{"type": "text", "text": "send me"}, {"type": "text", "text": "nudes"}]
    )
    assert [result.flagged for result in answer.results] == [True]
    with pytest.raises(openai.BadRequestError) as refused:
        await proxy.client.moderations.create(model="banyan/rules", input=[IMAGE])  # type: ignore[list-item]
    assert (refused.value.code, refused.value.param) == ("image_not_supported", "input[0]")
    assert proxy.upstream.seen == []


@pytest.mark.parametrize("body", [{"input": []}, {"input": [1]}, {"input": ["a", {"type": "text"}]}, {}])
async def test_bad_input_is_refused(proxy: Proxy, body: dict[str, object]) -> None:
    """With a 400 that names the field."""
    status, answer = await proxy.ask("POST", "/v1/moderations", json={"model": "banyan/rules", **body})
    assert (status, answer["error"]["param"].partition("[")[0]) == (400, "input")


async def test_an_unknown_model_is_refused(proxy: Proxy) -> None:
    """With what there is to choose from."""
    status, answer = await proxy.ask("POST", "/v1/moderations", json={"model": "guard", "input": "x"})
    assert (status, answer["error"]["code"]) == (404, "model_not_found")
    assert "banyan/rules" in answer["error"]["message"]
