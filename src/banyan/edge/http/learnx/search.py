"""Search as LEARN-X's clients ask for it, over the courses that the caller may use the tutor in."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends
from pydantic import AliasChoices, BaseModel, Field
from starlette.responses import Response

from banyan.edge.http.access import ANYONE, RuledRoute, identity_of, within
from banyan.edge.http.assistant_services import AssistantServices
from banyan.edge.http.fields import Id, json_response
from banyan.kernel.identity import Identity
from banyan.kernel.messages import Citation

Asker = Annotated[Identity, Depends(identity_of)]
_ANYONE = within(ANYONE, "tutor")


class SearchBody(BaseModel):
    """What is looked for. Options have the names that the callers' own searches have."""

    query: str = Field(max_length=100_000)
    course: Id | None = Field(None, validation_alias=AliasChoices("course", "courseId", "course_id"))
    lesson: Id | None = Field(None, validation_alias=AliasChoices("lesson", "lessonId", "lesson_id"))
    limit: int = Field(
        10, ge=1, le=100, strict=True, validation_alias=AliasChoices("limit", "topK", "top_k", "match_count")
    )
    threshold: float | None = Field(
        None,
        ge=-1,
        le=1,
        strict=True,
        validation_alias=AliasChoices("threshold", "similarity_threshold", "similarityThreshold"),
    )


class ResultBody(BaseModel):
    """A passage. metadata: where it stands: course, lesson, title, heading, anchor, start, end, page, slide, url."""

    id: str
    content: str
    score: float
    metadata: dict[str, Any]


class NoticeBody(BaseModel):
    """Why nothing was looked for."""

    code: str
    message: str


class ResultsBody(BaseModel):
    """Best first."""

    results: list[ResultBody]
    notice: NoticeBody | None = None


def search_routes(services: AssistantServices) -> APIRouter:
    """The routes. A learner finds what learners may see, and nothing of a course in which there is an exam."""
    router = APIRouter(route_class=RuledRoute, tags=["LEARN-X"])

    @router.post(
        "/search/vector", openapi_extra=_ANYONE, response_model=ResultsBody, summary="Passages nearest in meaning"
    )
    async def vector(body: SearchBody, asker: Asker) -> Response:
        """`score` is the cosine of query and passage; those below `threshold` are left out."""
        return await found(body, asker, by_meaning=True)

    @router.post(
        "/search/semantic", openapi_extra=_ANYONE, response_model=ResultsBody, summary="Passages by words and meaning"
    )
    async def semantic(body: SearchBody, asker: Asker) -> Response:
        """In one course `score` is of words and meaning together; over all courses, or with `threshold`, the cosine."""
        return await found(body, asker, by_meaning=body.threshold is not None)

    async def found(body: SearchBody, asker: Identity, *, by_meaning: bool) -> Response:
        passages, notice = await services.search_courses(
            asker, body.query, course=body.course, lesson=body.lesson, limit=body.limit, by_meaning=by_meaning
        )
        least = body.threshold if body.threshold is not None else float("-inf")
        answer: dict[str, Any] = {"results": [_fields(one) for one in passages if one.score >= least]}
        if notice is not None:
            answer["notice"] = {"code": notice.code, "message": notice.message}
        return json_response(answer)

    return router


def _fields(found: Citation) -> dict[str, Any]:
    """As `ResultBody`."""
    names = ("course", "lesson", "source", "source_type", "title", "heading", "anchor", "start", "end")
    places = {name: getattr(found, name) for name in ("url", "page", "slide", "seconds")}
    metadata = {name: getattr(found, name) for name in names}
    metadata |= {name: place for name, place in places.items() if place is not None}
    return {"id": found.chunk_id, "content": found.quote, "score": found.score, "metadata": metadata}
