"""The few fields of a chat completion that the gateway itself reads; all others pass through as bytes."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

import msgspec

from banyan.kernel.errors import InvalidInput
from banyan.kernel.ids import check_id
from banyan.kernel.messages import Message, Speaker
from banyan.proxy.domain.cache_policy import CacheWish
from banyan.proxy.domain.rag_wish import USUAL, RagWish

Value = TypeVar("Value")
_MOST_DIGITS = 12
_OURS = frozenset({"course", "chapter", "lesson", "withhold", "grounded", "rag"})


@dataclass(frozen=True, slots=True)
class ChatRequest:
    """One chat completion as asked for.

    fields: the top level of the OpenAI-shaped request without our own fields, each value as its JSON bytes.
    model: None where the caller leaves the choice to the settings. cache: what the caller wants of the answer cache.
    withhold: texts of which no sentence may be found or quoted.
    grounded: False for a call on a course's account that brings its own passages.
    rag: what of the course, and how, where it is grounded.
    """

    fields: Mapping[str, msgspec.Raw]
    model: str | None = None
    stream: bool = False
    course: str | None = None
    chapter: str | None = None
    lesson: str | None = None
    cache: CacheWish = CacheWish.USUAL
    withhold: tuple[str, ...] = ()
    grounded: bool = True
    rag: RagWish = USUAL

    def body_for(self, model: str) -> bytes:
        """The request as a provider gets it, under its own name for the model."""
        return msgspec.json.encode({**self.fields, "model": model})


class _Part(msgspec.Struct):
    type: str = "text"
    text: str = ""


class _Turn(msgspec.Struct):
    role: str
    content: str | list[_Part] | None = None


class _Conversation(msgspec.Struct):
    messages: list[_Turn]


_SPEAKERS: Mapping[str, Speaker] = {
    "system": "system",
    "developer": "system",
    "user": "user",
    "assistant": "assistant",
    "tool": "tool",
    "function": "tool",
}
_conversation = msgspec.json.Decoder(_Conversation)


def read_chat_request(fields: Mapping[str, msgspec.Raw], cache: CacheWish = CacheWish.USUAL) -> ChatRequest:
    """Takes our own fields out and reads the routing ones.

    Raises: InvalidInput.
    """
    ours = not _OURS.isdisjoint(fields)
    course, lesson = (_id(fields, name) if ours else None for name in ("course", "lesson"))
    if course is None and lesson is not None:
        raise InvalidInput("A lesson belongs to a course; send `course` with `lesson`.", param="course")
    return ChatRequest(
        fields={name: raw for name, raw in fields.items() if name not in _OURS} if ours else fields,
        model=_value(fields, "model", str),
        stream=_value(fields, "stream", bool) or False,
        course=course,
        chapter=_value(fields, "chapter", str) if ours else None,
        lesson=lesson,
        cache=cache,
        withhold=(_value(fields, "withhold", tuple[str, ...]) or ()) if ours else (),
        grounded=not ours or _value(fields, "grounded", bool) is not False,
        rag=(_value(fields, "rag", RagWish) or USUAL) if ours else USUAL,
    )


def choices_asked(fields: Mapping[str, msgspec.Raw]) -> int:
    """How many answers the request wants (`n`); 1 where that cannot be read, which is the provider's to refuse."""
    return whole_number(fields, "n") or 1


def whole_number(fields: Mapping[str, msgspec.Raw], name: str) -> int | None:
    """None for what is absent, or no number that anybody could mean."""
    raw = bytes(fields[name]) if name in fields else b""
    return int(raw) if raw.isdigit() and len(raw) <= _MOST_DIGITS else None


def read_conversation(body: bytes) -> list[Message]:
    """The messages of a request as text, for providers that read them themselves; text parts are joined.

    Raises: InvalidInput where `messages` is not a non-empty list of `{role, content}`.
    """
    try:
        turns = _conversation.decode(body).messages
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        reason = str(error).replace("$.", "")
        raise InvalidInput(f"`messages` cannot be read ({reason}); correct it.", param="messages") from error
    if not turns:
        raise InvalidInput("`messages` is empty; send at least one message.", param="messages")
    return [Message(_speaker(turn.role), _text(turn.content)) for turn in turns]


def last_question(messages: list[Message]) -> str:
    """What the user said last; empty where no user has said anything."""
    return next((message.content for message in reversed(messages) if message.role == "user"), "")


def _speaker(role: str) -> Speaker:
    if role not in _SPEAKERS:
        raise InvalidInput(f"A role in `messages` must be one of {', '.join(_SPEAKERS)}; correct it.", param="messages")
    return _SPEAKERS[role]


def _text(content: str | list[_Part] | None) -> str:
    if isinstance(content, str):
        return content
    return "\n".join(part.text for part in content or [] if part.type == "text")


def _id(fields: Mapping[str, msgspec.Raw], name: str) -> str | None:
    value = _value(fields, name, str)
    return None if value is None else check_id(value, name)


def _value(fields: Mapping[str, msgspec.Raw], name: str, kind: type[Value]) -> Value | None:
    raw = fields.get(name)
    if raw is None or bytes(raw) == b"null":
        return None
    try:
        return msgspec.json.decode(raw, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InvalidInput(f"`{name}` is not right ({error}); correct it and send it again.", param=name) from error
