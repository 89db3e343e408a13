"""Text as word search sees it."""

from banyan.proxy.domain.searchable_text import searchable, searchable_question


def test_accents_and_vowel_signs_are_optional() -> None:
    """With and without them a word is the same; marks that make other letters stay."""
    assert searchable("Poincaré démontré") == "Poincare demontre"
    assert searchable("التمثيلُ") == "التمثيل"
    assert searchable("がく") != searchable("かく")


def test_scripts_without_spaces_are_cut_into_characters_and_pairs() -> None:
    """A text offers both, a question asks for pairs, and for a character only when it stands alone."""
    assert searchable("光合作").split() == ["光", "合", "作", "光合", "合作"]
    assert searchable_question("光合作").split() == ["光合", "合作"]
    assert searchable_question("光 energy").split() == ["光", "energy"]


def test_lone_surrogates_vanish() -> None:
    """What no encoding can carry is not searched for."""
    assert searchable("a\ud800b") == "a b"


def test_a_question_is_searched_by_its_subject() -> None:
    """Words of asking count only where nothing else is asked."""
    assert searchable_question("Which of the following describes osmosis?").split() == [
        "of",
        "the",
        "describes",
        "osmosis?",
    ]
    assert searchable_question("Define the following terms: osmosis").split() == ["the", ":", "osmosis"]
    assert searchable_question("Statements?") == "Statements?"
