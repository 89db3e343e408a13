"""Finding by meaning, with the model as it is shipped."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest
from knowledge_house import House, lesson, open_house

from banyan.adapters.embedders.minilm import MiniLM
from banyan.proxy.domain.knowledge import Scope

GARDEN = Scope("oak", "garden")

LESSONS = {
    "water": (
        "# Watering",
        "Pour in the early morning, when the soil is cool. A dry surface says little: push a finger in first.",
        "# Drought",
        "Leaves that hang at noon and stand up at night have lost more than the roots could bring.",
    ),
    "soil": (
        "# Compost",
        "Kitchen scraps, leaves and straw rot into dark crumbs. Turn the heap every month so that air gets in.",
    ),
    "pests": (
        "# Slugs",
        "They come out after dusk and eat young lettuce. A board on the ground gathers them by day.",
    ),
}


@pytest.fixture
async def garden(tmp_path: Path, minilm: MiniLM) -> AsyncIterator[House]:
    async with open_house(tmp_path, minilm, minilm.dimensions) as house:
        for name, paragraphs in LESSONS.items():
            await house.index(lesson(name, course="garden"), *paragraphs, title=name.title())
        await house.all_embedded()
        yield house


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("Which animals damage salad at night?", "pests"),
        ("How do I make humus from waste?", "soil"),
        ("Why do plants wilt in the heat of the day?", "water"),
    ],
)
async def test_a_question_in_other_words_finds_its_lesson(garden: House, question: str, expected: str) -> None:
    """By meaning alone, and by meaning and words together."""
    for mode in ("dense", "hybrid"):
        found = await garden.retriever.search(GARDEN, question, limit=3, mode=mode)
        assert found.passages[0].lesson == expected


async def test_stored_vectors_are_those_of_the_texts(garden: House, minilm: MiniLM) -> None:
    """The question's nearest sentence is told by the vectors that come with the passages."""
    question = "When is the best time of day to water?"
    found = await garden.retriever.search(GARDEN, question, limit=5, with_sentences=True)
    sentences = [sentence for passage in found.passages for sentence in passage.sentences]
    vectors = [sentence.vector for sentence in sentences if sentence.vector is not None]
    assert found.question is not None
    assert len(vectors) == len(sentences)
    best = max(zip(sentences, vectors, strict=True), key=lambda pair: float(pair[1] @ found.question))[0]
    assert best.text == "Pour in the early morning, when the soil is cool."
    fresh = (await minilm.embed([sentence.text for sentence in sentences])).vectors
    assert np.min(np.sum(fresh * np.stack(vectors), axis=1)) > 0.999


async def test_scores_within_a_lesson_and_a_course_keep_to_their_scope(garden: House) -> None:
    """A lesson that does not answer still gives its nearest passage, and nothing of its neighbours."""
    found = await garden.retriever.search(lesson("soil", course="garden"), "Who eats lettuce?", limit=5)
    assert {passage.lesson for passage in found.passages} == {"soil"}


async def test_embedding_goes_on_while_learners_ask(tmp_path: Path, minilm: MiniLM) -> None:
    """Questions are answered beside a course that is being embedded, and the course gets its vectors."""
    async with open_house(tmp_path, minilm, minilm.dimensions) as house:
        text = [f"Row {number} holds beans, peas and a label with the number {number}." for number in range(300)]
        await house.index(lesson("rows", course="garden"), *text)
        answers = await asyncio.gather(
            *(house.retriever.search(GARDEN, f"What grows in row {number}?", limit=3) for number in range(50))
        )
        assert all(found.passages and found.question is not None for found in answers)
        await house.all_embedded()
        (run,) = await house.browse.runs("oak", "garden")
        assert (run.status, run.embedded) == ("complete", run.chunks)


async def test_another_scope_is_searched_beside(garden: House) -> None:
    """Passages of the second scope follow those of the first, none of them twice."""
    question, soil = "Who eats lettuce?", lesson("soil", course="garden")
    course = await garden.retriever.search(GARDEN, question, limit=1)
    alone = await garden.retriever.search(soil, question, limit=2)
    both = await garden.retriever.search(GARDEN, question, limit=1, beside=(soil, 2))
    ids = [passage.chunk_id for passage in both.passages]
    expected = [passage.chunk_id for passage in (*course.passages, *alone.passages)]
    assert ids == list(dict.fromkeys(expected))
    assert len(ids) > 1
