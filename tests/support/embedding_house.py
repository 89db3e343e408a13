"""The proxy with real books, and two upstreams that make vectors: `east` and `west`, each with a vector of its own."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from faulty_upstream import FaultyUpstream, faulty_upstream, vectors
from gateway_house import Listed
from private_servers import migrated_sqlite
from proxy_house import Proxy, open_proxy
from sqlalchemy import text

from banyan.adapters.storage.engine import Database, open_database
from banyan.adapters.storage.usage_ledger import SpooledLedger
from banyan.app.unmetered import Unlimited
from banyan.proxy.usecases.fleet import Accounts

MODEL = "text-embedding-3-small"
EAST = [1.0, 0.0]
WEST = [0.0, 1.0]
PRICE = {"input": 10, "output": 0}


@dataclass(frozen=True)
class Answer:
    """Status, headers in lower case, and the body."""

    status: int
    headers: Mapping[str, str]
    body: dict[str, Any]

    @property
    def vectors(self) -> list[list[float]]:
        return [row["embedding"] for row in self.body["data"]]

    @property
    def by(self) -> str:
        """The deployment, or the code of the error."""
        return self.body["error"]["code"] if "error" in self.body else self.headers["x-banyan-deployment"]


@dataclass
class Embeddings:
    """The proxy, its upstreams and its books."""

    proxy: Proxy
    east: FaultyUpstream
    west: FaultyUpstream
    ledger: SpooledLedger
    database: Database

    async def ask(self, model: str = "m", input: object = "leaf", *, body: Any = None, **headers: str) -> Answer:
        """One request; `_` in the names of headers is `-`."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        asked = {"model": model, "input": input, **(body or {})}
        async with self.proxy.web.post("/v1/embeddings", json=asked, headers=sent) as response:
            found = {name.lower(): value for name, value in response.headers.items()}
            return Answer(response.status, found, await response.json())

    async def put(self, path: str, body: dict[str, Any]) -> None:
        status, answer = await self.proxy.ask("PUT", f"/admin/{path}", json=body)
        assert status == 200, answer

    async def deploy(self, name: str, upstream: FaultyUpstream, **more: Any) -> None:
        """A deployment of the model at that upstream."""
        table = {"model": f"openai/{MODEL}", "base_url": upstream.base_url, "api_key": "sk-secret-123456"}
        usual = {"price": PRICE, "patience": {"connect": 1, "first_byte": 0.5, "idle": 1, "total": 8}}
        await self.put(f"deployments/{name}", {**table, **usual, **more})

    async def rows(self) -> list[dict[str, Any]]:
        """The ledger, oldest first."""
        await self.ledger.drain()
        async with self.database.reading() as connection:
            found = await connection.execute(text("SELECT * FROM usage ORDER BY at, id"))
            return [dict(row) for row in found.mappings()]

    async def statuses(self) -> list[tuple[str, str]]:
        """Deployment and status of every row."""
        return [(row["deployment"], row["status"]) for row in await self.rows()]


@asynccontextmanager
async def open_embeddings(folder: Path) -> AsyncIterator[Embeddings]:
    """With the deployments `east` and `west`, the alias `m` of both, and the alias `alone` of `east`."""
    books = folder / "books"
    books.mkdir()
    database = await open_database(migrated_sqlite(books))
    ledger = SpooledLedger(books / "spool", database)
    async with faulty_upstream() as east, faulty_upstream() as west, ledger.running():
        east.usual, west.usual = vectors(*EAST), vectors(*WEST)
        async with open_proxy(folder, accounts=Accounts(Listed(), Unlimited(), ledger)) as proxy:
            house = Embeddings(proxy, east, west, ledger, database)
            await house.deploy("east", east)
            await house.deploy("west", west)
            await house.put("aliases/m", {"targets": ["east", "west"]})
            await house.put("aliases/alone", {"targets": ["east"]})
            yield house
    await database.close()
