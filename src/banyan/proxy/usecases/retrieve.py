"""Finds passages: the question's vector, one engine call, one query for what the hits say."""

import asyncio
import logging
from collections.abc import Iterable, Sequence
from dataclasses import replace

from banyan.kernel.errors import BanyanError
from banyan.proxy.domain.knowledge import Passage, Scope, SearchMode, Vector
from banyan.proxy.ports.embedder import Embedder
from banyan.proxy.ports.knowledge import Found
from banyan.proxy.ports.library import LibraryReader
from banyan.proxy.ports.vector_store import Hit, VectorStore

_log = logging.getLogger(__name__)

_LONGEST_QUESTION = 8000
"""Code points that are searched for. No question is longer; a model reads about 1,000, and words repeat."""


class Retriever:
    """Implements the port `Knowledge`. embedder: None where there is none; then words alone are searched."""

    def __init__(self, library: LibraryReader, store: VectorStore, embedder: Embedder | None) -> None:
        self._library = library
        self._store = store
        self._embedder = embedder
        self._trouble: str | None = None

    async def search(
        self,
        scope: Scope,
        query: str,
        *,
        limit: int,
        mode: SearchMode = "hybrid",
        with_sentences: bool = False,
        beside: tuple[Scope, int] | None = None,
    ) -> Found:
        """Up to `limit` published passages, best first; `question` is None when only words were searched."""
        query = query[:_LONGEST_QUESTION]
        if not query.strip() or limit < 1:
            return Found((), None)
        question = None if mode == "text" else await self._question(query)
        if question is None:
            mode = "text"
        wanted = [(scope, limit)] if beside is None else [(scope, limit), beside]
        async with asyncio.TaskGroup() as group:
            searches = [group.create_task(self._search(place, query, question, mode, most)) for place, most in wanted]
        found = {passage.chunk_id: passage for search in reversed(searches) for passage in search.result()}
        order = dict.fromkeys(passage.chunk_id for search in searches for passage in search.result())
        passages = [found[id] for id in order]
        if with_sentences:
            passages = await self._with_sentences(passages)
        return Found(tuple(passages), question)

    async def _search(
        self, scope: Scope, query: str, question: Vector | None, mode: SearchMode, limit: int
    ) -> list[Passage]:
        asked = limit
        while True:
            hits = await self._store.search(scope, text=query, vector=question, mode=mode, limit=asked)
            if not hits and mode == "dense":  # no vectors yet: words are better than nothing
                mode = "text"
                continue
            published = await self._library.passages(scope.tenant, [hit.id for hit in hits]) if hits else {}
            passages = [_scored(published[hit.id], hit) for hit in hits if hit.id in published][:limit]
            # The index may run ahead of what is published, while a lesson is being indexed or deleted.
            if len(passages) == limit or len(hits) < asked:
                return passages
            asked *= 4

    async def lesson(self, scope: Scope) -> Sequence[Passage]:
        """All passages of the scope in reading order, with their sentences' vectors."""
        return await self._with_sentences(await self._library.all_passages(scope))

    async def embed(self, texts: Sequence[str]) -> list[Vector] | None:
        """Unit vectors of the texts, ahead of background work."""
        if self._embedder is None:
            return None
        try:
            vectors = list((await self._embedder.embed(texts, urgent=True)).vectors)
        except BanyanError as error:
            if error.message != self._trouble:  # said once, not with every question
                _log.warning("Searching by words alone: %s", error.message)
                self._trouble = error.message
            return None
        self._trouble = None
        return vectors

    async def knows(self, scope: Scope) -> bool:
        """Whether anything is published in the scope."""
        return await self._library.knows(scope)

    async def _question(self, query: str) -> Vector | None:
        vectors = await self.embed([query])
        return vectors[0] if vectors else None

    async def _with_sentences(self, passages: Iterable[Passage]) -> list[Passage]:
        passages = list(passages)
        stored = await self._store.vectors([passage.chunk_id for passage in passages])
        filled = []
        for passage in passages:
            rows = stored[passage.chunk_id].sentences if passage.chunk_id in stored else ()
            if len(rows) == len(passage.sentences):
                sentences = tuple(replace(one, vector=row) for one, row in zip(passage.sentences, rows, strict=True))
                passage = replace(passage, sentences=sentences)
            filled.append(passage)
        return filled


def _scored(passage: Passage, hit: Hit) -> Passage:
    return replace(passage, score=hit.score, dense_score=hit.dense_score)
