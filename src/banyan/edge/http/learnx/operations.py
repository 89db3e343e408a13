"""POST /ai/{operation} (W19): the traced client's one way to everything that a model does."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Request
from pydantic import BaseModel, ConfigDict, ValidationError
from starlette.responses import Response

from banyan.assistant.content import CONTENT
from banyan.edge.http.learnx.ai import RULE, Caller, CompleteBody, GenerateBody, completed, order_of, type_of
from banyan.edge.http.learnx.desk import Desk, WireRoute
from banyan.edge.http.learnx.shapes import text_of, used
from banyan.edge.http.learnx.vectors import vectors
from banyan.kernel.errors import NotFound, Unprocessable
from banyan.kernel.identity import Identity

_TALK = {"chat", "complete", "completion", "ask"}
_VECTORS = {"embed", "embedding", "embeddings"}
_MAKE = {"generate", "generate-content", "generate_content", "process", "content", "analyze", "explain", "summarize"}


class Fields(BaseModel):
    """Whatever the operation takes: `content` or `text`, `messages`, `prompt` or `message`, and options."""

    model_config = ConfigDict(extra="allow")


class Done(BaseModel):
    """operation: as it was asked for. Other fields are those of the endpoint behind it."""

    model_config = ConfigDict(extra="allow")
    operation: str


def operation_routes(desk: Desk) -> APIRouter:
    """The one route."""
    router = APIRouter(route_class=WireRoute, tags=["LEARN-X"])

    @router.post("/ai/{operation}", openapi_extra=RULE, response_model=Done, summary="Content, chat or vectors")
    async def process(
        operation: Annotated[str, Path(max_length=200)], body: Fields, caller: Caller, http: Request
    ) -> Response:
        """operation: a content type, `generate`, `complete` or `embeddings`."""
        fields = {**body.model_dump(), "stream": False}
        learner = desk.learner(caller, str(fields.get("user_id") or fields.get("userId") or "") or None)
        name = operation.strip().casefold()

        async def work() -> dict[str, Any]:
            return {"operation": operation, **await _done(desk, learner, name, fields)}

        return await desk.answer(http, learner, work)

    return router


async def _done(desk: Desk, learner: Identity, name: str, fields: dict[str, Any]) -> dict[str, Any]:
    text = next((str(fields[one]) for one in ("content", "text", "prompt", "message", "input") if fields.get(one)), "")
    try:
        if name in _VECTORS:
            texts = fields.get("texts") or [text]
            found, rows = await vectors(desk, learner, [str(one) for one in texts], None, fields.get("dimensions"))
            return {"embeddings": rows, "model": found.model}
        if name in _TALK:
            fields.setdefault("messages", [{"role": "user", "content": text}])
            return await completed(desk, learner, CompleteBody.model_validate(fields))
        if name in _MAKE or type_of(name) != "explanation" or name in CONTENT.names:
            kind = fields.get("content_type") if name in _MAKE else None
            body = GenerateBody.model_validate({**fields, "content": text, "content_type": str(kind or name)})
            order = await order_of(desk, learner, body)
            made = await desk.make(learner, order)
            return {"content": text_of(made, order), "model": made.model, "usage": used(made), "notes": made.notes}
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise Unprocessable(f"`{place}` is not right ({first['msg']}); correct it.", param=place) from error
    raise NotFound(
        f"There is no operation {name[:60]!r}; choose generate, complete, embeddings or one of "
        f"{', '.join(CONTENT.names)}.",
        code="unknown_operation",
    )
