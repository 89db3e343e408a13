"""One suite for every vector store of the catalogue."""

import asyncio
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from qdrant_client import AsyncQdrantClient

from banyan.adapters.vectors import VECTORS
from banyan.adapters.vectors.qdrant import open_over
from banyan.kernel.errors import Unavailable
from banyan.kernel.ids import content_id
from banyan.proxy.domain.knowledge import Scope, SearchMode, Vector
from banyan.proxy.ports.vector_store import FastStage, Only, PointVectors, StoreNeeds, TextPoint, VectorStore

# What Qdrant's local mode says of itself.
pytestmark = [
    pytest.mark.filterwarnings("ignore:Local mode performs exact:UserWarning"),
    pytest.mark.filterwarnings("ignore:Payload indexes have no effect:UserWarning"),
]

DIMENSIONS = 8


Opener = Callable[[int], Awaitable[VectorStore]]


@pytest.fixture(params=list(VECTORS))
def opener(request: pytest.FixtureRequest, tmp_path: Path) -> Opener:
    """Opens the same place again and again.

    Qdrant's own local mode, which is driven by the client's whole interface, stands in for a server.
    """
    needs = StoreNeeds(tmp_path / "vectors")
    if request.param == "qdrant":
        return lambda dimensions: open_over(AsyncQdrantClient(path=str(needs.folder)), dimensions)
    if request.param == "pgvector":
        needs = replace(needs, url=request.getfixturevalue("vector_postgres_url"))
    return lambda dimensions: VECTORS[request.param].open(needs, dimensions)


@pytest.fixture
async def store(opener: Opener) -> AsyncIterator[VectorStore]:
    opened = await opener(DIMENSIONS)
    yield opened
    await opened.close()


def id_of(name: str) -> str:
    return content_id(name)


def place(course: str = "biology", lesson: str = "cells", tenant: str = "oak", source: str = "lesson") -> Scope:
    return Scope(tenant, course, lesson, source)


def point(name: str, text: str, scope: Scope | None = None) -> TextPoint:
    return TextPoint(id_of(name), scope or place(), text)


def axis(number: int, towards: int | None = None, share: float = 0.0) -> Vector:
    """A unit vector along one axis, leaning `share` of the way to another."""
    vector = np.zeros(DIMENSIONS, np.float32)
    vector[number] = np.sqrt(1 - share**2)
    if towards is not None:
        vector[towards] = share
    return vector


def vectors(name: str, dense: Vector, sentences: int = 1) -> PointVectors:
    return PointVectors(id_of(name), dense, np.tile(dense, (sentences, 1)))


async def found(store: VectorStore, question: str, scope: Scope | None = None) -> list[str]:
    hits = await store.search(scope or Scope("oak", "biology"), text=question, vector=None, mode="text", limit=10)
    return [hit.id for hit in hits]


async def test_a_text_is_found_as_soon_as_it_is_stored(store: VectorStore) -> None:
    """The best match comes first, and texts without a common word do not come at all."""
    await store.upsert_texts(
        [
            point("mitosis", "Mitosis divides a cell nucleus; mitosis has four phases."),
            point("cell", "A cell is the smallest unit of life and may divide."),
            point("rock", "Granite cools slowly."),
        ]
    )
    assert await found(store, "phases of mitosis") == [id_of("mitosis")]
    assert await found(store, "how does mitosis divide cells") == [id_of("mitosis"), id_of("cell")]
    assert await found(store, "penguins") == []


@pytest.mark.parametrize(
    ("text", "question"),
    [
        ("光合作用是植物利用光能的过程。", "光合作用"),
        ("植物は光合成によって酸素を作ります。", "光合成とは"),
        ("광합성은 식물이 빛을 이용하는 과정이다.", "광합성"),
        ("التمثيلُ الضوئي عملية تقوم بها النباتات", "النباتات التمثيل"),
        ("הַתָּא הוא יחידת החיים", "התא"),
        ("Le théorème de Poincaré est démontré.", "theoreme poincare"),
        ("Die naive Groesse heisst Größe.", "größe"),
        ("การสังเคราะห์ด้วยแสงเป็นกระบวนการ", "การสังเคราะห์"),
        ("Lone \ud800 surrogates do no harm.", "surrogates \udfff"),
    ],
)
async def test_words_are_found_in_every_script(store: VectorStore, text: str, question: str) -> None:
    """Accents and vowel signs may be left out, and scripts without spaces are searched within."""
    await store.upsert_texts([point("wanted", text), point("other", "Unrelated words about granite 石 rocks")])
    assert await found(store, question) == [id_of("wanted")]


async def test_a_scope_never_shows_what_lies_outside(store: VectorStore) -> None:
    """Tenant, course, lesson and source are filters, whatever their names are made of."""
    scopes = {
        "own": place(),
        "other source": place(source="notes.pdf"),
        "other lesson": place(lesson="tissue"),
        "other course": place(course="chemistry"),
        "other tenant": place(tenant="elm"),
        "glued names": place(tenant="o", course='ak", "biology'),
    }
    await store.upsert_texts([point(name, "enzymes speed reactions", scope) for name, scope in scopes.items()])
    await store.set_vectors([vectors(name, axis(0)) for name in scopes])

    async def names(scope: Scope) -> set[str]:
        ids = set(await found(store, "enzymes", scope))
        dense = await store.search(scope, text=None, vector=axis(0), mode="dense", limit=10)
        assert {hit.id for hit in dense} == ids
        assert await store.count(scope) == len(ids)
        return {name for name in scopes if id_of(name) in ids}

    assert await names(Scope("oak", "biology")) == {"own", "other source", "other lesson"}
    assert await names(Scope("oak", "biology", "cells")) == {"own", "other source"}
    assert await names(place()) == {"own"}
    assert await names(Scope("elm", "biology")) == {"other tenant"}
    assert await names(Scope("oak", "unknown")) == set()


async def test_a_search_is_narrowed_down_to_sources_and_points(store: VectorStore) -> None:
    """In every mode `limit` is filled from what is admitted, however much of the rest would come before it."""
    chosen = {f"chosen {i}": place(lesson=f"lesson {i}", source="notes.pdf") for i in range(3)}
    others = {f"other {i}": place(lesson=f"lesson {i % 3}") for i in range(150)}
    others |= {"same source of another lesson": place(lesson="far", source="notes.pdf")}
    both = chosen | others
    await store.upsert_texts([point(name, "enzymes" + " and more" * (name in chosen), both[name]) for name in both])
    await store.set_vectors([vectors(name, axis(0, 1, 0.6 * (name in chosen))) for name in both])
    pairs = frozenset((f"lesson {i}", "notes.pdf") for i in range(3))
    ids = frozenset(map(id_of, chosen))

    async def search(mode: SearchMode, only: Only) -> list[str]:
        scope = Scope("oak", "biology")
        return [
            hit.id for hit in await store.search(scope, text="enzymes", vector=axis(0), mode=mode, limit=3, only=only)
        ]

    modes: tuple[SearchMode, ...] = ("text", "dense", "hybrid")
    for mode in modes:
        assert sorted(await search(mode, Only(sources=pairs))) == sorted(ids)
        assert sorted(await search(mode, Only(ids=ids))) == sorted(ids)
        assert await search(mode, Only(pairs, frozenset({id_of("chosen 1"), id_of("other 0")}))) == [id_of("chosen 1")]
        assert await search(mode, Only(sources=frozenset())) == []
        assert await search(mode, Only(ids=frozenset())) == []


async def test_narrowing_down_never_leaves_the_scope(store: VectorStore) -> None:
    """Sources and ids of another tenant bring nothing."""
    await store.upsert_texts([point("mine", "enzymes"), point("theirs", "enzymes", place(tenant="elm"))])
    scope = Scope("oak", "biology")
    theirs = Only(frozenset({("cells", "lesson")}), frozenset({id_of("theirs")}))
    assert await store.search(scope, text="enzymes", vector=None, mode="text", limit=3, only=theirs) == []


async def test_narrowing_down_leaves_word_weights_alone(store: VectorStore) -> None:
    """A word's rareness is that in the course, so that scores with and without a filter compare."""
    await store.upsert_texts([point("a", "osmosis across membranes"), *(point(f"b{i}", "membranes") for i in range(9))])
    scope, only = Scope("oak", "biology"), Only(ids=frozenset({id_of("a")}))
    (free, *_) = await store.search(scope, text="osmosis membranes", vector=None, mode="text", limit=1)
    assert await store.search(scope, text="osmosis membranes", vector=None, mode="text", limit=1, only=only) == [free]


async def test_a_fast_stage_brings_up_fewer_and_compares_them_exactly(store: VectorStore) -> None:
    """Two candidates of words and two of meaning at most; their cosines are those of a full search."""
    names = [f"point {i}" for i in range(40)]
    await store.upsert_texts([point(name, "enzymes " * (1 + i % 5)) for i, name in enumerate(names)])
    await store.set_vectors([vectors(name, axis(0, 1, i / 50)) for i, name in enumerate(names)])
    scope = Scope("oak", "biology")

    async def search(limit: int, fast: FastStage | None) -> dict[str, float | None]:
        hits = await store.search(scope, text="enzymes", vector=axis(0), mode="hybrid", limit=limit, fast=fast)
        return {hit.id: hit.dense_score for hit in hits}

    full = await search(40, None)
    narrow = await search(2, FastStage(hnsw_ef=64, candidates=2))
    assert len(narrow) == 2
    assert narrow == pytest.approx({id: full[id] for id in narrow}, abs=1e-6)
    assert id_of("point 0") in narrow
    assert len(await search(30, FastStage(hnsw_ef=64, candidates=2))) == 30


async def test_words_of_other_courses_do_not_weigh(store: VectorStore) -> None:
    """What is rare in a course stays rare, and scores the same, however common it is elsewhere."""
    await store.upsert_texts([point("a", "osmosis across membranes"), point("b", "membranes everywhere")])
    before = await store.search(Scope("oak", "biology"), text="osmosis", vector=None, mode="text", limit=5)
    others = [point(f"x{i}", "osmosis again", place(course="chemistry", tenant=f"t{i % 2}")) for i in range(40)]
    others += [point(f"y{i}", "osmosis again", place(course="physics")) for i in range(40)]
    await store.upsert_texts(others)
    assert await store.search(Scope("oak", "biology"), text="osmosis", vector=None, mode="text", limit=5) == before


async def test_dense_scores_are_cosines(store: VectorStore) -> None:
    """Dense search ranks by cosine; points without vectors are not in it."""
    await store.upsert_texts([point("near", "alpha"), point("far", "beta"), point("bare", "gamma")])
    await store.set_vectors([vectors("near", axis(0, 1, 0.6)), vectors("far", axis(0, 1, 0.8))])
    hits = await store.search(Scope("oak", "biology"), text="gamma", vector=axis(0), mode="dense", limit=10)
    assert [hit.id for hit in hits] == [id_of("near"), id_of("far")]
    assert [hit.dense_score for hit in hits] == pytest.approx([0.8, 0.6], abs=1e-3)


async def test_hybrid_search_joins_both_rankings(store: VectorStore) -> None:
    """What both rankings like comes first; what only one knows still comes, with its cosine where it has a vector."""
    await store.upsert_texts(
        [point("both", "chlorophyll"), point("words", "chlorophyll is green"), point("sense", "leaf pigment")]
    )
    await store.set_vectors(
        [vectors("both", axis(0)), vectors("sense", axis(0, 1, 0.6)), vectors("words", axis(2, 0, 0.28))]
    )
    scope = Scope("oak", "biology")
    hits = await store.search(scope, text="chlorophyll", vector=axis(0), mode="hybrid", limit=10)
    assert hits[0].id == id_of("both")
    assert {hit.id: hit.dense_score for hit in hits} == pytest.approx(
        {id_of("both"): 1.0, id_of("words"): 0.28, id_of("sense"): 0.8}, abs=1e-3
    )
    only_text = await store.search(scope, text="chlorophyll", vector=None, mode="hybrid", limit=10)
    assert {hit.id for hit in only_text} == {id_of("both"), id_of("words")}
    assert all(hit.dense_score is None for hit in only_text)


async def test_equals_come_in_the_order_of_their_ids(store: VectorStore) -> None:
    """Twenty equal chunks rank the same in every search and every mode."""
    names = [f"twin {number}" for number in range(20)]
    await store.upsert_texts([point(name, "the same words") for name in names])
    await store.set_vectors([vectors(name, axis(0)) for name in names])
    for text, vector in (("same words", None), (None, axis(0)), ("same words", axis(0))):
        hits = await store.search(Scope("oak", "biology"), text=text, vector=vector, mode="hybrid", limit=20)
        assert [hit.id for hit in hits] == sorted(id_of(name) for name in names)


async def test_vectors_come_back_as_they_were_stored(store: VectorStore) -> None:
    """Row i of `sentences` belongs to sentence i; points without vectors or without existence are left out."""
    await store.upsert_texts([point("a", "one two"), point("b", "three"), point("c", "no sentence")])
    rows = np.stack([axis(1), axis(2, 3, 0.6)])
    await store.set_vectors(
        [
            PointVectors(id_of("a"), axis(0), rows),
            PointVectors(id_of("c"), axis(4), np.zeros((0, DIMENSIONS), np.float32)),
            PointVectors(id_of("gone"), axis(5), rows),
        ]
    )
    stored = await store.vectors([id_of(name) for name in ("a", "b", "c", "gone")])
    assert set(stored) == {id_of("a"), id_of("c")}
    assert np.allclose(stored[id_of("a")].sentences, rows, atol=1e-3)
    assert np.allclose(stored[id_of("a")].dense, axis(0))
    assert stored[id_of("c")].sentences.shape == (0, DIMENSIONS)


async def test_a_replaced_text_loses_its_vectors(store: VectorStore) -> None:
    """New text is never found by the meaning of the old."""
    await store.upsert_texts([point("a", "old words")])
    await store.set_vectors([vectors("a", axis(0))])
    await store.upsert_texts([point("a", "new speech")])
    assert await store.vectors([id_of("a")]) == {}
    assert await found(store, "words") == []
    assert await found(store, "speech") == [id_of("a")]


async def test_vectors_that_were_read_before_do_not_outlive_a_change(store: VectorStore) -> None:
    """Whoever has read a point's vectors reads the new ones after they are set, and none after it is deleted."""
    await store.upsert_texts([point("a", "one"), point("b", "two")])
    await store.set_vectors([vectors("a", axis(0)), vectors("b", axis(1))])
    both = [id_of("a"), id_of("b")]
    assert set(await store.vectors(both)) == set(both)
    await store.set_vectors([vectors("a", axis(2))])
    assert np.allclose((await store.vectors(both))[id_of("a")].dense, axis(2))
    await store.delete([id_of("a")])
    assert set(await store.vectors(both)) == {id_of("b")}


async def test_what_is_deleted_is_never_found_again(store: VectorStore) -> None:
    """By id or by scope; unknown ids and scopes are no error."""
    await store.upsert_texts(
        [point("a", "sugar"), point("b", "sugar"), point("c", "sugar", place(lesson="tissue")), point("d", "sugar")]
    )
    await store.delete([id_of("a"), id_of("never was")])
    await store.delete([])
    assert set(await found(store, "sugar")) == {id_of("b"), id_of("c"), id_of("d")}
    await store.delete_scope(Scope("oak", "biology", "tissue"))
    await store.delete_scope(Scope("oak", "nothing"))
    assert set(await found(store, "sugar")) == {id_of("b"), id_of("d")}
    await store.delete_scope(Scope("oak", "biology"))
    assert await store.count(Scope("oak", "biology")) == 0


async def test_the_inventory_lists_points_and_which_have_vectors(store: VectorStore) -> None:
    """Across all tenants."""
    await store.upsert_texts([point("a", "one"), point("b", "two", place(tenant="elm"))])
    await store.set_vectors([vectors("b", axis(1))])
    inventory = await store.inventory()
    assert inventory.points == {id_of("a"), id_of("b")}
    assert inventory.embedded == {id_of("b")}


async def test_searches_and_updates_may_run_at_once(store: VectorStore) -> None:
    """Two hundred searches beside a stream of updates all succeed, and see whole points only."""
    await store.upsert_texts([point(f"base {i}", f"water number {i}") for i in range(50)])

    async def update(round: int) -> None:
        await store.upsert_texts([point(f"new {round} {i}", f"water again {i}") for i in range(20)])
        await store.set_vectors([vectors(f"new {round} {i}", axis(i % DIMENSIONS), 3) for i in range(20)])
        await store.delete([id_of(f"new {round} {i}") for i in range(20)])

    async def search() -> int:
        scope = Scope("oak", "biology")
        return len(await store.search(scope, text="water", vector=axis(0), mode="hybrid", limit=10))

    results = await asyncio.gather(*(search() for _ in range(200)), *(update(i) for i in range(10)))
    assert results[:200] == [10] * 200
    assert await store.count(Scope("oak", "biology")) == 50


async def test_everything_is_there_after_a_restart(opener: Opener) -> None:
    """Closing and opening changes no answer."""
    store = await opener(DIMENSIONS)
    await store.upsert_texts([point("a", "lasting words"), point("b", "gone words")])
    await store.set_vectors([vectors("a", axis(3), 2)])
    await store.delete([id_of("b")])
    await store.close()
    store = await opener(DIMENSIONS)
    assert await found(store, "words") == [id_of("a")]
    assert (await store.vectors([id_of("a")]))[id_of("a")].sentences.shape == (2, DIMENSIONS)
    await store.close()


async def test_vectors_of_another_length_begin_anew(opener: Opener) -> None:
    """An index made with another model's dimensions is thrown away; the library fills it again."""
    store = await opener(DIMENSIONS)
    await store.upsert_texts([point("a", "old model")])
    await store.close()
    store = await opener(DIMENSIONS * 2)
    assert (await store.inventory()).points == frozenset()
    await store.close()


async def test_a_second_process_is_told_which_folder_is_taken(tmp_path: Path) -> None:
    """The embedded store serves one process; the other is told what to do."""
    store = await VECTORS["edge"].open(StoreNeeds(tmp_path / "vectors"), DIMENSIONS)
    with pytest.raises(Unavailable, match=r"vectors is in use by another process; stop that one"):
        await VECTORS["edge"].open(StoreNeeds(tmp_path / "vectors"), DIMENSIONS)
    await store.close()


async def test_a_damaged_index_is_named_with_the_way_out(tmp_path: Path) -> None:
    """Nothing is lost with the index, and the error says so."""
    (tmp_path / "vectors").mkdir()
    (tmp_path / "vectors" / "edge_config.json").write_text("{")
    with pytest.raises(Unavailable, match="move that folder away"):
        await VECTORS["edge"].open(StoreNeeds(tmp_path / "vectors"), DIMENSIONS)


WRITER = """
import asyncio, sys
from pathlib import Path
import numpy as np
from banyan.adapters.vectors import VECTORS
from banyan.kernel.ids import content_id
from banyan.proxy.domain.knowledge import Scope
from banyan.proxy.ports.vector_store import PointVectors, StoreNeeds, TextPoint

async def main():
    store = await VECTORS["edge"].open(StoreNeeds(Path(sys.argv[1])), 8)
    for number in range(10_000):
        id = content_id(str(number))
        await store.upsert_texts([TextPoint(id, Scope("oak", "biology", "cells", "lesson"), f"word{number}")])
        await store.set_vectors([PointVectors(id, np.ones(8, np.float32), np.ones((2, 8), np.float32))])
        print(number, flush=True)

asyncio.run(main())
"""


async def test_acknowledged_points_survive_the_death_of_the_process(tmp_path: Path) -> None:
    """After kill -9 every acknowledged text and vector is there."""
    folder = tmp_path / "vectors"
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", WRITER, str(folder), stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    acknowledged = -1
    async with asyncio.timeout(60):
        while acknowledged < 60:
            acknowledged = int(await process.stdout.readline())
    process.send_signal(signal.SIGKILL)
    acknowledged = max([acknowledged, *map(int, (await process.stdout.read()).split())])
    await process.wait()
    store = await VECTORS["edge"].open(StoreNeeds(folder), DIMENSIONS)
    expected = {content_id(str(number)) for number in range(acknowledged + 1)}
    assert expected <= (await store.inventory()).embedded
    assert await found(store, f"word{acknowledged}") == [content_id(str(acknowledged))]
    await store.close()
