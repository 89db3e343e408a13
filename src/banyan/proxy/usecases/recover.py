"""Makes library and index agree after a start, whatever the process died of."""

import logging
from collections.abc import Sequence
from typing import Protocol

from banyan.kernel.clock import Clock
from banyan.proxy.domain.knowledge import Scope
from banyan.proxy.ports.library import Backlog, Begun, Kept, Library
from banyan.proxy.ports.vector_store import TextPoint, VectorStore
from banyan.proxy.usecases.keyed_locks import KeyedLocks

_log = logging.getLogger(__name__)
_PART = 500


class LibraryAndBacklog(Library, Backlog, Protocol):
    """The library with its list of what has vectors."""


async def publish(library: Library, store: VectorStore, begun: Begun, clock: Clock, *, awaits_vectors: bool) -> bool:
    """The second half of an indexing: index the new words, show the version, remove what is gone.

    Every step may be repeated. False when the version was deleted meanwhile; then nothing of it stays.
    """
    await store.upsert_texts(begun.points)
    gone = await library.publish(begun.version, clock.now(), awaits_vectors=awaits_vectors)
    await store.delete([point.id for point in begun.points] if gone is None else gone)
    return gone is not None


def source_key(scope: Scope) -> tuple[str, ...]:
    """Names the lock of a source: whoever indexes it holds that from its first step to its last."""
    return ("source", scope.tenant, scope.course, scope.lesson or "", scope.source or "")


async def recover(
    library: LibraryAndBacklog, store: VectorStore, embedder: str | None, clock: Clock, locks: KeyedLocks
) -> None:
    """Completes what a crash interrupted, and gives the index what it lacks.

    Nobody else may index in this process meanwhile. Other processes may: what they are at is left to them.
    embedder: its name; vectors that another one made are dropped, to be made anew. None leaves them as they are.
    """
    async with locks.held("recover"):
        await _complete(library, store, clock, locks, awaits_vectors=embedder is not None)
        await _mend(library, store, embedder)


async def _complete(
    library: Library, store: VectorStore, clock: Clock, locks: KeyedLocks, *, awaits_vectors: bool
) -> None:
    for left in await library.unpublished():
        async with locks.held(*source_key(left.scope)):
            # Whoever held the lock until now may have come to an end with it.
            still = [begun for begun in await library.unpublished() if begun.version == left.version]
            for begun in still:
                await publish(library, store, begun, clock, awaits_vectors=awaits_vectors)


async def _mend(library: LibraryAndBacklog, store: VectorStore, embedder: str | None) -> None:
    before = await library.kept()
    inventory = await store.inventory()
    ids = {one.id for one in before}
    foreign = [
        one
        for one in before
        if one.id not in inventory.points or (embedder and one.embedded_by not in (None, embedder))
    ]
    bare = [one for one in before if one.embedded_by and one.id not in inventory.embedded]
    orphans = inventory.points - ids
    if not (foreign or bare or orphans):
        return
    # What came or went while the index was listed is in order; it only looked otherwise.
    begun = {point.id for one in await library.unpublished() for point in one.points}
    after = {(one.tenant, one.version, one.id) for one in await library.kept()}
    foreign = [one for one in foreign if (one.tenant, one.version, one.id) in after]
    bare = [one for one in bare if (one.tenant, one.version, one.id) in after]
    orphans -= begun | {id for _, _, id in after}
    await index_again(library, store, foreign)
    for part in _parts(bare):
        await library.mark_not_embedded(part)
    await store.delete(sorted(orphans))
    if foreign or bare or orphans:
        _log.warning(
            "The search index was brought up to date: %d chunks indexed again, %d to be embedded again, %d removed.",
            len(foreign),
            len(bare),
            len(orphans),
        )


async def index_again(library: LibraryAndBacklog, store: VectorStore, chunks: Sequence[Kept]) -> None:
    """Gives the index the words of these chunks again; their vectors have to be made again."""
    for part in _parts(chunks):
        # The mark goes first: a crash in between must not leave one without vectors.
        await library.mark_not_embedded(part)
        points: list[TextPoint] = await library.points(part)
        await store.upsert_texts(points)
        # Another process may have set the mark in between, for vectors that are gone now.
        await library.mark_not_embedded(part)


def _parts(chunks: Sequence[Kept]) -> list[Sequence[Kept]]:
    return [chunks[start : start + _PART] for start in range(0, len(chunks), _PART)]
