"""Makes library and index agree after a start, whatever the process died of."""

import logging
from collections import defaultdict
from collections.abc import Sequence
from typing import Protocol

from banyan.kernel.clock import Clock
from banyan.proxy.ports.library import Backlog, Begun, Kept, Library
from banyan.proxy.ports.vector_store import TextPoint, VectorStore

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


async def recover(library: LibraryAndBacklog, store: VectorStore, embedder: str | None, clock: Clock) -> None:
    """Completes what a crash interrupted, and gives the index what it lacks; nobody else may index meanwhile.

    embedder: its name; vectors that another one made are dropped, to be made anew. None leaves them as they are.
    """
    for begun in await library.unpublished():
        await publish(library, store, begun, clock, awaits_vectors=embedder is not None)
    inventory = await store.inventory()
    kept: dict[str, list[Kept]] = defaultdict(list)
    for one in await library.kept():
        kept[one.id].append(one)
    foreign = [
        one
        for same in kept.values()
        for one in same
        if one.id not in inventory.points or (embedder and one.embedded_by not in (None, embedder))
    ]
    bare = [one for same in kept.values() for one in same if one.embedded_by and one.id not in inventory.embedded]
    await _index_again(library, store, foreign)
    for part in _parts(bare):
        await library.mark_not_embedded(part)
    orphans = sorted(inventory.points - kept.keys())
    await store.delete(orphans)
    if foreign or bare or orphans:
        _log.warning(
            "The search index was brought up to date: %d chunks indexed again, %d to be embedded again, %d removed.",
            len(foreign),
            len(bare),
            len(orphans),
        )


async def _index_again(library: LibraryAndBacklog, store: VectorStore, chunks: Sequence[Kept]) -> None:
    for part in _parts(chunks):
        # The mark goes first: a crash in between must not leave one without vectors.
        await library.mark_not_embedded(part)
        points: list[TextPoint] = await library.points(part)
        await store.upsert_texts(points)


def _parts(chunks: Sequence[Kept]) -> list[Sequence[Kept]]:
    return [chunks[start : start + _PART] for start in range(0, len(chunks), _PART)]
