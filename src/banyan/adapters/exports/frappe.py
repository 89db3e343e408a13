"""Frappe LMS: documents `LMS Question` and one `LMS Quiz`, as `bench import-doc` reads them."""

from collections.abc import Sequence
from typing import Any

import msgspec

from banyan.adapters.exports._html import inline, paragraphs
from banyan.assistant.domain.material import Question, Quiz
from banyan.assistant.domain.taking_away import Way, answers_of, feedback_of, way_of
from banyan.assistant.ports.export import About, ExportFormat

_PLACES = 4
"""Options, or answers to be typed, for which a question has fields."""
_PASSING = 60
_LONGEST_TITLE = 140


def _write(quiz: Quiz, about: About) -> tuple[bytes, Sequence[str]]:
    notes: list[str] = []
    documents: list[dict[str, Any]] = []
    rows: list[dict[str, Any]] = []
    for number, question in enumerate(quiz.questions, 1):
        if len(question.options) > _PLACES:
            notes.append(f"Question {number} is left out: it has {len(question.options)} options, and 4 are possible.")
            continue
        way = way_of(question)
        document = _question(question, way)
        documents.append(document)
        rows.append(
            {"doctype": "LMS Quiz Question", "question": document["name"], "marks": 1, "type": document["type"]}
        )
        if way is Way.TYPE and len(answers_of(question)) > _PLACES:
            notes.append(f"Question {number} accepts its first 4 answers alone.")
    documents.append(
        {
            "doctype": "LMS Quiz",
            "title": about.title[:_LONGEST_TITLE],
            "passing_percentage": _PASSING,
            "total_marks": len(rows),
            "show_answers": 1,
            "max_attempts": 0,
            "questions": rows,
        }
    )
    return msgspec.json.format(msgspec.json.encode(documents)), notes


def _question(question: Question, way: Way) -> dict[str, Any]:
    kind = {Way.CHOOSE: "Choices", Way.TYPE: "User Input", Way.WRITE: "Open Ended"}[way]
    fields: dict[str, Any] = {
        "doctype": "LMS Question",
        "name": question.id,
        "question": paragraphs([question.question]),
        "type": kind,
        "multiple": 0,
    }
    if way is Way.CHOOSE:
        for place, option in enumerate(question.options, 1):
            fields[f"option_{place}"] = inline(option)
            fields[f"is_correct_{place}"] = int(place == question.answer)
        fields[f"explanation_{question.answer}"] = "\n".join(feedback_of(question))
    elif way is Way.TYPE:
        for place, answer in enumerate(answers_of(question)[:_PLACES], 1):
            fields[f"possibility_{place}"] = answer
    return fields


ENTRY = ExportFormat(
    title="Frappe LMS quiz (JSON documents)",
    takes=("quiz",),
    suffix=".frappe.json",
    media_type="application/json",
    write=_write,
    limits="At most four options; a question with more is left out. Four answers to be typed. No explanation and no "
    "source but with options, and no model answer where a person marks.",
)
