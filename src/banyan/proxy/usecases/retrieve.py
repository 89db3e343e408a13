"""Finds passages: the question's vector, one engine call, one query for what the hits say."""

import asyncio
import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from banyan.kernel.errors import BanyanError
from banyan.proxy.domain.diversity import diverse, likeness
from banyan.proxy.domain.knowledge import Passage, Scope, SearchMode, Sentence, Vector
from banyan.proxy.domain.search_options import DEFAULT_WEIGHTS, Diversity, SearchOptions
from banyan.proxy.domain.source_weights import weighed, within_reach
from banyan.proxy.ports.embedder import Embedder
from banyan.proxy.ports.knowledge import Found, Reranking
from banyan.proxy.ports.library import LibraryReader
from banyan.proxy.ports.vector_store import FastStage, VectorStore
from banyan.proxy.usecases.rerank import Rerank

_log = logging.getLogger(__name__)

_LONGEST_QUESTION = 8000
"""Code points that are searched for. No question is longer; a model reads about 1,000, and words repeat."""


_WEIGHED = 64
"""How far down the ranking a passage may stand that its source's weight is to bring up."""


@dataclass(frozen=True, slots=True)
class _Question:
    """One search, understood. vector: None where words alone are searched."""

    text: str
    vector: Vector | None
    mode: SearchMode
    options: SearchOptions


def _any_zone(tenant: str, course: str) -> str | None:
    return None


class Retriever:
    """Implements the port `Knowledge`. embedder: None where there is none; then words alone are searched.

    options: of searches that bring none; None for the default weights and nothing else.
    """

    def __init__(
        self,
        library: LibraryReader,
        store: VectorStore,
        embedder: Embedder | None,
        *,
        options: SearchOptions | None = None,
        rerank: Rerank | None = None,
    ) -> None:
        self._library = library
        self._store = store
        self._embedder = embedder
        self._options = options or SearchOptions(weights=DEFAULT_WEIGHTS)
        self._rerank = rerank or Rerank(None)
        self.zones: Callable[[str, str], str | None] = _any_zone
        """Tenant and course to the only data zone for its text; set once, when what knows them is open."""
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
        options: SearchOptions | None = None,
    ) -> Found:
        """Up to `limit` published passages, best first; `question` is None when only words were searched."""
        query = query[:_LONGEST_QUESTION]
        if not query.strip() or limit < 1:
            return Found((), None)
        vector = None if mode == "text" else await self._question(query)
        question = _Question(query, vector, mode if vector is not None else "text", options or self._options)
        wanted = [(scope, limit)] if beside is None else [(scope, limit), beside]
        async with asyncio.TaskGroup() as group:
            searches = [group.create_task(self._search(place, question, most)) for place, most in wanted]
        results = [search.result() for search in searches]
        found = {passage.chunk_id: passage for passages, _ in reversed(results) for passage in passages}
        order = dict.fromkeys(passage.chunk_id for passages, _ in results for passage in passages)
        passages = [found[id] for id in order]
        if with_sentences:
            passages = await self._with_sentences(passages)
        return Found(tuple(passages), vector, results[0][1])

    async def _search(self, scope: Scope, question: _Question, limit: int) -> tuple[list[Passage], Reranking | None]:
        """Candidates by words and sense, then weights, then the reranker, then variety; then cut."""
        options, reranking = question.options, None
        pool = options.diversity.pool if options.diversity else 0
        passages = await self._candidates(scope, question, max(limit, options.rerank, pool))
        if options.rerank:
            zone = self.zones(scope.tenant, scope.course)
            passages, reranking = await self._rerank(question.text, passages, options.rerank, zone)
        if options.diversity:
            passages = await self._varied(passages, options.diversity, limit)
        return passages[:limit], reranking

    async def _candidates(self, scope: Scope, question: _Question, limit: int) -> list[Passage]:
        """Up to `limit` published passages by weighted score."""
        options = question.options
        only = None
        if scope.for_learners or not options.filters.admit_everything():
            only = await self._library.admitted(scope, options.filters)
            if only.admits_nothing:
                return []
        mode = question.mode
        two = options.two_stage
        # With two stages the narrow first look says how many there are to weigh.
        asked = max(limit, two.candidates if two else _WEIGHED) if options.weights else limit
        first = True
        while True:
            fast = FastStage(two.hnsw_ef, two.candidates) if two else None
            hits = await self._store.search(
                scope, text=question.text, vector=question.vector, mode=mode, limit=asked, only=only, fast=fast
            )
            if not hits and mode == "dense":  # no vectors yet: words are better than nothing
                mode = "text"
                continue
            near = hits[: within_reach([hit.score for hit in hits], limit, options.weights)] if first else hits
            published = await self._library.passages(scope.tenant, [hit.id for hit in near]) if near else {}
            dense = {hit.id: hit.dense_score for hit in near}
            scored = [(published[hit.id], hit.score) for hit in near if hit.id in published]
            best = weighed(scored, options.weights)
            # The index may run ahead of what is published, while a lesson is being indexed or deleted.
            if len(best) >= limit or (len(near) == len(hits) < asked):
                return [replace(one, score=score, dense_score=dense[one.chunk_id]) for one, score in best[:limit]]
            asked, first = asked * 4, False

    async def _varied(self, passages: list[Passage], diversity: Diversity, limit: int) -> list[Passage]:
        """The best of the pool that are unlike each other; where the pool is too small, the rest in order."""
        pool, rest = passages[: diversity.pool], passages[diversity.pool :]
        stored = await self._store.vectors([passage.chunk_id for passage in pool])
        vectors = [stored[passage.chunk_id].dense if passage.chunk_id in stored else None for passage in pool]
        chosen = diverse([passage.score for passage in pool], likeness(vectors), diversity.relevance, limit)
        return [pool[place] for place in chosen] + rest

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
                told = zip(passage.sentences, rows, strict=True)
                sentences = tuple(Sentence(one.span, one.text, row) for one, row in told)
                passage = replace(passage, sentences=sentences)
            filled.append(passage)
        return filled
