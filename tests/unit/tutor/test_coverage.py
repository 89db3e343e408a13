"""When a question counts as covered."""

from dataclasses import replace

import numpy as np
from lessons import lesson

from banyan.proxy.domain.knowledge import Passage, Vector
from banyan.proxy.domain.tutor.coverage import coverage

QUESTION: Vector = np.array([1, 0], dtype=np.float32)
FAR: Vector = np.array([0, 1], dtype=np.float32)

BIRDS = lesson("Birds", {"Nests": ["Weaver birds knot grass into hanging nests."], "Song": ["Larks sing in flight."]})


def embedded(passage: Passage, vector: Vector) -> Passage:
    sentences = tuple(replace(sentence, vector=vector) for sentence in passage.sentences)
    return replace(passage, sentences=sentences, dense_score=float(vector @ QUESTION))


def test_a_passage_that_means_what_was_asked_covers_it_without_sharing_a_word() -> None:
    """Vectors stand in for words."""
    assert coverage("How is a home built?", QUESTION, [embedded(BIRDS[0], QUESTION)]) > 0.5


def test_a_passage_that_means_something_else_does_not_cover_a_question() -> None:
    """Nothing shared, nothing near."""
    assert coverage("How is a submarine built?", QUESTION, [embedded(each, FAR) for each in BIRDS]) < 0.5


def test_a_passage_without_a_vector_yet_covers_by_its_words() -> None:
    """A course that is still being embedded is not refused because its other passages are far."""
    passages = [BIRDS[0], embedded(BIRDS[1], FAR)]
    assert coverage("Do weaver birds knot grass into hanging nests?", QUESTION, passages) > 0.5
