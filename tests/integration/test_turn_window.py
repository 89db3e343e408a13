"""A turn with a model of a small window: what is left out, what never is, and what the learner is told."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from assistant_world import World, assistant, deciding
from proxy_house import Proxy, open_proxy

from banyan.adapters.gateways.http import HttpGateway
from banyan.assistant.domain.policy import Policy
from banyan.assistant.ports.model_gateway import ModelGateway
from banyan.kernel.identity import DEFAULT_TENANT
from banyan.proxy.domain.knowledge import Scope

SMALL = {"model": "openai/small", "capabilities": {"context_window": 3000}}
MEAN = "The mean of a list is its sum divided by how many numbers there are."


@pytest.fixture(params=["embedded", "http"])
async def proxy_and_world(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[tuple[Proxy, World]]:
    for folder in ("proxy", "assistant"):
        (tmp_path / folder).mkdir()
    async with open_proxy(tmp_path / "proxy", deployments={"small": SMALL}) as proxy:
        proxy.upstream.window = 3000
        for number in range(10):
            more = f"Paragraph {number} says much more about the mean of a list. " * 30
            await proxy.house.index(Scope(DEFAULT_TENANT, "stats", "mean"), MEAN, more, title="Mean")
            await proxy.house.index(Scope(DEFAULT_TENANT, "stats", f"more{number}"), more, title="More")
        gateway: ModelGateway = HttpGateway(proxy.url)
        if request.param == "embedded":
            gateway = proxy.gateway
        async with assistant(tmp_path / "assistant", gateway=gateway) as world:  # type: ignore[arg-type]
            yield proxy, world
        await gateway.close()


def told(proxy: Proxy) -> str:
    return json.dumps(proxy.upstream.seen[-1][1]["messages"])


async def test_a_long_conversation_fits_a_small_window(proxy_and_world: tuple[Proxy, World]) -> None:
    """The newest turns, what was said before in short, passages and the question are there; nothing is refused."""
    proxy, world = proxy_and_world
    for number in range(12):
        reply = await world.ask(f"Question {number}: {'what is the mean of this list? ' * 20}", model="small")
        assert reply.json["choices"][0]["finish_reason"] == "stop", reply.body
    said = told(proxy)
    assert len(proxy.upstream.seen) == 12  # none was asked twice
    assert "Question 11: " in said
    assert "- Question 0: " in said
    assert "<passage n=" in said
    assert said.count("Question 0: ") == 1
    assert "Question 10: what is the mean of this list? what is the mean" in said


async def test_a_window_that_nobody_knew_of_is_met_with_less(proxy_and_world: tuple[Proxy, World]) -> None:
    """The model refuses the whole conversation, and answers the question alone."""
    proxy, world = proxy_and_world
    proxy.upstream.window = None
    for number in range(5):
        await world.ask(f"Question {number}: {'what is the mean of this list? ' * 40}", model="openai/m")
    proxy.upstream.window = 1500
    reply = (await world.ask("What is the mean of a list?", model="openai/m")).json
    assert reply["choices"][0]["finish_reason"] == "stop"
    assert "What is the mean of a list?" in told(proxy)
    assert "<passage n=" in told(proxy)
    assert len(proxy.upstream.seen) == 7


@pytest.mark.parametrize("model", ["small", "openai/m"])
async def test_a_question_that_is_too_long_for_the_window_is_told_so(
    proxy_and_world: tuple[Proxy, World], model: str
) -> None:
    """Plain and streamed, whether the window is known beforehand or by the refusal alone."""
    proxy, world = proxy_and_world
    proxy.upstream.window = 1000
    deciding(world, Policy())
    question = "Why is it so? " * 550
    plain: Any = (await world.ask(question, model=model)).json
    assert plain["notice"]["code"] == "question_too_long"
    events = (await world.ask(question, model=model, stream=True)).events[:-1]
    assert [one["notice"]["code"] for one in events if one.get("notice")] == ["question_too_long"]
