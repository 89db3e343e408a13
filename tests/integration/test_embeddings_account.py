"""Embeddings on a caller's account: what the ledger holds, what a zone forbids, what a budget refuses."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from proxy_house import open_proxy
from shelf import Shelf
from sqlalchemy import text
from tiny_embedder import TinyEmbedder

from banyan.adapters.prices.book import PriceBook
from banyan.adapters.providers import PROVIDERS
from banyan.adapters.storage.engine import Database, open_database
from banyan.adapters.storage.usage_ledger import SpooledLedger
from banyan.app.unmetered import Unlimited
from banyan.kernel.errors import NotAllowed, NotFound, Unavailable
from banyan.kernel.money import money
from banyan.proxy.domain.accounting import Caller, Trace
from banyan.proxy.domain.pricing import Price
from banyan.proxy.ports.chat_provider import ProviderNeeds
from banyan.proxy.usecases.embed import EmbedRequest
from banyan.proxy.usecases.embed_for import EmbedFor
from banyan.proxy.usecases.embedders import Embedders
from banyan.proxy.usecases.embedding_models import EmbeddingModels
from banyan.proxy.usecases.fleet import Accounts, Fleet
from banyan.proxy.wrappers.remembered import VectorMemory

PRICES = PriceBook(own={"openai/small": Price(money("10"), money("0"), "")})
ADA = Caller("oak", "ada", "key-1", request_id="req-1")


@dataclass
class Desk:
    """The use case with a ledger of its own. bare: the model behind it."""

    embed: EmbedFor
    bare: TinyEmbedder
    ledger: SpooledLedger
    database: Database

    async def rows(self) -> list[dict[str, Any]]:
        await self.ledger.drain()
        async with self.database.reading() as connection:
            found = await connection.execute(text("SELECT * FROM usage ORDER BY at, id"))
            return [dict(row) for row in found.mappings()]


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    database = await open_database(f"sqlite:///{tmp_path / 'banyan.db'}")
    ledger = SpooledLedger(tmp_path / "spool", database)
    bare = TinyEmbedder()
    needs = ProviderNeeds({"OPENAI_API_KEY": "sk-x"}, Shelf())
    entry = replace(PROVIDERS["openai"], embeddings=lambda needs: lambda name: bare)
    accounts = Accounts(PRICES, Unlimited(), ledger)
    fleet = Fleet([entry], needs, accounts, Shelf())
    embedders = Embedders(fleet.entries, needs, VectorMemory(100_000))
    models = EmbeddingModels({"banyan/minilm": embedders.around(bare, "tiny")}, fleet, embedders)
    async with ledger.running():
        yield Desk(EmbedFor(models, Unlimited(), accounts), bare, ledger, database)
    await fleet.close()
    await database.close()


async def test_embeddings_stand_in_the_ledger(desk: Desk) -> None:
    """Who, which model, how many tokens, at what price; what is remembered stands there at nothing."""
    traces = [Trace(), Trace(), Trace()]
    for trace, value in zip(traces, (["leaf", "root"], ["leaf"], ["leaf", "stem"]), strict=True):
        await desk.embed.embed(ADA, EmbedRequest(value, "openai/small"), trace)
    rows = await desk.rows()
    shown = [(row["kind"], row["status"], row["input_tokens"], row["cost"]) for row in rows]
    each = int(money("10")) // 1_000_000
    assert shown == [
        ("embeddings", "ok", 8, 8 * each),
        ("embeddings", "cached", 4, 0),
        ("embeddings", "ok", 4, 4 * each),
    ]
    assert {(row["tenant"], row["user"], row["deployment"], row["provider"]) for row in rows} == {
        ("oak", "ada", "openai/small", "openai")
    }
    assert [float(trace.headers["x-banyan-cost"]) for trace in traces] == [0.00008, 0, 0.00004]


async def test_a_failure_stands_in_the_ledger_too(desk: Desk) -> None:
    """With its code, and at nothing."""
    desk.bare.broken = True
    with pytest.raises(Unavailable):
        await desk.embed.embed(ADA, EmbedRequest("leaf", "openai/small"), Trace())
    [row] = await desk.rows()
    assert (row["status"], row["error"], row["cost"]) == ("failed", "unavailable", 0)


async def test_the_own_model_is_free(desk: Desk) -> None:
    """It runs at home."""
    await desk.embed.embed(ADA, EmbedRequest("leaf"), Trace())
    [row] = await desk.rows()
    assert (row["deployment"], row["cost"]) == ("banyan/minilm", 0)


async def test_a_zone_holds_for_embeddings(desk: Desk) -> None:
    """What has to stay at home is not sent to a provider, and the own model may have it."""
    at_home = Caller("oak", "ada", zone="local")
    with pytest.raises(NotAllowed) as caught:
        await desk.embed.embed(at_home, EmbedRequest("leaf", "openai/small"), Trace())
    assert caught.value.code == "zone_not_allowed"
    await desk.embed.embed(at_home, EmbedRequest("leaf"), Trace())


async def test_an_unknown_model_leaves_no_row(desk: Desk) -> None:
    """Nobody was asked."""
    with pytest.raises(NotFound):
        await desk.embed.embed(ADA, EmbedRequest("leaf", "ada"), Trace())
    assert await desk.rows() == []


async def test_the_answer_says_which_model_made_it(tmp_path: Path) -> None:
    """In the headers, as for chat."""
    async with open_proxy(tmp_path) as proxy, proxy.web.post("/v1/embeddings", json={"input": "leaf"}) as response:
        assert response.status == 200
        assert response.headers["x-banyan-deployment"] == "banyan/tiny"
