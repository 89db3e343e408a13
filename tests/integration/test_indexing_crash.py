"""What is left after kill -9, at the worst moments."""

import asyncio
import os
import re
import sys
from pathlib import Path

import mortal_indexer
import pytest
from knowledge_house import House, lesson, open_house
from tiny_embedder import TinyEmbedder

from banyan.proxy.domain.knowledge import Scope

BIOLOGY = Scope("oak", "biology")


async def killed(folder: Path, url: str, moment: str, after: int | None = None) -> list[str]:
    """Runs the mortal process to its death; names of the lessons that it was told are indexed."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        mortal_indexer.__file__,
        str(folder),
        url,
        moment,
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(Path(mortal_indexer.__file__).parent)},
    )
    assert process.stdout is not None
    acknowledged: list[str] = []
    async with asyncio.timeout(60):
        async for line in process.stdout:
            acknowledged.append(line.decode().strip())
            if after is not None and len(acknowledged) == after:
                process.kill()
        assert await process.wait() == -9
    return acknowledged


async def drafts(house: House, name: str) -> set[str]:
    """Which drafts of a lesson are visible; each as `NUMBER/PARTS`."""
    texts = " ".join(passage.text for passage in await house.retriever.lesson(lesson(name)))
    numbers = re.findall(r"draft (\d+)", texts)
    return {f"{number}/{numbers.count(number)}" for number in set(numbers)}


async def everything_agrees(house: House) -> None:
    """Library and index hold the same chunks, all have vectors, and every run has ended."""
    await house.repaired_and_embedded()
    visible = {passage.chunk_id for passage in await house.library.all_passages(BIOLOGY)}
    inventory = await house.store.inventory()
    assert inventory.points == inventory.embedded == visible
    assert {run.status for run in await house.browse.runs("oak")} <= {"complete", "failed"}


@pytest.mark.parametrize("moment", ["stored", "pointed", "published"])
async def test_a_lesson_whose_indexing_was_cut_is_there_as_a_whole(tmp_path: Path, house_url: str, moment: str) -> None:
    """Before the repair the old draft or the new one is seen, never a mixture; after it the new one."""
    assert await killed(tmp_path, house_url, moment) == ["old", "calm"]
    async with open_house(tmp_path, TinyEmbedder(), database_url=house_url) as house:
        assert await drafts(house, "old") in ({"1/12"}, {"2/12"})
        await everything_agrees(house)
        assert await drafts(house, "old") == {"2/12"}
        assert await drafts(house, "calm") == {"1/12"}


@pytest.mark.parametrize("moment", ["computed", "vectors kept"])
async def test_embedding_goes_on_after_a_kill(tmp_path: Path, house_url: str, moment: str) -> None:
    """Everything acknowledged is found, and gets its vectors."""
    acknowledged = await killed(tmp_path, house_url, moment)
    async with open_house(tmp_path, TinyEmbedder(), database_url=house_url) as house:
        for name in acknowledged:
            assert await drafts(house, name) == {"1/12"}
        await everything_agrees(house)


@pytest.mark.parametrize("after", [3, 17])
async def test_whatever_was_acknowledged_survives_a_kill_at_any_time(
    tmp_path: Path, house_url: str, after: int
) -> None:
    """Twice in a row, with indexing and embedding under way; no lesson is ever half there."""
    acknowledged = await killed(tmp_path, house_url, "any", after)
    acknowledged += await killed(tmp_path, house_url, "any", after)
    async with open_house(tmp_path, TinyEmbedder(), database_url=house_url) as house:
        await everything_agrees(house)
        for line in await house.browse.lessons("oak", "biology"):
            assert await drafts(house, line.lesson) == {"1/12"}
        assert {*acknowledged} <= {line.lesson for line in await house.browse.lessons("oak", "biology")}
