"""What a model said, as the output of a response."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from banyan.kernel.errors import BanyanError, RateLimited, UpstreamFailed
from banyan.kernel.ids import new_id
from banyan.proxy.domain.grounding import cited_numbers
from banyan.proxy.domain.responses_input import Item

_MARKER = re.compile(r"\[(\d+(?:\s*,\s*\d+)*)\]")
_WHY_INCOMPLETE = {"length": "max_output_tokens", "content_filter": "content_filter"}
_BROKEN = "Something inside the service broke; try again, and report the request id if it happens again."


class FunctionPart(msgspec.Struct):
    """A function's name and arguments, or the next piece of them."""

    name: str | None = None
    arguments: str | None = None


class CallPart(msgspec.Struct):
    """A call of a function, or the next piece of one."""

    index: int | None = None
    id: str | None = None
    function: FunctionPart = msgspec.field(default_factory=FunctionPart)


class _Logprobs(msgspec.Struct):
    content: list[Any] | None = None


class Said(msgspec.Struct):
    """The message of a completion, or the next piece of it."""

    content: str | None = None
    refusal: str | None = None
    tool_calls: list[CallPart] | None = None


class Choice(msgspec.Struct):
    """A choice of a completion or chunk."""

    index: int = 0
    message: Said | None = None
    delta: Said | None = None
    finish_reason: str | None = None
    logprobs: _Logprobs | None = None


class Chat(msgspec.Struct):
    """A `chat.completion`, or a chunk of one: the fields that a response shows."""

    model: str = ""
    choices: list[Choice] = []
    usage: dict[str, Any] | None = None
    citations: list[dict[str, Any]] | None = None


_chat = msgspec.json.Decoder(Chat)


@dataclass(slots=True)
class Answer:
    """Everything known of an answer once it has ended. finish: the chat's `finish_reason`."""

    model: str = ""
    output: list[Item] = field(default_factory=list)
    finish: str = "stop"
    usage: Mapping[str, Any] | None = None
    citations: list[dict[str, Any]] | None = None

    @property
    def why_incomplete(self) -> str | None:
        """None for a whole answer."""
        return _WHY_INCOMPLETE.get(self.finish)


def read_chat(body: bytes) -> Chat:
    """Raises: UpstreamFailed for what is no chat completion."""
    try:
        return _chat.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise UpstreamFailed(
            "The model's answer is not a chat completion; ask again or choose another model.", code="bad_answer"
        ) from error


def answer_of(completion: bytes) -> Answer:
    """A plain completion's first choice. Raises: UpstreamFailed."""
    chat = read_chat(completion)
    if not chat.choices or chat.choices[0].message is None:
        raise UpstreamFailed("The model gave no answer; ask again or choose another model.", code="bad_answer")
    choice, said = chat.choices[0], chat.choices[0].message
    answer = Answer(chat.model, finish=choice.finish_reason or "stop", usage=chat.usage, citations=chat.citations)
    status = "incomplete" if answer.why_incomplete else "completed"
    parts = []
    calls = said.tool_calls or []
    if said.content or not (said.refusal or calls or answer.why_incomplete):
        logprobs = choice.logprobs.content if choice.logprobs else None
        parts.append(text_part(said.content or "", chat.citations, logprobs or []))
    if said.refusal:
        parts.append({"type": "refusal", "refusal": said.refusal})
    if parts:
        answer.output.append(message_item(new_id("msg"), status, parts))
    for call in calls:
        function = call.function
        answer.output.append(
            call_item(new_id("fc"), status, call.id or new_id("call"), function.name or "", function.arguments or "")
        )
    return answer


def message_item(id: str, status: str, parts: list[dict[str, Any]]) -> Item:
    """A message of the model."""
    return {"id": id, "type": "message", "status": status, "role": "assistant", "content": parts}


def call_item(id: str, status: str, call_id: str, name: str, arguments: str) -> Item:
    """A function that the model wants called."""
    return {
        "id": id,
        "type": "function_call",
        "status": status,
        "call_id": call_id,
        "name": name,
        "arguments": arguments,
    }


def text_part(text: str, citations: Sequence[Mapping[str, Any]] | None, logprobs: list[Any]) -> dict[str, Any]:
    """A piece of text with the annotations of the citations that it uses."""
    found = annotations(text, citations or ())
    return {"type": "output_text", "text": text, "annotations": found, "logprobs": logprobs}


def annotations(text: str, citations: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """An annotation for every number in `[n]` that has a citation, in the order of the text.

    A page of the web is a `url_citation`, a lesson of the course a `file_citation` whose file is the quoted chunk.
    `citation` is the number; positions are counted in characters.
    """
    by_number = {citation.get("index"): citation for citation in citations}
    found = []
    for marker in _MARKER.finditer(text):
        for number in map(int, marker[1].split(",")):
            if (citation := by_number.get(number)) is not None:
                found.append(_annotation(citation, marker.start(), marker.end()))
    return found


def usage_of(usage: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """The chat's usage by the names of the Responses API; None where the provider told nothing."""
    if usage is None:
        return None
    read, written = _count(usage, "prompt_tokens"), _count(usage, "completion_tokens")
    told, made = _details(usage, "prompt_tokens_details"), _details(usage, "completion_tokens_details")
    return {
        "input_tokens": read,
        "input_tokens_details": {
            "cached_tokens": _count(told, "cached_tokens"),
            "cache_write_tokens": _count(told, "cache_write_tokens"),
        },
        "output_tokens": written,
        "output_tokens_details": {"reasoning_tokens": _count(made, "reasoning_tokens")},
        "total_tokens": _count(usage, "total_tokens") or read + written,
    }


def begun(id: str, created_at: int, model: str, shown: Mapping[str, Any], *, store: bool) -> dict[str, Any]:
    """The response object while it is under way."""
    return {
        "id": id,
        "object": "response",
        "created_at": created_at,
        "status": "in_progress",
        "completed_at": None,
        "error": None,
        "incomplete_details": None,
        "model": model,
        "output": [],
        "usage": None,
        "store": store,
        **shown,
    }


def ended(response: Mapping[str, Any], answer: Answer, completed_at: int) -> dict[str, Any]:
    """The response object of an answer that ended by itself, whole or not."""
    why = answer.why_incomplete
    full: dict[str, Any] = {
        **response,
        "model": answer.model or response["model"],
        "status": "incomplete" if why else "completed",
        "completed_at": None if why else completed_at,
        "incomplete_details": {"reason": why} if why else None,
        "output": answer.output,
        "usage": usage_of(answer.usage),
    }
    if answer.citations is not None:
        parts = [part for item in answer.output for part in item.get("content", ())]
        used = {number for part in parts for number in cited_numbers(part.get("text", ""))}
        full["citations"] = [citation for citation in answer.citations if citation.get("index") in used]
    return full


def failed(response: Mapping[str, Any], answer: Answer, error: Exception) -> dict[str, Any]:
    """The response object of an answer that broke off; what was said until then stays in it."""
    code = "rate_limit_exceeded" if isinstance(error, RateLimited) else "server_error"
    return {
        **response,
        "model": answer.model or response["model"],
        "status": "failed",
        "error": {"code": code, "message": told(error)},
        "output": answer.output,
        "usage": usage_of(answer.usage),
    }


def told(error: Exception) -> str:
    """What a caller may know of a failure."""
    return error.message if isinstance(error, BanyanError) else _BROKEN


def _annotation(citation: Mapping[str, Any], start: int, end: int) -> dict[str, Any]:
    title, number = citation.get("title") or citation.get("lesson") or "", citation["index"]
    if citation.get("url"):
        place = {"start_index": start, "end_index": end, "title": title, "url": citation["url"]}
        return {"type": "url_citation", **place, "citation": number}
    file = {"file_id": citation.get("chunk_id", ""), "filename": title}
    return {"type": "file_citation", "index": start, **file, "citation": number}


def _details(usage: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    details = usage.get(name)
    return details if isinstance(details, Mapping) else {}


def _count(usage: Mapping[str, Any], name: str) -> int:
    count = usage.get(name)
    return count if isinstance(count, int) else 0
