"""From the answers of Ollama's `/api/chat` to OpenAI's chat completions."""

from typing import Any

import msgspec

from banyan.kernel.ids import new_id
from banyan.proxy.domain.chat_answer import usage


class _Function(msgspec.Struct):
    name: str
    arguments: dict[str, Any] = {}


class _Call(msgspec.Struct):
    function: _Function
    id: str = ""


class _Message(msgspec.Struct):
    content: str = ""
    thinking: str = ""
    tool_calls: list[_Call] | None = None


class Answer(msgspec.Struct):
    """A plain answer, or one line of a stream; the last of them has `done` and the counts."""

    message: _Message | None = None
    done: bool = False
    done_reason: str | None = None
    prompt_eval_count: int | None = None
    eval_count: int | None = None
    logprobs: list[Any] | None = None
    error: object = None

    @property
    def tokens(self) -> dict[str, int] | None:
        """OpenAI's `usage`; None where Ollama did not count."""
        if self.prompt_eval_count is None or self.eval_count is None:
            return None
        return usage(self.prompt_eval_count, self.eval_count)


_answer = msgspec.json.Decoder(Answer)


def read_answer(body: bytes) -> Answer:
    """Raises: msgspec.DecodeError, UnicodeDecodeError or RecursionError where it is none."""
    return _answer.decode(body)


class Writer:
    """Writes one answer in OpenAI's shape, whole or in chunks. created: seconds since 1970."""

    def __init__(self, model: str, created: int) -> None:
        self._head = {"id": new_id("chatcmpl"), "created": created, "model": model}
        self._calls = 0
        self._begun = False

    def completion(self, answer: Answer) -> bytes:
        """The `chat.completion`."""
        message = answer.message or _Message()
        text = None if message.tool_calls and not message.content else message.content
        said: dict[str, Any] = {"role": "assistant", "content": text}
        if message.thinking:
            said["reasoning_content"] = message.thinking
        if message.tool_calls:
            said["tool_calls"] = self._tool_calls(message.tool_calls, numbered=False)
        choice = {"index": 0, "message": said, "finish_reason": self._finish_reason(answer)} | _logprobs(answer)
        counted = {} if answer.tokens is None else {"usage": answer.tokens}
        return msgspec.json.encode({**self._head, "object": "chat.completion", "choices": [choice], **counted})

    def chunk(self, answer: Answer) -> bytes | None:
        """The chunk for one line; None for a line that says nothing."""
        message = answer.message or _Message()
        delta: dict[str, Any] = {} if self._begun else {"role": "assistant"}
        if message.content:
            delta["content"] = message.content
        if message.thinking:
            delta["reasoning_content"] = message.thinking
        if message.tool_calls:
            delta["tool_calls"] = self._tool_calls(message.tool_calls, numbered=True)
        if not delta and not answer.done:
            return None
        self._begun = True
        reason = self._finish_reason(answer) if answer.done else None
        return self._chunk([{"index": 0, "delta": delta, "finish_reason": reason} | _logprobs(answer)])

    def usage_chunk(self, tokens: dict[str, int]) -> bytes:
        """The chunk without choices at the end."""
        return self._chunk([], usage=tokens)

    def _chunk(self, choices: list[dict[str, Any]], **more: Any) -> bytes:
        return msgspec.json.encode({**self._head, "object": "chat.completion.chunk", "choices": choices, **more})

    def _finish_reason(self, answer: Answer) -> str:
        if self._calls:
            return "tool_calls"
        return "length" if answer.done_reason == "length" else "stop"

    def _tool_calls(self, calls: list[_Call], *, numbered: bool) -> list[dict[str, Any]]:
        written = []
        for call in calls:
            function = {"name": call.function.name, "arguments": msgspec.json.encode(call.function.arguments).decode()}
            number = {"index": self._calls} if numbered else {}
            written.append({**number, "id": call.id or new_id("call"), "type": "function", "function": function})
            self._calls += 1
        return written


def _logprobs(answer: Answer) -> dict[str, Any]:
    return {} if answer.logprobs is None else {"logprobs": {"content": answer.logprobs}}
