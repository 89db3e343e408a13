"""Material with all that breaks file formats, in the canonical form."""

import asyncio
from datetime import UTC, datetime
from typing import Any

from banyan.adapters.exports import EXPORTS
from banyan.assistant.usecases.export_material import Exported, ExportMaterial

NOON = datetime(2026, 8, 3, 12, tzinfo=UTC)
CITATION = {
    "index": 1,
    "course": "bio",
    "lesson": "cells",
    "chunk_id": "c1",
    "title": "Cells & <Tissues>",
    "heading": ["Neurons", "Axons"],
    "anchor": "axons",
    "quote": "An axon is a long fibre: {it} carries ~signals~ = #1 & <more>.",
    "start": 0,
    "end": 10,
    "source": "lesson",
    "source_type": "lesson",
    "score": 1.0,
    "page": 7,
}
NASTY = (
    "What is ~a = b # c : d { e } \\ f \"g\" 'h' <i>i</i> & ]]> $\\frac{1}{2}$ \\(x^2\\) * _j_ `k` [l](m) -> 50%\n"
    "שלום עולם ‏עברית 🧠👩‍🔬 =SUM(A1) // no comment"
)


def question(id: str, kind: str, **fields: object) -> dict[str, Any]:
    return {
        "id": id,
        "kind": kind,
        "question": f"Question {id}?",
        "answer_text": "yes",
        "citation": CITATION,
        **fields,
    }


def choice(id: str, options: list[str], answer: int, **fields: object) -> dict[str, Any]:
    kind = str(fields.pop("kind", "multiple_choice"))
    return question(id, kind, options=options, answer=answer, answer_text=options[answer - 1], **fields)


QUESTIONS = [
    choice("mc", ["%50%first", NASTY, "=third", "~fourth {x}"], 2, question=NASTY, explanation="Because: #1 {a}~b=c"),
    choice("tf", ["True", "False"], 2, kind="true_false"),
    question("short", "short_answer", answer_text="5 * 3 = {15}", accepted=["Fifteen", "fifteen"]),
    question("gap", "cloze", question="An ____ carries signals.", answer_text="axon"),
    question("gap-choice", "cloze", question="A ____ receives.", options=["dendrite", "sheath"], answer=1),
    question(
        "scenario",
        "scenario",
        question="A patient loses myelin.\nWhat follows?",
        answer_text="Signals slow down along the whole fibre.",
        key_points=["signals slow down", "fibre stays"],
    ),
    choice("solve", ["1", "2", "3"], 3, kind="problem_solving"),
    question("long", "short_answer", answer_text="Because an axon carries signals away from the body of the cell."),
]
QUIZ = {"type": "quiz", "questions": QUESTIONS}


def card(id: str, front: str, back: str, **fields: object) -> dict[str, Any]:
    return {"id": id, "kind": "definition", "front": front, "back": back, "citation": CITATION, **fields}


CARDS = {
    "type": "cards",
    "cards": [
        card("c-1", "axon", "A long fibre that carries signals away.", tags=["biology", "nerve cells"]),
        card("c-2", NASTY, f"{NASTY} {{{{c1::cloze}}}} [sound:x.mp3] [latex]\\input{{/etc/passwd}}[/latex]"),
        card("c-3", '=HYPERLINK("http://evil")', "@SUM(1)\n-2\n+3"),
        card("c-4", "long", "x" * 10_000),
    ],
}


def part(id: str, title: str, level: int, **fields: object) -> dict[str, Any]:
    return {"id": id, "title": title, "summary": f"About {title}.", "level": level, "citation": CITATION, **fields}


OUTLINE = {
    "type": "outline",
    "style": "sections",
    "parts": [
        part("p1", "Cells", 1, topics=["cell", "wall"]),
        part("p2", NASTY, 2),
        part("p3", "Organelles", 3),
        part("p4", "Tissues", 1),
    ],
}


class Noon:
    """A clock that stands still until it is set."""

    def __init__(self, now: datetime = NOON) -> None:
        self.time = now

    def now(self) -> datetime:
        return self.time


def exported(format: str, body: object, *, title: str = "Cells", clock: Noon | None = None) -> Exported:
    """What a caller gets, through the use case."""
    return asyncio.run(ExportMaterial(EXPORTS, clock or Noon())(format, body, title=title, language="en"))
