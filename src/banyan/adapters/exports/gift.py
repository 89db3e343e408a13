"""GIFT: Moodle's format for quizzes as text. Source: https://docs.moodle.org/en/GIFT_format"""

import re
from collections.abc import Sequence

from banyan.adapters.exports._html import inline
from banyan.assistant.domain.material import Question, Quiz
from banyan.assistant.domain.taking_away import Way, answers_of, feedback_of, model_answer, truth_of, way_of
from banyan.assistant.ports.export import About, ExportFormat

_SPECIAL = re.compile(r"([\\~=#{}:])")
_STAR = r"\*"
_TITLE = 60


def _write(quiz: Quiz, about: About) -> tuple[bytes, Sequence[str]]:
    notes: list[str] = []
    head = f"// {' '.join(about.title.split())}\n"
    parts = [_question(number, one, notes) for number, one in enumerate(quiz.questions, 1)]
    return "\n".join([head, *parts]).encode(), notes


def _question(number: int, question: Question, notes: list[str]) -> str:
    told = " ".join(question.question.split())
    title = told if len(told) <= _TITLE else told[: _TITLE - 1] + "…"
    return f"::{_plain(f'{number}. {title}')}::[html]{_html(question.question)} {_answers(number, question, notes)}\n"


def _answers(number: int, question: Question, notes: list[str]) -> str:
    way, feedback = way_of(question), feedback_of(question)
    truth = truth_of(question)
    if truth is not None:
        return f"{{{str(truth).upper()}{_general(feedback)}}}"
    if way is Way.CHOOSE:
        marked = (
            f"{'=' if place == question.answer else '~'}{_option(text)}"
            for place, text in enumerate(question.options, 1)
        )
        return "{\n" + "\n".join(marked) + f"\n{_general(feedback)}}}"
    if way is Way.TYPE:
        answers = answers_of(question)
        if not any("->" in one for one in answers):  # which GIFT would read as pairs to be matched
            return "{" + " ".join(map(_typed, answers)) + f" {_general(feedback)}}}"
        notes.append(f"Question {number} has an answer with `->` in it, so that it is marked by a person.")
    return f"{{{_general([*model_answer(question), *feedback])}}}"


def _general(feedback: Sequence[str]) -> str:
    return f"####{_html(chr(10).join(feedback))}" if feedback else ""


def _option(text: str) -> str:
    html = inline(text)
    # A share of the points would be read at the beginning.
    return _escaped("&#37;" + html[1:] if html.startswith("%") else html)


def _typed(answer: str) -> str:
    """With its share of the points, so that none is read at its beginning; a star would stand for any letters."""
    return f"=%100%{_plain(answer.replace('*', _STAR))}"


def _html(text: str) -> str:
    return _escaped(inline(text))


def _plain(text: str) -> str:
    return _escaped(" ".join(text.split()))


def _escaped(text: str) -> str:
    return _SPECIAL.sub(r"\\\1", text)


ENTRY = ExportFormat(
    title="GIFT (Moodle, text)",
    takes=("quiz",),
    suffix=".gift.txt",
    media_type="text/plain; charset=utf-8",
    write=_write,
    limits="An answer to be typed that has `->` in it becomes a question that a person marks.",
)
