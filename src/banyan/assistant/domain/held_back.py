"""How much of an answer under way may be said already: a sentence that needs a look is held until it is whole."""

import re
from collections.abc import Callable

LONGEST_HELD = 600
"""Characters: beyond it what is held is looked at as it stands, so that a list without stops still flows."""

_END = re.compile(r"[.!?…؟۔।]+[\"'”’»)\]]*(?=\s)|[。！？]+[”’」』）]*|\n")
_LAST_WORD = re.compile(r"\S*\Z")


class HeldBack:
    """Feed it the pieces of an answer, and it gives them back in parts that can be looked at by themselves.

    suspects: whether the beginning of a sentence may become something that has to be seen whole; it may end within a
    word. What nobody suspects is given back at once.
    """

    def __init__(self, suspects: Callable[[str], bool]) -> None:
        self._suspects = suspects
        self._held = ""

    def feed(self, piece: str) -> list[str]:
        """The parts that are ready, in order; together with what is held they are the text fed so far."""
        self._held += piece
        ready: list[str] = []
        while self._held and (end := self._ready()) > 0:
            ready.append(self._held[:end])
            self._held = self._held[end:]
        return ready

    def end(self) -> list[str]:
        """What is left when nothing more comes."""
        held, self._held = self._held, ""
        return [held] if held else []

    def _ready(self) -> int:
        found = _END.search(self._held)
        if found is not None:
            return found.end()
        length = len(self._held)
        if not self._suspects(self._held):
            return length
        last = _LAST_WORD.search(self._held)
        words = length if last is None else last.start()
        if words and (words > LONGEST_HELD or not self._suspects(self._held[:words])):
            return words
        return length if length > 4 * LONGEST_HELD else 0
