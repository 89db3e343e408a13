"""A process that indexes lessons until it is killed, or kills itself at a chosen moment.

    mortal_indexer.py FOLDER DATABASE_URL MOMENT

Prints the name of every lesson whose indexing was acknowledged. The third lesson is the fatal one; `old` is there
before, in a first draft, so that its second draft replaces something.
"""

import asyncio
import os
import signal
import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from knowledge_house import document, lesson, open_house
from tiny_embedder import TinyEmbedder

from banyan.adapters.storage.library import SqlLibrary
from banyan.adapters.vectors.edge import EdgeVectorStore
from banyan.proxy.ports.library import Waiting
from banyan.proxy.ports.vector_store import PointVectors, TextPoint
from banyan.proxy.usecases.index import Order

FATAL_POINTS = "deadly"


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


class MortalStore(EdgeVectorStore):
    """The real store, and the moments around its writes."""

    moment = ""

    async def upsert_texts(self, points: Sequence[TextPoint]) -> None:
        fatal = any(FATAL_POINTS in point.text for point in points)
        if fatal and self.moment == "stored":
            die()
        await super().upsert_texts(points)
        if fatal and self.moment == "pointed":
            die()

    async def delete(self, ids: Sequence[str]) -> None:
        if ids and self.moment == "published":
            die()
        await super().delete(ids)

    async def set_vectors(self, vectors: Sequence[PointVectors]) -> None:
        if self.moment == "computed":
            die()
        await super().set_vectors(vectors)


class MortalLibrary(SqlLibrary):
    """The real library, and the moment before it notes that vectors are there."""

    moment = ""

    async def mark_embedded(self, chunks: Sequence[Waiting], embedder: str, now: datetime) -> None:
        if self.moment == "vectors kept":
            die()
        await super().mark_embedded(chunks, embedder, now)


def draft(name: str, number: int, word: str) -> Order:
    paragraphs = [
        text for part in range(12) for text in (f"# Part {part}", f"{name} {word} part {part} in draft {number}.")
    ]
    return Order(lesson(name), document(*paragraphs), title=name)


async def main(folder: Path, url: str, moment: str) -> None:
    async with open_house(folder, TinyEmbedder(), database_url=url) as house:
        house.store.__class__ = MortalStore
        house.library.__class__ = MortalLibrary
        if moment in ("computed", "vectors kept"):
            MortalStore.moment = MortalLibrary.moment = moment
        for name in ("old", "calm"):
            await house.indexer.index(draft(name, 1, "calm"))
            print(name, flush=True)
        MortalStore.moment = MortalLibrary.moment = moment
        if moment in ("stored", "pointed", "published"):
            await house.indexer.index(draft("old", 2, FATAL_POINTS))
        for number in range(3 if moment in ("computed", "vectors kept") else 10_000):
            await house.indexer.index(draft(f"lesson {number}", 1, "calm"))
            print(f"lesson {number}", flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2], sys.argv[3]))
