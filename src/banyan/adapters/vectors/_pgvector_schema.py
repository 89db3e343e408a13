"""The tables of the search index in PostgreSQL, made by whoever opens it first; the library can fill them again."""

from typing import Any

import asyncpg
import numpy as np

LOCK = 7_021_604_552
"""Any number, as long as it is the same in every process: one of them makes the tables."""

TABLES = """
CREATE TABLE vector_places (
    number integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    place text NOT NULL UNIQUE
);
CREATE TABLE vector_points (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id uuid NOT NULL UNIQUE,
    place integer NOT NULL REFERENCES vector_places (number),
    lesson text NOT NULL,
    source text NOT NULL,
    dense vector({dimensions})
);
CREATE INDEX ON vector_points (place, lesson, source);
CREATE TABLE vector_words (
    place integer NOT NULL,
    term bigint NOT NULL,
    point bigint NOT NULL REFERENCES vector_points (number) ON DELETE CASCADE,
    weight real NOT NULL,
    PRIMARY KEY (place, term, point) INCLUDE (weight)
);
CREATE INDEX ON vector_words (point);
CREATE TABLE vector_sentences (
    point bigint NOT NULL REFERENCES vector_points (number) ON DELETE CASCADE,
    ordinal integer NOT NULL,
    meaning halfvec({dimensions}) NOT NULL,
    PRIMARY KEY (point, ordinal)
);
"""
DROP = "DROP TABLE IF EXISTS vector_sentences, vector_words, vector_points, vector_places"


async def add_extension(connection: Any) -> bool:
    """Whether pgvector 0.7 or newer is in the database, where it is added if it may be."""
    async with connection.transaction():
        await connection.execute("SELECT pg_advisory_xact_lock($1)", LOCK)
        there = await connection.fetchval("SELECT count(*) FROM pg_extension WHERE extname = 'vector'")
        if not there:
            if not await connection.fetchval("SELECT count(*) FROM pg_available_extensions WHERE name = 'vector'"):
                return False
            try:
                async with connection.transaction():
                    await connection.execute("CREATE EXTENSION vector")
            except asyncpg.InsufficientPrivilegeError:
                return False
        return bool(await connection.fetchval("SELECT to_regtype('halfvec') IS NOT NULL"))


async def make_tables(connection: Any, dimensions: int) -> None:
    """Makes the tables; those for vectors of another length are thrown away with all that is in them."""
    async with connection.transaction():
        await connection.execute("SELECT pg_advisory_xact_lock($1)", LOCK)
        found = await connection.fetchval(
            "SELECT atttypmod FROM pg_attribute WHERE attrelid = to_regclass('vector_points') AND attname = 'dense'"
        )
        if found != dimensions:
            await connection.execute(DROP)
            await connection.execute(TABLES.format(dimensions=int(dimensions)))


async def add_codecs(connection: Any) -> None:
    """Lets the driver take and give arrays of numpy for vectors, in the binary form that pgvector sends them in."""
    schema = await connection.fetchval(
        "SELECT nspname FROM pg_extension JOIN pg_namespace n ON n.oid = extnamespace WHERE extname = 'vector'"
    )
    for name, kind in (("vector", ">f4"), ("halfvec", ">f2")):
        await connection.set_type_codec(
            name, schema=schema, format="binary", encoder=_encoder(kind), decoder=_decoder(kind)
        )


def _encoder(kind: str) -> Any:
    def encode(row: Any) -> bytes:
        # The length and an unused field, two bytes each, then the numbers.
        return len(row).to_bytes(2, "big") + b"\0\0" + np.asarray(row).astype(kind).tobytes()

    return encode


def _decoder(kind: str) -> Any:
    def decode(data: bytes) -> Any:
        return np.frombuffer(data, kind, offset=4).astype(np.float32)

    return decode
