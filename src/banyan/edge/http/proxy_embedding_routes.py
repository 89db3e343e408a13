"""POST /v1/embeddings, as OpenAI's API has it."""

import asyncio
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Header, Request
from pydantic import BaseModel, Field
from starlette.requests import ClientDisconnect
from starlette.responses import Response

from banyan.edge.http.access import ANYONE, RuledRoute, identity_of, within
from banyan.edge.http.callers import caller_of, trace_headers
from banyan.edge.http.fields import json_response
from banyan.edge.http.sse import UntilClientLeaves
from banyan.kernel.identity import Identity
from banyan.proxy.domain.accounting import Trace
from banyan.proxy.usecases.embed import MAX_INPUTS, EmbedRequest, EmbedResult, EncodingFormat
from banyan.proxy.usecases.embed_for import EmbedFor

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


def embedding_routes(embedder: EmbedFor) -> APIRouter:
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
        identity: Caller,
        http: Request,
        zone: Annotated[str | None, Header(alias="X-Banyan-Zone", description="The only one to go to.")] = None,
    ) -> Response:
        identity.check_model(body.model or embedder.models.default)
        trace = Trace()
        asked = EmbedRequest(body.input, body.model, body.dimensions)
        async with UntilClientLeaves(http.receive):
            result = await embedder.embed(caller_of(http.scope), asked, trace)
            response = await asyncio.to_thread(lambda: json_response(_fields(result, body.encoding_format or "float")))
            response.raw_headers.extend(trace_headers(trace))
            return response
        raise ClientDisconnect

    return router


def _fields(result: EmbedResult, encoding: EncodingFormat) -> dict[str, Any]:
    rows = enumerate(result.encoded(encoding))
    return {
        "object": "list",
        "model": result.model,
        "data": [{"object": "embedding", "index": index, "embedding": vector} for index, vector in rows],
        "usage": {"prompt_tokens": result.tokens, "total_tokens": result.tokens},
    }
