"""A learner in need is heard in twelve languages; lessons about death, war and processes are not taken for one."""

import time
from pathlib import Path

import pytest

from banyan.assistant.domain.help_lines import EMERGENCY, EVERYWHERE, HELP_LINES, WORDS, words_of_help
from banyan.assistant.domain.language_of import language_of
from banyan.assistant.guardrails.crisis import in_need

LINES = Path(__file__).parents[2].joinpath("data/crisis.txt").read_text("utf-8").splitlines()
ROWS = [(line[0], line[2:]) for line in LINES if line[0] != "#"]


@pytest.mark.parametrize(("mark", "text"), ROWS)
def test_somebody_in_need_is_heard_and_nobody_else(mark: str, text: str) -> None:
    assert in_need(text) == (mark == "+")


@pytest.mark.parametrize("piece", ["i want to ", "my dad ", "i ", "my friend says that he ", "我", "quiero ", '"'])
def test_no_text_makes_it_slow(piece: str) -> None:
    begun = time.perf_counter()
    in_need((piece * 8000)[:8000])
    assert time.perf_counter() - begun < 0.5


@pytest.mark.parametrize("language", sorted(WORDS))
def test_the_words_of_help_name_lines_and_the_emergency_number(language: str) -> None:
    told = words_of_help(language, "de")
    assert all(line.number in told for line in HELP_LINES["DE"])
    assert EVERYWHERE in told
    assert "112" in told
    assert "{" not in words_of_help(language, "")


def test_every_country_with_lines_has_an_emergency_number_and_every_line_a_source() -> None:
    assert HELP_LINES.keys() <= EMERGENCY.keys()
    assert all(line.source.startswith("https://") for lines in HELP_LINES.values() for line in lines)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("What is the mean of these numbers?", "en"),
        ("Was ist der Mittelwert?", "de"),
        ("Qu'est-ce que la moyenne ?", "fr"),
        ("¿Qué es la media?", "es"),
        ("O que é a média?", "pt"),
        ("Che cos'è la media?", "it"),
        ("Ortalama nedir?", ""),
        ("Bu konuyu nasıl açıklarsın?", "tr"),
        ("Что такое среднее?", "ru"),
        ("ما هو المتوسط؟", "ar"),
        ("माध्य क्या है?", "hi"),
        ("什么是平均数？", "zh"),
        ("平均とは何ですか？", "ja"),
        ("x^2 + 1 = 0", ""),
        ("Docker", ""),
    ],
)
def test_a_language_is_told_where_it_can_be(text: str, language: str) -> None:
    """Nothing is said of single words and formulas, so nobody is turned away for them."""
    assert language_of(text) == language
