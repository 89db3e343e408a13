"""/v1/rag/study: what a lesson or a text that the caller brought offers for learning it, quoted from it."""

from typing import Annotated, Any, Literal

import msgspec
from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, Field
from starlette.responses import Response

from banyan.edge.http.access import ANYONE, STAFF, RuledRoute, identity_of, within
from banyan.edge.http.fields import Id, json_response
from banyan.kernel.identity import Identity
from banyan.proxy.domain.brought import Brought
from banyan.proxy.domain.tutor.study_forms import StudyMaterial
from banyan.proxy.usecases.study import Study


class TermRow(BaseModel):
    """A term, and the citation of the sentence that defines it."""

    term: str
    citation: dict[str, Any]


class QuestionRow(BaseModel):
    """A question with its right answer, wrong ones nearest first, and the sentence that has the answer.

    wrong: at least three for `cloze`, `definition` and `scenario`, else none. hardness: 0 to 1, within the text.
    """

    kind: Literal["cloze", "definition", "true_false", "short_answer", "scenario", "problem_solving"]
    prompt: str
    answer: str
    wrong: list[str]
    citation: dict[str, Any]
    explanation: str
    key_points: list[str]
    hardness: float


class SentenceRow(BaseModel):
    """rank: 1 for the sentence that says most about the whole, down to 0. section: counted from 0."""

    citation: dict[str, Any]
    rank: float
    section: int


class SectionRow(BaseModel):
    """A part under a heading, or between two shifts of topic. level: 1 for the outermost."""

    title: str
    level: int
    start: int
    end: int
    summary: list[dict[str, Any]]
    terms: list[str]
    anchor: str
    page_start: int | None = None
    page_end: int | None = None


class ExampleRow(BaseModel):
    """An example that the text gives. of: the term that it shows; empty where that is unclear."""

    of: str
    citations: list[dict[str, Any]]


class TaskRow(BaseModel):
    """Something to do. found: whether the text itself sets it; else it is made from the citation."""

    kind: Literal["exercise", "question", "apply", "compare", "explain"]
    prompt: str
    expected: list[dict[str, Any]]
    citation: dict[str, Any]
    found: bool


class PartBody(BaseModel):
    """A part of the text. id: the caller's own; comes back as `chunk_id`."""

    id: str = Field("", max_length=200)
    text: str = Field(max_length=4_000_000)


class StudyBody(BaseModel):
    """A text in one part or in several."""

    title: str = Field("", max_length=500)
    chunks: list[PartBody] = Field(min_length=1, max_length=5000)


class StudyAnswer(BaseModel):
    """Everything quotes the text word for word; nothing comes from sources for instructors.

    language: `english`, `german`, `french`, `spanish`, `portuguese`, or `other`; then nothing is asked.
    """

    title: str
    language: str
    summary: list[dict[str, Any]]
    terms: list[TermRow]
    questions: list[QuestionRow]
    sections: list[SectionRow]
    sentences: list[SentenceRow]
    examples: list[ExampleRow]
    tasks: list[TaskRow]
    objectives: list[dict[str, Any]]


def study_routes(study: Study) -> APIRouter:
    """Of lessons for staff alone, because it tells the answers; of a text that the caller brought, for anyone."""
    router = APIRouter(route_class=RuledRoute, tags=["rag"], prefix="/v1/rag")

    @router.get(
        "/study",
        openapi_extra=within(STAFF, "rag"),
        response_model=StudyAnswer,
        summary="Summary, terms and questions of a lesson, without a model",
    )
    async def material(
        caller: Annotated[Identity, Depends(identity_of)],
        course: Annotated[Id, Query()],
        lesson: Annotated[Id, Query()],
    ) -> Response:
        caller.check_course(course)
        return json_response(_fields(await study(caller.tenant, course, lesson)))

    @router.post(
        "/study",
        openapi_extra=within(ANYONE, "rag"),
        response_model=StudyAnswer,
        summary="Summary, terms and questions of a text, without a model",
    )
    async def of_text(caller: Annotated[Identity, Depends(identity_of)], body: StudyBody) -> Response:
        """Spans are measured in the strings as they were sent; nothing is stored."""
        parts = [Brought(one.id, one.text) for one in body.chunks]
        return json_response(_fields(await study.of_text(caller.tenant, parts, body.title)))

    return router


def _fields(found: StudyMaterial) -> dict[str, Any]:
    fields: dict[str, Any] = _present(msgspec.to_builtins(found))
    return fields


def _present(value: Any) -> Any:
    """Without the fields that do not apply, such as the page of what has no pages."""
    if isinstance(value, dict):
        return {name: _present(one) for name, one in value.items() if one is not None}
    return [_present(one) for one in value] if isinstance(value, list | tuple) else value
