"""What teachers are drafted, and what becomes of it: FAQs, lesson summaries with a glossary, and quizzes."""

from collections.abc import Collection
from datetime import datetime
from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct, structs

from banyan.kernel.errors import Conflict
from banyan.kernel.messages import Citation

Line = Annotated[str, Meta(min_length=1, max_length=1000)]
Prose = Annotated[str, Meta(min_length=1, max_length=20_000)]


class DraftKind(StrEnum):
    """Which of the three bodies a draft has."""

    FAQ = "faq"
    LESSON = "lesson"
    QUIZ = "quiz"


class State(StrEnum):
    """A draft is looked through before it is published; a change or a withdrawal makes it a draft again."""

    DRAFT = "draft"
    REVIEWED = "reviewed"
    PUBLISHED = "published"


class FaqItem(Struct, frozen=True):
    """answer: Markdown, with `[n]` for citation n. learners: how many asked; 0 where a teacher wrote it.

    prompt_tokens, completion_tokens: what the answers in the chats took, on average.
    """

    id: Line
    question: Line
    answer: Prose
    citations: tuple[Citation, ...] = ()
    learners: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0


class FaqBody(Struct, frozen=True, tag="faq"):
    """open: questions of several learners that the course does not cover."""

    items: Annotated[tuple[FaqItem, ...], Meta(max_length=200)] = ()
    open: tuple[Line, ...] = ()


class SummarySentence(Struct, frozen=True):
    """One sentence, and what supports it; None where a teacher wrote it."""

    text: Prose
    citation: Citation | None = None


class GlossaryTerm(Struct, frozen=True):
    """A term, what it means, and what supports that."""

    term: Line
    definition: Prose
    citation: Citation | None = None


class LessonBody(Struct, frozen=True, tag="lesson"):
    """A lesson in short."""

    summary: Annotated[tuple[SummarySentence, ...], Meta(max_length=100)] = ()
    glossary: Annotated[tuple[GlossaryTerm, ...], Meta(max_length=200)] = ()


class QuizQuestion(Struct, frozen=True):
    """A question with exactly one right option. answer: its number, counted from 1; answer_text: the option itself."""

    id: Line
    kind: Line
    question: Prose
    options: Annotated[tuple[Line, ...], Meta(min_length=2, max_length=8)]
    answer: Annotated[int, Meta(ge=1, le=8)]
    answer_text: Line
    citation: Citation | None = None
    marks: Annotated[int, Meta(ge=0, le=100)] = 1


class QuizBody(Struct, frozen=True, tag="quiz"):
    """passing_percentage: of the marks."""

    questions: Annotated[tuple[QuizQuestion, ...], Meta(max_length=50)] = ()
    passing_percentage: Annotated[int, Meta(ge=0, le=100)] = 60
    difficulty: Line = "medium"


Body = FaqBody | LessonBody | QuizBody


def citations_of(body: Body) -> list[Citation]:
    """Everything that the body rests on."""
    match body:
        case FaqBody(items):
            return [one for item in items for one in item.citations]
        case LessonBody(summary, glossary):
            found = [*(one.citation for one in summary), *(one.citation for one in glossary)]
        case QuizBody(questions):
            found = [one.citation for one in questions]
    return [one for one in found if one is not None]


class Draft(Struct, frozen=True, kw_only=True):
    """lesson: "" where it is about the whole course. version: counts changes from 1.

    model: what wrote it. notes: what is to be known about how it came about, as sentences.
    """

    tenant: str
    id: str
    kind: DraftKind
    course: str
    lesson: str
    title: str
    state: State = State.DRAFT
    version: int = 1
    body: Body
    model: str = ""
    notes: tuple[str, ...] = ()
    created: datetime
    created_by: str
    updated: datetime
    updated_by: str


def without_questions(draft: Draft, gone: Collection[str]) -> Draft:
    """The next version of an FAQ, without these questions."""
    body = draft.body
    if not isinstance(body, FaqBody):
        return draft
    items = tuple(item for item in body.items if item.question not in gone)
    left = FaqBody(items, tuple(one for one in body.open if one not in gone))
    return structs.replace(draft, body=left, version=draft.version + 1)


class Move(StrEnum):
    """What is done with a draft as a whole."""

    REVIEW = "review"
    PUBLISH = "publish"
    WITHDRAW = "withdraw"


_MOVES: dict[tuple[Move, State], State] = {
    (Move.REVIEW, State.DRAFT): State.REVIEWED,
    (Move.PUBLISH, State.REVIEWED): State.PUBLISHED,
    (Move.WITHDRAW, State.REVIEWED): State.DRAFT,
    (Move.WITHDRAW, State.PUBLISHED): State.DRAFT,
}
_NEXT = {
    State.DRAFT: "review it first",
    State.REVIEWED: "publish it, or withdraw it",
    State.PUBLISHED: "withdraw it first",
}


def moved(state: State, move: Move) -> State:
    """The state afterwards. Raises: Conflict (`wrong_state`)."""
    after = _MOVES.get((move, state))
    if after is None:
        raise Conflict(f"The draft is in the state {state!s}; {_NEXT[state]}.", code="wrong_state")
    return after


def check_editable(draft: Draft) -> None:
    """Raises: Conflict (`wrong_state`) for what learners see already."""
    if draft.state is State.PUBLISHED:
        raise Conflict("The draft is published; withdraw it, then change it.", code="wrong_state")


def check_version(draft: Draft, expected: int | None) -> None:
    """expected: None where the caller does not mind. Raises: Conflict (`version_conflict`)."""
    if expected is not None and expected != draft.version:
        raise Conflict(
            f"The draft has changed: it is at version {draft.version}, not {expected}; read it again.",
            code="version_conflict",
        )
