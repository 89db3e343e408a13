"""Batches of small requests, with priorities and partial results."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Body, Path, Query
from fastapi import Request as HttpRequest
from pydantic import BaseModel, ValidationError
from starlette.convertors import StringConvertor, register_url_convertor
from starlette.requests import ClientDisconnect
from starlette.responses import Response

from banyan.assistant.usecases.run_batch import Answered, Batch, Priority, Request, RunBatch
from banyan.edge.http.fields import json_response
from banyan.edge.http.learnx.ai import RULE, Caller, CompleteBody, GenerateBody, completed, order_of
from banyan.edge.http.learnx.bodies import UserId
from banyan.edge.http.learnx.desk import Desk, WireRoute
from banyan.edge.http.learnx.shapes import text_of, used
from banyan.edge.http.learnx.vectors import TextsBody, vectors
from banyan.edge.http.sse import UntilClientLeaves
from banyan.kernel.errors import Unprocessable
from banyan.kernel.identity import Identity

MOST = 50
_TYPES = Literal["completion", "embedding", "generation"]


class _BatchId(StringConvertor):
    """Any id but the names of the routes beside it, so that each path says which methods it takes."""

    regex = "(?!(?:process|stats)$)[^/]+"


register_url_convertor("learnx_batch", _BatchId())


class BatchItem(BaseModel):
    """data: the body of `complete`, `embeddings` or `generate-content`; `prompt` and `text` are understood as well."""

    type: _TYPES
    data: dict[str, Any]
    user_id: UserId | None = None


class RequestResult(BaseModel):
    """error: one plain sentence. processing_time: seconds. cost_estimate: US dollars; null where nobody knows."""

    request_id: str
    success: bool
    result: Any
    error: str | None
    processing_time: float
    tokens_used: int
    cost_estimate: float | None


class BatchShown(BaseModel):
    """results: in the order of the requests, those that have ended. durable: a new start of the service forgets it."""

    batch_id: str
    status: Literal["submitted", "processing", "completed"]
    total_requests: int
    request_ids: list[str]
    results: list[RequestResult]
    stats: dict[str, Any]
    durable: Literal[False]


class BatchStats(BaseModel):
    """Of everybody, since the service began. Nothing is saved by batches here, so `cost_savings` is 0."""

    total_requests: int
    total_batches: int
    avg_batch_size: float
    total_processing_time: float
    cost_savings: float
    priority_distribution: dict[str, int]
    active_batches: int
    total_queued: int
    queue_stats: dict[str, int]
    config: dict[str, Any]


def batch_routes(desk: Desk) -> APIRouter:
    """The routes, and the one queue behind them."""
    router = APIRouter(route_class=WireRoute, tags=["LEARN-X"], prefix="/api/v1/ai/batch")
    run = RunBatch()

    @router.post("/process", openapi_extra=RULE, response_model=BatchShown, summary="Work on up to 50 requests")
    async def process(
        items: Annotated[list[BatchItem], Body(min_length=1, max_length=MOST)],
        caller: Caller,
        http: HttpRequest,
        priority: Annotated[Literal["low", "normal", "high", "urgent"], Query()] = "normal",
        wait_for_results: Annotated[bool, Query()] = True,
    ) -> Response:
        """Each request has 30 seconds and an error of its own. Without waiting, `GET .../{id}` has the results."""
        works = [_work(desk, desk.learner(caller, item.user_id), item) for item in items]
        batch = run.submit(_owner(caller), Priority[priority.upper()], works)
        if not wait_for_results:
            return json_response(_shown(batch, "submitted"))
        async with UntilClientLeaves(http.receive):
            await run.ended(batch)
            return json_response(_shown(batch, "completed"))
        raise ClientDisconnect

    @router.get("/stats", openapi_extra=RULE, response_model=BatchStats, summary="How batches do")
    async def stats(caller: Caller) -> Response:
        return json_response(
            {
                "total_requests": run.requests,
                "total_batches": run.batches,
                "avg_batch_size": run.requests / run.batches if run.batches else 0.0,
                "total_processing_time": run.busy_seconds,
                "cost_savings": 0.0,
                "priority_distribution": {one.name.lower(): run.by_priority[one] for one in Priority},
                "active_batches": run.active,
                "total_queued": run.waiting,
                "queue_stats": run.queues(),
                "config": {"max_batch_size": MOST, "request_seconds": 30},
            }
        )

    @router.get(
        "/{id:learnx_batch}", openapi_extra=RULE, response_model=BatchShown, summary="What came of a batch so far"
    )
    async def show(id: Annotated[str, Path(max_length=100)], caller: Caller) -> Response:
        batch = run.get(_owner(caller), id)
        return json_response(_shown(batch, "completed" if batch.done == len(batch.requests) else "processing"))

    return router


def _owner(caller: Identity) -> tuple[str, str]:
    return caller.tenant, caller.user


def _work(desk: Desk, learner: Identity, item: BatchItem) -> Callable[[], Awaitable[Answered]]:
    async def work() -> Answered:
        try:
            return await _answer(desk, learner, item)
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join(str(part) for part in first["loc"])
            raise Unprocessable(f"`data.{place}` is not right ({first['msg']}); correct it.", param=place) from error

    return work


async def _answer(desk: Desk, learner: Identity, item: BatchItem) -> Answered:
    fields = {**item.data, "stream": False}
    if item.type == "embedding":
        body = TextsBody.model_validate({"texts": fields.get("text"), **fields})
        texts = [body.texts] if isinstance(body.texts, str) else body.texts
        found, rows = await vectors(desk, learner, texts, body.model, body.dimensions)
        result = {"embeddings": rows, "embedding": rows[0] if rows else [], "model": found.model}
        return Answered(result, found.tokens, None)
    if item.type == "completion":
        if "messages" not in fields and isinstance(fields.get("prompt"), str):
            fields["messages"] = [{"role": "user", "content": fields["prompt"]}]
        answer = await completed(desk, learner, CompleteBody.model_validate(fields))
        return Answered(answer, answer["usage"]["total_tokens"], None)
    wanted = GenerateBody.model_validate({"content_type": "explanation", **fields})
    order = await order_of(desk, learner, wanted)
    made = await desk.make(learner, order)
    usage = used(made)
    result = {"content": text_of(made, order), "content_type": wanted.content_type, "model": made.model, "usage": usage}
    return Answered(result, usage["total_tokens"], made.cost_usd)


def _shown(batch: Batch, status: str) -> dict[str, Any]:
    ended = [one for one in batch.requests if one.ended.is_set()]
    return {
        "batch_id": batch.id,
        "status": status,
        "total_requests": len(batch.requests),
        "request_ids": [one.id for one in batch.requests],
        "results": [_result(one) for one in ended],
        "stats": {
            "successful": sum(not one.error for one in ended),
            "failed": sum(bool(one.error) for one in ended),
            "processing_time": sum(one.seconds for one in ended),
            "priority": batch.priority.name.lower(),
        },
        "durable": False,
    }


def _result(one: Request) -> dict[str, Any]:
    answered = one.answered or Answered(None)
    return {
        "request_id": one.id,
        "success": not one.error,
        "result": answered.result,
        "error": one.error or None,
        "processing_time": one.seconds,
        "tokens_used": answered.tokens,
        "cost_estimate": answered.usd,
    }
