"""Words that stand for people toward providers, and the way back, for the length of one turn."""

import re
from collections.abc import Sequence

from banyan.assistant.domain.personal import personal_in

_SHAPE = re.compile(r"\b([A-Z]{2,7})(?:\\?_|[ -])(\d{1,4})(?!\d)")
_CUT = re.compile(r"(?:[A-Z]{1,7}(?:\\?_?|[ -])\d{0,4}|\\)\Z")


class Pseudonyms:
    """One mapping: what is equal gets one pseudonym, in the order in which it is met."""

    def __init__(self, names: Sequence[str] = ()) -> None:
        self._names = tuple(names)
        self._given: dict[tuple[str, str], str] = {}
        self._real: dict[tuple[str, str], str] = {}
        self._taken: set[tuple[str, str]] = set()

    def __bool__(self) -> bool:
        """Whether anybody has been given one."""
        return bool(self._real)

    def hide(self, text: str) -> str:
        """The text with everything personal replaced, such as by `PERSON_1`."""
        self._taken.update((found[1], found[2]) for found in _SHAPE.finditer(text))
        for one in reversed(self._found(text)):
            text = text[: one[1]] + self._given[one[0]] + text[one[2] :]
        return text

    def hide_all(self, texts: Sequence[str]) -> list[str]:
        """Several texts under one mapping; what looks like a pseudonym in any of them stays free."""
        for text in texts:
            self._taken.update((found[1], found[2]) for found in _SHAPE.finditer(text))
        return [self.hide(text) for text in texts]

    def show(self, text: str) -> str:
        """The text with everybody back in it, also where a model wrote `PERSON\\_1` or `PERSON 1`."""
        return _SHAPE.sub(lambda found: self._real.get((found[1], found[2]), found[0]), text) if self._real else text

    def _found(self, text: str) -> list[tuple[tuple[str, str], int, int]]:
        found = []
        for one in personal_in(text, self._names):
            real = text[one.start : one.end]
            key = (one.kind, real.casefold())
            if key not in self._given:
                number = 1
                while (one.kind, str(number)) in self._real or (one.kind, str(number)) in self._taken:
                    number += 1
                self._given[key] = f"{one.kind}_{number}"
                self._real[one.kind, str(number)] = real
            found.append((key, one.start, one.end))
        return found


class Shown:
    """Puts people back into a stream, where a pseudonym may be cut anywhere."""

    def __init__(self, pseudonyms: Pseudonyms) -> None:
        self._pseudonyms = pseudonyms
        self._held = ""

    def feed(self, piece: str) -> str:
        """What is certain by now."""
        if not self._pseudonyms:
            return piece
        text = self._held + piece
        cut = _CUT.search(text)
        at = len(text) if cut is None else cut.start()
        self._held = text[at:]
        return self._pseudonyms.show(text[:at])

    def end(self) -> str:
        """The rest."""
        held, self._held = self._held, ""
        return self._pseudonyms.show(held)
