"""What messages want, alone and in a conversation."""

import time

import pytest

from banyan.kernel.messages import Message
from banyan.proxy.domain.tutor.intents import Ask, focus, understand
from banyan.proxy.domain.tutor.phrases import Intent

QUIZ = "Fill in the gap:\n\n_____ keeps the gas inside the dough.\n\nSend your guess, or ask for the answer."


def understood(*turns: str) -> Ask:
    return understand([Message("user" if i % 2 == 0 else "assistant", text) for i, text in enumerate(turns)])


@pytest.mark.parametrize(
    ("message", "intent", "topic"),
    [
        ("Why does bread rise?", Intent.EXPLAIN, "Why does bread rise?"),
        ("What is the role of steam in the first minutes of baking?", Intent.EXPLAIN, None),
        ("Which of the following is an example of a fungus?", Intent.EXPLAIN, None),
        ("What is gluten?", Intent.DEFINE, "gluten"),
        ("what's the Maillard reaction", Intent.DEFINE, "maillard reaction"),
        ("Define oven spring, please", Intent.DEFINE, "oven spring"),
        ("What does proofing mean?", Intent.DEFINE, "proofing"),
        ("Explain the Maillard reaction", Intent.DEFINE, "maillard reaction"),
        ("I don't understand gluten", Intent.DEFINE, "gluten"),
        ("Explain why bread rises", Intent.EXPLAIN, "Explain why bread rises"),
        ("Summarise this lesson", Intent.SUMMARISE, ""),
        ("Can you summarize the lesson for me?", Intent.SUMMARISE, ""),
        ("tl;dr", Intent.SUMMARISE, ""),
        ("Explain this lesson to me", Intent.SUMMARISE, ""),
        ("What should I know here?", Intent.SUMMARISE, ""),
        ("What should I know about yeast?", Intent.EXPLAIN, None),
        ("Yeast?", Intent.DEFINE, "yeast"),
        ("oven spring", Intent.DEFINE, "oven spring"),
        ("What is this lesson about?", Intent.SUMMARISE, ""),
        ("Give me an overview of gluten", Intent.SUMMARISE, "gluten"),
        ("Give me an example", Intent.EXAMPLE, ""),
        ("Can you show me an example of the Maillard reaction?", Intent.EXAMPLE, "maillard reaction"),
        ("What are some examples of yeast?", Intent.EXAMPLE, "yeast"),
        ("Quiz me!", Intent.QUIZ, ""),
        ("Ask me a question about yeast", Intent.QUIZ, "yeast"),
        ("Hi there!", Intent.CHAT, ""),
        ("thanks a lot", Intent.CHAT, ""),
        ("???", Intent.CHAT, ""),
        ("", Intent.CHAT, ""),
        ("Was ist Gluten?", Intent.DEFINE, "gluten"),
        ("Gib mir ein Beispiel für Hefe", Intent.EXAMPLE, "hefe"),
        ("Qu'est-ce que la levure ?", Intent.DEFINE, "levure"),
        ("¿Qué es la levadura?", Intent.DEFINE, "levadura"),
        ("O que é fermento?", Intent.DEFINE, "fermento"),
    ],
)
def test_a_message_says_what_it_wants_and_about_what(message: str, intent: Intent, topic: str | None) -> None:
    """Usual phrasings are recognised, and the topic is what remains without them."""
    ask = understood(message)
    assert ask.intent is intent
    assert topic is None or ask.topic == topic


@pytest.mark.parametrize(
    "message",
    [
        "Compare yeast and gluten",
        "What is the difference between yeast and gluten?",
        "yeast vs gluten",
        "How does yeast differ from gluten?",
        "Was ist der Unterschied zwischen Yeast und Gluten?",
    ],
)
def test_a_comparison_names_two_terms(message: str) -> None:
    """Both terms of a comparison are found, in their order."""
    ask = understood(message)
    assert (ask.intent, ask.topic, ask.other) == (Intent.COMPARE, "yeast", "gluten")


def test_blanks_and_boilerplate_are_no_part_of_the_focus() -> None:
    """What every exam question has is not searched for."""
    assert focus("Which of the following is a fungus?") == "a fungus?"
    assert focus("The net of proteins in dough is called ________.") == "The net of proteins in dough is called ."


@pytest.mark.parametrize(
    ("message", "intent", "topic"),
    [
        ("and why?", Intent.EXPLAIN, "why gluten"),
        ("tell me more", Intent.EXPLAIN, "gluten"),
        ("give me an example of that", Intent.EXAMPLE, "gluten"),
        ("for example?", Intent.EXAMPLE, "gluten"),
        ("quiz me on that", Intent.QUIZ, "gluten"),
        ("what about yeast?", Intent.DEFINE, "yeast"),
        ("and in rye?", Intent.EXPLAIN, "rye gluten"),
        ("does it need water?", Intent.EXPLAIN, "does it need water? gluten"),
        ("What about the second one?", Intent.EXPLAIN, "Kneading stretches it."),
        ("Why does the crust of bread turn brown in the oven?", Intent.EXPLAIN, None),
    ],
)
def test_a_follow_up_is_resolved_with_the_question_before(message: str, intent: Intent, topic: str | None) -> None:
    """A message that leans on the conversation gets its topic from there; one that stands alone does not."""
    ask = understood("What is gluten?", "Gluten is a net. [1] Kneading stretches it. [2]", message)
    assert ask.intent is intent
    assert ask.topic == (message if topic is None else topic)


def test_the_second_one_of_a_comparison_is_its_second_term() -> None:
    """Ordinals point at the terms that were compared."""
    assert understood("Compare yeast and gluten", "On yeast: ...", "what about the second one?").topic == "gluten"


@pytest.mark.parametrize(
    ("message", "guess"),
    [
        ("gluten", "gluten"),
        ("Is it the yeast?", "the yeast"),
        ("I think it's gluten", "gluten"),
        ("I don't know", ""),
        ("show me the answer", ""),
    ],
)
def test_after_a_quiz_question_a_short_message_is_a_guess_or_asks_for_the_answer(message: str, guess: str) -> None:
    """The open question is found in the conversation; nothing is remembered elsewhere."""
    ask = understood("Quiz me", QUIZ, message)
    assert (ask.intent, ask.gapped, ask.guess) == (Intent.ANSWER, "_____ keeps the gas inside the dough.", guess)


@pytest.mark.parametrize(
    ("message", "intent"), [("another one", Intent.QUIZ), ("quiz me", Intent.QUIZ), ("What is yeast?", Intent.DEFINE)]
)
def test_after_a_quiz_question_a_learner_may_turn_to_something_else(message: str, intent: Intent) -> None:
    """A new request is not taken for a guess."""
    assert understood("Quiz me", QUIZ, message).intent is intent


def test_a_very_long_message_is_understood_quickly() -> None:
    """Neither length nor repetition makes recognition slow."""
    started = time.perf_counter()
    for text in ("ok " * 40_000, "what is " * 15_000, "a" * 100_000, "ok" * 140, "compare a and " * 20):
        understood(text)
        understood("Quiz me", QUIZ, text, "fine", text)
    assert time.perf_counter() - started < 2


def test_a_noun_that_both_terms_share_is_given_to_both() -> None:
    """ "Type I and type II errors" are two kinds of error."""
    ask = understood("What is the difference between type I and type II errors?")
    assert (ask.topic, ask.other) == ("type i errors", "type ii errors")


def test_more_after_a_summary_is_more_of_the_lesson() -> None:
    """There is no other topic to go on with."""
    ask = understood("Summarise this lesson", "Gluten is a net. [1]", "tell me more")
    assert (ask.intent, ask.topic, ask.said) == (Intent.SUMMARISE, "", ("Gluten is a net. [1]",))
