"""Items of the Responses API: made uniform on their way in, and said as the messages of a chat completion."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from banyan.kernel.errors import InvalidInput
from banyan.kernel.ids import new_id

Item = dict[str, Any]
"""One item as it is stored, listed and sent back: always with `id` and `type`."""

_ROLES = ("user", "assistant", "system", "developer")
_DETAILS = ("auto", "low", "high", "original")
_TAKEN = "message, function_call, function_call_output, reasoning"


def read_items(value: object) -> list[Item]:
    """`input` as items. A string is one message of the user; reasoning is left out, as other models cannot read it.

    Raises: InvalidInput, naming the place.
    """
    if isinstance(value, str):
        return [_message({"role": "user", "content": value}, "input")]
    if not isinstance(value, list) or not value:
        raise InvalidInput("`input` must be a text or a list of items that is not empty; send one.", param="input")
    read = [_item(item, f"input[{number}]") for number, item in enumerate(value)]
    return [item for item in read if item is not None]


def messages_of(items: Iterable[Item], instructions: str | None = None) -> list[dict[str, Any]]:
    """The conversation as chat messages; calls of functions stand in the message that they were made with.

    items: as `read_items` and `responses_output` make them.
    Raises: InvalidInput where an output answers no call.
    """
    messages: list[dict[str, Any]] = [{"role": "system", "content": instructions}] if instructions else []
    called: set[str] = set()
    for item in items:
        if item["type"] == "message":
            messages.append(_chat_message(item))
        elif item["type"] == "function_call":
            called.add(item["call_id"])
            if not messages or messages[-1]["role"] != "assistant":
                messages.append({"role": "assistant", "content": None})
            function = {"name": item["name"], "arguments": item["arguments"]}
            call = {"id": item["call_id"], "type": "function", "function": function}
            messages[-1].setdefault("tool_calls", []).append(call)
        else:
            if item["call_id"] not in called:
                raise InvalidInput(
                    f"No function call has the call_id {item['call_id'][:100]!r}; send the `function_call` item before "
                    "its output, or name the response with it in `previous_response_id`.",
                    param="input",
                )
            content = item["output"] if isinstance(item["output"], str) else _joined(item["output"])
            messages.append({"role": "tool", "tool_call_id": item["call_id"], "content": content})
    if not messages:
        raise InvalidInput("`input` holds nothing that a model can answer; send a message.", param="input")
    return messages


def _item(item: object, place: str) -> Item | None:
    if not isinstance(item, Mapping):
        raise InvalidInput(f"`{place}` must be an object; correct it.", param=place)
    kind = item.get("type") or ("message" if "role" in item else None)
    if kind == "message":
        return _message(item, place)
    if kind == "function_call":
        texts = {name: _text(item, name, place) for name in ("call_id", "name", "arguments")}
        return {"id": _id(item, "fc"), "type": kind, **texts, "status": "completed"}
    if kind == "function_call_output":
        output = item.get("output")
        if not isinstance(output, str):
            output = _parts(output, f"{place}.output", "tool")
        call = _text(item, "call_id", place)
        return {"id": _id(item, "fco"), "type": kind, "call_id": call, "output": output, "status": "completed"}
    if kind == "reasoning":
        return None
    raise InvalidInput(
        f"`{place}` is of the type {str(kind)[:60]!r}, which this gateway does not run; send only {_TAKEN}.",
        param=place,
    )


def _message(item: Mapping[str, Any], place: str) -> Item:
    role = item.get("role")
    if role not in _ROLES:
        raise InvalidInput(f"`{place}.role` must be one of {', '.join(_ROLES)}; correct it.", param=f"{place}.role")
    content = item.get("content")
    if isinstance(content, str):
        content = [{"type": "output_text" if role == "assistant" else "input_text", "text": content}]
    parts = _parts(content, f"{place}.content", role)
    return {"id": _id(item, "msg"), "type": "message", "status": "completed", "role": role, "content": parts}


def _parts(content: object, place: str, role: str) -> list[dict[str, Any]]:
    if not isinstance(content, list):
        raise InvalidInput(f"`{place}` must be a text or a list of parts; correct it.", param=place)
    return [_part(part, f"{place}[{number}]", role) for number, part in enumerate(content)]


def _part(part: object, place: str, role: str) -> dict[str, Any]:
    kind = part.get("type") if isinstance(part, Mapping) else None
    if isinstance(part, Mapping) and kind in ("input_text", "output_text", "text"):
        text = _text(part, "text", place)
        if role != "assistant":
            return {"type": "input_text", "text": text}
        return {"type": "output_text", "text": text, "annotations": _annotations(part)}
    if isinstance(part, Mapping) and kind == "refusal" and role == "assistant":
        return {"type": "refusal", "refusal": _text(part, "refusal", place)}
    if isinstance(part, Mapping) and kind == "input_image" and role == "user":
        return _image(part, place)
    if kind == "input_file":
        raise InvalidInput(
            f"`{place}` is a file, which this gateway does not read here; send its text as `input_text`, "
            "or index it with POST /v1/rag/index and name the `course`.",
            param=place,
        )
    raise InvalidInput(
        f"`{place}` cannot be said by the role {role}; a user sends input_text and input_image, all others text.",
        param=place,
    )


def _image(part: Mapping[str, Any], place: str) -> dict[str, Any]:
    if part.get("file_id") is not None:
        raise InvalidInput(
            f"`{place}` names an image by file_id, which this gateway does not keep; send `image_url`.", param=place
        )
    detail = part.get("detail") or "auto"
    if detail not in _DETAILS:
        raise InvalidInput(f"`{place}.detail` must be one of {', '.join(_DETAILS)}; correct it.", param=place)
    return {"type": "input_image", "image_url": _text(part, "image_url", place), "detail": detail}


def _annotations(part: Mapping[str, Any]) -> list[Any]:
    given = part.get("annotations")
    return given if isinstance(given, list) else []


def _text(item: Mapping[str, Any], name: str, place: str) -> str:
    value = item.get(name)
    if not isinstance(value, str):
        raise InvalidInput(f"`{place}.{name}` must be a text; send it.", param=f"{place}.{name}")
    return value


def _id(item: Mapping[str, Any], prefix: str) -> str:
    given = item.get("id")
    return given if isinstance(given, str) and given else new_id(prefix)


def _chat_message(item: Item) -> dict[str, Any]:
    # Every model knows `system`; `developer` is OpenAI's newer word for the same.
    role = "system" if item["role"] == "developer" else item["role"]
    parts: Sequence[dict[str, Any]] = item["content"]
    if any(part["type"] == "input_image" for part in parts):
        return {"role": role, "content": [_chat_part(part) for part in parts]}
    return {"role": role, "content": _joined(parts)}


def _chat_part(part: dict[str, Any]) -> dict[str, Any]:
    if part["type"] == "input_image":
        return {"type": "image_url", "image_url": {"url": part["image_url"], "detail": part["detail"]}}
    return {"type": "text", "text": part["text"]}


def _joined(parts: Sequence[dict[str, Any]]) -> str:
    return "\n".join(part["refusal"] if part["type"] == "refusal" else part["text"] for part in parts)
