"""Vectors as PythonAIClient and the traced client ask for them (W4, W5, W20): as many numbers as they want."""

import asyncio
import math
from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Request
from pydantic import BaseModel, BeforeValidator, Field, WithJsonSchema
from starlette.responses import Response

from banyan.assistant.ports.model_gateway import Embedded
from banyan.edge.http.access import ANYONE, within
from banyan.edge.http.learnx.ai import Caller
from banyan.edge.http.learnx.bodies import Short, Text, UserId
from banyan.edge.http.learnx.desk import Desk, WireRoute
from banyan.kernel.errors import Unprocessable
from banyan.kernel.identity import Identity

USUAL = 1536
"""Numbers of a vector where nobody says; the column of the older platform is so wide."""
MOST_TEXTS = 2048
_RULE = within(ANYONE, "embeddings")


def _named(value: object) -> object:
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


Dimensions = Annotated[int, Field(ge=1, le=16_384, description=f"{USUAL} where absent, whatever the model has.")]


class TextsBody(BaseModel):
    """A text, or some."""

    texts: Text | Annotated[list[Text], Field(max_length=MOST_TEXTS)]
    model: Short | None = None
    dimensions: Dimensions | None = None
    user_id: UserId | None = None


class Read(BaseModel):
    """Tokens that the model read."""

    prompt_tokens: int
    total_tokens: int


class Vectors(BaseModel):
    """One per text, in their order; all of length 1 and by one model."""

    embeddings: list[list[float]]
    model: str
    usage: Read


class OneVector(Vectors):
    """The same, with the one vector by itself."""

    embedding: list[float]


class Item(BaseModel):
    """A text with what comes back beside its vector, unchanged."""

    id: Annotated[
        Annotated[str, Field(max_length=1000)] | None,
        BeforeValidator(_named),
        WithJsonSchema({"anyOf": [{"type": "string", "maxLength": 1000}, {"type": "number"}, {"type": "null"}]}),
    ] = None
    text: Text
    metadata: dict[str, Any] | None = None


class ItemsBody(BaseModel):
    """Items; one without an id is `item_` and its position."""

    items: list[Item] = Field(max_length=MOST_TEXTS)
    model: Short | None = None
    dimensions: Dimensions | None = None
    batch_size: int = Field(50, ge=1, le=100)
    user_id: UserId | None = None


class ItemVector(BaseModel):
    """One item's."""

    id: str
    embedding: list[float]
    metadata: dict[str, Any]


class ItemVectors(BaseModel):
    """In the order of the items."""

    embeddings: list[ItemVector]
    model: str
    total_items: int


class TextBody(BaseModel):
    """One text."""

    text: Text
    model: Short | None = None
    dimensions: Dimensions | None = None


def vector_routes(desk: Desk) -> APIRouter:
    """The routes."""
    router = APIRouter(route_class=WireRoute, tags=["LEARN-X"])

    @router.post(
        "/api/v1/ai/embeddings", openapi_extra=_RULE, response_model=Vectors, summary="Vectors of a wanted width"
    )
    async def embeddings(body: TextsBody, caller: Caller, http: Request) -> Response:
        learner = desk.learner(caller, body.user_id)
        texts = [body.texts] if isinstance(body.texts, str) else body.texts

        async def work() -> dict[str, Any]:
            found, rows = await vectors(desk, learner, texts, body.model, body.dimensions)
            return {"embeddings": rows, "model": found.model, "usage": _usage(found)}

        return await desk.answer(http, learner, work)

    @router.post(
        "/api/v1/ai/embeddings/batch",
        openapi_extra=_RULE,
        response_model=ItemVectors,
        summary="Vectors of items that keep their ids and metadata",
    )
    async def batch(body: ItemsBody, caller: Caller, http: Request) -> Response:
        learner = desk.learner(caller, body.user_id)

        async def work() -> dict[str, Any]:
            texts = [item.text for item in body.items]
            found, rows = await vectors(desk, learner, texts, body.model, body.dimensions)
            shown = [
                {"id": f"item_{at}" if item.id is None else item.id, "embedding": row, "metadata": item.metadata or {}}
                for at, (item, row) in enumerate(zip(body.items, rows, strict=True))
            ]
            return {"embeddings": shown, "model": found.model, "total_items": len(shown)}

        return await desk.answer(http, learner, work)

    @router.post("/embeddings/generate", openapi_extra=_RULE, response_model=OneVector, summary="The vector of a text")
    async def one(body: TextBody, caller: Caller, http: Request) -> Response:
        async def work() -> dict[str, Any]:
            found, rows = await vectors(desk, caller, [body.text], body.model, body.dimensions)
            return {"embedding": rows[0], "embeddings": rows, "model": found.model, "usage": _usage(found)}

        return await desk.answer(http, caller, work)

    return router


async def vectors(
    desk: Desk, learner: Identity, texts: Sequence[str], model: str | None, dimensions: int | None
) -> tuple[Embedded, list[list[float]]]:
    """What the model made, and the same as rows of so many numbers. Raises: Unprocessable; the proxy's own errors."""
    if not texts:
        return Embedded((), model or "", 0), []
    empty = next((at for at, text in enumerate(texts) if not text.strip()), None)
    if empty is not None:
        raise Unprocessable(f"Text {empty} has nothing in it; leave it out.", param="texts")
    found = await desk.services.gateway.embed_as(learner, texts, await desk.names.vectors(learner, model))
    counted = desk.counted
    counted.vector_calls += 1
    counted.vectors += len(texts)
    counted.vector_tokens += found.tokens
    counted.vector_model = found.model
    width = dimensions or USUAL
    return found, await asyncio.to_thread(lambda: [of_width(row, width) for row in found.vectors])


def of_width(row: Sequence[float], width: int) -> list[float]:
    """The vector with zeros behind it, which changes no cosine; or cut, and of unit length again."""
    if len(row) <= width:
        return [*row, *[0.0] * (width - len(row))]
    cut = row[:width]
    length = math.sqrt(sum(number * number for number in cut)) or 1.0
    return [number / length for number in cut]


def _usage(found: Embedded) -> dict[str, int]:
    return {"prompt_tokens": found.tokens, "total_tokens": found.tokens}
