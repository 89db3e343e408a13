"""Puts found passages into the order of a reranker, or leaves them as they are and says why."""

import logging
from collections.abc import Sequence
from dataclasses import replace

from banyan.kernel.errors import BanyanError
from banyan.proxy.domain.knowledge import Passage
from banyan.proxy.ports.knowledge import Reranking
from banyan.proxy.ports.reranker import Reranker

_log = logging.getLogger(__name__)

_NONE = Reranking("No reranker is configured; set RERANK_URL.")


class Rerank:
    """The optional last stage of a search. reranker: None where none is configured."""

    def __init__(self, reranker: Reranker | None) -> None:
        self._reranker = reranker
        self._trouble: str | None = None

    @property
    def configured(self) -> bool:
        """Whether there is anything to ask."""
        return self._reranker is not None

    async def __call__(self, query: str, passages: Sequence[Passage], count: int) -> tuple[list[Passage], Reranking]:
        """The first `count` passages in the reranker's order, then those it said nothing of, then the others.

        `score` stays that of the search; `rerank_score` is the reranker's.
        """
        if self._reranker is None:
            return list(passages), _NONE
        if not passages:
            return [], Reranking()
        texts = [_readable(passage) for passage in passages[:count]]
        try:
            judged = await self._reranker.rerank(query, texts)
        except BanyanError as error:
            if error.message != self._trouble:  # said once, not with every search
                _log.warning("Searching without the reranker: %s", error.message)
                self._trouble = error.message
            return list(passages), Reranking(error.message)
        self._trouble = None
        first = [replace(passages[one.place], rerank_score=one.score) for one in judged]
        seen = {one.place for one in judged}
        return first + [passage for place, passage in enumerate(passages) if place not in seen], Reranking()


def _readable(passage: Passage) -> str:
    """The passage under its headings, without which many a paragraph does not say what it is about."""
    return " > ".join(part for part in (passage.title, *passage.heading) if part) + "\n" + passage.text
