"""Chunks of a wanted length: nothing lost, nothing too long, nothing across headings without need."""

import re

from hypothesis import given
from hypothesis import strategies as st

from banyan.assistant.domain.packing import pack
from banyan.assistant.domain.reading import Part

SENTENCES = "One is first. Two is next. Three comes after. Four ends it."


def part(text: str, start: int = 0, *heading: str, page: int | None = None) -> Part:
    """A part with its sentences, as a reader finds them."""
    spans = tuple((start + one.start(), start + one.end()) for one in re.finditer(r"[^.]+\.?", text) if one[0].strip())
    return Part("p", start, start + len(text), heading=heading, sentences=spans, page=page)


def test_a_section_is_cut_between_sentences_and_repeats_the_last_one() -> None:
    """With an overlap of one short sentence; never a whole chunk."""
    packed = pack(SENTENCES, [part(SENTENCES)], size=32, least=0, overlap=14)
    assert [SENTENCES[one.start : one.end] for one in packed] == [
        "One is first. Two is next.",
        "Two is next. Three comes after.",
        "Four ends it.",
    ]
    assert [SENTENCES[one.fresh :].split()[0] for one in packed] == ["One", "Three", "Four"]
    assert [(one.first, one.last) for one in packed] == [(True, False), (False, False), (False, True)]


def test_headings_and_pages_part_chunks_unless_they_are_too_short_to_stand_alone() -> None:
    """Below `least` a chunk joins what follows."""
    text = "One is first. Two is next."
    parts = [part(text[:13], 0, "A", page=1), part(text[14:], 14, "B", page=2)]
    apart = pack(text, parts, size=100, least=10, overlap=50)
    assert [(text[one.start : one.end], one.part.page) for one in apart] == [("One is first.", 1), ("Two is next.", 2)]
    assert [text[one.start : one.end] for one in pack(text, parts, size=100, least=50, overlap=0)] == [text]


@given(st.text("ab.  \n", max_size=600), st.integers(20, 60), st.integers(0, 30))
def test_chunks_are_never_too_long_and_hold_all_words(text: str, size: int, overlap: int) -> None:
    """Whatever the text: even a sentence longer than a chunk is cut."""
    packed = pack(text, [part(text)], size=size, least=0, overlap=overlap)
    assert all(0 < one.end - one.start <= size for one in packed)
    covered = {place for one in packed for place in range(one.start, one.end)}
    assert {place for place, sign in enumerate(text) if not sign.isspace()} <= covered
