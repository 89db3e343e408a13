"""A finished answer as the cache keeps it: taken from a plain answer or a stream, given as either."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from banyan.proxy.domain.grounding import cited_numbers

_PIECE = 120
"""Characters of text in a chunk that is replayed; about a line."""
_TEXTS = ("content", "refusal", "reasoning_content", "reasoning")
"""Strings that come in pieces."""
_ENDS = frozenset({"stop", "tool_calls", "function_call"})
_NULL = b"null"
_Fields = dict[str, msgspec.Raw]


class CachedAnswer(msgspec.Struct, frozen=True, array_like=True):
    """What is stored under a key.

    key: the one it is stored under, so that a store that mixes things up is found out. at: seconds since 1970.
    input, output: tokens that were paid for. deployment, provider, model: who answered. body: the completion.
    """

    key: str
    at: float
    deployment: str
    provider: str
    model: str
    input: int
    output: int
    body: bytes


_stored = msgspec.msgpack.Decoder(CachedAnswer)
_encoder = msgspec.msgpack.Encoder()


def pack(answer: CachedAnswer) -> bytes:
    """As bytes for a store; the body stays as it is."""
    return _encoder.encode(answer)


def unpack(key: str, data: bytes) -> CachedAnswer | None:
    """None for what is of another key, or was written in another form."""
    try:
        answer = _stored.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    return answer if answer.key == key else None


class _Message(msgspec.Struct):
    content: msgspec.Raw = msgspec.Raw(_NULL)
    refusal: msgspec.Raw = msgspec.Raw(_NULL)
    tool_calls: msgspec.Raw = msgspec.Raw(_NULL)
    function_call: msgspec.Raw = msgspec.Raw(_NULL)
    audio: msgspec.Raw = msgspec.Raw(_NULL)


class _Choice(msgspec.Struct):
    message: _Message
    finish_reason: str | None = None


class _Completion(msgspec.Struct):
    choices: list[_Choice]
    error: msgspec.Raw = msgspec.Raw(_NULL)


_completion = msgspec.json.Decoder(_Completion)


def is_worth_keeping(body: bytes, *, tools: bool) -> bool:
    """Whether a completion is whole and good for another time. tools: calls of tools may be kept."""
    try:
        answer = _completion.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return False
    if not answer.choices or bytes(answer.error) != _NULL:
        return False
    return all(_is_good(choice, tools) for choice in answer.choices)


def _is_good(choice: _Choice, tools: bool) -> bool:
    message = choice.message
    calls = any(bytes(one) not in (_NULL, b"[]") for one in (message.tool_calls, message.function_call))
    says = any(bytes(one) not in (_NULL, b'""') for one in (message.content, message.refusal))
    if choice.finish_reason not in _ENDS or bytes(message.audio) != _NULL:
        return False
    return tools if calls else says


class _PlainChoice(msgspec.Struct):
    message: _Fields
    index: int = 0
    finish_reason: str | None = None
    logprobs: msgspec.Raw = msgspec.Raw(_NULL)


_fields = msgspec.json.Decoder(_Fields)
_choices = msgspec.json.Decoder(list[_PlainChoice])
_calls = msgspec.json.Decoder(list[_Fields])
_text = msgspec.json.Decoder(str)
_APART = frozenset({"choices", "usage", "citations", "object"})


def replay(body: bytes, *, usage: bool) -> Iterator[bytes]:
    """The `chat.completion.chunk` objects of a completion that is worth keeping, with its citations in the first one.

    usage: whether a last chunk tells it.
    """
    top = _fields.decode(body)
    head: dict[str, Any] = {name: raw for name, raw in top.items() if name not in _APART}
    head["object"] = "chat.completion.chunk"
    extra = {"citations": top["citations"]} if "citations" in top else {}
    choices = _choices.decode(top["choices"])
    for choice in choices:
        for delta in _deltas(choice.message):
            shown: dict[str, Any] = {"index": choice.index, "delta": delta, "finish_reason": None}
            if bytes(choice.logprobs) != _NULL:
                shown["logprobs"], choice.logprobs = choice.logprobs, msgspec.Raw(_NULL)
            yield msgspec.json.encode({**head, "choices": [shown], **extra})
            extra = {}
    for choice in choices:
        end = {"index": choice.index, "delta": {}, "finish_reason": choice.finish_reason}
        yield msgspec.json.encode({**head, "choices": [end]})
    if usage and "usage" in top:
        yield msgspec.json.encode({**head, "choices": [], "usage": top["usage"]})


def _deltas(message: _Fields) -> Iterator[dict[str, Any]]:
    """First what does not come in pieces, then the text, then the calls of tools."""
    texts = {name: _text.decode(message[name]) for name in _TEXTS if bytes(message.get(name, _NULL)) != _NULL}
    rest = {name: raw for name, raw in message.items() if name not in _TEXTS and name != "tool_calls"}
    yield {"role": "assistant", "content": "" if "content" in texts else None, **rest}
    for name, text in texts.items():
        for piece in _pieces(text):
            yield {name: piece}
    if bytes(message.get("tool_calls", _NULL)) != _NULL:
        calls = _calls.decode(message["tool_calls"])
        yield {"tool_calls": [{"index": index, **call} for index, call in enumerate(calls)]}


def _pieces(text: str) -> Iterator[str]:
    """At blanks where there are any."""
    start = 0
    while start < len(text):
        end = start + _PIECE
        if end < len(text):
            end = (text.rfind(" ", start, end) + 1) or end
            end = end if end > start else start + _PIECE
        yield text[start:end]
        start = end


class _Piece(msgspec.Struct):
    index: int = 0
    delta: _Fields = {}
    finish_reason: str | None = None
    logprobs: msgspec.Raw = msgspec.Raw(_NULL)


_pieces_of = msgspec.json.Decoder(list[_Piece])


class _Call(msgspec.Struct):
    index: int = 0
    id: str | None = None
    type: str | None = None
    function: "_Function | None" = None


class _Function(msgspec.Struct):
    name: str | None = None
    arguments: str | None = None


_call_pieces = msgspec.json.Decoder(list[_Call])
_citations = msgspec.json.Decoder(list[_Fields])
_whole_number = msgspec.json.Decoder(int)


@dataclass(slots=True)
class _Spoken:
    """One choice as it grows."""

    texts: dict[str, list[str]]
    calls: dict[int, _Call]
    finish_reason: str | None = None


class Assembly:
    """Makes a completion of the chunks of a stream. What it does not know how to join makes the stream unfit."""

    def __init__(self) -> None:
        self._head: _Fields | None = None
        self._choices: dict[int, _Spoken] = {}
        self._usage: msgspec.Raw | None = None
        self._citations: msgspec.Raw | None = None
        self._unfit = False

    def take(self, chunk: bytes) -> None:
        """The next chunk."""
        if self._unfit:
            return
        try:
            self._take(_fields.decode(chunk))
        except (KeyError, msgspec.DecodeError, UnicodeDecodeError):
            self._unfit = True

    def whole(self) -> bytes | None:
        """The completion, with those citations that its text uses; None where the chunks do not make one."""
        if self._unfit or self._head is None or not self._choices:
            return None
        choices = [self._finished(index, self._choices[index]) for index in sorted(self._choices)]
        made: dict[str, Any] = {**self._head, "object": "chat.completion", "choices": choices}
        if self._usage is not None:
            made["usage"] = self._usage
        if self._citations is not None:
            made["citations"] = self._cited(self._citations)
        return msgspec.json.encode(made)

    def _take(self, chunk: _Fields) -> None:
        if self._head is None:
            self._head = {name: raw for name, raw in chunk.items() if name not in _APART}
        if bytes(chunk.get("usage", _NULL)) != _NULL:
            self._usage = chunk["usage"]
        if "citations" in chunk:
            self._citations = chunk["citations"]
        if "error" in chunk:
            self._unfit = True
        for piece in _pieces_of.decode(chunk.get("choices", b"[]")):
            if bytes(piece.logprobs) != _NULL:
                self._unfit = True
            spoken = self._choices.setdefault(piece.index, _Spoken({}, {}))
            spoken.finish_reason = piece.finish_reason or spoken.finish_reason
            for name, raw in piece.delta.items():
                self._join(spoken, name, raw)

    def _join(self, spoken: _Spoken, name: str, raw: msgspec.Raw) -> None:
        if name == "role" or bytes(raw) in (_NULL, b"[]"):
            return
        if name in _TEXTS:
            spoken.texts.setdefault(name, []).append(_text.decode(raw))
        elif name == "tool_calls":
            for piece in _call_pieces.decode(raw):
                _join_call(spoken.calls, piece)
        else:
            self._unfit = True

    def _finished(self, index: int, spoken: _Spoken) -> Mapping[str, Any]:
        message: dict[str, Any] = {"role": "assistant", "content": None}
        message.update({name: "".join(pieces) for name, pieces in spoken.texts.items() if any(pieces)})
        if spoken.calls:
            message["tool_calls"] = [_call_fields(spoken.calls[place]) for place in sorted(spoken.calls)]
        elif len(message) == 2 and message["content"] is None:
            message["content"] = ""
        return {"index": index, "message": message, "logprobs": None, "finish_reason": spoken.finish_reason}

    def _cited(self, citations: msgspec.Raw) -> list[_Fields]:
        texts = self._choices[min(self._choices)].texts.get("content", ())
        numbers = cited_numbers("".join(texts))
        found = _citations.decode(citations)
        return [one for one in found if _whole_number.decode(one["index"]) in numbers]


def _join_call(calls: dict[int, _Call], piece: _Call) -> None:
    call = calls.setdefault(piece.index, _Call(piece.index, function=_Function("", "")))
    call.id, call.type = call.id or piece.id, call.type or piece.type
    if piece.function is not None and call.function is not None:
        call.function.name = (call.function.name or "") + (piece.function.name or "")
        call.function.arguments = (call.function.arguments or "") + (piece.function.arguments or "")


def _call_fields(call: _Call) -> Mapping[str, Any]:
    function = call.function or _Function()
    return {
        "id": call.id,
        "type": call.type or "function",
        "function": {"name": function.name, "arguments": function.arguments},
    }
