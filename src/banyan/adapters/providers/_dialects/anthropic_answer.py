"""Anthropic's answers in OpenAI's words, whole and event by event."""

from collections.abc import Iterator
from typing import Any

import msgspec

from banyan.adapters.providers._dialects.anthropic_tools import JSON_TOOL

_REASONS = {
    "end_turn": "stop",
    "stop_sequence": "stop",
    "tool_use": "tool_calls",
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "pause_turn": "length",
    "refusal": "content_filter",
}


class _Thought(msgspec.Struct):
    thinking_tokens: int = 0


class Usage(msgspec.Struct):
    """Counts of the events so far; each event tells only what has changed."""

    input_tokens: int | None = None
    output_tokens: int | None = None
    cache_read_input_tokens: int | None = None
    cache_creation_input_tokens: int | None = None
    output_tokens_details: _Thought | None = None

    def update(self, newer: "Usage | None") -> None:
        """Takes over what a later event says."""
        for name in self.__struct_fields__ if newer is not None else ():
            value = getattr(newer, name)
            if value is not None:
                setattr(self, name, value)

    def openai(self) -> dict[str, Any]:
        """The `usage` object: what was read from the cache and written to it is part of the prompt."""
        read, written = self.cache_read_input_tokens or 0, self.cache_creation_input_tokens or 0
        prompt, answer = (self.input_tokens or 0) + read + written, self.output_tokens or 0
        found: dict[str, Any] = {
            "prompt_tokens": prompt,
            "completion_tokens": answer,
            "total_tokens": prompt + answer,
            "prompt_tokens_details": {"cached_tokens": read, "cache_write_tokens": written},
        }
        if self.output_tokens_details is not None:
            found["completion_tokens_details"] = {"reasoning_tokens": self.output_tokens_details.thinking_tokens}
        return found


class _Block(msgspec.Struct):
    type: str = ""
    text: str = ""
    thinking: str = ""
    id: str = ""
    name: str = ""
    input: dict[str, Any] | None = None


class Message(msgspec.Struct):
    """A whole answer, or its head at the beginning of a stream."""

    type: str = ""
    id: str = ""
    model: str = ""
    content: list[_Block] = []
    stop_reason: str | None = None
    usage: Usage | None = None


class _Delta(msgspec.Struct):
    type: str = ""
    text: str = ""
    thinking: str = ""
    partial_json: str = ""
    stop_reason: str | None = None


class Event(msgspec.Struct):
    """Any event of a stream."""

    type: str
    index: int = 0
    message: Message | None = None
    content_block: _Block | None = None
    delta: _Delta | None = None
    usage: Usage | None = None


def completion(message: Message, created: int) -> bytes:
    """The `chat.completion`. Thoughts are `reasoning_content`, as other providers call them."""
    texts = [block.text for block in message.content if block.type == "text"]
    thoughts = [block.thinking for block in message.content if block.type == "thinking"]
    calls = [block for block in message.content if block.type == "tool_use" and block.name != JSON_TOOL]
    answers = [block for block in message.content if block.type == "tool_use" and block.name == JSON_TOOL]
    texts = [msgspec.json.encode(block.input or {}).decode() for block in answers[:1]] or texts
    answer: dict[str, Any] = {"role": "assistant", "content": "".join(texts) if texts or not calls else None}
    if any(thoughts):
        answer["reasoning_content"] = "".join(thoughts)
    if calls:
        answer["tool_calls"] = [_call(block) for block in calls]
    reason = finish_reason(message.stop_reason, calls=bool(calls))
    return msgspec.json.encode(
        {
            "id": message.id,
            "object": "chat.completion",
            "created": created,
            "model": message.model,
            "choices": [{"index": 0, "message": answer, "finish_reason": reason, "logprobs": None}],
            "usage": (message.usage or Usage()).openai(),
        }
    )


def finish_reason(stop_reason: str | None, *, calls: bool) -> str:
    """A turn that only called the JSON tool is an answer, not a call."""
    if stop_reason == "tool_use" and not calls:
        return "stop"
    return _REASONS.get(stop_reason or "", "stop")


class ChunkWriter:
    """Events in, `chat.completion.chunk` objects out.

    finished: whether an event said why the answer ends. ended: whether the stream is over.
    """

    def __init__(self, created: int, *, with_usage: bool) -> None:
        self.finished = False
        self.ended = False
        self._created = created
        self._with_usage = with_usage
        self._head = Message()
        self._usage = Usage()
        self._calls: dict[int, int] = {}
        self._answer: int | None = None
        self._argued: set[int] = set()

    def write(self, event: Event) -> Iterator[bytes]:
        """The chunks of one event; pings and events that are not known have none."""
        match event.type:
            case "message_start":
                self._head = event.message or self._head
                self._usage.update(self._head.usage)
                yield self._chunk({"role": "assistant", "content": ""})
            case "content_block_start" if event.content_block is not None:
                yield from self._start(event.index, event.content_block)
            case "content_block_delta" if event.delta is not None:
                yield from self._go_on(event.index, event.delta)
            case "content_block_stop" if event.index in self._calls and event.index not in self._argued:
                yield self._arguments(event.index, "{}")
            case "message_delta":
                self._usage.update(event.usage)
                if event.delta is not None and event.delta.stop_reason is not None:
                    self.finished = True
                    yield self._chunk({}, finish_reason(event.delta.stop_reason, calls=bool(self._calls)))
            case "message_stop":
                self.ended = True

    def end(self) -> Iterator[bytes]:
        """What stands behind the last choice."""
        if self._with_usage:
            yield msgspec.json.encode({**self._top(), "choices": [], "usage": self._usage.openai()})

    def _start(self, index: int, block: _Block) -> Iterator[bytes]:
        if block.type == "text" and block.text:
            yield self._chunk({"content": block.text})
        if block.type != "tool_use":
            return
        if block.name == JSON_TOOL:
            self._answer = index
        else:
            self._calls[index] = len(self._calls)
            yield self._chunk({"tool_calls": [{"index": self._calls[index], **_call(block, arguments="")}]})
        if block.input:
            yield self._arguments(index, msgspec.json.encode(block.input).decode())

    def _go_on(self, index: int, delta: _Delta) -> Iterator[bytes]:
        if delta.type == "text_delta" and delta.text:
            yield self._chunk({"content": delta.text})
        elif delta.type == "thinking_delta" and delta.thinking:
            yield self._chunk({"reasoning_content": delta.thinking})
        elif delta.type == "input_json_delta" and delta.partial_json:
            yield self._arguments(index, delta.partial_json)

    def _arguments(self, index: int, piece: str) -> bytes:
        self._argued.add(index)
        if index == self._answer:
            return self._chunk({"content": piece})
        called = self._calls.setdefault(index, len(self._calls))
        return self._chunk({"tool_calls": [{"index": called, "function": {"arguments": piece}}]})

    def _chunk(self, delta: dict[str, Any], reason: str | None = None) -> bytes:
        choice = {"index": 0, "delta": delta, "finish_reason": reason}
        return msgspec.json.encode({**self._top(), "choices": [choice]})

    def _top(self) -> dict[str, Any]:
        head = {"id": self._head.id, "object": "chat.completion.chunk"}
        return {**head, "created": self._created, "model": self._head.model}


def _call(block: _Block, arguments: str | None = None) -> dict[str, Any]:
    if arguments is None:
        arguments = msgspec.json.encode(block.input or {}).decode()
    return {"id": block.id, "type": "function", "function": {"name": block.name, "arguments": arguments}}
