"""Keeps texts out of what an answer may be made of."""

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import groupby

from banyan.proxy.domain.knowledge import Passage, Sentence, Span

_SHARED = 0.5
"""A sentence of which so many runs of three words stand in a withheld text says what that text says."""
_REMEMBERED = 1024
"""Sentences, with about 2 kB each: learners of a lesson meet the same ones."""
_BETWEEN = re.compile(r"[\W_]+")


class Withheld:
    """Texts of which no sentence may be quoted; spans of the others stay as they are."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._texts = [_words(text) for text in texts if text.strip()]
        self._runs = frozenset(run for words in self._texts for run in _runs(words))

    def without(self, passages: Sequence[Passage]) -> tuple[Passage, ...]:
        """The passages that are left, cut where they have to be."""
        if not self._texts:
            return tuple(passages)
        cut = (self._cut(passage) for passage in passages)
        return tuple(passage for passage in cut if passage is not None)

    def _cut(self, passage: Passage) -> Passage | None:
        """The passage; where part of it is withheld, the longest run of sentences that is not."""
        kept = [not self._is_withheld(one) for one in passage.sentences]
        if all(kept) and (passage.sentences or not self._is_withheld(Sentence(passage.span, passage.text))):
            return passage
        groups = groupby(zip(kept, passage.sentences, strict=True), key=lambda pair: pair[0])
        runs = [tuple(one for _, one in group) for shown, group in groups if shown]
        if not runs:
            return None
        best = max(runs, key=lambda run: run[-1].span.end - run[0].span.start)
        start, end = best[0].span.start, best[-1].span.end
        text = passage.text[start - passage.span.start : end - passage.span.start]
        return replace(passage, span=Span(start, end), text=text, sentences=best)

    def _is_withheld(self, sentence: Sentence) -> bool:
        words, runs = _said(sentence.text)
        if runs:
            return len(runs & self._runs) / len(runs) >= _SHARED or any(_within(one, words) for one in self._texts)
        return bool(words) and any(_within(words, one) for one in self._texts)


def _words(text: str) -> tuple[str, ...]:
    return tuple(_BETWEEN.sub(" ", text.casefold()).split())


@lru_cache(maxsize=_REMEMBERED)
def _said(sentence: str) -> tuple[tuple[str, ...], frozenset[tuple[str, ...]]]:
    words = _words(sentence)
    return words, _runs(words)


def _runs(words: tuple[str, ...]) -> frozenset[tuple[str, ...]]:
    return frozenset(zip(words, words[1:], words[2:], strict=False))


def _within(few: tuple[str, ...], many: tuple[str, ...]) -> bool:
    """Whether at least two words stand in a row within others."""
    return len(few) > 1 and any(many[at : at + len(few)] == few for at in range(len(many) - len(few) + 1))
