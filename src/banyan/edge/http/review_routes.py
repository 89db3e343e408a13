"""The routes of spaced repetition: a learner's cards, what is due, and answers."""

from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends, Query
from starlette.responses import Response

from banyan.assistant.domain.scheduling import Rating
from banyan.assistant.usecases.review_cards import ReviewCards
from banyan.edge.http.access import ANYONE, RuledRoute, identity_of, within
from banyan.edge.http.fields import Id, json_response
from banyan.edge.http.review_bodies import (
    ForecastShown,
    PutShown,
    QueueShown,
    RemovedShown,
    ReviewBody,
    ReviewShown,
    card_fields,
    day_fields,
    review_fields,
)
from banyan.kernel.identity import Identity
from banyan.kernel.ids import new_id

Asker = Annotated[Identity, Depends(identity_of)]
Course = Annotated[Id | None, Query()]
_RULE = within(ANYONE, "tutor")


def review_routes(reviews: ReviewCards) -> APIRouter:
    """All of them; one's own, of others for the roles admin and service, and what is due in a course for its staff."""
    router = APIRouter(route_class=RuledRoute, tags=["cards"], prefix="/api/v1/users/{user}/cards")

    @router.put("", openapi_extra=_RULE, response_model=PutShown, summary="Add cards to a learner's own")
    async def put(
        user: Id,
        body: Annotated[dict[str, Any], Body(description="What `POST /api/v1/content/flashcards` answers as `body`.")],
        asker: Asker,
    ) -> Response:
        """Cards that are there keep their schedule, also where their text is another; the same twice is once."""
        return json_response(await reviews.put(asker, user, body))

    @router.get("/due", openapi_extra=_RULE, response_model=QueueShown, summary="Cards to review now")
    async def due(
        user: Id, asker: Asker, course: Course = None, limit: Annotated[int, Query(ge=1, le=200)] = 20
    ) -> Response:
        """What is due, then new cards as far as the day has room for them; never a card before its time."""
        queue = await reviews.due(asker, user, course=course, limit=limit)
        return json_response({"cards": [card_fields(one) for one in queue.cards], "new_left": queue.new_left})

    @router.get("/forecast", openapi_extra=_RULE, response_model=ForecastShown, summary="Load and retention by day")
    async def forecast(
        user: Id, asker: Asker, course: Course = None, days: Annotated[int, Query(ge=1, le=60)] = 14
    ) -> Response:
        """From today on, in UTC; what is overdue counts today."""
        found = await reviews.forecast(asker, user, course=course, days=days)
        return json_response({"days": [day_fields(day) for day in found]})

    @router.post("/{id}/reviews", openapi_extra=_RULE, response_model=ReviewShown, summary="Answer a card")
    async def review(user: Id, id: Id, body: ReviewBody, asker: Asker) -> Response:
        """The card with its next time. Reviews count in the order of their times, whenever they arrive."""
        done = await reviews.review(
            asker,
            user,
            id,
            id=body.id or new_id("rev"),
            rating=Rating(body.rating),
            at=body.reviewed_at,
            seconds=body.seconds,
        )
        return json_response(review_fields(*done))

    @router.delete("", openapi_extra=_RULE, response_model=RemovedShown, summary="Delete a learner's cards")
    async def remove(
        user: Id, asker: Asker, course: Course = None, card: Annotated[Id | None, Query(description="One card.")] = None
    ) -> Response:
        """One, those of a course, or all of them, with their reviews."""
        return json_response({"removed": await reviews.remove(asker, user, course=course, id=card)})

    return router
