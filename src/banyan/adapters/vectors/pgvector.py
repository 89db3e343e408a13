"""pgvector: the search index in the PostgreSQL that is there anyway, for as many processes as there are.

Every search is filtered to one course, and all its vectors are compared: up to some ten thousand chunks a course that
takes milliseconds and finds the true neighbours, so no approximate index is built. PostgreSQL's own full text search
does not know how rare a word is, so words are kept as weighted terms, and their rareness is counted in the course.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final
from uuid import UUID

import asyncpg
import numpy as np

from banyan.adapters.vectors._joining import joined
from banyan.adapters.vectors._pgvector_schema import add_codecs, add_extension, make_tables
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

_DEPTH: Final = 64
_CONNECTIONS: Final = 8
_CONNECT_SECONDS: Final = 5
_COMMAND_SECONDS: Final = 60

_PLACES = "INSERT INTO vector_places (place) SELECT DISTINCT unnest($1::text[]) ON CONFLICT DO NOTHING"
_UPSERT = """
INSERT INTO vector_points (id, place, lesson, source)
SELECT new.id, p.number, new.lesson, new.source
FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[]) AS new (id, place, lesson, source)
JOIN vector_places p ON p.place = new.place
ORDER BY new.id
ON CONFLICT (id) DO UPDATE
SET place = excluded.place, lesson = excluded.lesson, source = excluded.source, dense = NULL
RETURNING id, number, place
"""
_BY_WORDS = """
WITH asked AS (
    SELECT term, count(*) AS n FROM vector_words
    WHERE place = (SELECT number FROM vector_places WHERE place = $1) AND term = ANY($2::bigint[])
    GROUP BY term
), corpus AS (
    SELECT count(*) AS n FROM vector_points WHERE place = (SELECT number FROM vector_places WHERE place = $1)
)
SELECT p.id, p.lesson,
    -- Summed as decimals: those come out the same in whatever order they are added.
    sum(round((w.weight * ln(1 + (c.n - a.n + 0.5) / (a.n + 0.5)))::numeric, 6))::float8 AS score
FROM vector_words w
JOIN asked a USING (term)
CROSS JOIN corpus c
JOIN vector_points p ON p.number = w.point
WHERE w.place = (SELECT number FROM vector_places WHERE place = $1) AND {scope}
GROUP BY p.number, p.id, p.lesson
ORDER BY score DESC, p.id
LIMIT $3
"""
_BY_SENSE = """
SELECT p.id, p.lesson, 1 - (p.dense <=> $2::vector) AS score
FROM vector_points p
WHERE p.place = (SELECT number FROM vector_places WHERE place = $1) AND p.dense IS NOT NULL AND {scope}
ORDER BY p.dense <=> $2::vector, p.id
LIMIT $3
"""
_DENSE = "SELECT id, 1 - (dense <=> $2::vector) AS score FROM vector_points WHERE id = ANY($1) AND dense IS NOT NULL"
_SENTENCES = """
SELECT p.id, max(1 - (s.meaning <=> $2::halfvec)) AS score
FROM vector_sentences s JOIN vector_points p ON p.number = s.point
WHERE p.id = ANY($1) GROUP BY p.id
"""
_VECTORS = "SELECT id, number, dense FROM vector_points WHERE id = ANY($1) AND dense IS NOT NULL"
_ROWS = "SELECT point, meaning FROM vector_sentences WHERE point = ANY($1) ORDER BY point, ordinal"


class PgVectorStore:
    """A pool of connections of its own; each change is one transaction."""

    def __init__(self, pool: Any) -> None:
        self._pool = pool
        self._words = Words()

    async def upsert_texts(self, points: Sequence[TextPoint]) -> None:
        """Adds or replaces points without vectors."""
        new = {UUID(point.id): point for point in points}
        if not new:
            return
        terms = await asyncio.to_thread(lambda: {id: self._words.of_text(point.text) for id, point in new.items()})
        places = [_place(point.scope) for point in new.values()]
        names = [[json.dumps(getattr(one.scope, name)) for one in new.values()] for name in ("lesson", "source")]
        async with self._changing() as connection:
            await connection.execute(_PLACES, places)
            rows = await connection.fetch(_UPSERT, list(new), places, *names)
            await self._clear(connection, [row["number"] for row in rows], "vector_words", "vector_sentences")
            records = [
                (row["place"], term, row["number"], weight)
                for row in rows
                for term, weight in zip(terms[row["id"]].indices, terms[row["id"]].values, strict=True)
            ]
            columns = ["place", "term", "point", "weight"]
            await connection.copy_records_to_table("vector_words", records=records, columns=columns)

    async def set_vectors(self, vectors: Sequence[PointVectors]) -> None:
        """Adds vectors to points that exist."""
        new = {UUID(one.id): one for one in vectors}
        async with self._changing() as connection:
            rows = await connection.fetch(
                "SELECT id, number FROM vector_points WHERE id = ANY($1) ORDER BY id FOR UPDATE", list(new)
            )
            await connection.executemany(
                "UPDATE vector_points SET dense = $2 WHERE number = $1",
                [(row["number"], new[row["id"]].dense) for row in rows],
            )
            await self._clear(connection, [row["number"] for row in rows], "vector_sentences")
            records = [
                (row["number"], ordinal, meaning)
                for row in rows
                for ordinal, meaning in enumerate(new[row["id"]].sentences)
            ]
            columns = ["point", "ordinal", "meaning"]
            await connection.copy_records_to_table("vector_sentences", records=records, columns=columns)

    async def delete(self, ids: Sequence[str]) -> None:
        """Removes points."""
        if ids:
            async with self._changing() as connection:
                await connection.execute("DELETE FROM vector_points WHERE id = ANY($1::uuid[])", _uuids(ids))

    async def delete_scope(self, scope: Scope) -> None:
        """Removes every point of the scope."""
        conditions, values = _conditions(scope, None, 2)
        place = "place = (SELECT number FROM vector_places WHERE place = $1)"
        async with self._changing() as connection:
            await connection.execute(
                f"DELETE FROM vector_points p WHERE {place} AND {conditions}",
                _place(scope),
                *values,
            )

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
        depth = max(limit, fast.candidates if fast else _DEPTH)
        conditions, values = _conditions(scope, only, 4)
        place = _place(scope)
        words: list[Any] | None = None
        sense: list[Any] | None = None
        async with self._reading() as connection:
            if text is not None and mode != "dense":
                terms = sorted(set(self._words.of_question(text).indices))
                words = await connection.fetch(_BY_WORDS.format(scope=conditions), place, terms, depth, *values)
            if vector is None or mode == "text":
                return [Hit(str(row["id"]), row["score"]) for row in words or ()][:limit]
            sense = await connection.fetch(_BY_SENSE.format(scope=conditions), place, vector, depth, *values)
            if words is None:
                return [Hit(str(row["id"]), row["score"], row["score"]) for row in sense][:limit]
            lessons = {str(row["id"]): row["lesson"] for row in (*words, *sense)}
            dense = _scores(await connection.fetch(_DENSE, _uuids(lessons), vector))
            sentences = _scores(await connection.fetch(_SENTENCES, _uuids(lessons), vector))
        return joined(lessons, _scores(words), dense, sentences)[:limit]

    async def vectors(self, ids: Sequence[str]) -> dict[str, PointVectors]:
        """The stored vectors of those ids that have any."""
        if not ids:
            return {}
        async with self._reading() as connection:
            points = await connection.fetch(_VECTORS, _uuids(ids))
            found = await connection.fetch(_ROWS, [row["number"] for row in points])
        rows: dict[int, list[Any]] = {row["number"]: [] for row in points}
        for row in found:
            rows[row["point"]].append(row["meaning"])
        return {
            str(row["id"]): PointVectors(
                str(row["id"]),
                row["dense"],
                np.asarray(rows[row["number"]], np.float32).reshape(-1, len(row["dense"])),
            )
            for row in points
        }

    async def inventory(self) -> Inventory:
        """Everything that is stored."""
        async with self._reading() as connection:
            rows = await connection.fetch("SELECT id, dense IS NOT NULL AS embedded FROM vector_points")
        return Inventory(
            frozenset(str(row["id"]) for row in rows), frozenset(str(row["id"]) for row in rows if row["embedded"])
        )

    async def count(self, scope: Scope) -> int:
        """How many points the scope holds."""
        conditions, values = _conditions(scope, None, 2)
        place = "place = (SELECT number FROM vector_places WHERE place = $1)"
        statement = f"SELECT count(*) FROM vector_points p WHERE {place} AND {conditions}"
        async with self._reading() as connection:
            return int(await connection.fetchval(statement, _place(scope), *values))

    async def close(self) -> None:
        """Releases the connections."""
        await self._pool.close()

    async def _clear(self, connection: Any, numbers: list[int], *tables: str) -> None:
        for table in tables:
            await connection.execute(f"DELETE FROM {table} WHERE point = ANY($1)", numbers)

    @asynccontextmanager
    async def _changing(self) -> AsyncIterator[Any]:
        async with self._reading() as connection, connection.transaction():
            yield connection

    @asynccontextmanager
    async def _reading(self) -> AsyncIterator[Any]:
        try:
            async with self._pool.acquire(timeout=_CONNECT_SECONDS) as connection:
                yield connection
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as error:
            raise _unavailable(error) from error


def _unavailable(error: Exception) -> Unavailable:
    cause = str(error).partition("\n")[0] or type(error).__name__
    return Unavailable(f"The search index in PostgreSQL failed ({cause}); check the database, then try again.")


def _scores(rows: Sequence[Any]) -> dict[str, float]:
    return {str(row["id"]): row["score"] for row in rows}


def _uuids(ids: Any) -> list[UUID]:
    return [UUID(id) for id in ids]


def _place(scope: Scope) -> str:
    """As JSON, which keeps names apart and is plain ASCII whatever they hold."""
    return json.dumps([scope.tenant, scope.course])


def _conditions(scope: Scope, only: Only | None, first: int) -> tuple[str, list[Any]]:
    """What narrows a place down, with values for the parameters from `first` on."""
    parts, values = ["true"], list[Any]()

    def add(condition: str, *more: Any) -> None:
        numbers = [f"${first + len(values) + at}" for at in range(len(more))]
        parts.append(condition.format(*numbers))
        values.extend(more)

    if scope.lesson is not None:
        add("p.lesson = {}", json.dumps(scope.lesson))
    if scope.source is not None:
        add("p.source = {}", json.dumps(scope.source))
    if only is not None and only.sources is not None:
        pairs = sorted(only.sources)
        lessons, sources = ([json.dumps(pair[at]) for pair in pairs] for at in (0, 1))
        add("(p.lesson, p.source) IN (SELECT * FROM unnest({}::text[], {}::text[]))", lessons, sources)
    if only is not None and only.ids is not None:
        add("p.id = ANY({}::uuid[])", _uuids(sorted(only.ids)))
    return " AND ".join(parts), values


async def is_there(url: str) -> bool:
    """Whether PostgreSQL has pgvector, which is added to the database where that is allowed. Raises: Unavailable."""
    try:
        connection = await asyncpg.connect(_plain(url), timeout=_CONNECT_SECONDS)
        try:
            return await add_extension(connection)
        finally:
            await connection.close()
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as error:
        raise _unavailable(error) from error


async def open_pgvector(needs: StoreNeeds, dimensions: int) -> VectorStore:
    """Opens the index in the database, or begins one.

    Raises: Unavailable where the database cannot be reached or has no pgvector.
    """
    if not await is_there(needs.url):
        raise Unavailable("The PostgreSQL has no pgvector 0.7 or newer; install it, or set QDRANT_URL.")
    try:
        connection = await asyncpg.connect(_plain(needs.url), timeout=_CONNECT_SECONDS)
        try:
            await make_tables(connection, dimensions)
        finally:
            await connection.close()
        pool = await asyncpg.create_pool(
            _plain(needs.url),
            min_size=1,
            max_size=_CONNECTIONS,
            init=add_codecs,
            timeout=_CONNECT_SECONDS,
            command_timeout=_COMMAND_SECONDS,
            server_settings={"application_name": "banyan", "jit": "off"},
        )
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as error:
        raise _unavailable(error) from error
    return PgVectorStore(pool)


def _plain(url: str) -> str:
    return url.replace("postgresql+asyncpg://", "postgresql://", 1)


ENTRY = VectorStoreEntry("pgvector", "pgvector, in the PostgreSQL of DATABASE_URL", open_pgvector)
