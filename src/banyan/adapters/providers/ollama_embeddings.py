"""Embeddings by Ollama's `/api/embed`; the batches are those of the OpenAI wire, the words are Ollama's."""

import asyncio
from collections.abc import Sequence

import msgspec
import numpy as np

from banyan.adapters.providers._dialects.ollama_errors import translated
from banyan.adapters.providers._dialects.ollama_models import is_remote
from banyan.adapters.providers._dialects.upstream import Upstream
from banyan.adapters.providers.openai_embeddings import UNREADABLE, OpenAIEmbeddings, unit_rows, wire_texts
from banyan.kernel.errors import InvalidInput, UpstreamFailed
from banyan.proxy.ports.embedder import Embedding, Input


class _Answer(msgspec.Struct):
    embeddings: list[list[float]]
    prompt_eval_count: int = 0


_answer = msgspec.json.Decoder(_Answer)


class OllamaEmbeddings(OpenAIEmbeddings):
    """One server; `model` gives the embedder for any model that it has pulled.

    keep_alive: how long the model stays in memory after a call.
    """

    def __init__(self, upstream: Upstream, *, keep_alive: str | int | None = None, batch: int = 32) -> None:
        super().__init__(upstream, batch=batch)
        self._keep_alive = keep_alive

    async def _ask(self, model: str, texts: Sequence[Input], urgent: bool) -> Embedding:
        if any(not isinstance(text, str) for text in texts):
            raise InvalidInput("Ollama embeds texts, not token ids; send the texts.", param="input")
        if is_remote(model):
            raise InvalidInput(f"Ollama would send {model} to its cloud; choose a local model.", code="model_not_local")
        body: dict[str, object] = {"model": model, "input": wire_texts(texts), "truncate": False}
        if self._keep_alive is not None:
            body["keep_alive"] = self._keep_alive
        try:
            patience = self._urgent if urgent else self._background
            answer = await self._upstream.send("api/embed", msgspec.json.encode(body), patience)
        except UpstreamFailed as error:
            raise translated(error, model, self._upstream.base) from error
        return await asyncio.to_thread(_read, answer, len(texts))


def _read(body: bytes, count: int) -> Embedding:
    try:
        answer = _answer.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise UpstreamFailed(UNREADABLE, code="bad_answer") from error
    if len(answer.embeddings) != count:
        raise UpstreamFailed(UNREADABLE, code="bad_answer")
    return unit_rows([np.array(row, dtype=np.float32) for row in answer.embeddings], answer.prompt_eval_count)
