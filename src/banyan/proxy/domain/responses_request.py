"""A request of the Responses API, read into what a chat completion needs and what the response repeats."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from banyan.kernel.errors import InvalidInput
from banyan.proxy.domain.chat_request import ChatRequest, read_chat_request
from banyan.proxy.domain.responses_input import Item, messages_of, read_items
from banyan.proxy.domain.responses_tools import chat_tools, response_tools

_SAME = ("model", "temperature", "top_p", "user", "safety_identifier", "prompt_cache_key", "service_tier")
_OURS = ("course", "chapter", "lesson")
_REFUSED = {
    "background": "Background responses are not offered here; leave `background` out and use `stream`.",
    "conversation": "Conversations are not kept apart here; use `previous_response_id`.",
    "prompt": "Stored prompts are not offered here; send the text in `instructions`.",
    "moderation": "Moderation within a response is not offered here; ask POST /v1/moderations.",
    "context_management": "Compaction is not offered here; leave it out, and send a shorter `input` when it is full.",
    "messages": "`messages` belongs to chat completions; send `input`.",
    "response_format": "`response_format` belongs to chat completions; send `text.format`.",
    "max_tokens": "`max_tokens` belongs to chat completions; send `max_output_tokens`.",
    "max_completion_tokens": "`max_completion_tokens` belongs to chat completions; send `max_output_tokens`.",
    "reasoning_effort": "`reasoning_effort` belongs to chat completions; send `reasoning.effort`.",
    "functions": "`functions` belongs to old chat completions; send `tools`.",
    "n": "A response is one answer; leave `n` out and ask again for another.",
}
_LOGPROBS = "message.output_text.logprobs"
_INCLUDABLE = (
    "code_interpreter_call.outputs",
    "computer_call_output.output.image_url",
    "file_search_call.results",
    _LOGPROBS,
    "message.input_image.image_url",
    "reasoning.encrypted_content",
    "web_search_call.action.sources",
    "web_search_call.results",
)
_TRANSLATED = ("input", "instructions", "tools", "tool_choice", "parallel_tool_calls", "text", "reasoning")
_ONLY_OURS = ("metadata", "store", "stream", "stream_options", "truncation", "include", "previous_response_id")
_COUNTS = ("max_output_tokens", "max_tool_calls", "top_logprobs")
_READ = frozenset((*_SAME, *_OURS, *_REFUSED, *_TRANSLATED, *_ONLY_OURS, *_COUNTS))
_MOST_METADATA = 16


@dataclass(frozen=True, slots=True)
class ResponseOrder:
    """One response as asked for.

    items: its own input. fields: of the chat completion, without the messages.
    shown: what the response object repeats of the request. store: None where the caller does not say.
    """

    items: Sequence[Item]
    fields: Mapping[str, Any]
    shown: Mapping[str, Any]
    instructions: str | None = None
    previous: str | None = None
    store: bool | None = None
    stream: bool = False

    def chat(self, before: Sequence[Item]) -> ChatRequest:
        """The chat completion that answers it. before: the conversation so far. Raises: InvalidInput."""
        messages = messages_of([*before, *self.items], self.instructions)
        fields = {**self.fields, "messages": messages, "stream": self.stream}
        if self.stream:
            fields["stream_options"] = {"include_usage": True}
        return read_chat_request({name: msgspec.Raw(msgspec.json.encode(value)) for name, value in fields.items()})


def read_order(body: Mapping[str, Any]) -> ResponseOrder:
    """The order of a decoded request, whose plain fields have the right types already.

    Fields that neither API names are passed on to the provider, as chat completions do.
    Raises: InvalidInput for what cannot be done over chat completions, naming what can.
    """
    given = {name: value for name, value in body.items() if value is not None}
    for name, sentence in _REFUSED.items():
        if given.get(name):
            raise InvalidInput(sentence, code="unsupported_parameter", param=name)
    tools = response_tools(given.get("tools"))
    text, reasoning = given.get("text") or {}, given.get("reasoning") or {}
    include = _include(given.get("include"))
    fields = {name: given[name] for name in (*_SAME, *_OURS) if name in given}
    fields |= {name: value for name, value in given.items() if name not in _READ}
    fields |= chat_tools(tools, given.get("tool_choice"), given.get("parallel_tool_calls"))
    fields |= _format(text)
    if "max_output_tokens" in given:
        fields["max_completion_tokens"] = given["max_output_tokens"]
    if isinstance(reasoning.get("effort"), str):
        fields["reasoning_effort"] = reasoning["effort"]
    if isinstance(text.get("verbosity"), str):
        fields["verbosity"] = text["verbosity"]
    if _LOGPROBS in include or given.get("top_logprobs"):
        fields |= {"logprobs": True, "top_logprobs": given.get("top_logprobs", 0)}
    shown = {
        "background": False,
        "instructions": given.get("instructions"),
        "max_output_tokens": given.get("max_output_tokens"),
        "max_tool_calls": given.get("max_tool_calls"),
        "metadata": _metadata(given.get("metadata") or {}),
        "parallel_tool_calls": given.get("parallel_tool_calls", True),
        "previous_response_id": given.get("previous_response_id"),
        "reasoning": {"effort": reasoning.get("effort"), "summary": None},
        "service_tier": given.get("service_tier", "default"),
        "temperature": given.get("temperature"),
        "text": {**text, "format": text.get("format") or {"type": "text"}},
        "tool_choice": given.get("tool_choice", "auto"),
        "tools": tools,
        "top_logprobs": given.get("top_logprobs", 0),
        "top_p": given.get("top_p"),
        "truncation": given.get("truncation", "disabled"),
        "user": given.get("user"),
    }
    return ResponseOrder(
        items=read_items(given.get("input")),
        fields=fields,
        shown=shown,
        instructions=given.get("instructions"),
        previous=given.get("previous_response_id"),
        store=given.get("store"),
        stream=bool(given.get("stream")),
    )


def _format(text: Mapping[str, Any]) -> dict[str, Any]:
    wanted = text.get("format") or {"type": "text"}
    kind = wanted.get("type") if isinstance(wanted, Mapping) else None
    if kind == "text":
        return {}
    if kind == "json_object":
        return {"response_format": {"type": kind}}
    if kind == "json_schema" and isinstance(wanted.get("name"), str) and isinstance(wanted.get("schema"), Mapping):
        schema = {name: wanted[name] for name in ("name", "description", "schema", "strict") if name in wanted}
        return {"response_format": {"type": kind, "json_schema": schema}}
    raise InvalidInput(
        "`text.format` must be of the type text, json_object, or json_schema with `name` and `schema`; correct it.",
        param="text.format",
    )


def _include(names: object) -> Sequence[str]:
    if names is None:
        return ()
    if not isinstance(names, list) or any(name not in _INCLUDABLE for name in names):
        raise InvalidInput(f"`include` takes a list of {', '.join(_INCLUDABLE)}; correct it.", param="include")
    return names


def _metadata(metadata: Mapping[str, str]) -> Mapping[str, str]:
    if len(metadata) > _MOST_METADATA:
        raise InvalidInput(f"`metadata` has more than {_MOST_METADATA} entries; send fewer.", param="metadata")
    return metadata
