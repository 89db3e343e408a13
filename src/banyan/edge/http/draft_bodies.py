"""What the routes of drafts take and give."""

from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from pydantic import BaseModel, Field

from banyan.assistant.domain.drafts import (
    Body,
    Draft,
    FaqBody,
    FaqItem,
    GlossaryTerm,
    LessonBody,
    QuizBody,
    QuizQuestion,
    SummarySentence,
)
from banyan.assistant.ports.draft_store import Saving
from banyan.edge.http.assistant_bodies import CitationBody
from banyan.edge.http.fields import Id, Moment, Name
from banyan.kernel.errors import InvalidInput
from banyan.kernel.ids import new_id
from banyan.kernel.messages import Citation

Line = Annotated[str, Field(min_length=1, max_length=1000)]
Prose = Annotated[str, Field(min_length=1, max_length=20_000)]
Version = Annotated[int, Field(ge=1, le=2_000_000_000)]


class QuizOrderBody(BaseModel):
    """What the quiz is to be like."""

    count: int = Field(5, ge=1, le=50, description="Questions; fewer come where the lesson gives no more.")
    difficulty: Literal["easy", "medium", "hard"] = "medium"
    kinds: list[Literal["cloze", "definition"]] = Field(
        ["cloze", "definition"],
        min_length=1,
        max_length=2,
        description="Kinds of questions that are quoted from the lesson; a model writes its own.",
    )
    model: Name | None = Field(None, description="Who writes; else the course's policy decides.")


class QuizDraftBody(QuizOrderBody):
    """A quiz from a lesson."""

    course: Id
    lesson: Id


class FaqDraftBody(BaseModel):
    """An FAQ from the chats of a course."""

    course: Id
    lesson: Id | None = Field(None, description="Only chats about it; else those of the whole course.")
    since: Moment | None = Field(None, description="Only questions from then on.")
    min_learners: int = Field(2, ge=2, le=1000, description="Different people that must have asked a question.")
    max_items: int = Field(20, ge=1, le=50)
    model: Name | None = Field(None, description="Who answers; else the course's policy decides.")
    wait: bool = Field(True, description="With `false` the answer is 202 and the job that makes the draft.")


class LessonDraftBody(BaseModel):
    """A summary with glossary from a lesson."""

    course: Id
    lesson: Id
    model: Name | None = Field(None, description="Who writes; else the course's policy decides.")


class ItemEdit(BaseModel):
    """One question with its answer. id: of an item that is there; a new one has none."""

    id: Line | None = None
    question: Line
    answer: Prose
    citations: list[CitationBody] = Field([], max_length=50)


class SentenceEdit(BaseModel):
    """A sentence of a summary."""

    text: Prose
    citation: CitationBody | None = None


class TermEdit(BaseModel):
    """A term of a glossary."""

    term: Line
    definition: Prose
    citation: CitationBody | None = None


class QuestionEdit(BaseModel):
    """A question of a quiz. answer: the number of the right option, counted from 1."""

    id: Line | None = None
    kind: Line = "choice"
    question: Prose
    options: list[Line] = Field(min_length=2, max_length=8)
    answer: int = Field(ge=1, le=8)
    citation: CitationBody | None = None
    marks: int = Field(1, ge=0, le=100)


class DraftEdit(BaseModel):
    """What is to be different; what is absent stays. version: the one that was read."""

    version: Version
    title: Line | None = None


class FaqEdit(DraftEdit):
    """Of an FAQ."""

    items: list[ItemEdit] | None = Field(None, max_length=200)


class LessonEdit(DraftEdit):
    """Of a summary with glossary."""

    summary: list[SentenceEdit] | None = Field(None, max_length=100)
    glossary: list[TermEdit] | None = Field(None, max_length=200)


class QuizEdit(DraftEdit):
    """Of a quiz."""

    questions: list[QuestionEdit] | None = Field(None, max_length=50)
    passing_percentage: int | None = Field(None, ge=0, le=100)


class MoveBody(BaseModel):
    """version: the one that was read; whatever is there where it is absent."""

    version: Version | None = None


class DraftShown(BaseModel):
    """A draft. body: `items` and `open`, or `summary` and `glossary`, or `questions` and `passing_percentage`."""

    id: str
    kind: Literal["faq", "lesson", "quiz"]
    course: str
    lesson: str = Field(description="Empty where it is about the whole course.")
    title: str
    state: Literal["draft", "reviewed", "published"]
    version: int
    body: dict[str, Any]
    model: str
    notes: list[str]
    created: datetime
    created_by: str
    updated: datetime
    updated_by: str


class DraftsShown(BaseModel):
    """The newest first."""

    drafts: list[DraftShown]


class SavingRow(BaseModel):
    """What one published answer saved in a day. cost: dollars, of those whose price was known."""

    course: str
    lesson: str
    item: str
    day: str
    calls: int
    prompt_tokens: int
    completion_tokens: int
    cost: str
    unpriced: int


class SavingsShown(BaseModel):
    """By day, the newest first."""

    savings: list[SavingRow]


def draft_fields(draft: Draft) -> dict[str, Any]:
    """As `DraftShown`."""
    fields: dict[str, Any] = msgspec.to_builtins(draft)
    del fields["tenant"], fields["body"]["type"]
    for rows in fields["body"].values():
        for row in rows if isinstance(rows, list | tuple) else ():
            if isinstance(row, dict):
                _tidy(row)
    return fields


def _tidy(row: dict[str, Any]) -> None:
    if "citations" in row:
        row["citations"] = [_without_none(one) for one in row["citations"]]
    elif row.get("citation") is not None:
        row["citation"] = _without_none(row["citation"])


def _without_none(citation: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in citation.items() if value is not None}


def saving_fields(saving: Saving) -> dict[str, Any]:
    """As `SavingRow`."""
    fields: dict[str, Any] = msgspec.to_builtins(saving)
    del fields["tenant"]
    fields["cost"] = f"{saving.cost // 10**9}.{saving.cost % 10**9:09}"
    return fields


def edited(draft: Draft, edit: DraftEdit) -> tuple[str, Body]:
    """Title and body with the edit in them. Raises: InvalidInput for what does not fit the draft's kind."""
    return edit.title or draft.title, _edited(draft.body, edit)


def _edited(body: Body, edit: DraftEdit) -> Body:
    match body, edit:
        case FaqBody(), FaqEdit():
            if edit.items is None:
                return body
            known = {item.id: item for item in body.items}
            return FaqBody(tuple(_item(item, known) for item in edit.items), body.open)
        case LessonBody(), LessonEdit():
            summary, glossary = body.summary, body.glossary
            if edit.summary is not None:
                summary = tuple(SummarySentence(one.text, _citation(one.citation)) for one in edit.summary)
            if edit.glossary is not None:
                glossary = tuple(
                    GlossaryTerm(one.term, one.definition, _citation(one.citation)) for one in edit.glossary
                )
            return LessonBody(summary, glossary)
        case QuizBody(), QuizEdit():
            questions = body.questions
            if edit.questions is not None:
                questions = tuple(_question(number, one) for number, one in enumerate(edit.questions, 1))
            passing = body.passing_percentage if edit.passing_percentage is None else edit.passing_percentage
            return QuizBody(questions, passing, body.difficulty)
    raise InvalidInput("The edit does not fit this kind of draft; look at the reference.")


def _item(item: ItemEdit, known: dict[str, FaqItem]) -> FaqItem:
    before = known.get(item.id or "")
    citations = tuple(one for citation in item.citations if (one := _citation(citation)) is not None)
    if before is None:
        return FaqItem(new_id("faq"), item.question, item.answer, citations)
    return msgspec.structs.replace(before, question=item.question, answer=item.answer, citations=citations)


def _question(number: int, one: QuestionEdit) -> QuizQuestion:
    if one.answer > len(one.options):
        raise InvalidInput(
            f"Question {number} names option {one.answer} as right, but has {len(one.options)}; correct it.",
            code="quiz_faulty",
            param="questions",
        )
    return QuizQuestion(
        one.id or new_id("qst"),
        one.kind,
        one.question,
        tuple(one.options),
        one.answer,
        one.options[one.answer - 1],
        _citation(one.citation),
        one.marks,
    )


def _citation(body: CitationBody | None) -> Citation | None:
    if body is None:
        return None
    return msgspec.convert(body.model_dump(exclude_unset=True), Citation)
