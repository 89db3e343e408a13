"""`/v1/batches`, as OpenAI's API has them, and what a batch would cost."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Header, Query, Request
from pydantic import BaseModel, Field
from starlette.responses import Response

from banyan.edge.http.access import ANYONE, RuledRoute, identity_of, within
from banyan.edge.http.fields import json_response
from banyan.edge.http.file_routes import owner_of, page_of
from banyan.kernel.errors import NotAllowed
from banyan.kernel.identity import Identity
from banyan.proxy.domain.batches import ENDPOINTS, batch_object
from banyan.proxy.usecases.manage_batches import ManageBatches

_BATCHES = within(ANYONE, "batches")
Endpoint = Literal["/v1/chat/completions", "/v1/embeddings", "/v1/responses", "/v1/moderations"]


class ExpiresAfter(BaseModel):
    """When output files expire, from their making."""

    anchor: Literal["created_at"]
    seconds: int = Field(ge=3600, le=2592000)


class BatchWish(BaseModel):
    """What is to be done with a file of requests."""

    input_file_id: str = Field(min_length=1, max_length=200)
    endpoint: Endpoint
    completion_window: Literal["24h"]
    metadata: dict[str, str] | None = None
    output_expires_after: ExpiresAfter | None = None


class BatchFault(BaseModel):
    """What is wrong with a line; line: null where it is the whole file."""

    code: str
    message: str
    param: str | None
    line: int | None


class BatchFaults(BaseModel):
    """At most a hundred."""

    object: Literal["list"]
    data: list[BatchFault]


class RequestCounts(BaseModel):
    """Lines."""

    total: int
    completed: int
    failed: int


class EstimateBody(BaseModel):
    """Money as decimal dollars. least, most: of the lines with a known price; complete: whether those are all."""

    currency: Literal["USD"]
    least: str
    most: str
    complete: bool
    unpriced_lines: int
    unpriced_models: list[str]
    lines: int
    input_tokens: int
    most_output_tokens: int


class CostBody(BaseModel):
    """From the ledger. amount: decimal dollars, of the calls with a known price; complete: whether those are all."""

    currency: Literal["USD"]
    amount: str
    complete: bool
    unpriced_calls: int
    calls: int
    input_tokens: int
    output_tokens: int


class BatchBody(BaseModel):
    """A batch. Times are seconds since 1970."""

    id: str
    object: Literal["batch"]
    endpoint: str
    errors: BatchFaults | None
    input_file_id: str
    completion_window: str
    status: str
    output_file_id: str | None
    error_file_id: str | None
    created_at: int
    in_progress_at: int | None
    expires_at: int
    finalizing_at: int | None
    completed_at: int | None
    failed_at: int | None
    expired_at: int | None
    cancelling_at: int | None
    cancelled_at: int | None
    request_counts: RequestCounts
    metadata: dict[str, str] | None
    estimated_cost: EstimateBody | None = Field(description="Once it is validated.")
    cost: CostBody | None = Field(description="So far, once it is in progress.")


class BatchesBody(BaseModel):
    """A page of batches, newest first."""

    object: Literal["list"]
    data: list[BatchBody]
    first_id: str | None
    last_id: str | None
    has_more: bool


class BatchEstimateBody(BaseModel):
    """What a batch may cost and whether it would start; nothing has been asked or kept."""

    object: Literal["batch.estimate"]
    endpoint: str
    input_file_id: str
    errors: BatchFaults | None
    estimated_cost: EstimateBody


DryRun = Annotated[bool, Header(alias="X-Banyan-Dry-Run", description="Estimate only, as /v1/batches/estimate.")]


def batch_routes(manage: ManageBatches) -> APIRouter:
    """Create, estimate, list, read, cancel."""
    router = APIRouter(route_class=RuledRoute, tags=["batches"], prefix="/v1/batches")

    @router.post(
        "",
        openapi_extra=_BATCHES,
        summary="Answer a file of requests in the background",
        response_model=BatchBody | BatchEstimateBody,
    )
    async def create(body: BatchWish, request: Request, dry_run: DryRun = False) -> Response:
        check_endpoint(identity_of(request), body.endpoint)
        if dry_run:
            return json_response(await _estimate(manage, body, request))
        seconds = None if body.output_expires_after is None else body.output_expires_after.seconds
        owner = owner_of(request)
        return json_response(
            batch_object(await manage.create(owner, body.endpoint, body.input_file_id, body.metadata, seconds))
        )

    @router.post("/estimate", openapi_extra=_BATCHES, summary="What a batch may cost", response_model=BatchEstimateBody)
    async def estimate(body: BatchWish, request: Request) -> Response:
        check_endpoint(identity_of(request), body.endpoint)
        return json_response(await _estimate(manage, body, request))

    @router.get("", openapi_extra=_BATCHES, summary="Your batches", response_model=BatchesBody)
    async def batches(
        request: Request, after: str | None = None, limit: Annotated[int, Query(ge=1, le=100)] = 20
    ) -> Response:
        found, more = await manage.page(owner_of(request), limit=limit, after=after)
        return json_response(page_of([batch_object(batch) for batch in found], more))

    @router.get("/{id}", openapi_extra=_BATCHES, summary="A batch", response_model=BatchBody)
    async def one(id: str, request: Request) -> Response:
        return json_response(batch_object(await manage.one(owner_of(request), id)))

    @router.post("/{id}/cancel", openapi_extra=_BATCHES, summary="Stop a batch", response_model=BatchBody)
    async def cancel(id: str, request: Request) -> Response:
        return json_response(batch_object(await manage.cancel(owner_of(request), id)))

    return router


def check_endpoint(identity: Identity, endpoint: str) -> None:
    """Refuses at once what every line would be refused. Raises: NotAllowed."""
    needed = ENDPOINTS[endpoint]
    if identity.grant is not None and needed not in identity.grant.scopes:
        raise NotAllowed(
            f"The lines of this batch need a key with the scope {needed!r}; ask whoever runs the service for one.",
            code="scope_missing",
        )


async def _estimate(manage: ManageBatches, body: BatchWish, request: Request) -> dict[str, Any]:
    fields, faults = await manage.estimate(owner_of(request), body.endpoint, body.input_file_id)
    return {
        "object": "batch.estimate",
        "endpoint": body.endpoint,
        "input_file_id": body.input_file_id,
        "errors": {"object": "list", "data": faults} if faults else None,
        "estimated_cost": fields,
    }
