"""POST /v1/moderations, as OpenAI's API has it."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from banyan.edge.http.access import ANYONE, RuledRoute, identity_of, within
from banyan.edge.http.callers import caller_of, trace_headers
from banyan.kernel.identity import Identity
from banyan.proxy.domain.accounting import Trace
from banyan.proxy.usecases.moderate import MAX_INPUTS, Moderate

Caller = Annotated[Identity, Depends(identity_of)]


class ModerationBody(BaseModel):
    """What to judge."""

    model_config = ConfigDict(extra="allow")

    input: str | list[Any] = Field(
        description=f"A text, up to {MAX_INPUTS} texts, or the parts of one input (`text`, `image_url`). "
        "Images need a provider."
    )
    model: str | None = Field(None, description="`omni-moderation-latest`, `openai/NAME`, or `banyan/rules`.")


class ModerationResult(BaseModel):
    """The verdict on one input."""

    model_config = ConfigDict(extra="allow")

    flagged: bool
    categories: dict[str, bool]
    category_scores: dict[str, float]


class ModerationAnswer(BaseModel):
    """One result per input, in their order. `model` says who judged."""

    id: str
    model: str
    results: list[ModerationResult]


def moderation_routes(moderate: Moderate) -> APIRouter:
    """The one route."""
    router = APIRouter(route_class=RuledRoute, tags=["moderations"])

    @router.post(
        "/v1/moderations",
        openapi_extra=within(ANYONE, "chat"),
        response_model=ModerationAnswer,
        summary="Say what is wrong with texts",
    )
    async def moderations(body: ModerationBody, identity: Caller, http: Request) -> Response:
        identity.check_model(body.model or moderate.default)
        trace = Trace()
        answer = await moderate.moderate(caller_of(http.scope), body.model_dump(exclude_unset=True), body.model, trace)
        response = Response(answer, media_type="application/json")
        response.raw_headers.extend(trace_headers(trace))
        return response

    return router
