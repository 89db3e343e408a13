"""Cuts a document that was read into chunks of a wanted length, each under one heading and on one page if it can be."""

import re
from collections.abc import Iterator, Sequence

from msgspec import Struct
from msgspec.structs import replace

from banyan.assistant.domain.reading import Part

_NUMBER = re.compile(r"\d")
_DEFINES = re.compile(r"\b(?:is|are|means|refers to|is called|is defined as)\b", re.IGNORECASE)
_FEW_WORDS = 5
_HIGH, _MEDIUM = 1.2, 0.9


class Packed(Struct, frozen=True):
    """A chunk: the text from `start` to `end`, of which `fresh` on was in none before it.

    sentences: how many. weight: of a mean sentence of it, 1.0 for a plain one. first, last: of its heading's chunks.
    """

    start: int
    end: int
    fresh: int
    part: Part
    sentences: int
    weight: float
    first: bool = False
    last: bool = False

    @property
    def importance(self) -> str:
        """As LEARN-X's tables have it: high, medium or low."""
        return "high" if self.weight >= _HIGH else "medium" if self.weight >= _MEDIUM else "low"


class _Unit(Struct, frozen=True):
    """A sentence with what stands before it, or a piece of one that is longer than a chunk."""

    start: int
    end: int
    part: Part


def pack(text: str, parts: Sequence[Part], *, size: int, least: int, overlap: int) -> list[Packed]:
    """Chunks in reading order that hold every part.

    size: characters at most. least: a shorter chunk joins its neighbour under the next heading, where both fit.
    overlap: characters of whole sentences that a chunk repeats of the one before it, where a section had to be cut.
    """
    groups: list[list[_Unit]] = []
    repeated: list[int] = []
    for unit in _units(text, parts, size):
        group = groups[-1] if groups else []
        if group and unit.end - group[0].start <= size:
            same = _place(unit.part) == _place(group[-1].part)
            if same or group[-1].end - group[0].start < least:
                group.append(unit)
                continue
        before: list[_Unit] = []
        if group and _place(unit.part) == _place(group[-1].part):
            before = _tail(group, unit.end - size, overlap)
        groups.append([*before, unit])
        repeated.append(len(before))
    packed = [_packed(text, group, fresh) for group, fresh in zip(groups, repeated, strict=True)]
    return [
        replace(
            one,
            first=place == 0 or packed[place - 1].part.heading != one.part.heading,
            last=place + 1 == len(packed) or packed[place + 1].part.heading != one.part.heading,
        )
        for place, one in enumerate(packed)
    ]


def _units(text: str, parts: Sequence[Part], size: int) -> Iterator[_Unit]:
    for part in parts:
        start = part.start
        ends = [end for _, end in part.sentences if part.start < end < part.end]
        for end in (*ends, part.end):
            while end - start > size:
                space = text.rfind(" ", start + 1, start + size + 1)
                cut = space if space > start else start + size
                yield _Unit(start, cut, part)
                start = _skip_space(text, cut, end)
            if start < end:
                yield _Unit(start, end, part)
                start = _skip_space(text, end, part.end)


def _tail(group: Sequence[_Unit], earliest: int, overlap: int) -> list[_Unit]:
    """The last sentences of a chunk that the next repeats; never all of it."""
    kept = [unit for unit in group[1:] if unit.start >= earliest and group[-1].end - unit.start <= overlap]
    return [unit for unit in kept if _place(unit.part) == _place(group[-1].part)]


def _packed(text: str, group: Sequence[_Unit], repeated: int) -> Packed:
    weights = [_weight(text[unit.start : unit.end]) for unit in group]
    mean = sum(weights) / len(weights)
    return Packed(group[0].start, group[-1].end, group[repeated].start, group[repeated].part, len(group), mean)


def _weight(sentence: str) -> float:
    weight = 1.1 if _NUMBER.search(sentence) else 1.0
    weight *= 1.3 if _DEFINES.search(sentence) else 1.0
    return weight * 0.8 if len(sentence.split()) < _FEW_WORDS else weight


def _place(part: Part) -> tuple[object, ...]:
    return part.heading, part.anchor, part.page, part.slide


def _skip_space(text: str, start: int, end: int) -> int:
    while start < end and text[start].isspace():
        start += 1
    return start
