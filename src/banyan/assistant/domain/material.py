"""Study material in one form for every surface: what is ordered, what is made of it, and what was found wanting.

Wire shapes and file formats are made from these values at the edge; nothing else knows a second form of a quiz.
"""

from enum import StrEnum
from typing import Any

from msgspec import Struct

from banyan.assistant.domain.persona import Persona
from banyan.assistant.domain.studying import Chunk
from banyan.kernel.messages import Citation, Message


class Level(StrEnum):
    """How hard material is for its learner. Read leniently by `level_of`."""

    BEGINNER = "beginner"
    INTERMEDIATE = "intermediate"
    ADVANCED = "advanced"


class Order(Struct, frozen=True, kw_only=True):
    """What material is wanted.

    type: a name of the catalogue `CONTENT`. chunks: the text that the caller brought; () where course and lesson name
    an indexed one. title: of the text that was brought.
    style: of a summary (`key_points`, `comprehensive`, `visual_map`, `brief`, `executive`), an outline (`topics`,
    `sections`). kinds: of quiz questions or cards; () for the usual ones. count: items; None for the usual.
    model: None for the policy's own. temperature, max_tokens: None for the type's own. max_words: of a summary.
    message, history, page, selection: for `chat` alone. feedback: what was wrong with an earlier answer.
    """

    type: str
    chunks: tuple[Chunk, ...] = ()
    course: str = ""
    lesson: str = ""
    title: str = ""
    topic: str = ""
    subtopic: str = ""
    style: str = ""
    purpose: str = ""
    kinds: tuple[str, ...] = ()
    count: int | None = None
    level: Level = Level.INTERMEDIATE
    language: str = ""
    persona: Persona | None = None
    personalization: str = "medium"
    model: str | None = None
    temperature: float | None = None
    max_tokens: int | None = None
    max_words: int | None = None
    focus: tuple[str, ...] = ()
    explanations: bool = True
    examples: bool = True
    practice: bool = False
    message: str = ""
    history: tuple[Message, ...] = ()
    page: int | None = None
    selection: str = ""
    feedback: str = ""
    use_cache: bool = True


class Prose(Struct, frozen=True, tag="prose"):
    """Explanation, introduction and chat. text: Markdown, with `[n]` for citation n."""

    text: str
    citations: tuple[Citation, ...] = ()


class Point(Struct, frozen=True):
    """One statement of a summary. heading: the part that it belongs to; "" for none. level: 0 for the outermost."""

    text: str
    citation: Citation
    heading: str = ""
    level: int = 0


class Summary(Struct, frozen=True, tag="summary"):
    """Points in reading order."""

    style: str
    points: tuple[Point, ...]


class Question(Struct, frozen=True, kw_only=True):
    """kind: `multiple_choice`, `true_false`, `short_answer`, `scenario`, `problem_solving` or `cloze`.

    options: in the order shown; () where the learner writes. answer: number of the right option, counted from 1; 0
    where there are none. answer_text: the right option, or the model answer. key_points: what an answer has to say.
    accepted: other ways to write a short answer. difficulty: `easy`, `medium` or `hard`.
    """

    id: str
    kind: str
    question: str
    options: tuple[str, ...] = ()
    answer: int = 0
    answer_text: str
    key_points: tuple[str, ...] = ()
    accepted: tuple[str, ...] = ()
    explanation: str = ""
    difficulty: str = "medium"
    citation: Citation


class Quiz(Struct, frozen=True, tag="quiz"):
    """A quiz."""

    questions: tuple[Question, ...]


class Card(Struct, frozen=True, kw_only=True):
    """kind: `definition`, `concept` or `example`. id: follows from source and term, so a later export updates."""

    id: str
    kind: str
    front: str
    back: str
    difficulty: str = "medium"
    tags: tuple[str, ...] = ()
    citation: Citation


class Cards(Struct, frozen=True, tag="cards"):
    """Flashcards."""

    cards: tuple[Card, ...]


class Part(Struct, frozen=True, kw_only=True):
    """One section of an outline. level: 1 for the outermost. topics: three to five concepts, as words."""

    id: str
    title: str
    summary: str
    level: int = 1
    topics: tuple[str, ...] = ()
    chunk_ids: tuple[str, ...] = ()
    page_start: int | None = None
    page_end: int | None = None
    citation: Citation


class Outline(Struct, frozen=True, tag="outline"):
    """Sections in reading order. style: `sections` or `topics`, as the wire shows it."""

    style: str
    parts: tuple[Part, ...]


class Example(Struct, frozen=True, kw_only=True):
    """text: Markdown."""

    id: str
    title: str
    text: str
    citations: tuple[Citation, ...]


class Examples(Struct, frozen=True, tag="examples"):
    """Examples."""

    examples: tuple[Example, ...]


class Task(Struct, frozen=True, kw_only=True):
    """Something to practise. expected: what a good answer says."""

    id: str
    title: str
    description: str
    instructions: tuple[str, ...] = ()
    expected: str = ""
    hints: tuple[str, ...] = ()
    difficulty: str = "medium"
    citation: Citation


class Practice(Struct, frozen=True, tag="practice"):
    """Tasks."""

    tasks: tuple[Task, ...]


Body = Prose | Summary | Quiz | Cards | Outline | Examples | Practice


class Fault(Struct, frozen=True):
    """An item that was left out or made anew. reason: a sentence part, to be read after the item's number or text."""

    item: str
    code: str
    reason: str


class GateReport(Struct, frozen=True, kw_only=True):
    """What the quality gate found. asked: how many items were ordered; passed: how many are in the body.

    checked: how many it looked at. regenerated: how many were asked of the model a second time.
    """

    asked: int = 0
    checked: int = 0
    passed: int = 0
    regenerated: int = 0
    faults: tuple[Fault, ...] = ()


class Material(Struct, frozen=True, kw_only=True):
    """What was made. model: who really made it. prompt: its version, "" without one. notes: for whoever ordered it.

    personalization: 0 to 1 by dimension with `overall`; metrics: 0 to 1 by name; both computed from body and source.
    cost_usd: None where nobody knows.
    """

    type: str
    title: str
    language: str
    body: Body
    model: str
    prompt: str = ""
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cost_usd: float | None = None
    gate: GateReport = GateReport()
    notes: tuple[str, ...] = ()
    cached: bool = False
    personalization: dict[str, float] = {}
    metrics: dict[str, float] = {}
    extra: dict[str, Any] = {}


_LEVELS = {
    **{"beginner": Level.BEGINNER, "easy": Level.BEGINNER, "foundation": Level.BEGINNER, "basic": Level.BEGINNER},
    **{"intermediate": Level.INTERMEDIATE, "medium": Level.INTERMEDIATE, "": Level.INTERMEDIATE},
    **{"advanced": Level.ADVANCED, "hard": Level.ADVANCED, "expert": Level.ADVANCED},
}


def level_of(word: str) -> Level | None:
    """The level that a caller means (`hard` and `expert` are advanced); None for a word that says nothing."""
    return _LEVELS.get(word.strip().casefold())
