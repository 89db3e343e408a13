"""Shortens a passage to what of it answers best, in whole sentences where they fit."""

from collections.abc import Sequence
from dataclasses import replace

from banyan.proxy.domain.knowledge import Passage, Sentence, Span
from banyan.proxy.domain.tutor.words import language_of, stem_set


def clipped(passage: Passage, question: str, most: int) -> Passage:
    """At most so many characters in a row of the passage; its span is theirs, so that it can still be cited."""
    if len(passage.text) <= most:
        return passage
    first, last = _best_run(passage, question, most)
    start = passage.sentences[first].span.start if passage.sentences else passage.span.start
    end = min(passage.sentences[last].span.end if passage.sentences else passage.span.end, start + most)
    text = passage.text[start - passage.span.start : end - passage.span.start]
    if end == start + most and " " in text:  # a sentence that is longer still: cut at a word
        text = text[: text.rindex(" ")]
    kept = tuple(one for one in passage.sentences if start <= one.span.start and one.span.end <= start + len(text))
    return replace(passage, span=Span(start, start + len(text)), text=text, sentences=kept)


def _best_run(passage: Passage, question: str, most: int) -> tuple[int, int]:
    """First and last of the sentences that fit and share most words with the question; the earliest such run."""
    language = language_of(question)
    asked = stem_set([question], language)
    sentences = passage.sentences
    best, place = -1, (0, 0)
    for first in range(len(sentences)):
        last = _last_that_fits(sentences, first, most)
        shared = len(asked & stem_set((one.text for one in sentences[first : last + 1]), language))
        if shared > best:
            best, place = shared, (first, last)
    return place


def _last_that_fits(sentences: Sequence[Sentence], first: int, most: int) -> int:
    last = first
    while last + 1 < len(sentences) and sentences[last + 1].span.end - sentences[first].span.start <= most:
        last += 1
    return last
