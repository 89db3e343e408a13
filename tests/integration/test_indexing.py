"""Indexing and finding, over the real database and the real index."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from knowledge_house import House, lesson, open_house, until
from tiny_embedder import TinyEmbedder

from banyan.kernel.errors import Conflict, InvalidInput, NotFound
from banyan.proxy.domain.knowledge import Scope
from banyan.proxy.domain.library import Deleted, LessonLine
from banyan.proxy.ports.vector_store import TextPoint

BIOLOGY = Scope("oak", "biology")


@pytest.fixture
def embedder() -> TinyEmbedder:
    return TinyEmbedder()


@pytest.fixture
async def house(tmp_path: Path, house_url: str, embedder: TinyEmbedder) -> AsyncIterator[House]:
    async with open_house(tmp_path, embedder, database_url=house_url) as opened:
        yield opened


async def test_a_lesson_is_found_by_its_words_when_indexing_returns(house: House, embedder: TinyEmbedder) -> None:
    """The passage says where it stands; vectors are not waited for."""
    embedder.gate.clear()
    run = await house.index(lesson("cells"), "# Mitosis", "Cells divide. They do so in phases.", title="Cells")
    found = await house.retriever.search(BIOLOGY, "phases", limit=3)
    (passage,) = found.passages
    assert (run.status, run.chunks, run.unchanged, run.embedded) == ("running", 1, 0, 0)
    assert (passage.lesson, passage.title, passage.heading, passage.anchor) == (
        "cells",
        "Cells",
        ("Mitosis",),
        "mitosis",
    )
    text = (await house.browse.text(lesson("cells"))).text
    assert text[passage.span.start : passage.span.end] == passage.text
    assert [sentence.text for sentence in passage.sentences] == ["Cells divide.", "They do so in phases."]
    assert [text[one.span.start : one.span.end] for one in passage.sentences] == [one.text for one in passage.sentences]
    embedder.gate.set()


async def test_a_course_without_vectors_yet_is_searched_by_words(house: House, embedder: TinyEmbedder) -> None:
    """In every mode."""
    embedder.gate.clear()
    await house.index(lesson("cells"), "Cells divide.")
    for mode in ("text", "dense", "hybrid"):
        found = await house.retriever.search(BIOLOGY, "cells", limit=3, mode=mode)
        assert [passage.text for passage in found.passages] == ["Cells divide."]
        assert found.passages[0].dense_score is None
    embedder.gate.set()


async def test_waiting_returns_with_the_vectors(house: House) -> None:
    """Then the run is complete, hits carry cosines, and each sentence its vector."""
    run = await house.index(lesson("cells"), "Cells divide. They do so in phases.", wait=True)
    assert (run.status, run.embedded) == ("complete", 1)
    found = await house.retriever.search(BIOLOGY, "dividing cells", limit=3, with_sentences=True)
    assert found.question is not None
    assert found.passages[0].dense_score is not None
    assert all(sentence.vector is not None for sentence in found.passages[0].sentences)
    (passage,) = await house.retriever.lesson(lesson("cells"))
    assert passage.score == 0
    assert all(sentence.vector is not None for sentence in passage.sentences)


async def test_an_identical_document_changes_nothing(house: House, embedder: TinyEmbedder) -> None:
    """Same version, every chunk unchanged, nothing embedded again."""
    await house.index(lesson("cells"), "Cells divide.", wait=True)
    before = list(embedder.seen)
    run = await house.index(lesson("cells"), "Cells divide.", wait=True)
    assert (run.status, run.chunks, run.unchanged, run.embedded) == ("complete", 1, 1, 1)
    assert embedder.seen == before
    assert (await house.browse.text(lesson("cells"))).version == 1


async def test_an_edit_touches_only_what_changed(house: House, embedder: TinyEmbedder) -> None:
    """The chunk under the other heading keeps its id and its vectors; what was replaced is not found any more."""
    sections = ("# One", "Cells have a nucleus.", "# Two")
    await house.index(lesson("cells"), *sections, "Plants have chloroplasts.", wait=True)
    before = len(embedder.seen)
    run = await house.index(lesson("cells"), *sections, "Fungi have chitin.", wait=True)
    assert (run.chunks, run.unchanged, run.embedded) == (2, 1, 2)
    again = embedder.seen[before:]
    assert all("Fungi" in text for text in again)
    assert again
    assert await house.found("chloroplasts") == []
    assert (
        await house.found("chitin nucleus") == ["Fungi have chitin.", "Cells have a nucleus."]
        or len(await house.found("chitin nucleus")) == 2
    )
    assert (await house.browse.text(lesson("cells"))).version == 2
    assert await house.store.count(BIOLOGY) == 2


async def test_a_passage_that_was_found_before_tells_of_the_lesson_as_it_is(house: House) -> None:
    """An edit elsewhere in the lesson leaves the passage and its id, not the version or the place."""

    async def nucleus() -> tuple[int, str]:
        found = await house.retriever.search(BIOLOGY, "nucleus", limit=1, mode="text")
        one = found.passages[0]
        text = await house.browse.text(lesson("cells"))
        return one.version, text.text[one.span.start : one.span.end]

    section = ("# One", "Cells have a nucleus.")
    await house.index(lesson("cells"), *section, wait=True)
    assert await nucleus() == (1, "Cells have a nucleus.")
    await house.index(lesson("cells"), "# Before", "Much is new.", *section, wait=True)
    assert await nucleus() == (2, "Cells have a nucleus.")


async def test_sources_of_a_lesson_stand_side_by_side(house: House) -> None:
    """An attachment is indexed, shown and deleted apart from the lesson's body."""
    await house.index(lesson("cells", source="notes.pdf"), "Notes about ribosomes.")
    await house.index(lesson("cells"), "Body about ribosomes.")
    assert {*await house.found("ribosomes")} == {"Notes about ribosomes.", "Body about ribosomes."}
    assert [passage.source for passage in await house.retriever.lesson(lesson("cells"))] == ["lesson", "notes.pdf"]
    assert (await house.browse.text(lesson("cells"))).source == "lesson"
    assert await house.indexer.delete(lesson("cells", source="notes.pdf")) == Deleted(1, 1, 1)
    assert await house.found("ribosomes") == ["Body about ribosomes."]


async def test_neighbours_see_nothing_of_each_other(house: House) -> None:
    """The same names in another tenant are other lessons."""
    await house.index(lesson("cells"), "Cells divide.", title="Ours")
    await house.index(lesson("cells", tenant="elm"), "Cells unite.", title="Theirs")
    elm = Scope("elm", "biology")
    assert await house.found("cells") == ["Cells divide."]
    assert await house.found("cells", elm) == ["Cells unite."]
    run = (await house.browse.runs("oak"))[0].id
    with pytest.raises(NotFound):
        await house.browse.run("elm", run)
    await house.indexer.delete(elm)
    assert await house.found("cells") == ["Cells divide."]
    assert await house.browse.courses("elm") == []
    assert not await house.retriever.knows(elm)


async def test_lessons_are_listed_in_the_order_they_came(house: House) -> None:
    """A change does not move a lesson; an attachment counts towards it."""
    for name in ("zoology", "algae", "mosses"):
        await house.index(lesson(name), f"About {name}.", title=name.title())
    await house.index(lesson("zoology", source="a.pdf"), "More about zoology.", title="Attachment")
    await house.index(lesson("zoology"), "Rather more about zoology.", title="Zoology", wait=True)
    await house.all_embedded()
    assert await house.browse.lessons("oak", "biology") == [
        LessonLine("biology", "zoology", "Zoology", "", 2, 2),
        LessonLine("biology", "algae", "Algae", "", 1, 1),
        LessonLine("biology", "mosses", "Mosses", "", 1, 1),
    ]
    assert [passage.lesson for passage in await house.retriever.lesson(BIOLOGY)] == [
        "zoology",
        "zoology",
        "algae",
        "mosses",
    ]
    assert await house.browse.courses("oak") == ["biology"]
    assert await house.browse.lessons("oak", "unknown") == []


async def test_runs_tell_what_happened(house: House) -> None:
    """Newest first, each with its numbers and its end."""
    first = await house.index(lesson("cells"), "Cells divide.", wait=True)
    second = await house.index(lesson("algae"), "Algae float.", wait=True)
    assert [run.id for run in await house.browse.runs("oak", "biology")] == [second.id, first.id]
    assert await house.browse.runs("oak", "chemistry") == []
    assert second.ended_at is not None
    assert second.ended_at >= second.started_at
    with pytest.raises(NotFound, match="list of runs"):
        await house.browse.run("oak", "run_unknown")
    with pytest.raises(NotFound, match="index it first"):
        await house.browse.text(lesson("unknown"))


async def test_two_indexings_of_one_lesson_never_mix(house: House) -> None:
    """Whatever comes last stays, as a whole."""
    drafts = [[f"# Part {part}", f"Draft {draft} part {part} of the lesson."] for draft in range(8) for part in (1, 2)]
    bodies = [(*drafts[2 * draft], *drafts[2 * draft + 1]) for draft in range(8)]
    runs = await asyncio.gather(*(house.index(lesson("cells"), *body) for body in bodies))
    assert {run.status for run in runs} <= {"running", "complete"}
    texts = [passage.text for passage in await house.retriever.lesson(lesson("cells"))]
    assert len({text.split(" part")[0] for text in texts}) == 1
    assert len(texts) == 2
    assert sorted(await house.found("lesson")) == sorted(texts)
    assert await house.store.count(BIOLOGY) == 2


async def test_a_deletion_wins_over_what_runs_beside_it(house: House, embedder: TinyEmbedder) -> None:
    """Deleted while being indexed and embedded, a course is gone from both stores, and stays gone."""
    embedder.gate.clear()
    await house.index(lesson("cells"), "Cells divide.")
    await asyncio.wait_for(embedder.asked.wait(), 20)
    orders = [house.index(lesson(f"lesson {number}"), "Cells divide.", wait=False) for number in range(20)]
    results = await asyncio.gather(*orders, house.indexer.delete(BIOLOGY), return_exceptions=True)
    assert all(not isinstance(result, BaseException) or isinstance(result, Conflict) for result in results)
    await house.indexer.delete(BIOLOGY)
    embedder.gate.set()
    again = await house.index(lesson("cells"), "Cells divide again.", wait=True)
    assert again.status == "complete"
    assert await house.found("cells") == ["Cells divide again."]
    assert (await house.store.inventory()).points == {
        passage.chunk_id for passage in await house.library.all_passages(BIOLOGY)
    }
    assert {run.status for run in await house.browse.runs("oak")} <= {"complete", "failed"}


async def test_a_chunk_that_came_back_gets_its_vectors_anew(house: House, embedder: TinyEmbedder) -> None:
    """Deleted and indexed again while its vectors were being made, it is not taken for embedded."""
    embedder.gate.clear()
    await house.index(lesson("cells"), "Cells divide.")
    await asyncio.wait_for(embedder.asked.wait(), 20)
    await house.indexer.delete(BIOLOGY)
    await house.index(lesson("cells"), "Cells divide.")
    embedder.gate.set()
    await house.all_embedded()
    (passage,) = await house.library.all_passages(BIOLOGY)
    assert passage.chunk_id in await house.store.vectors([passage.chunk_id])


async def test_without_an_embedder_words_are_searched(tmp_path: Path, house_url: str) -> None:
    """The run is complete with no vectors, and the result says that no question vector was made."""
    async with open_house(tmp_path, None, database_url=house_url) as house:
        run = await house.index(lesson("cells"), "Cells divide.", wait=True)
        found = await house.retriever.search(BIOLOGY, "cells", limit=5, mode="dense")
        assert (run.status, run.embedded) == ("complete", 0)
        assert (len(found.passages), found.question) == (1, None)
        assert await house.retriever.embed(["x"]) is None
    async with open_house(tmp_path, TinyEmbedder(), database_url=house_url) as house:
        await house.repaired_and_embedded()
        assert (await house.browse.run("oak", run.id)).embedded == 1


async def test_a_broken_embedder_is_told_and_tried_again(house: House, embedder: TinyEmbedder) -> None:
    """Searching goes on by words; the run says what it waits for, and goes on when the model is back."""
    embedder.broken = True
    run = await house.index(lesson("cells"), "Cells divide.", wait=True)
    assert (run.status, run.embedded, run.error) == ("running", 0, "The tiny model is broken; mend it.")
    found = await house.retriever.search(BIOLOGY, "cells", limit=5)
    assert (len(found.passages), found.question) == (1, None)
    embedder.broken = False
    await house.index(lesson("algae"), "Algae float.", wait=True)
    await house.all_embedded()
    mended = await house.browse.run("oak", run.id)
    assert (mended.status, mended.embedded, mended.error) == ("complete", 1, None)


async def test_another_embedder_means_other_vectors(tmp_path: Path, house_url: str) -> None:
    """Vectors of a model that is no longer used are dropped and made anew; texts stay found."""
    async with open_house(tmp_path, TinyEmbedder("first"), database_url=house_url) as house:
        await house.index(lesson("cells"), "Cells divide.", wait=True)
    second = TinyEmbedder("second")
    async with open_house(tmp_path, second, database_url=house_url) as house:
        await house.repaired_and_embedded()
        assert await house.found("cells") == ["Cells divide."]
        assert second.seen == ["cells\nCells divide.", "Cells divide."]
    third = TinyEmbedder("second")
    async with open_house(tmp_path, third, database_url=house_url) as house:
        await house.index(lesson("algae"), "Algae float.", wait=True)
        assert not any("Cells" in text for text in third.seen)


async def test_a_lost_index_is_rebuilt_from_the_database(tmp_path: Path, house_url: str) -> None:
    """Whoever moves the folder away gets it back, words first."""
    async with open_house(tmp_path, TinyEmbedder(), database_url=house_url) as house:
        await house.index(lesson("cells"), "Cells divide.", wait=True)
    (tmp_path / "vectors").rename(tmp_path / "moved away")
    async with open_house(tmp_path, TinyEmbedder(), database_url=house_url) as house:
        await house.repaired_and_embedded()
        assert await house.found("cells") == ["Cells divide."]
        found = await house.retriever.search(BIOLOGY, "cells", limit=5, mode="dense")
        assert len(found.passages) == 1


@pytest.mark.parametrize(
    ("scope", "paragraphs", "reason"),
    [
        (lesson("cells"), (), "no text in the content"),
        (lesson("cells"), ("   ",), "no text in the content"),
        (lesson("   "), ("Text.",), "lesson must have 1 to 200 characters"),
        (lesson("cells", course=""), ("Text.",), "course must have 1 to 200 characters"),
        (lesson("x" * 201), ("Text.",), "lesson must have 1 to 200 characters"),
        (lesson("cells \ud800"), ("Text.",), "no control characters"),
        (lesson("plants/cells"), ("Text.",), "lesson must have no slash"),
        (lesson("cells", course=".."), ("Text.",), "course must have no slash and be more than dots"),
    ],
)
async def test_what_cannot_be_indexed_is_refused(
    house: House, scope: Scope, paragraphs: tuple[str, ...], reason: str
) -> None:
    """With the field at fault and what to do; nothing is left behind."""
    with pytest.raises(InvalidInput, match=reason):
        await house.index(scope, *paragraphs)
    assert await house.browse.runs("oak") == []


async def test_text_that_cannot_be_stored_is_indexed_with_stand_ins(house: House) -> None:
    """Lone surrogates and NUL are replaced one for one; questions with them find the rest."""
    await house.index(
        lesson("cells"), "# A \ud800 heading", "Cells \ud800 divide \x00 here.", title="T \udfff", wait=True
    )
    assert await house.found("cells \ud800 divide") == ["Cells \ufffd divide \ufffd here."]
    assert (await house.browse.text(lesson("cells"))).title == "T \ufffd"
    assert (await house.retriever.search(Scope("oak", "biology \ud800"), "cells", limit=3)).passages == ()


async def test_a_lesson_of_twenty_thousand_blocks_is_whole(tmp_path: Path, house_url: str) -> None:
    """Every block is found, and a second indexing of it changes nothing."""
    async with open_house(tmp_path, None, database_url=house_url) as house:
        blocks = [f"Block number {number} is about subject{number}." for number in range(20_000)]
        run = await house.index(lesson("long"), *blocks)
        assert run.chunks > 500
        (hit,) = await house.found("subject19999")
        assert "subject19999" in hit
        again = await house.index(lesson("long"), *blocks)
        assert again.unchanged == run.chunks


async def test_two_hundred_searches_at_once_all_answer(house: House) -> None:
    """Beside indexing and embedding."""
    await house.index(lesson("cells"), "Cells divide in phases.", wait=True)
    searches = [house.retriever.search(BIOLOGY, f"phases {number}", limit=3) for number in range(200)]
    indexing = [house.index(lesson(f"lesson {number}"), f"Filler {number}.") for number in range(10)]
    results = await asyncio.gather(*searches, *indexing)
    assert all(result.passages[0].lesson == "cells" for result in results[:200])


@pytest.mark.parametrize("query", ["", "   ", "\n", "?!", "x" * 100_000, "the of and", "\ud800"])
async def test_odd_questions_are_no_errors(house: House, query: str) -> None:
    """They find something or nothing."""
    await house.index(lesson("cells"), "Cells divide.", wait=True)
    assert len((await house.retriever.search(BIOLOGY, query, limit=5)).passages) in (0, 1)
    assert (await house.retriever.search(Scope("oak", "unknown"), query, limit=5)).passages == ()


async def test_points_ahead_of_the_library_do_not_crowd_out_hits(house: House) -> None:
    """What the index holds and the library does not show takes nobody's place."""
    await house.index(lesson("cells"), "Phases of cells, told at greater length than elsewhere, in many words.")
    ghosts = [
        TextPoint(f"00000000-0000-0000-0000-{number:012}", lesson("ghost", source="lesson"), "phases phases")
        for number in range(30)
    ]
    await house.store.upsert_texts(ghosts)
    assert len(await house.found("phases", limit=1)) == 1


async def test_a_client_that_goes_away_leaves_a_whole_lesson(house: House) -> None:
    """An indexing that was begun is finished, vectors included."""
    task = asyncio.create_task(house.index(lesson("cells"), "Cells divide."))

    async def begun() -> bool:
        return bool(await house.browse.runs("oak"))

    await until(begun)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await until(lambda: house.retriever.knows(BIOLOGY))
    await house.all_embedded()
    assert await house.found("cells") == ["Cells divide."]
