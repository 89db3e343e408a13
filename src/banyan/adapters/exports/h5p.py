"""H5P: a question set without the libraries that show it.

Source: https://h5p.org/documentation/developers/h5p-specification, and the semantics of each content type.
"""

import json
import re
from collections.abc import Sequence
from typing import Any

from banyan.adapters.exports._html import inline, paragraphs
from banyan.adapters.exports._package import archive
from banyan.assistant.domain.material import Question, Quiz
from banyan.assistant.domain.taking_away import (
    Way,
    answers_of,
    around_gap,
    feedback_of,
    model_answer,
    truth_of,
    way_of,
)
from banyan.assistant.ports.export import About, ExportFormat
from banyan.kernel.ids import content_id

_LIBRARIES = {
    "H5P.QuestionSet": (1, 20),
    "H5P.MultiChoice": (1, 16),
    "H5P.TrueFalse": (1, 8),
    "H5P.Blanks": (1, 14),
    "H5P.Essay": (1, 5),
}
_MARKS = re.compile(r"[*/:\\]|^\[\[\[")
"""Of the little language in which `H5P.Blanks` takes its answers; it has no way to write them as letters."""


def _write(quiz: Quiz, about: About) -> tuple[bytes, Sequence[str]]:
    notes: list[str] = []
    parts = [
        part for number, one in enumerate(quiz.questions, 1) if (part := _question(number, one, notes)) is not None
    ]
    used = {"H5P.QuestionSet", *(part["library"].split()[0] for part in parts)}
    head = {
        "title": about.title,
        "language": about.language or "und",
        "mainLibrary": "H5P.QuestionSet",
        "embedTypes": ["iframe"],
        "license": "U",
        "preloadedDependencies": [
            {"machineName": name, "majorVersion": major, "minorVersion": minor}
            for name, (major, minor) in _LIBRARIES.items()
            if name in used
        ],
    }
    content = {
        "introPage": {"showIntroPage": False},
        "progressType": "dots",
        "passPercentage": 50,
        "questions": parts,
        "endGame": {"showResultPage": True},
        "override": {"checkButton": True},
    }
    return archive([("h5p.json", _json(head)), ("content/content.json", _json(content))]), notes


def _question(number: int, question: Question, notes: list[str]) -> dict[str, Any] | None:
    way = way_of(question)
    truth = truth_of(question)
    if truth is not None:
        return _part(question, "H5P.TrueFalse", "True/False Question", _true_false(question, truth))
    if way is Way.CHOOSE:
        return _part(question, "H5P.MultiChoice", "Multiple Choice", _choices(question))
    if way is Way.TYPE:
        if any(_MARKS.search(one) for one in answers_of(question)):
            notes.append(f"Question {number} is left out: H5P cannot compare an answer with `*`, `/`, `:` or `\\`.")
            return None
        return _part(question, "H5P.Blanks", "Fill in the Blanks", _blanks(question))
    return _part(question, "H5P.Essay", "Essay", _essay(question))


def _part(question: Question, library: str, kind: str, params: dict[str, Any]) -> dict[str, Any]:
    major, minor = _LIBRARIES[library]
    title = " ".join(question.question.split())[:200]
    return {
        "library": f"{library} {major}.{minor}",
        "params": params,
        "subContentId": content_id(question.id),
        "metadata": {"contentType": kind, "license": "U", "title": title},
    }


def _feedback(question: Question) -> str:
    return "\n".join(feedback_of(question))


def _overall(question: Question) -> list[dict[str, Any]]:
    return [{"from": 0, "to": 100, "feedback": _feedback(question)}]


def _true_false(question: Question, truth: bool) -> dict[str, Any]:
    told = _feedback(question)
    return {
        "question": paragraphs([question.question]),
        "correct": str(truth).lower(),
        "behaviour": {"feedbackOnCorrect": told, "feedbackOnWrong": told},
    }


def _choices(question: Question) -> dict[str, Any]:
    return {
        "question": paragraphs([question.question]),
        "answers": [
            {"text": f"<div>{inline(option)}</div>", "correct": place == question.answer}
            for place, option in enumerate(question.options, 1)
        ],
        "overallFeedback": _overall(question),
        "behaviour": {"singleAnswer": True, "randomAnswers": True, "type": "auto"},
    }


def _blanks(question: Question) -> dict[str, Any]:
    """The gap stands in its sentence, unless a star of the sentence would be taken for another gap."""
    gap = f"*{'/'.join(map(inline, answers_of(question)))}*"
    parted = around_gap(question.question)
    if parted is None or "*" in question.question:
        asked, sentence = paragraphs([question.question]), gap
    else:
        asked, sentence = "", f"{inline(parted[0])}{gap}{inline(parted[1])}"
    return {
        "text": asked,
        "questions": [f"<p>{sentence}</p>"],
        "overallFeedback": _overall(question),
        "behaviour": {"caseSensitive": False},
    }


def _essay(question: Question) -> dict[str, Any]:
    """Not scored: words that are found or not say little of a text that a person has to read."""
    points = question.key_points or (question.answer_text,)
    return {
        "taskDescription": paragraphs([question.question]),
        "solution": {"introduction": "", "sample": paragraphs([*model_answer(question), *feedback_of(question)])},
        "keywords": [
            {"keyword": " ".join(point.split()), "options": {"points": 1, "occurrences": 1, "caseSensitive": False}}
            for point in points
        ],
        "behaviour": {"ignoreScoring": True},
    }


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()


ENTRY = ExportFormat(
    title="H5P question set",
    takes=("quiz",),
    suffix=".h5p",
    media_type="application/zip",
    write=_write,
    limits="The H5P libraries are not in the file: the platform has to have them. An answer to be typed that has "
    "`*`, `/`, `:` or `\\` in it is left out. Texts that a person marks are shown with a sample and not scored.",
)
