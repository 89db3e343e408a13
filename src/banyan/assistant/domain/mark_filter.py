"""Takes marks that point at nothing out of an answer that is still being written."""

import re
from collections.abc import Iterable

from banyan.assistant.domain.quoting import with_only

_UNFINISHED = re.compile(r"[ \t]*\[[\d,\s]{0,20}\Z")


class MarkFilter:
    """Feed it the pieces; a mark that is not whole yet is held back until it is."""

    def __init__(self) -> None:
        self._known: frozenset[int] = frozenset()
        self._held = ""
        self._after_blank = False
        self._after_mark = False

    def allow(self, numbers: Iterable[int]) -> None:
        """Sets which marks may stay; none may before."""
        self._known = frozenset(numbers)

    def feed(self, piece: str) -> str:
        """What may be said now."""
        text = self._held + piece
        unfinished = _UNFINISHED.search(text)
        cut = len(text) if unfinished is None else unfinished.start()
        self._held = text[cut:]
        whole = text[:cut]
        kept = with_only(whole, self._known)
        if whole.startswith("[") and not kept.startswith("["):
            self._after_mark = True
        if kept:
            # The blank before a mark may have been said before anybody knew that the mark would go.
            if self._after_mark and self._after_blank and kept[0] in " \t":
                kept = kept[1:]
            self._after_mark = False
            self._after_blank = kept[-1:] in (" ", "\t") if kept else self._after_blank
        return kept

    def end(self) -> str:
        """What is left."""
        held, self._held = self._held, ""
        return held
