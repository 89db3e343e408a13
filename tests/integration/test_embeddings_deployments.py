"""Vectors by the names of deployments and aliases: who is asked, who may ask, and whose vectors are kept apart."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from embedding_house import EAST, MODEL, WEST, Embeddings, open_embeddings
from fake_ollama import FakeOllama
from fake_upstream import running
from faulty_upstream import Call, refusing, vectors

from banyan.proxy.domain.routing import Wish
from banyan.proxy.usecases.fleet import VECTORS


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[Embeddings]:
    async with open_embeddings(tmp_path) as opened:
        yield opened


async def test_a_deployment_answers_under_its_own_name(house: Embeddings) -> None:
    """By its own address, key, model and price, in the ledger too."""
    answer = await house.ask("east", ["leaf", "root"])
    assert (answer.status, answer.vectors, answer.body["model"]) == (200, [EAST, EAST], "east")
    assert (answer.by, answer.headers["x-banyan-route"]) == ("east", "asked for by name")
    assert float(answer.headers["x-banyan-cost"]) == 0.00008
    [call] = house.east.calls
    assert (call.body["model"], call.headers["authorization"]) == (MODEL, "Bearer sk-secret-123456")
    [row] = await house.rows()
    assert (row["kind"], row["deployment"], row["model"], row["cost"]) == ("embeddings", "east", MODEL, 80_000)


async def test_both_encodings_hold_the_same_numbers(house: Embeddings) -> None:
    """OpenAI's client asks for base64 by itself."""
    asked = await house.proxy.client.embeddings.create(model="m", input="leaf")
    floats = await house.proxy.client.embeddings.create(model="m", input="leaf", encoding_format="float")
    assert np.array_equal(asked.data[0].embedding, EAST)
    assert np.array_equal(floats.data[0].embedding, EAST)


async def test_deployments_change_while_the_service_runs(house: Embeddings) -> None:
    """What is put elsewhere answers from there, with no vector of the old place; what is gone is unknown."""
    assert (await house.ask("east")).vectors == [EAST]
    await house.deploy("east", house.west)
    assert (await house.ask("east")).vectors == [WEST]
    await house.put("aliases/m", {"targets": ["west"]})
    status, _ = await house.proxy.ask("DELETE", "/admin/aliases/alone")
    assert status == 200
    status, _ = await house.proxy.ask("DELETE", "/admin/deployments/east")
    assert status == 200
    gone = await house.ask("east")
    assert (gone.status, gone.by) == (404, "model_not_found")
    assert "use one of banyan/tiny, west, m, openai/NAME" in gone.body["message"]


async def test_a_call_under_way_ends_as_it_began(house: Embeddings) -> None:
    """Its deployment is changed meanwhile; afterwards the old connections are closed."""
    go = asyncio.Event()

    async def late(call: Call) -> None:
        await go.wait()
        await vectors(*EAST)(call)

    house.east.usual = late
    await house.deploy("east", house.east, patience={"first_byte": 5})
    asked = asyncio.create_task(house.ask("east"))
    await house.east.called.wait()
    await house.deploy("east", house.west)
    assert not house.east.hung_up.is_set()
    go.set()
    assert (await asked).vectors == [EAST]
    async with asyncio.timeout(2):
        await house.east.hung_up.wait()
    assert (await house.ask("east")).vectors == [WEST]


async def test_a_call_that_was_routed_still_finds_its_deployment(house: Embeddings) -> None:
    """Between the two it may wait for a place or for money; the deployment is closed only afterwards."""
    assert (await house.ask("east")).by == "east"
    route = house.proxy.services.embed.models.route("east", Wish(needs=frozenset({VECTORS})))
    with route.held():
        await house.deploy("east", house.west)
        assert (await house.ask("east")).vectors == [WEST]
        assert not house.east.hung_up.is_set()
        found = await route.links[0].embedder.embed(["root"])
        assert found.vectors.tolist() == [EAST]
    async with asyncio.timeout(2):
        await house.east.hung_up.wait()


async def test_deployments_that_are_set_up_differently_share_no_vectors(house: Embeddings) -> None:
    """The same text is asked of each; at the same deployment it is asked once."""
    assert [(await house.ask(name)).vectors for name in ("east", "west", "east", "west")] == [[EAST], [WEST]] * 2
    assert (len(house.east.calls), len(house.west.calls)) == (1, 1)
    assert [status for _, status in await house.statuses()] == ["ok", "ok", "cached", "cached"]


async def test_an_alias_of_different_models_is_refused(house: Embeddings) -> None:
    """Whoever would answer this time; `vectors` says where two names mean the same model."""
    await house.deploy("other", house.west, model="openai/text-embedding-3-large")
    await house.put("aliases/m", {"targets": ["east", {"deployment": "other", "weight": 0}]})
    refused = await house.ask()
    assert (refused.status, refused.by) == (403, "mixed_vectors")
    assert "(east: text-embedding-3-small; other: text-embedding-3-large)" in refused.body["message"]
    _, found = await house.proxy.ask("GET", "/admin/explain", params={"model": "m", "needs": "embeddings"})
    assert (found["order"], found["refusal"]) == ([], refused.body["message"])
    _, card = await house.proxy.ask("GET", "/v1/models/m")
    assert "embeddings" not in card["capabilities"]
    assert house.east.calls == []
    await house.deploy("other", house.west, model="openai/our-small", vectors=MODEL)
    assert (await house.ask()).by == "east"


async def test_an_alias_whose_models_turn_out_to_be_different_is_refused(house: Embeddings) -> None:
    """The same name, but vectors of another size: the answer that shows it is not given, nor any after it."""
    house.west.usual = vectors(0.0, 1.0, 0.0)
    assert (await house.ask()).by == "east"
    house.east.usual = refusing(401)
    for word in ("root", "stem"):
        refused = await house.ask(input=word)
        assert (refused.status, refused.by) == (403, "mixed_vectors")
        assert "(east: 2 dimensions; west: 3 dimensions)" in refused.body["message"]
    assert len(house.west.calls) == 1


async def test_targets_that_make_no_vectors_are_passed_over(house: Embeddings) -> None:
    """An alias may stand for a chat model and for the model that indexes for it."""
    await house.put("aliases/m", {"targets": ["banyan/echo", "openai/gpt-4o", "west"]})
    assert (await house.ask()).by == "west"
    await house.put("aliases/talk", {"targets": ["banyan/echo", "openai/gpt-4o"]})
    refused = await house.ask("talk")
    assert (refused.status, refused.by) == (403, "no_deployment")
    assert "banyan/echo: cannot do embeddings" in refused.body["message"]
    for name in ("banyan/echo", "openai/gpt-4o", "nobody"):
        assert (await house.ask(name)).by == "model_not_found"


async def test_chat_passes_over_models_that_only_make_vectors(house: Embeddings) -> None:
    """Of an alias for both, each kind of call finds its own."""
    await house.put("aliases/both", {"targets": ["west", "banyan/echo"]})
    ask = {"model": "both", "messages": [{"role": "user", "content": "leaf"}]}
    async with house.proxy.web.post("/v1/chat/completions", json=ask) as answer:
        assert (answer.status, answer.headers["x-banyan-deployment"]) == (200, "banyan/echo")
    assert (await house.ask("both")).by == "west"
    _, found = await house.proxy.ask("GET", "/admin/explain", params={"model": "both"})
    assert [(one["deployment"], one["why"]) for one in found["passed_over"]] == [("west", "cannot do chat")]


async def test_zones_tasks_and_strategies_choose_as_for_chat(house: Embeddings) -> None:
    """A text that is to stay here goes nowhere else, also when the deployment here fails."""
    await house.deploy("west", house.west, zone="local", price={"input": 1, "output": 0})
    assert (await house.ask(X_Banyan_Zone="local")).by == "west"
    assert (await house.ask("east", X_Banyan_Zone="local")).by == "zone_not_allowed"
    assert (await house.ask("alone", X_Banyan_Zone="local")).by == "no_deployment"
    assert (await house.ask("banyan/tiny", X_Banyan_Zone="external")).by == "zone_not_allowed"
    await house.put("aliases/m", {"strategy": "least_cost", "targets": ["east", "west"]})
    assert (await house.ask()).by == "west"
    await house.put("aliases/m", {"targets": [{"deployment": "east", "tasks": ["quiz"]}, "west"]})
    assert (await house.ask()).by == "west"
    assert (await house.ask(X_Banyan_Task="quiz")).by == "east"


async def test_a_key_embeds_with_its_models_only(house: Embeddings) -> None:
    """The name that is asked for counts, for an alias its own."""
    _, key = await house.proxy.ask("POST", "/admin/keys", json={"name": "k", "models": ["m"]})
    bearer = f"Bearer {key['key']}"
    assert (await house.ask("m", Authorization=bearer)).by == "east"
    refused = await house.ask("east", Authorization=bearer)
    assert (refused.status, refused.by) == (403, "model_not_allowed")


async def test_cards_say_who_makes_vectors_and_how_long_they_are(house: Embeddings) -> None:
    """From what is known of the model, and then from its answers."""
    _, card = await house.proxy.ask("GET", "/v1/models/east")
    assert (card["capabilities"], card["dimensions"], card["context_window"]) == (["embeddings"], 1536, 8192)
    assert card["prices"] == {"input": 10, "output": 0, "cached_input": None}
    await house.ask()
    await house.deploy("new", house.east, model="openai/gte", capabilities={"dimensions": 768, "chat": False})
    cards = {card["id"]: card for card in (await house.proxy.ask("GET", "/v1/models"))[1]["data"]}
    assert [cards[name].get("dimensions") for name in ("east", "west", "alone", "new")] == [2, 1536, 2, 768]
    assert cards["alone"]["capabilities"] == ["embeddings"]
    assert "embeddings" not in cards["banyan/echo"]["capabilities"]
    asked = await house.ask("east", body={"dimensions": 3})
    assert (asked.status, asked.body["error"]["param"]) == (400, "dimensions")


async def test_explain_says_who_would_embed(house: Embeddings) -> None:
    """In which order, and who cannot."""
    await house.put("aliases/m", {"targets": ["banyan/echo", "west", "east"]})
    _, found = await house.proxy.ask("GET", "/admin/explain", params={"model": "m", "needs": "embeddings"})
    assert [(one["deployment"], one["why"]) for one in found["order"]] == [
        ("west", "first choice"),
        ("east", "fallback 1"),
    ]
    assert [(one["deployment"], one["why"]) for one in found["passed_over"]] == [
        ("banyan/echo", "cannot do embeddings")
    ]
    _, found = await house.proxy.ask("GET", "/admin/explain", params={"model": "banyan/echo", "needs": "embeddings"})
    assert found["refusal"].startswith("banyan/echo makes no vectors")


async def test_ollama_embeds_as_a_deployment(house: Embeddings) -> None:
    """By its own API, in the zone local; its chat models are passed over once it was asked what it has."""
    async with running(FakeOllama()) as ollama:
        await house.put(
            "deployments/nomic", {"model": "ollama/nomic-embed-text", "base_url": ollama.base_url, "keep_alive": "5m"}
        )
        answer = await house.ask("nomic", "leaf", X_Banyan_Zone="local")
        assert (answer.status, answer.by, len(answer.vectors[0])) == (200, "nomic", 3)
        assert ollama.seen[-1][1]["keep_alive"] == "5m"
        await house.put("deployments/llama", {"model": "ollama/llama3.2", "base_url": ollama.base_url})
        async with asyncio.timeout(5):
            while (await house.ask("llama")).status == 200:
                pass
        assert (await house.ask("llama")).by == "model_not_found"


async def test_a_deployment_that_makes_vectors_can_be_tried(house: Embeddings) -> None:
    """One tiny text, past the breaker and the memory, paid like any other; what is wrong is said."""
    for _ in range(2):
        _, found = await house.proxy.ask("POST", "/admin/deployments/east/test")
        assert (found["ok"], found["model"], found["answer"]) == (True, MODEL, "2 dimensions")
    assert len(house.east.calls) == 2
    house.east.usual = refusing(401)
    _, found = await house.proxy.ask("POST", "/admin/deployments/east/test")
    assert (found["ok"], found["answer"]) == (False, None)
    assert [(row["task"], row["kind"], row["status"]) for row in await house.rows()] == [
        ("test", "embeddings", "ok"),
        ("test", "embeddings", "ok"),
        ("test", "embeddings", "failed"),
    ]


async def test_a_batch_embeds_with_an_alias(house: Embeddings) -> None:
    """Line by line, by the same rules, at a price that is estimated before."""
    client = house.proxy.client
    bodies = [{"model": "m", "input": "leaf"}, {"model": "east", "input": "root"}]
    lines = [
        {"custom_id": str(number), "method": "POST", "url": "/v1/embeddings", "body": body}
        for number, body in enumerate(bodies)
    ]
    data = "\n".join(map(json.dumps, lines)).encode()
    file = await client.files.create(file=("batch.jsonl", data), purpose="batch")
    wish: Any = {"input_file_id": file.id, "endpoint": "/v1/embeddings", "completion_window": "24h"}
    _, estimate = await house.proxy.ask("POST", "/v1/batches/estimate", json=wish)
    assert (estimate["estimated_cost"]["complete"], float(estimate["estimated_cost"]["most"]) > 0) == (True, True)
    batch = await client.batches.create(**wish)
    async with asyncio.timeout(20):
        while (batch := await client.batches.retrieve(batch.id)).status not in ("completed", "failed"):
            pass
    assert batch.output_file_id is not None, batch
    answers = [json.loads(line) for line in (await client.files.content(batch.output_file_id)).text.splitlines()]
    assert [answer["response"]["body"]["data"][0]["embedding"] for answer in answers] == [EAST, EAST]
    assert {row["task"] for row in await house.rows()} == {"batch"}
