"""Making one order of several views."""

from banyan.proxy.domain.ranking import Candidate, rank


def order(*candidates: Candidate) -> list[str]:
    return [id for id, _ in rank(candidates)]


def test_what_every_view_likes_comes_first() -> None:
    """Words, sense and nearest sentence count together."""
    both = Candidate("both", "1", words=27.0, sense=0.6, sentence=0.7)
    words = Candidate("words", "2", words=30.0, sense=0.1, sentence=0.1)
    sense = Candidate("sense", "3", words=None, sense=0.65, sentence=0.7)
    assert order(words, sense, both) == ["both", "sense", "words"]


def test_a_shared_common_word_does_not_outweigh_the_sense() -> None:
    """Words count in full from a score that a real match has, not because nothing else matches."""
    chance = Candidate("chance", "1", words=1.5, sense=0.1, sentence=0.2)
    meant = Candidate("meant", "2", words=None, sense=0.4, sentence=0.4)
    assert order(chance, meant) == ["meant", "chance"]


def test_a_chunk_without_vectors_is_ranked_by_its_words() -> None:
    """While a course is being embedded, what has no vector yet counts as the worst that has one, not as nothing."""
    bare = Candidate("bare", "1", words=20.0, sense=None, sentence=None)
    poor = Candidate("poor", "2", words=1.0, sense=0.2, sentence=0.2)
    assert order(poor, bare) == ["bare", "poor"]


def test_a_lesson_with_more_to_say_is_preferred() -> None:
    """Of two equal chunks the one with good company comes first; poor company does not help."""
    one = Candidate("a lonely", "1", words=None, sense=0.5, sentence=0.5)
    same = Candidate("b in company", "2", words=None, sense=0.5, sentence=0.5)
    friend = Candidate("c friend", "2", words=None, sense=0.4, sentence=0.4)
    last = Candidate("d last", "3", words=None, sense=0.1, sentence=0.1)
    assert order(one, same, friend, last) == ["b in company", "a lonely", "c friend", "d last"]


def test_ties_are_settled_by_id() -> None:
    """The order of arrival does not decide between equals, and words alone are a view like any other."""
    twins = [Candidate(id, id, words=3.0, sense=None, sentence=None) for id in ("b", "a", "c")]
    assert order(*twins) == ["a", "b", "c"]
    assert order() == []
