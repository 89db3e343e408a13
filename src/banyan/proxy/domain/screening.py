"""Keeps passages that try to instruct whoever reads them away from a model."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from banyan.proxy.domain.knowledge import Passage

Screen = Callable[[str], str | None]
"""A text to a snippet of what is wrong with it, fit for a log; None where nothing is."""


@dataclass(frozen=True, slots=True)
class Dropped:
    """A passage that no model is shown, and why."""

    passage: Passage
    snippet: str

    @property
    def fields(self) -> dict[str, Any]:
        """Where it stands, as the wire shows it."""
        one = self.passage
        return {
            "course": one.course,
            "lesson": one.lesson,
            "chunk_id": one.chunk_id,
            "title": one.title,
            "source": one.source,
            "url": one.url,
            "snippet": self.snippet,
        }


class Screening:
    """screen: what judges a text; None lets everything through."""

    def __init__(self, screen: Screen | None) -> None:
        self._screen = screen

    def __call__(self, passages: Sequence[Passage]) -> tuple[tuple[Passage, ...], list[Dropped]]:
        """Those that may be shown, in order, and the others. Titles and headings are read by models as well."""
        if self._screen is None:
            return tuple(passages), []
        kept: list[Passage] = []
        dropped: list[Dropped] = []
        for passage in passages:
            snippet = self._screen("\n".join((passage.title, *passage.heading))) or self._screen(passage.text)
            if snippet is None:
                kept.append(passage)
            else:
                dropped.append(Dropped(passage, snippet))
        return tuple(kept), dropped
