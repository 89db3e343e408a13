"""GET /v1/rag/study: what a lesson offers for learning it, quoted from it."""

from typing import Annotated, Any, Literal

import msgspec
from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, Field
from starlette.responses import Response

from banyan.edge.http.access import ANYONE, STAFF, RuledRoute, identity_of, within
from banyan.edge.http.fields import Id, json_response
from banyan.kernel.identity import Identity
from banyan.proxy.domain.brought import Brought
from banyan.proxy.domain.grounding import citation_fields
from banyan.proxy.domain.tutor.study import StudyMaterial
from banyan.proxy.usecases.study import Study


class TermRow(BaseModel):
    """A term, and the citation of the sentence that defines it."""

    term: str
    citation: dict[str, Any]


class QuestionRow(BaseModel):
    """A question with its right answer, wrong ones nearest first, and the sentence that has the answer."""

    kind: Literal["cloze", "definition"]
    prompt: str
    answer: str
    wrong: list[str]
    citation: dict[str, Any]


class PartBody(BaseModel):
    """A part of the text. id: the caller's own; comes back as `chunk_id`."""

    id: str = Field("", max_length=200)
    text: str = Field(max_length=4_000_000)


class StudyBody(BaseModel):
    """A text in one part or in several."""

    title: str = Field("", max_length=500)
    chunks: list[PartBody] = Field(min_length=1, max_length=5000)


class StudyAnswer(BaseModel):
    """Everything quotes the lesson word for word; nothing comes from sources for instructors."""

    title: str
    language: str
    summary: list[dict[str, Any]]
    terms: list[TermRow]
    questions: list[QuestionRow]


def study_routes(study: Study) -> APIRouter:
    """The one route; for staff, because it tells the answers."""
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
    async def of_text(body: StudyBody) -> Response:
        """Spans are measured in the strings as they were sent; nothing is stored."""
        return json_response(
            _fields(await study.of_text([Brought(one.id, one.text) for one in body.chunks], body.title))
        )

    return router


def _fields(found: StudyMaterial) -> dict[str, Any]:
    fields: dict[str, Any] = msgspec.to_builtins(found)
    fields["summary"] = [citation_fields(one) for one in found.summary]
    cited = [*(term.citation for term in found.terms), *(question.citation for question in found.questions)]
    for row, citation in zip(fields["terms"] + fields["questions"], cited, strict=True):
        row["citation"] = citation_fields(citation)
    return fields
