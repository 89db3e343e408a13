"""From OpenAI's chat completion request to the one of Ollama's `/api/chat`.

Source: https://github.com/ollama/ollama/blob/main/docs/api.md
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from banyan.kernel.errors import InvalidInput

_ROLES = {"developer": "system", "function": "tool"}
_OPTIONS = {
    "temperature": "temperature",
    "top_p": "top_p",
    "top_k": "top_k",
    "min_p": "min_p",
    "seed": "seed",
    "frequency_penalty": "frequency_penalty",
    "presence_penalty": "presence_penalty",
    "max_tokens": "num_predict",
    "max_completion_tokens": "num_predict",
}
"""OpenAI's names beside those of Ollama's `options`; what stands further down wins."""
_PASSED = ("logprobs", "top_logprobs", "keep_alive", "think")


def to_ollama(body: bytes, model: str, *, stream: bool, keep_alive: str | int | None, num_ctx: int | None) -> bytes:
    """The request in Ollama's words.

    A prompt that is too long is to be refused rather than cut, and a full window to end the answer rather than to
    push its beginning out: both are Ollama's defaults, and both would go unnoticed.
    Raises: InvalidInput for what Ollama cannot do.
    """
    fields = read_fields(body)
    _refuse_inexpressible(fields)
    request: dict[str, Any] = {
        "model": model,
        "messages": messages(fields.get("messages")),
        "stream": stream,
        "truncate": False,
        "shift": False,
    }
    if keep_alive is not None:
        request["keep_alive"] = keep_alive
    request |= {name: fields[name] for name in _PASSED if fields.get(name) is not None}
    if (effort := fields.get("reasoning_effort")) is not None and "think" not in request:
        request["think"] = False if effort == "none" else effort
    if fields.get("tools") and fields.get("tool_choice") != "none":
        request["tools"] = fields["tools"]
    if (wanted := answer_format(fields.get("response_format"))) is not None:
        request["format"] = wanted
    request["options"] = _options(fields, num_ctx)
    return msgspec.json.encode(request)


def read_fields(body: bytes) -> dict[str, Any]:
    """The request as an object. Raises: InvalidInput."""
    try:
        return msgspec.json.decode(body, type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidInput(f"The request cannot be read ({error}); correct it.") from error


def messages(turns: object) -> list[dict[str, Any]]:
    """The conversation with text and pictures apart and tool arguments as objects. Raises: InvalidInput."""
    if not isinstance(turns, list) or not turns:
        raise InvalidInput("`messages` must be a list of at least one message; correct it.", param="messages")
    called: dict[str, str] = {}
    return [_message(turn, called) for turn in turns]


def answer_format(wanted: object) -> str | dict[str, Any] | None:
    """`response_format` as Ollama's `format`: `json`, a JSON schema, or None for text. Raises: InvalidInput."""
    match wanted:
        case None | {"type": "text"}:
            return None
        case {"type": "json_object"}:
            return "json"
        case {"type": "json_schema", "json_schema": {"schema": dict(schema)}}:
            return schema
    raise InvalidInput(
        "`response_format` must be of type text, json_object or json_schema with a schema; correct it.",
        param="response_format",
    )


def _message(turn: object, called: dict[str, str]) -> dict[str, Any]:
    """called: the names of the tools called so far, by the id of the call."""
    if not isinstance(turn, dict) or not isinstance(turn.get("role"), str):
        raise InvalidInput("Each of `messages` must have a `role`; correct it.", param="messages")
    text, images = _content(turn.get("content"))
    message: dict[str, Any] = {"role": _ROLES.get(turn["role"], turn["role"]), "content": text}
    if images:
        message["images"] = images
    if thought := turn.get("reasoning_content"):
        message["thinking"] = thought
    if calls := turn.get("tool_calls"):
        message["tool_calls"] = [_tool_call(call, called) for call in calls]
    if message["role"] == "tool":
        ref = str(turn.get("tool_call_id") or "")
        message["tool_name"] = turn.get("name") or called.get(ref, "")
        message["tool_call_id"] = ref
    return message


def _content(content: object) -> tuple[str, list[str]]:
    """The text, and the pictures in base64."""
    if content is None or isinstance(content, str):
        return content or "", []
    if not isinstance(content, list):
        raise InvalidInput("`content` must be a text or a list of parts; correct it.", param="messages")
    texts: list[str] = []
    images: list[str] = []
    for part in content:
        match part:
            case {"type": "text", "text": str(text)} | {"type": "refusal", "refusal": str(text)}:
                texts.append(text)
            case {"type": "image_url", "image_url": {"url": str(url)} | str(url)}:
                images.append(_picture(url))
            case _:
                raise InvalidInput("Ollama reads text and pictures only; leave other parts out.", param="messages")
    return "\n".join(texts), images


def _picture(url: str) -> str:
    head, found, data = url.partition(";base64,")
    if not found or not head.startswith("data:image/"):
        raise InvalidInput(
            "Ollama takes pictures only as part of the request; send `image_url` as data:image/...;base64,...",
            param="messages",
        )
    return data


def _tool_call(call: object, called: dict[str, str]) -> dict[str, Any]:
    match call:
        case {"function": {"name": str(name), "arguments": str(text)}, **others}:
            ref = str(others.get("id") or "")
        case _:
            raise InvalidInput(
                "A tool call needs `function.name` and `function.arguments`; correct it.", param="messages"
            )
    try:
        arguments = msgspec.json.decode(text or "{}", type=dict[str, Any])
    except (msgspec.DecodeError, RecursionError) as error:
        raise InvalidInput(
            f"The arguments of the call of {name} are no JSON object ({error}); correct them.", param="messages"
        ) from error
    called[ref] = name
    return {"id": ref, "function": {"name": name, "arguments": arguments}}


def _options(fields: Mapping[str, Any], num_ctx: int | None) -> dict[str, Any]:
    options: dict[str, Any] = {} if num_ctx is None else {"num_ctx": num_ctx}
    options |= {theirs: fields[ours] for ours, theirs in _OPTIONS.items() if fields.get(ours) is not None}
    if (stop := fields.get("stop")) is not None:
        options["stop"] = [stop] if isinstance(stop, str) else stop
    if (own := fields.get("options")) is not None:
        if not isinstance(own, dict):
            raise InvalidInput("`options` must be an object of Ollama's options; correct it.", param="options")
        options |= own
    return options


def _refuse_inexpressible(fields: Mapping[str, Any]) -> None:
    if (fields.get("n") or 1) != 1:
        raise InvalidInput("Ollama gives one answer at a time; ask with `n` of 1.", param="n")
    if fields.get("logit_bias"):
        raise InvalidInput("Ollama has no `logit_bias`; leave it out.", param="logit_bias")
    if fields.get("tools") and fields.get("tool_choice") not in (None, "auto", "none"):
        raise InvalidInput(
            "Ollama cannot be made to call a tool; send `tool_choice` as auto or none.", param="tool_choice"
        )
