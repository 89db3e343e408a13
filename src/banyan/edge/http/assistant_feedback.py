"""The routes by which learners rate answers, and staff look through what they said."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, Field
from starlette.responses import Response

from banyan.assistant.domain.feedback import Feedback, Rating, Reason, Remedy
from banyan.assistant.usecases.rate_answers import Reviewed
from banyan.edge.http.access import ANYONE, STAFF, RuledRoute, identity_of, within
from banyan.edge.http.assistant_bodies import CitationBody, citation_fields
from banyan.edge.http.assistant_services import AssistantServices
from banyan.edge.http.fields import Id, json_response
from banyan.kernel.identity import Identity

Asker = Annotated[Identity, Depends(identity_of)]
_LEARNERS, _STAFF = within(ANYONE, "tutor"), within(STAFF, "tutor")


class RatingBody(BaseModel):
    """What a learner says of an answer."""

    rating: Rating
    reasons: list[Reason] = Field([], max_length=len(Reason))
    comment: str | None = Field(None, max_length=2000)


class RatingShown(BaseModel):
    """What was said of one answer."""

    message: str
    rating: Rating
    reasons: list[Reason]
    comment: str


class RatingsShown(BaseModel):
    """Of one session."""

    feedback: list[RatingShown]


class ResolveBody(BaseModel):
    """What staff did about it."""

    action: Remedy = Remedy.NOTHING
    note: str = Field("", max_length=2000)


class ReviewRow(BaseModel):
    """Feedback with what it is about. id: the message's."""

    id: str
    course: str
    lesson: str
    rating: Rating
    reasons: list[Reason]
    comment: str
    user: str = Field(description="Empty unless policy shows names to staff; then question and comment name nobody.")
    question: str
    answer: str
    citations: list[CitationBody]
    model: str
    created: datetime
    updated: datetime
    resolved: datetime | None
    resolved_by: str
    action: Remedy | None
    note: str


class ReviewsShown(BaseModel):
    """What nobody has looked at first."""

    feedback: list[ReviewRow]


def feedback_routes(services: AssistantServices) -> APIRouter:
    """All of them."""
    router = APIRouter(route_class=RuledRoute, tags=["feedback"], prefix="/api/v1")

    @router.post(
        "/messages/{id}/feedback", openapi_extra=_LEARNERS, response_model=RatingShown, summary="Rate an own answer"
    )
    async def rate(id: Id, body: RatingBody, asker: Asker) -> Response:
        """One for each answer; a later one takes its place, and opens it again for staff."""
        given = await services.teaching.feedback.rate(asker, id, body.rating, body.reasons, body.comment or "")
        return json_response(_rating(given))

    @router.delete(
        "/messages/{id}/feedback", openapi_extra=_LEARNERS, status_code=204, summary="Take back what was said"
    )
    async def take_back(id: Id, asker: Asker) -> Response:
        """As if nothing had been said."""
        await services.teaching.feedback.take_back(asker, id)
        return Response(status_code=204)

    @router.get(
        "/sessions/{session}/feedback",
        openapi_extra=_LEARNERS,
        response_model=RatingsShown,
        summary="What the caller said of a session's answers",
    )
    async def own(session: Id, asker: Asker) -> Response:
        """Empty for sessions of others."""
        found = await services.teaching.feedback.own(asker, session)
        return json_response({"feedback": [_rating(one) for one in found]})

    @router.get("/feedback", openapi_extra=_STAFF, response_model=ReviewsShown, summary="Feedback to look through")
    async def queue(
        asker: Asker,
        course: Annotated[Id, Query()],
        rating: Annotated[Rating | None, Query()] = None,
        resolved: Annotated[bool | None, Query()] = None,
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
    ) -> Response:
        """What nobody has looked at first, with question, answer and citations."""
        found = await services.teaching.feedback.queue(asker, course, rating=rating, resolved=resolved, limit=limit)
        return json_response({"feedback": [_review(one) for one in found]})

    @router.post(
        "/feedback/{id}/resolve", openapi_extra=_STAFF, response_model=ReviewRow, summary="Say what was done about it"
    )
    async def resolve(id: Id, body: ResolveBody, asker: Asker) -> Response:
        """It moves to the end of the queue."""
        done = await services.teaching.feedback.resolve(asker, id, body.action, body.note)
        return json_response(_review(done))

    return router


def _rating(given: Feedback) -> dict[str, Any]:
    return {
        "message": given.message,
        "rating": given.rating.value,
        "reasons": [reason.value for reason in given.reasons],
        "comment": given.comment,
    }


def _review(one: Reviewed) -> dict[str, Any]:
    given, said = one.feedback, one.answered
    return {
        "id": given.message,
        "course": given.course,
        "lesson": given.lesson,
        "rating": given.rating.value,
        "reasons": [reason.value for reason in given.reasons],
        "comment": given.comment,
        "user": one.user,
        "question": one.question,
        "answer": "" if said is None else said.answer.content,
        "citations": [] if said is None else [citation_fields(citation) for citation in said.answer.citations],
        "model": "" if said is None else said.answer.model,
        "created": given.created,
        "updated": given.updated,
        "resolved": given.resolved,
        "resolved_by": given.resolved_by,
        "action": given.action,
        "note": given.note,
    }
