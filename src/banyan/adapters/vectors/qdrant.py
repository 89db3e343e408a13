"""A Qdrant server or cluster: the search index of any number of processes, in one collection.

It holds what the embedded engine holds, under the same names, and is asked the same questions. Vectors of a course are
compared all of them (`exact`) except in a fast first look, for which the collection has a graph.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final, cast

import httpx
import numpy as np
from qdrant_client import AsyncQdrantClient, models
from qdrant_client.http.exceptions import ApiException, UnexpectedResponse

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

COLLECTION: Final = "banyan"
_DEPTH: Final = 64
_SLICE: Final = 128
_PAGE: Final = 5000
_SECONDS: Final = 10
_EXACT: Final = models.SearchParams(exact=True)


class QdrantVectorStore:
    """Changes wait until the server has applied them, so that what was acknowledged is found."""

    def __init__(self, client: AsyncQdrantClient) -> None:
        self._client = client
        self._words = Words()

    async def upsert_texts(self, points: Sequence[TextPoint]) -> None:
        """Adds or replaces points without vectors."""
        for part in _slices(points):
            made = await asyncio.to_thread(self._points, part)
            async with _translated():
                await self._client.upsert(COLLECTION, made, wait=True)

    def _points(self, points: Sequence[TextPoint]) -> list[models.PointStruct]:
        return [self._point(point) for point in points]

    def _point(self, point: TextPoint) -> models.PointStruct:
        terms = self._words.of_text(point.text)
        return models.PointStruct(
            id=point.id,
            vector={"text": models.SparseVector(indices=terms.indices, values=terms.values)},
            payload={
                "place": _place(point.scope),
                "lesson": json.dumps(point.scope.lesson),
                "source": json.dumps(point.scope.source),
            },
        )

    async def set_vectors(self, vectors: Sequence[PointVectors]) -> None:
        """Adds vectors to points that exist; the server refuses the whole batch for one unknown point."""
        for part in _slices(vectors):
            async with _translated():
                known = {
                    str(record.id)
                    for record in await self._client.retrieve(COLLECTION, [one.id for one in part], with_payload=False)
                }
                made = [models.PointVectors(id=one.id, vector=_named(one)) for one in part if one.id in known]
                if made:
                    await self._client.update_vectors(COLLECTION, made, wait=True)

    async def delete(self, ids: Sequence[str]) -> None:
        """Removes points."""
        for part in _slices(ids):
            async with _translated():
                await self._client.delete(COLLECTION, models.PointIdsList(points=list(part)), wait=True)

    async def delete_scope(self, scope: Scope) -> None:
        """Removes every point of the scope."""
        async with _translated():
            await self._client.delete(COLLECTION, models.FilterSelector(filter=_filter(scope)), wait=True)

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
        place = _filter(scope, only)
        depth = max(limit, fast.candidates if fast else _DEPTH)
        wanted = []
        if text is not None and mode != "dense":
            wanted.append(self._by_words(scope, text, place, depth))
        if vector is not None and mode != "text":
            first_look = models.SearchParams(hnsw_ef=fast.hnsw_ef) if fast else _EXACT
            wanted.append(_nearest(vector.tolist(), "dense", place, depth, first_look))
        if not wanted:
            return []
        found = await self._ask(wanted)
        if vector is None or mode == "text":
            return [Hit(id, score) for id, score in _by_score(found[0])[:limit]]
        if len(found) == 1:
            return [Hit(id, score, score) for id, score in _by_score(found[0])[:limit]]
        lessons = {str(point.id): str((point.payload or {}).get("lesson")) for points in found for point in points}
        if not lessons:
            return []
        these = models.Filter(must=[models.HasIdCondition(has_id=sorted(lessons))])
        rows = [("dense", vector.tolist()), ("sentences", [vector.tolist()])]
        dense, sentences = await self._ask([_nearest(row, name, these, len(lessons), _EXACT) for name, row in rows])
        return joined(lessons, *(dict(_by_score(points)) for points in (found[0], dense, sentences)))[:limit]

    def _by_words(self, scope: Scope, text: str, place: models.Filter, depth: int) -> models.QueryRequest:
        # Word weights come from the caller's course alone: what others teach must not weigh on it.
        corpus = models.IdfCorpusParams(corpus=_filter(Scope(scope.tenant, scope.course)))
        terms = self._words.of_question(text)
        return models.QueryRequest(
            query=models.SparseVector(indices=terms.indices, values=terms.values),
            using="text",
            filter=place,
            params=models.SearchParams(idf=corpus),
            limit=depth,
            with_payload=["lesson"],
        )

    async def _ask(self, requests: list[models.QueryRequest]) -> list[list[models.ScoredPoint]]:
        async with _translated():
            answers = await self._client.query_batch_points(COLLECTION, requests)
        return [answer.points for answer in answers]

    async def vectors(self, ids: Sequence[str]) -> dict[str, PointVectors]:
        """The stored vectors of those ids that have any."""
        found = {}
        for part in _slices(ids):
            async with _translated():
                records = await self._client.retrieve(
                    COLLECTION, list(part), with_payload=False, with_vectors=["dense", "sentences"]
                )
            for record in records:
                named = cast(dict[str, Any], record.vector or {})
                if "dense" in named:
                    dense = np.asarray(named["dense"], np.float32)
                    sentences = np.asarray(named.get("sentences", []), np.float32).reshape(-1, len(dense))
                    found[str(record.id)] = PointVectors(str(record.id), dense, sentences)
        return found

    async def inventory(self) -> Inventory:
        """Everything that is stored."""
        embedded = models.Filter(must=[models.HasVectorCondition(has_vector="dense")])
        return Inventory(await self._ids(None), await self._ids(embedded))

    async def _ids(self, condition: models.Filter | None) -> frozenset[str]:
        ids: set[str] = set()
        offset = None
        while True:
            async with _translated():
                records, offset = await self._client.scroll(
                    COLLECTION, condition, limit=_PAGE, offset=offset, with_payload=False, with_vectors=False
                )
            ids.update(str(record.id) for record in records)
            if offset is None:
                return frozenset(ids)

    async def count(self, scope: Scope) -> int:
        """How many points the scope holds."""
        async with _translated():
            return (await self._client.count(COLLECTION, _filter(scope), exact=True)).count

    async def close(self) -> None:
        """Releases the connections."""
        await self._client.close()


def _client(needs: StoreNeeds) -> AsyncQdrantClient:
    return AsyncQdrantClient(url=needs.url, api_key=needs.key, timeout=_SECONDS, check_compatibility=False)


async def is_there(needs: StoreNeeds) -> None:
    """Changes nothing. Raises: Unavailable when the server does not answer, or not to this key."""
    client = _client(needs)
    try:
        async with _translated():
            await client.collection_exists(COLLECTION)
    finally:
        await client.close()


async def open_qdrant(needs: StoreNeeds, dimensions: int) -> VectorStore:
    """Opens the collection on the server, or begins one. Raises: Unavailable."""
    client = _client(needs)
    try:
        return await open_over(client, dimensions)
    except BaseException:
        await client.close()
        raise


async def open_over(client: AsyncQdrantClient, dimensions: int) -> VectorStore:
    """The same over a client that is open already. Raises: Unavailable."""
    async with _translated():
        if await client.collection_exists(COLLECTION):
            described = (await client.get_collection(COLLECTION)).config.params.vectors
            size = described["dense"].size if isinstance(described, dict) and "dense" in described else None
            if size == dimensions:
                return QdrantVectorStore(client)
            await client.delete_collection(COLLECTION)
        await _begin(client, dimensions)
    return QdrantVectorStore(client)


async def _begin(client: AsyncQdrantClient, dimensions: int) -> None:
    by_lesson = models.MultiVectorConfig(comparator=models.MultiVectorComparator.MAX_SIM)
    try:
        await client.create_collection(
            COLLECTION,
            vectors_config={
                "dense": models.VectorParams(size=dimensions, distance=models.Distance.COSINE, on_disk=True),
                # One row a sentence; half precision moves a cosine by less than 0.001 and halves the largest part.
                "sentences": models.VectorParams(
                    size=dimensions,
                    distance=models.Distance.COSINE,
                    on_disk=True,
                    datatype=models.Datatype.FLOAT16,
                    multivector_config=by_lesson,
                    hnsw_config=models.HnswConfigDiff(m=0),
                ),
            },
            sparse_vectors_config={"text": models.SparseVectorParams(modifier=models.Modifier.IDF)},
        )
    except UnexpectedResponse as error:
        if error.status_code != 409:  # another process has just made it
            raise
    for name in ("place", "lesson", "source"):
        schema = models.KeywordIndexParams(type=models.KeywordIndexType.KEYWORD, is_tenant=name == "place")
        await client.create_payload_index(COLLECTION, name, schema, wait=True)


@asynccontextmanager
async def _translated() -> AsyncIterator[None]:
    try:
        yield
    except (ApiException, httpx.HTTPError, OSError) as error:
        cause = str(error).partition("\n")[0] or type(error).__name__
        raise Unavailable(
            f"Qdrant cannot be used ({cause}); check QDRANT_URL and the server, then try again."
        ) from error


def _slices(items: Sequence[Any]) -> list[Sequence[Any]]:
    return [items[start : start + _SLICE] for start in range(0, len(items), _SLICE)]


def _named(vectors: PointVectors) -> dict[str, Any]:
    named: dict[str, Any] = {"dense": vectors.dense.tolist()}
    if len(vectors.sentences):
        named["sentences"] = vectors.sentences.tolist()
    return named


def _nearest(
    row: list[Any], name: str, where: models.Filter, limit: int, params: models.SearchParams
) -> models.QueryRequest:
    return models.QueryRequest(query=row, using=name, filter=where, params=params, limit=limit, with_payload=["lesson"])


def _by_score(points: list[models.ScoredPoint]) -> list[tuple[str, float]]:
    return sorted(((str(point.id), point.score) for point in points), key=lambda pair: (-pair[1], pair[0]))


def _place(scope: Scope) -> str:
    return json.dumps([scope.tenant, scope.course])


def _filter(scope: Scope, only: Only | None = None) -> models.Filter:
    must: list[Any] = [_is("place", _place(scope))]
    if scope.lesson is not None:
        must.append(_is("lesson", json.dumps(scope.lesson)))
    if scope.source is not None:
        must.append(_is("source", json.dumps(scope.source)))
    if only is not None and only.sources is not None:
        must.append(_of_sources(only.sources))
    if only is not None and only.ids is not None:
        must.append(models.HasIdCondition(has_id=sorted(only.ids)))
    return models.Filter(must=must)


def _of_sources(pairs: Iterable[tuple[str, str]]) -> models.Filter:
    """One clause a name: most sources are their lesson's own body, and all these bodies have one name."""
    lessons: dict[str, list[str]] = {}
    for lesson, source in sorted(pairs):
        lessons.setdefault(source, []).append(json.dumps(lesson))
    clauses: list[Any] = [
        models.Filter(
            must=[
                _is("source", json.dumps(source)),
                models.FieldCondition(key="lesson", match=models.MatchAny(any=names)),
            ]
        )
        for source, names in lessons.items()
    ]
    return models.Filter(should=clauses or [models.HasIdCondition(has_id=[])])


def _is(key: str, value: str) -> models.FieldCondition:
    return models.FieldCondition(key=key, match=models.MatchValue(value=value))


ENTRY = VectorStoreEntry("qdrant", "Qdrant, on the server or cluster of QDRANT_URL", open_qdrant)
