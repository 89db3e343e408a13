"""Markdown: a quiz with its answers at the end, cards with theirs below, an outline as headings."""

import re
from collections.abc import Iterator, Sequence

from banyan.assistant.domain.material import Cards, Outline, Question, Quiz
from banyan.assistant.domain.taking_away import feedback_of, model_answer, source_of
from banyan.assistant.ports.export import About, ExportFormat

_SPECIAL = re.compile(r"([\\`*_\[\]<>#|~&!])")
_NUMBERED = re.compile(r"^(\d+)([.)])")


def _write(body: Quiz | Cards | Outline, about: About) -> tuple[bytes, Sequence[str]]:
    match body:
        case Quiz(questions):
            parts = _quiz(questions)
        case Cards():
            parts = _cards(body)
        case Outline():
            parts = _outline(body)
    return ("\n\n".join([f"# {_line(about.title)}", *parts]) + "\n").encode(), ()


def _quiz(questions: Sequence[Question]) -> Iterator[str]:
    for number, question in enumerate(questions, 1):
        yield f"## {number}. {_line(question.question)}"
        if question.options:
            yield "\n".join(f"- {_letter(place)}. {_line(one)}" for place, one in enumerate(question.options))
    yield "## Answers"
    for number, question in enumerate(questions, 1):
        told = [f"{_letter(question.answer - 1)}. {question.options[question.answer - 1]}"] if question.options else []
        yield "  \n   ".join(
            [f"{number}. {_line(' '.join(told or model_answer(question)))}", *map(_line, feedback_of(question))]
        )


def _cards(cards: Cards) -> Iterator[str]:
    for card in cards.cards:
        yield f"## {_line(card.front)}"
        yield _block(card.back)
        if source := source_of(card.citation):
            yield f"> {_line(source)}"


def _outline(outline: Outline) -> Iterator[str]:
    for part in outline.parts:
        yield f"{'#' * min(6, max(1, part.level) + 1)} {_line(part.title)}"
        if part.summary:
            yield _block(part.summary)
        if part.topics:
            yield "\n".join(f"- {_line(topic)}" for topic in part.topics)


def _letter(place: int) -> str:
    return chr(ord("A") + place) if place < 26 else str(place + 1)


def _line(text: str) -> str:
    """One line in which nothing is Markdown."""
    return _SPECIAL.sub(r"\\\1", " ".join(text.split()))


def _block(text: str) -> str:
    """Lines in which nothing is Markdown, also at their beginning."""
    lines = (_NUMBERED.sub(r"\1\\\2", _line(line)) for line in text.split("\n"))
    return "  \n".join(f"\\{line}" if line[:1] in {"-", "+", "="} else line for line in lines if line)


ENTRY = ExportFormat(
    title="Markdown",
    takes=("cards", "outline", "quiz"),
    suffix=".md",
    media_type="text/markdown; charset=utf-8",
    write=_write,
)
