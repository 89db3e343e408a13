"""Qdrant Edge: the Qdrant engine within this process, one shard in one folder.

What was measured and shapes this file:
- An update is in the write-ahead log, and so survives kill -9, when the call returns. `flush` moves the log into
  segments; it only shortens the next start after a crash.
- `update`, `flush` and `optimize` hold the interpreter lock all the while (a query does not). So updates go in small
  slices, flushes are rare, and the optimizer never runs while anybody is served: it took 90 s on 50,000 points.
- Every search is filtered to one course. Comparing all vectors of a course takes less than a millisecond where it
  has 4,000 chunks, and finds the true neighbours, so no approximate index is built.
"""

import asyncio
import json
import shutil
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final, TypeVar, cast

import numpy as np
import qdrant_edge as qdrant
from cachetools import LRUCache

from banyan.adapters.vectors._joining import joined
from banyan.adapters.vectors._words import Words
from banyan.kernel.errors import Unavailable
from banyan.proxy.domain.knowledge import Scope, SearchMode, Vector
from banyan.proxy.ports.vector_store import (
    FastStage,
    Hit,
    Inventory,
    Only,
    PointVectors,
    StoreNeeds,
    TextPoint,
    VectorStore,
    VectorStoreEntry,
)

_Result = TypeVar("_Result")

_DEPTH: Final = 64
"""Candidates of each kind that are compared in full; deeper brings nothing that can be measured."""

_SLICE: Final = 32
_FLUSH_EVERY: Final = 4096
"""Points changed between two flushes: a start after a crash replays about 3,000 a second."""

_COMPACT_AT_MOST: Final = 20_000
_HELD: Final = 512
"""Points whose vectors are kept in memory, with about 10 kB each: turning them into arrays takes longer than finding
them, and learners of a lesson ask for the same ones."""
_NO_GRAPH: Final = qdrant.HnswIndexConfig(m=0, ef_construct=16, full_scan_threshold=10_000)


class EdgeVectorStore:
    """One writer thread keeps updates in order; queries run beside it."""

    def __init__(self, shard: qdrant.EdgeShard) -> None:
        self._shard = shard
        self._words = Words()
        self._writer = ThreadPoolExecutor(1, "vectors-write")
        self._readers = ThreadPoolExecutor(2, "vectors-read")
        self._unflushed = 0
        self._changes = 0
        self._held: LRUCache[str, PointVectors] = LRUCache(_HELD)

    async def upsert_texts(self, points: Sequence[TextPoint]) -> None:
        """Adds or replaces points without vectors."""
        for part in _slices(points):
            await self._write(self._upsert, part)

    def _upsert(self, points: Sequence[TextPoint]) -> None:
        made = [
            qdrant.Point(
                point.id,
                {"text": self._words.of_text(point.text)},
                {
                    "place": _place(point.scope),
                    "lesson": json.dumps(point.scope.lesson),
                    "source": json.dumps(point.scope.source),
                },
            )
            for point in points
        ]
        self._update(qdrant.UpdateOperation.upsert_points(made), len(made))

    async def set_vectors(self, vectors: Sequence[PointVectors]) -> None:
        """Adds vectors to points that exist."""
        for part in _slices(vectors):
            await self._write(self._set_vectors, part)

    def _set_vectors(self, vectors: Sequence[PointVectors]) -> None:
        # The engine refuses the whole batch for one unknown point. Nothing can delete one in between: there is one
        # writer thread.
        known = {str(record.id) for record in self._shard.retrieve([one.id for one in vectors], False, False)}
        made = []
        for one in vectors:
            if one.id in known:
                named: dict[str, Any] = {"dense": one.dense.tolist()}
                if len(one.sentences):
                    named["sentences"] = one.sentences.tolist()
                made.append(qdrant.PointVectors(one.id, named))
        if made:
            self._update(qdrant.UpdateOperation.update_vectors(made), len(made))

    async def delete(self, ids: Sequence[str]) -> None:
        """Removes points."""
        if ids:
            await self._write(lambda: self._update(qdrant.UpdateOperation.delete_points(list(ids)), len(ids)))

    async def delete_scope(self, scope: Scope) -> None:
        """Removes every point of the scope."""
        await self._write(lambda: self._update(qdrant.UpdateOperation.delete_points_by_filter(_filter(scope)), 1))

    async def search(
        self,
        scope: Scope,
        *,
        text: str | None,
        vector: Vector | None,
        mode: SearchMode,
        limit: int,
        only: Only | None = None,
        fast: FastStage | None = None,
    ) -> list[Hit]:
        """Words and sense bring up candidates; in hybrid mode their vectors are then compared, all of them."""
        asked = (text if mode != "dense" else None, vector if mode != "text" else None)
        return await self._read(self._search, scope, *asked, limit, only, fast)

    def _search(
        self,
        scope: Scope,
        text: str | None,
        vector: Vector | None,
        limit: int,
        only: Only | None,
        fast: FastStage | None,
    ) -> list[Hit]:
        place = _filter(scope, only)
        depth = max(limit, fast.candidates if fast else _DEPTH)
        first_look = qdrant.SearchParams(hnsw_ef=fast.hnsw_ef) if fast else None
        words = self._by_words(scope, text, place, depth) if text is not None else None
        sense = _nearest(vector, "dense", place, depth, first_look) if vector is not None else None
        wanted = [query for query in (words, sense) if query is not None]
        if not wanted:
            return []
        found = self._shard.query_batch(qdrant.QueryBatchRequest(wanted))
        if vector is None or sense is None:
            return [Hit(id, score) for id, score in _by_score(found[0])[:limit]]
        if words is None:
            return [Hit(id, score, score) for id, score in _by_score(found[0])[:limit]]
        return self._ranked(found[0], found[1], vector)[:limit]

    def _by_words(self, scope: Scope, text: str, place: qdrant.Filter, depth: int) -> qdrant.QueryRequest:
        # Word weights come from the caller's course alone: what others teach must not weigh on it.
        corpus = qdrant.SearchParams(idf=qdrant.IdfParams(_filter(Scope(scope.tenant, scope.course))))
        question = qdrant.Query.Nearest(self._words.of_question(text), "text")
        return qdrant.QueryRequest(depth, query=question, filter=place, params=corpus, with_payload=["lesson"])

    def _ranked(
        self, by_words: list[qdrant.ScoredPoint], by_sense: list[qdrant.ScoredPoint], vector: Vector
    ) -> list[Hit]:
        lessons = {str(point.id): str((point.payload or {}).get("lesson")) for point in (*by_words, *by_sense)}
        these = qdrant.Filter(must=[qdrant.HasIdCondition({*lessons})])
        exact = qdrant.SearchParams(exact=True)
        queries = [_nearest(vector, name, these, len(lessons), exact) for name in ("dense", "sentences")]
        dense, sentences = map(dict, map(_by_score, self._shard.query_batch(qdrant.QueryBatchRequest(queries))))
        return joined(lessons, dict(_by_score(by_words)), dense, sentences)

    async def vectors(self, ids: Sequence[str]) -> dict[str, PointVectors]:
        """The stored vectors of those ids that have any."""
        found = {id: vectors for id in ids if (vectors := self._held.get(id)) is not None}
        missing = [id for id in ids if id not in found]
        if missing:
            before = self._changes
            read = await self._read(self._vectors, missing)
            if before == self._changes:  # otherwise what was read may be old by now
                self._held.update(read)
            found.update(read)
        return found

    def _vectors(self, ids: list[str]) -> dict[str, PointVectors]:
        found = {}
        for record in self._shard.retrieve([*ids], False, ["dense", "sentences"]):
            named = _named(record)
            if "dense" in named:
                dense = np.asarray(named["dense"], np.float32)
                sentences = np.asarray(named.get("sentences", []), np.float32).reshape(-1, len(dense))
                found[str(record.id)] = PointVectors(str(record.id), dense, sentences)
        return found

    async def inventory(self) -> Inventory:
        """Everything that is stored."""
        embedded = qdrant.Filter(must=[qdrant.HasVectorCondition("dense")])
        return Inventory(await self._read(self._ids, None), await self._read(self._ids, embedded))

    def _ids(self, condition: qdrant.Filter | None) -> frozenset[str]:
        ids: set[str] = set()
        offset = None
        while True:
            page = qdrant.ScrollRequest(
                offset=offset, limit=5000, filter=condition, with_payload=False, with_vector=False
            )
            records, offset = self._shard.scroll(page)
            ids.update(str(record.id) for record in records)
            if offset is None:
                return frozenset(ids)

    async def count(self, scope: Scope) -> int:
        """How many points the scope holds."""
        return await self._read(self._shard.count, qdrant.CountRequest(filter=_filter(scope)))

    async def close(self) -> None:
        """Flushes and releases the folder; small stores get rid of what was deleted."""
        await asyncio.get_running_loop().run_in_executor(self._writer, self._close)
        self._writer.shutdown()
        self._readers.shutdown()

    def _close(self) -> None:
        if self._unflushed and self._shard.info().points_count <= _COMPACT_AT_MOST:
            self._shard.optimize()
        self._shard.close()

    def _update(self, operation: qdrant.UpdateOperation, points: int) -> None:
        self._shard.update(operation)
        self._unflushed += points
        if self._unflushed >= _FLUSH_EVERY:
            self._shard.flush()
            self._unflushed = 0

    async def _write(self, work: Callable[..., _Result], *arguments: Any) -> _Result:
        # Shielded: a caller that goes away must not leave the slice in doubt.
        return await asyncio.shield(self._changing(work, *arguments))

    async def _changing(self, work: Callable[..., _Result], *arguments: Any) -> _Result:
        try:
            return await _run(self._writer, work, *arguments)
        finally:
            self._changes += 1
            self._held.clear()

    async def _read(self, work: Callable[..., _Result], *arguments: Any) -> _Result:
        return await _run(self._readers, work, *arguments)


async def _run(threads: ThreadPoolExecutor, work: Callable[..., _Result], *arguments: Any) -> _Result:
    try:
        return await asyncio.get_running_loop().run_in_executor(threads, work, *arguments)
    except Exception as error:
        if type(error) in (Exception, RuntimeError, OSError):  # the engine has no error classes of its own
            raise Unavailable(f"The search index failed ({error}); try again, or restart Banyan.") from error
        raise


def _slices(items: Sequence[_Result]) -> list[Sequence[_Result]]:
    return [items[start : start + _SLICE] for start in range(0, len(items), _SLICE)]


def _by_score(points: list[qdrant.ScoredPoint]) -> list[tuple[str, float]]:
    return sorted(((str(point.id), point.score) for point in points), key=lambda pair: (-pair[1], pair[0]))


def _nearest(
    vector: Vector, name: str, where: qdrant.Filter, limit: int, params: qdrant.SearchParams | None
) -> qdrant.QueryRequest:
    row: Any = [vector.tolist()] if name == "sentences" else vector.tolist()
    query = qdrant.Query.Nearest(row, name)
    return qdrant.QueryRequest(limit, query=query, filter=where, params=params, with_payload=["lesson"])


def _named(record: qdrant.Record) -> dict[str, Any]:
    return cast(dict[str, Any], record.vector or {})


def _place(scope: Scope) -> str:
    return json.dumps([scope.tenant, scope.course])


def _filter(scope: Scope, only: Only | None = None) -> qdrant.Filter:
    wanted = {"place": _place(scope)}
    if scope.lesson is not None:
        wanted["lesson"] = json.dumps(scope.lesson)
    if scope.source is not None:
        wanted["source"] = json.dumps(scope.source)
    must: list[Any] = [_is(key, value) for key, value in wanted.items()]
    if only is not None and only.sources is not None:
        must.append(_of_sources(only.sources))
    if only is not None and only.ids is not None:
        must.append(qdrant.HasIdCondition({*only.ids}))
    return qdrant.Filter(must=must)


def _of_sources(pairs: Iterable[tuple[str, str]]) -> qdrant.Filter:
    """One clause a name: most sources are their lesson's own body, and all these bodies have one name."""
    lessons: dict[str, list[str]] = defaultdict(list)
    for lesson, source in pairs:
        lessons[source].append(json.dumps(lesson))
    clauses: list[Any] = [
        qdrant.Filter(must=[_is("source", json.dumps(source)), qdrant.FieldCondition("lesson", match=_any(names))])
        for source, names in sorted(lessons.items())
    ]
    return qdrant.Filter(should=clauses or [qdrant.HasIdCondition(set())])


def _is(key: str, value: str) -> qdrant.FieldCondition:
    return qdrant.FieldCondition(key, match=qdrant.MatchValue(value))


def _any(values: list[str]) -> qdrant.MatchAny:
    return qdrant.MatchAny(sorted(values))


async def open_edge(needs: StoreNeeds, dimensions: int) -> VectorStore:
    """Opens the shard in the folder, or begins one.

    Raises: Unavailable when another process has it open, or when it cannot be read.
    """
    return EdgeVectorStore(await asyncio.to_thread(_open, needs.folder, dimensions))


def _open(folder: Path, dimensions: int) -> qdrant.EdgeShard:
    try:
        if _dimensions(folder) not in (None, dimensions):
            shutil.rmtree(folder)
        if _dimensions(folder) is None:
            _begin(folder, dimensions)
        return qdrant.EdgeShard.load(str(folder))
    except Exception as error:
        if "WouldBlock" in str(error):
            raise Unavailable(
                f"The search index in {folder} is in use by another process; stop that one, or use another data folder."
            ) from error
        raise Unavailable(
            f"The search index in {folder} cannot be opened ({error}); "
            "move that folder away and start again: it is rebuilt from the database."
        ) from error


def _dimensions(folder: Path) -> int | None:
    """Vector length of the shard in the folder; None where there is no whole shard."""
    description = folder / "edge_config.json"
    if not description.exists():
        return None
    return int(json.loads(description.read_bytes())["vectors"]["dense"]["size"])


def _begin(folder: Path, dimensions: int) -> None:
    """Makes an empty shard beside the folder and moves it into place, so that a crash leaves none or a whole one."""
    begun = folder.with_name(f"{folder.name}.new")
    shutil.rmtree(begun, ignore_errors=True)
    shutil.rmtree(folder, ignore_errors=True)
    begun.mkdir(parents=True)
    config = qdrant.EdgeConfig(
        vectors={
            # Cold: read through the page cache as needed. Otherwise opening touches every page of files that are
            # laid out 32 MB at a time, and three nearly empty ones cost 96 MB.
            "dense": qdrant.EdgeVectorParams(
                dimensions, qdrant.Distance.Cosine, hnsw_config=_NO_GRAPH, memory=qdrant.Memory.Cold
            ),
            # One row a sentence; half precision moves a cosine by less than 0.001 and halves the largest part.
            "sentences": qdrant.EdgeVectorParams(
                dimensions,
                qdrant.Distance.Cosine,
                datatype=qdrant.VectorStorageDatatype.Float16,
                multivector_config=qdrant.MultiVectorConfig(qdrant.MultiVectorComparator.MaxSim),
                hnsw_config=_NO_GRAPH,
                memory=qdrant.Memory.Cold,
            ),
        },
        sparse_vectors={"text": qdrant.EdgeSparseVectorParams(modifier=qdrant.Modifier.Idf)},
        hnsw_config=_NO_GRAPH,
    )
    shard = qdrant.EdgeShard.create(str(begun), config)
    for name in ("place", "lesson", "source"):
        index = qdrant.KeywordIndexParams(is_tenant=name == "place")
        shard.update(qdrant.UpdateOperation.create_field_index(name, index))
    shard.close()
    begun.rename(folder)


ENTRY = VectorStoreEntry("edge", "Qdrant Edge, the Qdrant engine in this process", open_edge, shared=False)
