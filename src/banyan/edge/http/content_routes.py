"""POST /api/v1/content/{type}: study material of a lesson or of a text; GET /api/v1/content: which types there are."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Depends, Header, Path
from msgspec import structs
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from banyan.assistant.content.markdown import as_markdown
from banyan.assistant.domain.material import Material, Order
from banyan.assistant.usecases.generate import Generate, catalogue
from banyan.assistant.usecases.persona_book import PersonaBook
from banyan.edge.http.access import ANYONE, RuledRoute, identity_of, within
from banyan.edge.http.content_bodies import (
    CatalogueBody,
    ContentBody,
    MaterialBody,
    material_fields,
    type_fields,
)
from banyan.edge.http.fields import json_response
from banyan.edge.http.metrics import COURSE
from banyan.edge.http.resuming import LastEventId, TextPlace
from banyan.edge.http.sse import UntilClientLeaves, send_events, with_heartbeats
from banyan.kernel.identity import Identity

_STREAM = {"schema": {"type": "string"}, "example": 'data: {"type": "start", "content_type": "summary"}\n\n'}


def content_routes(generate: Generate, personas: PersonaBook) -> APIRouter:
    """The routes. personas: of learners whose requests bring none."""
    router = APIRouter(route_class=RuledRoute, tags=["content"], prefix="/api/v1")

    @router.get(
        "/content",
        openapi_extra=within(ANYONE, "tutor"),
        response_model=CatalogueBody,
        summary="Content types, with the options of each",
    )
    async def types() -> Response:
        return json_response({"types": [type_fields(one) for one in catalogue()]})

    @router.post(
        "/content/{type}",
        openapi_extra=within(ANYONE, "tutor"),
        response_model=MaterialBody,
        summary="Make study material of a lesson or of a text",
        responses={200: {"content": {"text/event-stream": _STREAM}}},
    )
    async def make(
        type: Annotated[str, Path(max_length=100)],
        body: ContentBody,
        asker: Annotated[Identity, Depends(identity_of)],
        accept: Annotated[str, Header(include_in_schema=False)] = "",
        last_event: LastEventId = None,
    ) -> Response:
        """Every item carries the span of the source that supports it; `gate` tells what was left out, and why.

        With `stream: true`, or where `Accept` asks for `text/event-stream`, the answer comes as server-sent events:
        `{"type": "start"}`, `{"type": "delta", "text"}` with Markdown, `{"type": "material", "material"}`, `[DONE]`.
        Without a `persona`, what is kept of the caller counts; `{}` is nobody's.
        A comment stands between them where nothing else comes for a while. Deltas have ids; a stream that is cut goes
        on for whoever sends the request again with the last id as `Last-Event-ID`.
        """
        order = body.order(type)
        if order.persona is None:
            order = structs.replace(order, persona=await personas.get(asker, asker.user))
        stream = body.stream or "text/event-stream" in accept
        return _Making(generate, asker, order, TextPlace(last_event), stream=stream)

    return router


class _Making(Response):
    """Makes the material while it is being sent, so that a client who leaves ends it."""

    def __init__(self, generate: Generate, asker: Identity, order: Order, place: TextPlace, *, stream: bool) -> None:
        super().__init__()
        self._place = place
        self._generate = generate
        self._asker = asker
        self._order = order
        self._stream = stream

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._order.course:
            scope[COURSE] = self._order.course
        if self._stream:
            await send_events(with_heartbeats(self._events()), scope, receive, send)
            return
        async with UntilClientLeaves(receive):
            made = await self._generate(self._asker, self._order)
            await json_response(_shown(made))(scope, receive, send)

    async def _events(self) -> AsyncGenerator[bytes, None]:
        async with aclosing(self._generate.stream(self._asker, self._order)) as pieces:
            async for piece in pieces:
                if isinstance(piece, Material):
                    self._place.check_end()
                    yield msgspec.json.encode({"type": "material", "material": _shown(piece)})
                elif piece:
                    if unread := self._place.unread(piece):
                        yield self._place.marked(msgspec.json.encode({"type": "delta", "text": unread}))
                else:
                    yield msgspec.json.encode({"type": "start", "content_type": self._order.type})


def _shown(made: Material) -> dict[str, Any]:
    return material_fields(made, as_markdown(made.body))
