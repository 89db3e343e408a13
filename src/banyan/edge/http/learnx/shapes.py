"""Our one form of study material in the shapes that each of the older endpoints had."""

import re
from collections.abc import Sequence
from typing import Any

import msgspec

from banyan.assistant.content.markdown import as_markdown
from banyan.assistant.domain.material import Card, Cards, Examples, Material, Order, Outline, Part, Quiz
from banyan.assistant.domain.material import Question as Item

SUBTOPICS = (
    ("intro", "Introduction"),
    ("concepts", "Key concepts"),
    ("examples", "Examples"),
    ("practice", "Practice"),
    ("summary", "Summary"),
)
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_KINDS = {
    "application": "scenario",
    "scenario_analysis": "scenario",
    "mcq": "multiple_choice",
    "fill_in_the_blank": "cloze",
    "fill_blank": "cloze",
}
_KNOWN_KINDS = ("multiple_choice", "true_false", "short_answer", "scenario", "problem_solving", "cloze")
_ID = re.compile(r"[0-9a-fA-F-]{32,36}|(?:topic|chunk|section|file)[-_]\w+|\w+\.\w{2,5}|Document Analysis")


def kind_of(quiz_type: str) -> str:
    """Our kind of question for the older name; what nobody knows is multiple choice, as it was."""
    name = quiz_type.strip().casefold().replace("-", "_").replace(" ", "_")
    name = _KINDS.get(name, name)
    return name if name in _KNOWN_KINDS else "multiple_choice"


def subject_of(topic: str | None) -> str:
    """What the material shall be about; ids and file names, which clients send as well, say nothing of that."""
    named = (topic or "").removesuffix(" (Improved)").strip()
    return "" if _ID.fullmatch(named) or named.startswith("Document:") else named


def usage_fields(prompt: int, completion: int) -> dict[str, int]:
    """As the older service and OpenAI have it."""
    return {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion}


def used(made: Material) -> dict[str, int]:
    """Of the model that wrote it; 0 where none did."""
    return usage_fields(made.prompt_tokens, made.completion_tokens)


def text_of(made: Material, order: Order) -> str:
    """Readable text; for an outline the bare JSON that older clients parse."""
    if isinstance(made.body, Outline):
        return outline_json(made, order)
    return as_markdown(made.body) or " ".join(made.notes)


def outline_json(made: Material, order: Order) -> str:
    """One JSON object, never in a fence, with something under its key: clients take an empty list for a failure."""
    parts = made.body.parts if isinstance(made.body, Outline) else ()
    if order.style == "topics":
        shown: dict[str, Any] = {"topics": topics_of(parts) or [_only_topic(made, order)]}
    else:
        shown = {"sections": [section(one) for one in parts] or [_only_section(made, order)]}
    return msgspec.json.encode(shown).decode()


def section(part: Part) -> dict[str, Any]:
    """As PythonOutlineService reads it."""
    pages = {"startPage": part.page_start, "endPage": part.page_end}
    return {
        "id": part.id,
        "title": part.title,
        "summary": part.summary,
        "topics": list(part.topics),
        "chunkIds": list(part.chunk_ids),
        **{name: page for name, page in pages.items() if page is not None},
    }


def topics_of(parts: Sequence[Part]) -> list[dict[str, Any]]:
    """As the outline route of the platform reads it: five steps for each topic."""
    return [_topic(number, part.title, part.summary) for number, part in enumerate(parts, 1)]


def _topic(number: int, title: str, description: str) -> dict[str, Any]:
    steps = [{"id": f"{kind}-{number}", "title": name, "type": kind, "completed": False} for kind, name in SUBTOPICS]
    return {"id": f"topic-{number}", "title": title, "description": description, "subtopics": steps, "progress": 0}


def _only_topic(made: Material, order: Order) -> dict[str, Any]:
    return _topic(1, made.title or order.title or "Document", " ".join(made.notes))


def _only_section(made: Material, order: Order) -> dict[str, Any]:
    title = made.title or order.title or "Document"
    return {"id": "section-1", "title": title, "summary": " ".join(made.notes), "topics": [], "chunkIds": []}


def content_question(one: Item, wanted: str) -> dict[str, Any]:
    """For `/content/quiz`: options by letter, and the letter of the right one. wanted: the type by its older name."""
    kind = wanted if one.kind == kind_of(wanted) and one.kind != "multiple_choice" else one.kind
    shown: dict[str, Any] = {
        "question": one.question,
        "type": kind,
        "answer": one.answer_text,
        "explanation": one.explanation,
        "difficulty": one.difficulty,
    }
    if one.options and one.kind != "true_false":
        shown["options"] = dict(zip(_LETTERS, one.options, strict=False))
        shown["answer"] = _LETTERS[one.answer - 1]
    return shown


def quiz_question(one: Item) -> dict[str, Any]:
    """For `/api/v1/ai/quiz/generate`: options in a list, and the right one's text."""
    return {
        "id": one.id,
        "type": one.kind,
        "question": one.question,
        "options": list(one.options),
        "correct_answer": one.answer_text,
        "explanation": one.explanation,
        "difficulty": one.difficulty,
    }


def card_fields(one: Card) -> dict[str, Any]:
    """For `/content/flashcards`."""
    return {"front": one.front, "back": one.back, "difficulty": one.difficulty}


def full_card(one: Card) -> dict[str, Any]:
    """For `/api/v1/ai/flashcards/generate`."""
    return {"id": one.id, "type": one.kind, **card_fields(one), "tags": list(one.tags)}


def questions_of(made: Material) -> Sequence[Item]:
    """None where it is no quiz."""
    return made.body.questions if isinstance(made.body, Quiz) else ()


def cards_of(made: Material) -> Sequence[Card]:
    """None where it is no set of cards."""
    return made.body.cards if isinstance(made.body, Cards) else ()


def examples_of(made: Material) -> list[str]:
    """Each as Markdown."""
    return [one.text for one in made.body.examples] if isinstance(made.body, Examples) else []
