"""Chunks: what belongs together, what an edit changes, what is indexed."""

import itertools
import random

from hypothesis import given, settings
from hypothesis import strategies as st

from banyan.proxy.domain.chunking import MAX_WORDS, chunk, count_words
from banyan.proxy.domain.document_builder import DocumentBuilder, ListItem
from banyan.proxy.domain.knowledge import Chunk, Document, Scope
from banyan.proxy.domain.sentences import document_sentences

SCOPE = Scope("school", "biology", "cells", "lesson")


def section(paragraphs: list[str]) -> Document:
    builder = DocumentBuilder("test")
    builder.heading(2, "Membranes")
    for paragraph in paragraphs:
        builder.paragraph(paragraph)
    return builder.build()


def chunks(document: Document, title: str = "Cells") -> tuple[Chunk, ...]:
    return chunk(document, SCOPE, title=title)


def prose(chance: random.Random, words: int) -> str:
    sentences = []
    while words > 0:
        length = min(words, chance.randint(5, 20))
        sentences.append(" ".join(f"word{chance.randrange(5000)}" for _ in range(length)).capitalize() + ".")
        words -= length
    return " ".join(sentences)


def paragraphs(chance: random.Random, count: int) -> list[str]:
    return [prose(chance, chance.choice([8, 20, 40, 60, 80, 120, 260])) for _ in range(count)]


def text_of(document: Document, piece: Chunk) -> str:
    return document.text[piece.span.start : piece.span.end]


def test_short_blocks_under_one_heading_are_one_chunk() -> None:
    """What is indexed has title, headings and text; what is cited is the text."""
    builder = DocumentBuilder("test", "The cell")
    builder.heading(2, "Parts")
    builder.heading(3, "Wall")
    builder.paragraph("It is firm. Plants have it.")
    builder.bullets([ListItem("cellulose"), ListItem("lignin")])
    document = builder.build()
    (only,) = chunk(document, SCOPE, title="Cells", chapter="Life")
    assert text_of(document, only) == "It is firm. Plants have it.\n\n- cellulose\n- lignin"
    assert only.indexed_text == f"Life\nCells\nThe cell\nParts\nWall\n{text_of(document, only)}"
    assert (only.heading, only.anchor) == (("Parts", "Wall"), "wall")
    assert [document.text[span.start : span.end] for span in only.sentences] == [
        "It is firm.",
        "Plants have it.",
        "cellulose",
        "lignin",
    ]


def test_chunks_end_at_headings_pages_and_slides() -> None:
    """However little stands below a heading or on a page, it is not mixed with what follows."""
    builder = DocumentBuilder("test")
    builder.paragraph("Before.")
    builder.heading(2, "One")
    builder.paragraph("First.")
    builder.heading(2, "One")
    builder.paragraph("Second.")
    builder.move_to(page=2)
    builder.paragraph("Third.")
    found = chunks(builder.build())
    assert [(piece.anchor, piece.page) for piece in found] == [("", None), ("one", None), ("one-2", None), ("one-2", 2)]


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 40))
def test_every_sentence_is_in_exactly_one_chunk(seed: int, count: int) -> None:
    """Sentences are neither lost nor repeated, and stand within the span of their chunk."""
    chance = random.Random(seed)
    builder = DocumentBuilder("test")
    for paragraph in paragraphs(chance, count):
        match chance.randrange(6):
            case 0:
                builder.heading(chance.randint(1, 4), paragraph[:40])
            case 1:
                builder.bullets([ListItem(part) for part in paragraph.split(". ")])
            case 2:
                builder.table([[part, "x"] for part in paragraph.split(". ")], header=True)
            case 3:
                builder.code(paragraph.replace(". ", "\n"))
            case _:
                builder.paragraph(paragraph)
    document = builder.build()
    found = chunks(document)
    assert [span for piece in found for span in piece.sentences] == document_sentences(document)
    for piece in found:
        assert all(piece.span.start <= span.start < span.end <= piece.span.end for span in piece.sentences)
    assert all(before.span.end < after.span.start for before, after in itertools.pairwise(found))
    assert len({piece.id for piece in found}) == len(found)


def test_chunks_are_within_the_limit_and_not_tiny() -> None:
    """A long section is cut into chunks of even size."""
    document = section(paragraphs(random.Random(7), 200))
    sizes = [count_words(text_of(document, piece)) for piece in chunks(document)]
    assert max(sizes) <= MAX_WORDS + 5  # joining the blocks adds a few characters
    assert sum(size < 40 for size in sizes) < len(sizes) / 50


def test_an_edit_in_a_long_section_changes_the_chunks_around_it_only() -> None:
    """Changing, inserting or deleting one of 200 paragraphs gives a handful of new ids, two on average."""
    chance = random.Random(3)
    before = paragraphs(chance, 200)
    known = {piece.id for piece in chunks(section(before))}
    fresh = []
    for turn in range(24):
        after = list(before)
        place = chance.randrange(200)
        match turn % 3:
            case 0:
                after[place] += " One more sentence."
            case 1:
                after.insert(place, prose(chance, 50))
            case _:
                del after[place]
        fresh.append(len({piece.id for piece in chunks(section(after))} - known))
    assert max(fresh) <= 5
    assert sum(fresh) / len(fresh) <= 2


def test_ids_follow_from_place_and_content_alone() -> None:
    """The same text elsewhere, or under another title, is another chunk; the same text again counts up."""
    document = section(["Same."])
    (one,) = chunks(document)
    assert chunks(document)[0].id == one.id
    assert chunks(document, title="Other")[0].id != one.id
    for scope in (Scope("other", "biology", "cells"), Scope("school", "x", "cells"), Scope("school", "biology", "x")):
        assert chunk(document, scope, title="Cells")[0].id != one.id
    assert chunk(document, Scope("school", "biology", "cells"), title="Cells")[0].id == one.id
    builder = DocumentBuilder("test")
    for _ in range(2):
        builder.heading(2, "Membranes")
        builder.paragraph("Same.")
    first, second = chunks(builder.build())
    assert first.id == one.id != second.id


def test_a_long_table_repeats_its_header_in_what_is_indexed() -> None:
    """A row that stands alone would not say what its columns are."""
    builder = DocumentBuilder("test")
    builder.table([["Bone", "Place"], *([f"bone{number}", "arm or leg"] for number in range(200))], header=True)
    document = builder.build()
    found = chunks(document)
    assert len(found) > 2
    assert all(piece.indexed_text.count("Bone | Place") == 1 for piece in found)
    assert [piece for piece in found if "Bone" in text_of(document, piece)] == [found[0]]


def test_a_lead_in_stays_with_its_list() -> None:
    """No chunk ends in "the steps are:"."""
    chance = random.Random(5)
    builder = DocumentBuilder("test")
    for _ in range(40):
        builder.paragraph(prose(chance, 50))
        builder.paragraph("The steps are these:")
        builder.bullets([ListItem(prose(chance, 8)) for _ in range(4)])
    document = builder.build()
    assert not [piece for piece in chunks(document) if text_of(document, piece).endswith(":")]


def test_text_without_spaces_is_measured_by_its_letters() -> None:
    """A Chinese paragraph is not one word; nor is a long address."""
    assert count_words("细胞膜" * 100) > 200
    assert count_words("https://example.org/" + "a" * 780) == 100
    document = section(["细胞膜控制物质进出细胞。" * 100])
    assert max(count_words(text_of(document, piece)) for piece in chunks(document)) <= MAX_WORDS


def test_a_document_of_nothing_but_headings_has_no_chunks() -> None:
    """There is nothing in it to quote."""
    assert chunks(section([])) == ()
