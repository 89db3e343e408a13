"""What of a request is the question, and what is all the rest, where similar questions may share an answer."""

from collections.abc import Mapping
from dataclasses import dataclass

import msgspec

from banyan.kernel.same_question import is_comparable

_ABSENT = (b"null", b"[]", b"{}", b'""', b"false")
_STRICT = ("tools", "functions", "tool_choice", "function_call", "response_format", "stop", "logprobs", "logit_bias")
"""With any of these the answer has a form that hangs on the exact request."""


@dataclass(frozen=True, slots=True)
class NearQuestion:
    """text: the last message, by the user. rest: the request without it."""

    text: str
    rest: Mapping[str, msgspec.Raw]


class _Message(msgspec.Struct):
    role: str
    tool_calls: msgspec.Raw = msgspec.Raw(b"null")


class _Question(msgspec.Struct, forbid_unknown_fields=True):
    role: str
    content: str


_raws = msgspec.json.Decoder(list[msgspec.Raw])
_messages = msgspec.json.Decoder(list[_Message])
_question = msgspec.json.Decoder(_Question)


def near_question(parameters: Mapping[str, msgspec.Raw]) -> NearQuestion | None:
    """None where only the very same request may have the same answer: tools, JSON, pictures, a long or short text."""
    if any(bytes(parameters.get(name, b"null")) not in _ABSENT for name in _STRICT):
        return None
    try:
        *before, last = _raws.decode(parameters["messages"])
        turns = _messages.decode(parameters["messages"])
        question = _question.decode(last)
    except (KeyError, ValueError):  # msgspec's own errors are such, and so is an empty list
        return None
    if any(turn.role in ("tool", "function") or bytes(turn.tool_calls) not in _ABSENT for turn in turns):
        return None
    if question.role != "user" or not is_comparable(question.content):
        return None
    rest = msgspec.Raw(b"[" + b",".join(bytes(raw) for raw in before) + b"]")
    return NearQuestion(question.content, {**parameters, "messages": rest})
