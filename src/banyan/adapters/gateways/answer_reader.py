"""Reads a streamed completion of the proxy, chunk by chunk, as the events of an answer."""

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from banyan.assistant.ports.model_gateway import (
    AnswerDone,
    AnswerEvent,
    CitationsFound,
    Question,
    Rag,
    Sampling,
    Screened,
    TextDelta,
)
from banyan.kernel.errors import UpstreamFailed
from banyan.kernel.messages import Citation


class _Delta(msgspec.Struct):
    content: str | None = None


class _Choice(msgspec.Struct):
    delta: _Delta = msgspec.field(default_factory=_Delta)
    finish_reason: str | None = None


class _Usage(msgspec.Struct):
    prompt_tokens: int = 0
    completion_tokens: int = 0


class _Chunk(msgspec.Struct):
    model: str = ""
    choices: list[_Choice] = []
    usage: _Usage | None = None
    citations: list[Citation] | None = None
    covered: bool | None = None
    screened: tuple[Screened, ...] = ()


_chunk = msgspec.json.Decoder(_Chunk)


def completion_fields(question: Question) -> dict[str, Any]:
    """The question as the body of a streamed chat completion."""
    messages = [{"role": message.role, "content": message.content} for message in question.messages]
    if question.instructions:
        messages.insert(0, {"role": "system", "content": question.instructions})
    fields = {} if question.grounded else {"grounded": False}
    return {
        **fields,
        "model": question.model,
        "messages": messages,
        "stream": True,
        "stream_options": {"include_usage": True},
        **({"course": question.course, "lesson": question.lesson} if question.course else {}),
        **({} if question.sampling == _ANYHOW else _chosen(question.sampling)),
        **({"withhold": question.withhold} if question.withhold else {}),
        **({"rag": _said(question.rag)} if question.rag != _USUAL else {}),
    }


_USUAL = Rag()
_ANYHOW = Sampling()


def _chosen(sampling: Sampling) -> dict[str, Any]:
    fields: dict[str, Any] = msgspec.to_builtins(sampling)
    return {name: value for name, value in fields.items() if value is not None and value not in ((), [])}


def _said(rag: Rag) -> dict[str, Any]:
    """What is different from the usual."""
    fields: dict[str, Any] = msgspec.to_builtins(rag)
    return {name: value for name, value in fields.items() if value != getattr(_USUAL, name)}


class AnswerReader:
    """Feed it every chunk and then ask for the end."""

    def __init__(self, model: str) -> None:
        self._model = model
        self._usage = _Usage()
        self._finish_reason: str | None = None
        self._began = False

    def feed(self, chunk: bytes) -> Iterator[AnswerEvent]:
        """The citations before the first text, then the pieces of text. Only the first choice is read.

        Where another model takes over, citations may come again; they replace the first.

        Raises: UpstreamFailed for a chunk that is none.
        """
        try:
            read = _chunk.decode(chunk)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise UpstreamFailed("The proxy sent a chunk that cannot be read; ask again.") from error
        if not self._began or read.citations is not None:
            self._began = True
            yield CitationsFound(tuple(read.citations or ()), read.covered, read.screened)
        self._model = read.model or self._model
        self._usage = read.usage or self._usage
        yield from self._texts(read.choices[:1])

    def end(self) -> AnswerDone:
        """Raises: UpstreamFailed where no chunk said why the answer ended: then it is not whole."""
        if self._finish_reason is None:
            raise UpstreamFailed("The model broke off in the middle of its answer; ask again.")
        return AnswerDone(self._finish_reason, self._model, self._usage.prompt_tokens, self._usage.completion_tokens)

    def _texts(self, choices: Sequence[_Choice]) -> Iterator[TextDelta]:
        for choice in choices:
            if choice.delta.content:
                yield TextDelta(choice.delta.content)
            self._finish_reason = choice.finish_reason or self._finish_reason
