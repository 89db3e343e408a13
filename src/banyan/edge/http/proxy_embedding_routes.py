"""POST /v1/embeddings, as OpenAI's API has it."""

import asyncio
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Header
from pydantic import BaseModel, Field
from starlette.responses import Response

from banyan.edge.http.access import ANYONE, RuledRoute, identity_of, within
from banyan.edge.http.fields import json_response
from banyan.kernel.identity import Identity
from banyan.proxy.domain.registry import checked_zone
from banyan.proxy.usecases.embed import MAX_INPUTS, EmbeddingModels, EmbedRequest, EmbedResult, EncodingFormat, embed

Caller = Annotated[Identity, Depends(identity_of)]
_EMBEDDINGS = within(ANYONE, "embeddings")


class EmbeddingsBody(BaseModel):
    """What to embed."""

    input: str | list[Any] = Field(
        description=f"A text, up to {MAX_INPUTS} texts, a list of token ids, or up to {MAX_INPUTS} such lists.",
    )
    model: str | None = Field(None, description="As GET /v1/models lists them; the service's own where absent.")
    dimensions: int | None = Field(None, ge=1, description="Cut the vectors to so many numbers.")
    encoding_format: EncodingFormat | None = Field(None, description="`float` where absent.")
    user: str | None = None


class EmbeddingRow(BaseModel):
    """One vector: numbers, or base64 of little-endian 32-bit floats."""

    object: Literal["embedding"] = "embedding"
    index: int
    embedding: list[float] | str


class EmbeddingUsage(BaseModel):
    """Tokens that the model read."""

    prompt_tokens: int
    total_tokens: int


class EmbeddingsAnswer(BaseModel):
    """One vector per input, in their order."""

    object: Literal["list"] = "list"
    model: str
    data: list[EmbeddingRow]
    usage: EmbeddingUsage


def embedding_routes(models: EmbeddingModels) -> APIRouter:
    """The one route."""
    router = APIRouter(route_class=RuledRoute, tags=["embeddings"])

    @router.post(
        "/v1/embeddings",
        openapi_extra=_EMBEDDINGS,
        response_model=EmbeddingsAnswer,
        summary="Give texts their vectors",
    )
    async def embeddings(
        body: EmbeddingsBody,
        caller: Caller,
        zone: Annotated[str | None, Header(alias="X-Banyan-Zone", description="The only one to go to.")] = None,
    ) -> Response:
        if body.model is not None:
            caller.check_model(body.model)
        if zone is not None:
            models.check_zone(body.model, checked_zone(zone))
        result = await embed(EmbedRequest(body.input, body.model, body.dimensions), models)
        return await asyncio.to_thread(lambda: json_response(_fields(result, body.encoding_format or "float")))

    return router


def _fields(result: EmbedResult, encoding: EncodingFormat) -> dict[str, Any]:
    rows = enumerate(result.encoded(encoding))
    return {
        "object": "list",
        "model": result.model,
        "data": [{"object": "embedding", "index": index, "embedding": vector} for index, vector in rows],
        "usage": {"prompt_tokens": result.tokens, "total_tokens": result.tokens},
    }
