"""The route that says what a learner has left."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, Field
from starlette.responses import Response

from banyan.assistant.domain.quotas import spend
from banyan.assistant.usecases.read_limits import left, read_limits
from banyan.edge.http.access import ANYONE, RuledRoute, identity_of, within
from banyan.edge.http.assistant_services import AssistantServices
from banyan.edge.http.fields import Id, json_response
from banyan.kernel.identity import Identity
from banyan.kernel.money import Money, dollars


class LimitsBody(BaseModel):
    """What a learner may use in a course within 24 hours, and has used. Amounts are in dollars."""

    max_messages_per_user_per_day: int = Field(description="0 where there is no cap.")
    used_messages_today: int
    messages_left: int | None = Field(description="null where there is no cap.")
    cost_per_message: float = Field(description="Of a model's answer; those that only quote the lesson cost nothing.")
    cost_cap_per_user_per_day: float = Field(description="0 where there is no cap.")
    spend_today: float
    cost_left: float | None = Field(description="null where there is no cap or no price.")
    enabled: bool = Field(description="Whether the assistant answers in the course at all.")
    resets_at: datetime | None = Field(
        description="When a question is allowed again; where one is allowed now, when the oldest stops to count."
    )


def limit_routes(services: AssistantServices) -> APIRouter:
    """The route, over what is counted."""
    router = APIRouter(route_class=RuledRoute, tags=["limits"])

    @router.get(
        "/api/v1/users/{user}/limits",
        openapi_extra=within(ANYONE, "tutor"),
        response_model=LimitsBody,
        summary="What a learner has left in a course",
    )
    async def limits(
        user: Id,
        asker: Annotated[Identity, Depends(identity_of)],
        course: Annotated[Id, Query()],
        lesson: Annotated[Id | None, Query(description="Where a lesson has limits of its own.")] = None,
    ) -> Response:
        """The caller's own; those of others are for staff of the course. The same numbers are enforced.

        "Today" is the 24 hours before now: what is used comes back question by question.
        """
        ask = services.ask
        found = await read_limits(
            ask.parts.admit, services.store, services.clock, asker, user, course, lesson, model=ask.model
        )
        allowed = found.allowed
        messages_left, cost_left = left(allowed, found.charges)
        return json_response(
            {
                "max_messages_per_user_per_day": allowed.messages,
                "used_messages_today": len(found.charges),
                "messages_left": messages_left,
                "cost_per_message": _dollars(allowed.price),
                "cost_cap_per_user_per_day": _dollars(allowed.cost),
                "spend_today": _dollars(spend(found.charges)),
                "cost_left": None if cost_left is None else _dollars(Money(cost_left)),
                "enabled": found.enabled,
                "resets_at": found.resets_at,
            }
        )

    return router


def _dollars(amount: Money) -> float:
    return float(dollars(amount))
