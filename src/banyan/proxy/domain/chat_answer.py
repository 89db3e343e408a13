"""OpenAI-shaped answers, for the providers that write them themselves."""

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from banyan.kernel.errors import InvalidInput


def usage(prompt_tokens: int, completion_tokens: int) -> dict[str, int]:
    """The `usage` object."""
    return {
        "prompt_tokens": prompt_tokens,
        "completion_tokens": completion_tokens,
        "total_tokens": prompt_tokens + completion_tokens,
    }


def completion(*, id: str, created: int, model: str, content: str, tokens: dict[str, int], **extra: Any) -> bytes:
    """A finished `chat.completion` with one choice. extra: further top-level fields, such as `citations`."""
    choice = {"index": 0, "message": {"role": "assistant", "content": content}, "finish_reason": "stop"}
    head = {"id": id, "object": "chat.completion", "created": created, "model": model}
    return msgspec.json.encode({**head, "choices": [choice], "usage": tokens, **extra})


def chunks(
    *, id: str, created: int, model: str, pieces: Iterable[str], tokens: dict[str, int] | None, **extra: Any
) -> Iterator[bytes]:
    """The `chat.completion.chunk` objects of a finished answer.

    tokens: sent in a chunk of its own at the end when the caller asked for it.
    extra: further top-level fields of the first chunk.
    """
    head = {"id": id, "object": "chat.completion.chunk", "created": created, "model": model}

    def chunk(delta: dict[str, str], finish_reason: str | None = None, **more: Any) -> bytes:
        choice = {"index": 0, "delta": delta, "finish_reason": finish_reason}
        return msgspec.json.encode({**head, "choices": [choice], **more})

    yield chunk({"role": "assistant", "content": ""}, **extra)
    for piece in pieces:
        yield chunk({"content": piece})
    yield chunk({}, "stop")
    if tokens is not None:
        yield msgspec.json.encode({**head, "choices": [], "usage": tokens})


class _StreamOptions(msgspec.Struct):
    include_usage: bool = False


class _Options(msgspec.Struct):
    stream_options: _StreamOptions | None = None


_options = msgspec.json.Decoder(_Options)


def wants_usage(body: bytes) -> bool:
    """Whether a streaming request asked for the chunk with `usage`. Raises: InvalidInput."""
    try:
        options = _options.decode(body).stream_options
    except msgspec.DecodeError as error:
        raise InvalidInput(f"`stream_options` is not right ({error}); correct it.", param="stream_options") from error
    return options is not None and options.include_usage
