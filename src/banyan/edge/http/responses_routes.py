"""POST /v1/responses and its companions, as OpenAI's Responses API has them."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Annotated, Any, Literal

import msgspec
from fastapi import APIRouter, Query, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from banyan.edge.http.access import ANYONE, RuledRoute, identity_of, within
from banyan.edge.http.callers import caller_of, trace_headers
from banyan.edge.http.fields import json_response
from banyan.edge.http.responses_bodies import DeletedBody, InputItemsBody, ResponseAnswer, ResponseBody
from banyan.edge.http.sse import UntilClientLeaves, named_event, send_events
from banyan.proxy.domain.accounting import Caller, Trace
from banyan.proxy.domain.responses_request import ResponseOrder, read_order
from banyan.proxy.ports.door import OPEN, Door
from banyan.proxy.usecases.respond import Respond

_CHAT = within(ANYONE, "chat")
_STREAM: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The response; with `stream`, its events, of which the last is `response.completed`, "
        "`response.incomplete` or `response.failed`.",
        "content": {"text/event-stream": {}},
    }
}


def responses_routes(respond: Respond, door: Door = OPEN) -> APIRouter:
    """Create, read, delete. door: what was answered before an exam is a crib in it."""
    router = APIRouter(route_class=RuledRoute, tags=["responses"], prefix="/v1/responses")

    @router.post(
        "",
        openapi_extra=_CHAT,
        summary="Answer by the Responses API, plain or streamed",
        response_model=ResponseAnswer,
        responses=_STREAM,
    )
    async def create(body: ResponseBody, request: Request) -> Response:
        order = read_order(body.model_dump(exclude_unset=True))
        identity_of(request).check_model(body.model or respond.default_model)
        if body.course is not None:
            identity_of(request).check_course(body.course)
        await door.answers(identity_of(request), body.course, body.lesson)
        return _UntilAnswered(respond, caller_of(request.scope, body.course), order)

    @router.get("/{id}", openapi_extra=_CHAT, summary="A stored response", response_model=ResponseAnswer)
    async def retrieve(id: str, request: Request) -> Response:
        await door.answers(identity_of(request))
        return json_response(await respond.one(caller_of(request.scope), id))

    @router.delete("/{id}", openapi_extra=_CHAT, summary="Forget a response", response_model=DeletedBody)
    async def delete(id: str, request: Request) -> Response:
        await respond.delete(caller_of(request.scope), id)
        return json_response({"id": id, "object": "response", "deleted": True})

    @router.get(
        "/{id}/input_items",
        openapi_extra=_CHAT,
        summary="What was sent with the request of a response",
        response_model=InputItemsBody,
    )
    async def input_items(
        id: str,
        request: Request,
        limit: Annotated[int, Query(ge=1, le=100)] = 20,
        order: Literal["asc", "desc"] = "desc",
        after: str | None = None,
    ) -> Response:
        await door.answers(identity_of(request))
        return json_response(_page(await respond.input_items(caller_of(request.scope), id), limit, order, after))

    @router.post(
        "/{id}/cancel",
        openapi_extra=_CHAT,
        summary="Refused: there are no background responses",
        response_model=ResponseAnswer,
    )
    async def cancel(id: str, request: Request) -> Response:
        await respond.cancel(caller_of(request.scope), id)
        return Response(status_code=204)

    return router


class _UntilAnswered(Response):
    """Answers within the request, so that a client that leaves stops the model at once."""

    def __init__(self, respond: Respond, caller: Caller, order: ResponseOrder) -> None:
        super().__init__()
        self._respond = respond
        self._caller = caller
        self._order = order
        self._trace = Trace()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._order.stream:
            await send_events(self._events(), scope, receive, send, headers=self._traced, named=True)
            return
        async with UntilClientLeaves(receive):
            answer = json_response(await self._respond.create(self._caller, self._order, self._trace))
            answer.raw_headers += self._traced()
            await answer(scope, receive, send)

    def _traced(self) -> list[tuple[bytes, bytes]]:
        return trace_headers(self._trace)

    async def _events(self) -> AsyncGenerator[bytes, None]:
        async with aclosing(self._respond.stream(self._caller, self._order, self._trace)) as events:
            async for event in events:
                yield named_event(event["type"], msgspec.json.encode(event))


def _page(items: list[dict[str, Any]], limit: int, order: str, after: str | None) -> dict[str, Any]:
    ordered = items if order == "asc" else items[::-1]
    ids = [item["id"] for item in ordered]
    start = ids.index(after) + 1 if after in ids else 0
    page = ordered[start : start + limit]
    return {
        "object": "list",
        "data": page,
        "first_id": page[0]["id"] if page else None,
        "last_id": page[-1]["id"] if page else None,
        "has_more": start + limit < len(ordered),
    }
