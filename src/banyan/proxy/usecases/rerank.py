"""Puts found passages into the order of a reranker, or leaves them as they are and says why."""

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import replace

from banyan.kernel.errors import BanyanError, DeadlineExceeded
from banyan.proxy.domain.deployments import EXTERNAL
from banyan.proxy.domain.knowledge import Passage
from banyan.proxy.ports.knowledge import Reranking
from banyan.proxy.ports.reranker import Reranker

_log = logging.getLogger(__name__)

_NONE = Reranking("No reranker is configured; set RERANK_URL.")


_PAUSE = 10.0
"""Seconds in which nobody waits for a reranker that has just used up a deadline."""


class Rerank:
    """The optional last stage of a search.

    reranker: None where none is configured. zone: the data zone that it is in.
    now: seconds of any clock that only goes forward.
    """

    def __init__(
        self, reranker: Reranker | None, *, zone: str = EXTERNAL, now: Callable[[], float] = time.monotonic
    ) -> None:
        self._reranker = reranker
        self._zone = zone
        self._now = now
        self._trouble: str | None = None
        self._rests_until = 0.0

    async def __call__(
        self, query: str, passages: Sequence[Passage], count: int, zone: str | None = None
    ) -> tuple[list[Passage], Reranking | None]:
        """The first `count` passages in the reranker's order, then those it said nothing of, then the others.

        `score` stays that of the search; `rerank_score` is the reranker's. Nothing is said of nothing.
        zone: the only one that the passages may go to; None for any.
        """
        if self._reranker is None:
            return list(passages), _NONE
        if not passages:
            return [], None
        if zone is not None and zone != self._zone:
            words = f"The course keeps its data in the zone {zone!r}, and the reranker is in {self._zone!r}"
            return list(passages), Reranking(f"{words}; set RERANK_ZONE if that is not so.")
        if self._now() < self._rests_until:
            return list(passages), Reranking(self._trouble)
        texts = [_readable(passage) for passage in passages[:count]]
        try:
            judged = await self._reranker.rerank(query, texts)
        except BanyanError as error:
            if isinstance(error, DeadlineExceeded):
                self._rests_until = self._now() + _PAUSE
            if error.message != self._trouble:  # said once, not with every search
                _log.warning("Searching without the reranker: %s", error.message)
                self._trouble = error.message
            return list(passages), Reranking(error.message)
        if self._trouble is not None:
            _log.warning("The reranker answers again.")
            self._trouble, self._rests_until = None, 0.0
        first = [replace(passages[one.place], rerank_score=one.score) for one in judged]
        seen = {one.place for one in judged}
        return first + [passage for place, passage in enumerate(passages) if place not in seen], Reranking()


def _readable(passage: Passage) -> str:
    """The passage under its headings, without which many a paragraph does not say what it is about."""
    return " > ".join(part for part in (passage.title, *passage.heading) if part) + "\n" + passage.text
