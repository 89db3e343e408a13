"""Embeddings from any API that speaks OpenAI's; stands here because it shares keys, addresses and errors with chat."""

import asyncio
import base64
import re
from collections.abc import Callable, Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from banyan.adapters.providers._dialects.upstream import Upstream
from banyan.kernel.errors import UpstreamFailed
from banyan.proxy.domain.deployments import Patience
from banyan.proxy.ports.chat_provider import ProviderNeeds
from banyan.proxy.ports.embedder import Embedding, Input

_LONE_SURROGATES = re.compile("[\ud800-\udfff]")
UNREADABLE = "The provider's answer is not a list of embeddings; check its base URL and the model's name."


class _Item(msgspec.Struct):
    index: int
    embedding: list[float] | str


class _Usage(msgspec.Struct):
    prompt_tokens: int = 0


class _Answer(msgspec.Struct):
    data: list[_Item]
    usage: _Usage | None = None


_answer = msgspec.json.Decoder(_Answer)


URGENT = Patience(connect=10, first_byte=15, idle=15, total=15)
"""While a learner waits, who is better served by text search than by waiting."""
BACKGROUND = Patience(connect=10, first_byte=120, idle=120, total=120)


class OpenAIEmbeddings:
    """One upstream; `model` gives the embedder for any model that it has.

    batch: texts in one request, at most. OpenAI takes 2,048, but no more than 300,000 tokens:
        https://platform.openai.com/docs/api-reference/embeddings/create
    path: below the base URL, by the model's name, where the API keeps its models apart.
    """

    def __init__(
        self,
        upstream: Upstream,
        *,
        urgent: Patience = URGENT,
        background: Patience = BACKGROUND,
        batch: int = 128,
        path: Callable[[str], str] = lambda model: "embeddings",
    ) -> None:
        self._upstream = upstream
        self._urgent = urgent
        self._background = background
        self._batch = batch
        self._path = path

    def model(self, name: str) -> "OpenAIEmbedder":
        """The embedder for the provider's own name of a model; costs nothing until it is used."""
        return OpenAIEmbedder(self, name)

    async def embed(self, model: str, texts: Sequence[Input], *, urgent: bool) -> Embedding:
        """As the port says; batches go one after the other, so that a rate limit is not run into by itself."""
        if not texts:
            return Embedding(np.empty((0, 0), dtype=np.float32), 0)
        batches = [texts[start : start + self._batch] for start in range(0, len(texts), self._batch)]
        found = [await self._ask(model, batch, urgent) for batch in batches]
        if len({part.vectors.shape[1] for part in found}) > 1:
            raise UpstreamFailed(UNREADABLE, code="bad_answer")
        return Embedding(np.concatenate([part.vectors for part in found]), sum(part.tokens for part in found))

    async def close(self) -> None:
        """Drops the connections."""
        await self._upstream.close()

    async def _ask(self, model: str, texts: Sequence[Input], urgent: bool) -> Embedding:
        body = msgspec.json.encode({"model": model, "input": wire_texts(texts), "encoding_format": "base64"})
        answer = await self._upstream.send(self._path(model), body, self._urgent if urgent else self._background)
        return await asyncio.to_thread(_read, answer, len(texts))


class OpenAIEmbedder:
    """One model of an upstream. A text that is too long is refused by the upstream, which alone can count tokens."""

    dimensions: int | None = None
    max_tokens: int | None = None

    def __init__(self, upstream: OpenAIEmbeddings, name: str) -> None:
        self.name = name
        self._upstream = upstream

    async def embed(self, texts: Sequence[Input], *, urgent: bool = False) -> Embedding:
        """As the port says."""
        return await self._upstream.embed(self.name, texts, urgent=urgent)

    async def close(self) -> None:
        """Drops the connections of the upstream, which all its models share."""
        await self._upstream.close()


def batch_size(needs: ProviderNeeds) -> int:
    """How many texts an operator wants in one request; 32 where nobody says."""
    return int(needs.environment.get("EMBEDDING_BATCH_SIZE") or 32)


def wire_texts(texts: Sequence[Input]) -> list[str | tuple[int, ...]]:
    """Upstreams refuse an empty text and text that is no Unicode; a blank stands for the one, a mark in the other."""
    return [_LONE_SURROGATES.sub("\ufffd", text) or " " if isinstance(text, str) else text for text in texts]


def _read(body: bytes, count: int) -> Embedding:
    try:
        answer = _answer.decode(body)
        items = sorted(answer.data, key=lambda item: item.index)
        rows = [_vector(item.embedding) for item in items]
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        raise UpstreamFailed(UNREADABLE, code="bad_answer") from error
    if [item.index for item in items] != list(range(count)):
        raise UpstreamFailed(UNREADABLE, code="bad_answer")
    return unit_rows(rows, answer.usage.prompt_tokens if answer.usage else 0)


def unit_rows(rows: Sequence[NDArray[np.float32]], tokens: int) -> Embedding:
    """An upstream's vectors, at least one, made of unit length.

    Raises: UpstreamFailed where they differ in size, or have what is no number.
    """
    if {row.size for row in rows} != {max(1, rows[0].size)}:
        raise UpstreamFailed(UNREADABLE, code="bad_answer")
    vectors = np.stack(rows)
    if not np.isfinite(vectors).all():
        raise UpstreamFailed(UNREADABLE, code="bad_answer")
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return Embedding(np.asarray(vectors / np.where(lengths > 0, lengths, 1), dtype=np.float32), tokens)


def _vector(value: list[float] | str) -> NDArray[np.float32]:
    """Both encodings, because not every upstream knows base64."""
    if isinstance(value, str):
        return np.frombuffer(base64.b64decode(value, validate=True), dtype="<f4").astype(np.float32)
    with np.errstate(over="ignore"):  # what is too large becomes endless, and is refused as such
        return np.array(value, dtype=np.float32)
