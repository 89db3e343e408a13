"""Which words a text writes with a capital within its sentences."""

from collections.abc import Iterable
from itertools import pairwise

_EDGES = "“”\"'‘’()[].,;:!?«»„"
_OPENERS = "The A An This These In When As Each Both It If Some Most Many They There"
_OPENS_A_SENTENCE = frozenset(_OPENERS.split())


class Capitals:
    """Learned from plain sentences, whose first words say nothing about it."""

    def __init__(self, sentences: Iterable[str]) -> None:
        self._small: set[str] = set()
        self._large: set[str] = set()
        for sentence in sentences:
            for word in sentence.split()[1:]:
                bare = word.strip(_EDGES)
                (self._small if bare[:1].islower() else self._large).add(bare)

    def shown(self, term: str, sentence: str, language: str) -> str:
        """The term without the capital that only the beginning of a sentence gave it."""
        first = term.split()[0]
        if not sentence.startswith(term):
            return term
        small = self.small(first, language)
        return small + term[len(first) :]

    def small(self, word: str, language: str) -> str:
        """The first word of a sentence as it would stand within it."""
        if not word[:1].isupper() or word[1:2].isupper() or not word[1:]:
            return word
        folded = word[0].lower() + word[1:]
        if folded in self._small:
            return folded
        is_name = word in self._large or word.endswith(("’s", "'s")) or language == "german"
        return word if is_name else folded

    def is_captioned(self, sentence: str) -> bool:
        """Whether a title runs into the sentence: "The Knee The knee is ..."."""
        present = sentence.split()[:12]
        titled = 0
        for before, word in pairwise(present):
            if before[-1:] in ".:;!?,”’)" or not word[:1].isupper():
                if word[:1].islower() and len(word) > 4:
                    break
                continue
            usual = word[:1].lower() + word[1:] in self._small
            if word in _OPENS_A_SENTENCE or word == present[0] or (usual and before is present[0]):
                return True
            titled += usual
        return titled >= 2
