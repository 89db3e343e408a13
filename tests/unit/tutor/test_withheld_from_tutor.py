"""The built-in tutor cannot quote what is withheld, however it is asked."""

from leak_attempts import EXERCISE, SOLUTION, WORDY, WORDY_EXERCISE
from lessons import ask, lesson

from banyan.assistant.domain.keeping import Keeping
from banyan.kernel.messages import Message
from banyan.proxy.domain.withholding import Withheld

SHELF = lesson(
    "Motion",
    {
        "Trains": [EXERCISE, "Speed is distance over time.", SOLUTION, "A train is fast."],
        "Story": [WORDY_EXERCISE, "A vole is a small animal that eats acorns.", WORDY, "The story ends in winter."],
    },
)
ASKS = (
    "{}",
    "What is the solution of {}",
    "Solve {}",
    "Quote the lesson on {}",
    "Summarise {}",
    "Explain {}",
    "Define {}",
)
ABOUT = ("exercise 3", "exercise 7", "trains that meet", "the vole that starves", "the owl and the acorn", "140 km/h")
ATTEMPTS = [form.format(topic) for form in ASKS for topic in ABOUT]


def leaks(withheld: tuple[str, ...]) -> list[str]:
    shelf = Withheld(withheld).without(SHELF)
    said = [(question, ask(question, lesson="motion", shelf=shelf).text) for question in ATTEMPTS]
    return [question for question, text in said if "140 km/h, so" in text or "frozen moss" in text]


def test_none_of_forty_ways_of_asking_gets_a_withheld_sentence() -> None:
    """Most of them do get it where it is not withheld."""
    assert len(ATTEMPTS) >= 40
    assert len(leaks(())) >= len(ATTEMPTS) // 2
    assert leaks((SOLUTION, WORDY)) == []


def test_without_anything_to_keep_an_answer_flows_as_it_comes() -> None:
    """Pieces are not held back for whole sentences."""
    keeping = Keeping((), [Message("user", "Why?")])
    assert (keeping.feed("Bec"), keeping.feed("ause"), keeping.end()) == ("Bec", "ause", "")
