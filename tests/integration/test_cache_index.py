"""How a course's index tells the cache that it has changed, on both databases."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from knowledge_house import House, document, lesson, open_house, until
from tiny_embedder import TinyEmbedder

from banyan.proxy.domain.library import Run
from banyan.proxy.usecases.index import Order


@pytest.fixture
async def house(tmp_path: Path, house_url: str) -> AsyncIterator[House]:
    async with open_house(tmp_path, TinyEmbedder(), database_url=house_url) as opened:
        yield opened


async def index(house: House, name: str, text: str, course: str = "biology", tenant: str = "oak") -> Run:
    return await house.indexer.index(Order(lesson(name, course, tenant), document(text), title=name, wait=True))


async def version(house: House, course: str = "biology", tenant: str = "oak") -> str | None:
    return await house.library.index_version(tenant, course)


async def test_every_change_of_a_course_makes_a_version_that_never_was(house: House) -> None:
    """Indexing, indexing anew, deleting, and indexing again what was deleted."""
    assert await version(house) is None
    seen = []
    for text in ("Leaves are green.", "Leaves are red.", "Leaves are green."):
        await index(house, "leaves", text)
        seen.append(await version(house))
    await index(house, "roots", "Roots drink.")
    seen.append(await version(house))
    await house.indexer.delete(lesson("leaves"))
    seen.append(await version(house))
    await index(house, "leaves", "Leaves are green.")
    seen.append(await version(house))
    assert None not in seen
    assert len(set(seen)) == len(seen)


async def test_nothing_else_makes_a_new_version(house: House) -> None:
    """The same text again, another course, another tenant."""
    await index(house, "leaves", "Leaves are green.")
    before = await version(house)
    await index(house, "leaves", "Leaves are green.")
    await index(house, "leaves", "Leaves are red.", course="botany")
    await index(house, "leaves", "Leaves are red.", tenant="elm")
    assert await version(house) == before


async def test_vectors_that_come_later_make_a_new_version(tmp_path: Path, house_url: str) -> None:
    """Until they are there, a search finds other passages."""
    embedder = TinyEmbedder()
    embedder.gate.clear()
    async with open_house(tmp_path, embedder, database_url=house_url) as house:
        run = await house.indexer.index(Order(lesson("leaves"), document("Leaves are green."), title="leaves"))
        before = await version(house)
        embedder.gate.set()

        async def embedded() -> bool:
            return (await house.browse.run("oak", run.id)).status == "complete"

        await until(embedded)
        assert await version(house) != before
