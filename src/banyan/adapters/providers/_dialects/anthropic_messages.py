"""A conversation as Anthropic's Messages API wants it: one system prompt, and turns that alternate."""

import re
from collections.abc import Iterator
from typing import Any

import msgspec

from banyan.adapters.providers._dialects.openai_fields import listing, mapping, text
from banyan.kernel.errors import InvalidInput

Block = dict[str, Any]

_DATA_URL = re.compile(r"data:([\w.+/-]+);base64,(.*)", re.DOTALL)
_IMAGES = ("image/gif", "image/jpeg", "image/png", "image/webp")
_STRANGE = re.compile(r"[^\w-]", re.ASCII)
_OPENING = {"role": "user", "content": [{"type": "text", "text": "."}]}
"""Stands before a conversation that the assistant opens, because the first turn has to be a user's."""


def translate_messages(messages: Any) -> tuple[list[Block], list[Block]]:
    """The blocks of the system prompt, and the turns.

    System and developer messages come together, wherever they stand. Blank texts are left out, since the API refuses
    them; an answer that is begun by the last message loses its trailing white space, for the same reason.
    Raises: InvalidInput, naming the message.
    """
    system: list[Block] = []
    turns: list[Block] = []
    for number, message in enumerate(listing(messages, "messages")):
        name = f"messages[{number}]"
        role = mapping(message, name).get("role")
        if role in ("system", "developer"):
            system += _blocks(message.get("content"), name)
            continue
        speaker, blocks = _turn(role, message, name)
        if not blocks:
            continue
        if turns and turns[-1]["role"] == speaker:
            turns[-1]["content"] += blocks
        else:
            turns.append({"role": speaker, "content": blocks})
    if not turns:
        raise InvalidInput(
            "`messages` holds nothing to answer; send at least one message of the user.", param="messages"
        )
    if turns[0]["role"] == "assistant":
        turns.insert(0, _OPENING)
    last = turns[-1]["content"][-1]
    if turns[-1]["role"] == "assistant" and last["type"] == "text":
        last["text"] = last["text"].rstrip()
    return system, turns


def tools_in(turns: list[Block]) -> list[str]:
    """Names of the tools that were called in the conversation."""
    blocks = (block for turn in turns for block in turn["content"])
    return list(dict.fromkeys(block["name"] for block in blocks if block["type"] == "tool_use"))


def _turn(role: Any, message: Block, name: str) -> tuple[str, list[Block]]:
    if role == "user":
        return "user", _blocks(message.get("content"), name)
    if role == "assistant":
        return "assistant", [*_blocks(message.get("content"), name), *_calls(message, name)]
    if role == "tool":
        block = {"type": "tool_result", "tool_use_id": _id(message.get("tool_call_id"), f"{name}.tool_call_id")}
        content = _blocks(message.get("content"), name)
        return "user", [block | {"content": content} if content else block]
    raise InvalidInput(
        f"`{name}.role` must be system, developer, user, assistant or tool; correct it.", param="messages"
    )


def _calls(message: Block, name: str) -> Iterator[Block]:
    for number, call in enumerate(listing(message.get("tool_calls") or [], f"{name}.tool_calls")):
        at = f"{name}.tool_calls[{number}]"
        function = mapping(mapping(call, at).get("function"), f"{at}.function")
        try:
            given = msgspec.json.decode(text(function.get("arguments") or "{}", f"{at}.function.arguments"))
        except msgspec.DecodeError as error:
            raise InvalidInput(f"`{at}.function.arguments` is no JSON; correct it.", param="messages") from error
        yield {
            "type": "tool_use",
            "id": _id(call.get("id"), f"{at}.id"),
            "name": text(function.get("name"), f"{at}.function.name"),
            "input": mapping(given, f"{at}.function.arguments"),
        }


def _id(value: Any, name: str) -> str:
    """Ids of other providers may hold characters that this one refuses."""
    return _STRANGE.sub("_", text(value, name))


def _blocks(content: Any, name: str) -> list[Block]:
    if content is None:
        return []
    if isinstance(content, str):
        content = [{"type": "text", "text": content}]
    parts = [mapping(part, f"{name}.content") for part in listing(content, f"{name}.content")]
    found = [_block(part, f"{name}.content[{number}]") for number, part in enumerate(parts)]
    return [block for block in found if block["type"] != "text" or block["text"].strip()]


def _block(part: Block, name: str) -> Block:
    block: Block
    match part.get("type"):
        case "text":
            block = {"type": "text", "text": text(part.get("text"), f"{name}.text")}
        case "refusal":
            block = {"type": "text", "text": text(part.get("refusal"), f"{name}.refusal")}
        case "image_url":
            image = mapping(part.get("image_url"), f"{name}.image_url")
            block = {"type": "image", "source": _image(text(image.get("url"), f"{name}.image_url.url"), name)}
        case "file":
            file = mapping(part.get("file"), f"{name}.file")
            block = {"type": "document", "source": _document(file.get("file_data"), name)}
        case other:
            raise InvalidInput(
                f"Anthropic reads no {str(other)[:40]!r} part (`{name}`); leave it out.", param="messages"
            )
    cached = part.get("cache_control")
    return block | {"cache_control": cached} if isinstance(cached, dict) else block


def _image(url: str, name: str) -> Block:
    inline = _DATA_URL.fullmatch(url)
    if inline and inline[1] in _IMAGES:
        return {"type": "base64", "media_type": inline[1], "data": inline[2]}
    if url.startswith(("https://", "http://")):
        return {"type": "url", "url": url}
    raise InvalidInput(
        f"`{name}.image_url.url` must be a web address or a base64 data URL of a JPEG, PNG, GIF or WebP; correct it.",
        param="messages",
    )


def _document(data: Any, name: str) -> Block:
    inline = _DATA_URL.fullmatch(data) if isinstance(data, str) else None
    if inline and inline[1] == "application/pdf":
        return {"type": "base64", "media_type": inline[1], "data": inline[2]}
    raise InvalidInput(
        f"`{name}.file` must hold a PDF as `file_data`, a base64 data URL; correct it.", param="messages"
    )
