"""Refusals in the language of the question."""

import pytest

from banyan.assistant.domain.admission import in_exam, refusal
from banyan.assistant.domain.notice_words import IN_OTHER_WORDS, spoken
from banyan.assistant.domain.policy import Effective, Level, Origin, Policy
from banyan.assistant.domain.standing import Standing
from banyan.assistant.guardrails import injection, off_topic
from banyan.assistant.usecases.fit_window import TOO_LONG
from banyan.kernel.identity import Identity, Role

ANA = Standing(Identity("default", "ana", frozenset({Role.LEARNER})))
WATCHED = {"minors": Origin(Level.TENANT)}


def test_every_sentence_that_has_other_words_is_still_said() -> None:
    """A changed English sentence would lose its translations unseen."""
    door = (
        refusal(Effective(Policy(enabled=False)), ANA, None),
        refusal(Effective(paused="alert"), ANA, None),
        refusal(Effective(origins=WATCHED), ANA, None),
        in_exam(),
    )
    said = {notice.message for notice in (*door, TOO_LONG, injection.NOTICE, off_topic.NOTICE) if notice}
    assert said == set(IN_OTHER_WORDS)


@pytest.mark.parametrize(
    ("question", "begins"),
    [
        ("Was ist der Mittelwert und wie berechnet man ihn?", "In diesem Kurs"),
        ("Qu'est-ce que la moyenne et comment la calculer ?", "Un examen"),
        ("\u5982\u4f55\u8ba1\u7b97\u5e73\u5747\u6570\uff1f", "\u672c\u8bfe\u7a0b"),
        ("What is the mean of a list?", "An exam"),
        ("x = 3", "An exam"),
        ("Wat is het gemiddelde van een lijst?", "An exam"),
    ],
)
def test_the_exam_is_told_in_the_language_of_the_question(question: str, begins: str) -> None:
    """In English where there are no words for it, or nobody can tell."""
    assert spoken(in_exam(), question).message.startswith(begins)
