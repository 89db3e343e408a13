"""The assistant over a real proxy with one lesson indexed: what study material is made of."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from assistant_world import ANA, Reply, World, assistant
from fake_openai import FakeOpenAI
from fake_upstream import running
from knowledge_house import House
from proxy_house import open_proxy

from banyan.kernel.identity import DEFAULT_TENANT
from banyan.proxy.domain.knowledge import Scope

MODEL = "openai/gpt-x"
CELLS = (
    "# Cells that signal",
    "A neuron is a cell that carries signals through the whole body of an animal.",
    "A synapse is a narrow gap across which two cells pass their signals on. For example, the synapse between a neuron "
    "and a muscle makes the muscle contract.",
    "A dendrite is a short branch that receives signals from many other cells.",
    "An axon is a long fibre that carries signals away from the body of a cell.",
    "# Sheaths",
    "Myelin is a fatty sheath that makes signals travel faster along a fibre. Without myelin, signals leak out of the "
    "fibre and become weak before they arrive.",
    "A node is a bare spot between two sheaths where the signal jumps along.",
    "# Support",
    "A glial cell is a helper that feeds the neurons and clears away their waste. Because glial cells keep dividing, "
    "most tumours of the brain grow from them and not from neurons.",
    "An astrocyte is a star-shaped helper that guards the border between blood and brain.",
)
TEXT = "\n\n".join(CELLS)
LESSON = {"course": "biology", "lesson": "cells"}


@dataclass
class Dictated(FakeOpenAI):
    """A provider that says what it is told to, one thing after the other, and the last again and again."""

    says: list[str] = field(default_factory=list)

    def _words(self, body: dict[str, Any]) -> list[str]:
        said = self.says.pop(0) if len(self.says) > 1 else self.says[0]
        return [said[at : at + 40] for at in range(0, len(said), 40)]

    def told(self, number: int = -1) -> str:
        """All that reached it with one request."""
        return "\n\n".join(message["content"] for message in self.seen[number][1]["messages"])


def dictated_at() -> AbstractAsyncContextManager[Dictated]:
    """Such a provider, running."""
    return running(Dictated())


@dataclass
class Room:
    """world: the assistant. house: what is indexed. text: of the lesson. upstream: what plays the provider."""

    world: World
    house: House
    text: str
    upstream: Any = None

    async def order(self, type: str, asker: dict[str, str] = ANA, **fields: Any) -> Reply:
        """Of the lesson, unless the fields bring a text."""
        source = {} if {"content", "chunks", "course"} & fields.keys() else LESSON
        return await self.world.post(f"/api/v1/content/{type}", {**source, **fields}, asker)

    async def made(self, type: str, asker: dict[str, str] = ANA, **fields: Any) -> Any:
        reply = await self.order(type, asker, **fields)
        assert reply.status == 200, reply.body
        return reply.json


@asynccontextmanager
async def open_room(folder: Path, **options: Any) -> AsyncIterator[Room]:
    """options: as `open_proxy` takes them."""
    (folder / "proxy").mkdir()
    async with open_proxy(folder / "proxy", **options) as proxy:
        scope = Scope(DEFAULT_TENANT, "biology", "cells")
        await proxy.house.index(scope, *CELLS, title="Cells")
        services = proxy.services
        gateway: Any = proxy.gateway
        async with assistant(folder, gateway=gateway) as world:
            yield Room(world, proxy.house, (await services.browse.text(scope)).text, proxy.upstream)


def citations_in(value: Any) -> list[Any]:
    """All of a body, wherever they stand."""
    if isinstance(value, dict):
        if "quote" in value and "chunk_id" in value:
            return [value]
        return [one for each in value.values() for one in citations_in(each)]
    if isinstance(value, list):
        return [one for each in value for one in citations_in(each)]
    return []
