"""A streamed chat completion as the events of a response, one chunk at a time."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from banyan.kernel.errors import BanyanError, UpstreamFailed
from banyan.kernel.ids import new_id
from banyan.proxy.domain.responses_input import Item
from banyan.proxy.domain.responses_output import (
    Answer,
    CallPart,
    Chat,
    call_item,
    message_item,
    read_chat,
    text_part,
    told,
)

Event = dict[str, Any]
"""One event of the stream, with its `type` and `sequence_number`."""
_ENDS = {"completed": "response.completed", "incomplete": "response.incomplete", "failed": "response.failed"}


class ResponseEvents:
    """Feed it every chunk, then ask for the end or tell it of the failure. Only the first choice is read.

    response: the object as it is under way. answer: what has come so far; whole after `close`.
    """

    def __init__(self, response: Mapping[str, Any]) -> None:
        self.answer = Answer(str(response["model"]), finish="")
        self._response = response
        self._number = 0
        self._message: _Message | None = None
        self._calls: dict[int, _Call] = {}
        self._done: dict[int, Item] = {}
        self._items = 0

    def start(self, first: bytes) -> Iterator[Event]:
        """The opening events, and those of the first chunk. Raises: as `feed`."""
        self.answer.model = read_chat(first).model or self.answer.model
        response = {**self._response, "model": self.answer.model}
        yield self._event("response.created", response=response)
        yield self._event("response.in_progress", response=response)
        yield from self.feed(first)

    def feed(self, chunk: bytes) -> Iterator[Event]:
        """Raises: UpstreamFailed for a chunk that is none."""
        chat = read_chat(chunk)
        self._look_at(chat)
        choice = next((choice for choice in chat.choices if choice.index == 0), None)
        if choice is None:
            return
        said = choice.delta
        self.answer.finish = choice.finish_reason or self.answer.finish
        if said is None:
            return
        if said.content:
            yield from self._say("output_text", said.content, (choice.logprobs and choice.logprobs.content) or [])
        if said.refusal:
            yield from self._say("refusal", said.refusal, [])
        for part in said.tool_calls or ():
            yield from self._call(part)

    def close(self) -> Iterator[Event]:
        """The events that close what is open, once the stream has ended.

        Raises: UpstreamFailed where no chunk said why it ended: then the answer is not whole.
        """
        if not self.answer.finish:
            raise UpstreamFailed("The model broke off in the middle of its answer; ask again.", code="stream_cut")
        if not self._items and self.answer.why_incomplete is None:
            yield from self._open_part("output_text")
        yield from self._close_all("incomplete" if self.answer.why_incomplete else "completed")

    def end(self, response: Mapping[str, Any]) -> Event:
        """The last event. response: the object as it has become."""
        return self._event(_ENDS[response["status"]], response=response)

    def break_off(self) -> None:
        """Keeps what was said until a failure as items that are not complete; a failed stream closes nothing."""
        number = self._number
        for _ in self._close_all("incomplete"):
            pass
        self._number = number

    def failure(self, error: Exception) -> Event:
        """The `error` event, with our own stable code."""
        code, param = (error.code, error.param) if isinstance(error, BanyanError) else (BanyanError.code, None)
        return self._event("error", code=code, message=told(error), param=param)

    def _look_at(self, chat: Chat) -> None:
        self.answer.model = chat.model or self.answer.model
        self.answer.usage = chat.usage or self.answer.usage
        if chat.citations is not None:
            self.answer.citations = chat.citations

    def _say(self, kind: str, piece: str, logprobs: list[Any]) -> Iterator[Event]:
        if self._message is None or self._message.kind != kind:
            yield from self._open_part(kind)
        message = self._message
        assert message is not None
        message.pieces.append(piece)
        message.logprobs += logprobs
        more = {"logprobs": logprobs} if kind == "output_text" else {}
        yield self._event(f"response.{kind}.delta", **message.place, delta=piece, **more)

    def _open_part(self, kind: str) -> Iterator[Event]:
        if self._message is None:
            self._message = _Message(new_id("msg"), self._next_item(), kind)
            item = message_item(self._message.id, "in_progress", [])
            yield self._event("response.output_item.added", output_index=self._message.position, item=item)
        else:
            yield from self._close_part(self._message)
            self._message.kind = kind
        part = {"type": kind, "refusal": ""} if kind == "refusal" else text_part("", None, [])
        yield self._event("response.content_part.added", **self._message.place, part=part)

    def _close_part(self, message: "_Message") -> Iterator[Event]:
        text, place = "".join(message.pieces), message.place
        if message.kind == "refusal":
            part = {"type": "refusal", "refusal": text}
            yield self._event("response.refusal.done", **place, refusal=text)
        else:
            part = text_part(text, self.answer.citations, message.logprobs)
            for number, annotation in enumerate(part["annotations"]):
                yield self._event(
                    "response.output_text.annotation.added", **place, annotation_index=number, annotation=annotation
                )
            yield self._event("response.output_text.done", **place, text=text, logprobs=message.logprobs)
        yield self._event("response.content_part.done", **place, part=part)
        message.parts.append(part)
        message.pieces, message.logprobs = [], []

    def _call(self, part: CallPart) -> Iterator[Event]:
        key = self._key(part)
        call = self._calls.get(key)
        if call is None:
            if self._message is not None:
                yield from self._close_message(self._message, "completed")
            call = _Call(new_id("fc"), self._next_item(), part.id or new_id("call"), part.function.name or "")
            self._calls[key] = call
            item = call_item(call.id, "in_progress", call.call_id, call.name, "")
            yield self._event("response.output_item.added", output_index=call.position, item=item)
        if part.function.arguments:
            call.pieces.append(part.function.arguments)
            place = {"item_id": call.id, "output_index": call.position}
            yield self._event("response.function_call_arguments.delta", **place, delta=part.function.arguments)

    def _key(self, part: CallPart) -> int:
        """Which call a piece belongs to; some providers leave the index out and send every call whole."""
        if part.index is not None:
            return part.index
        known = (key for key, call in self._calls.items() if part.id in (None, call.call_id))
        return max(known, default=len(self._calls))

    def _close_all(self, status: str) -> Iterator[Event]:
        if self._message is not None:
            yield from self._close_message(self._message, status)
        for call in self._calls.values():
            arguments = "".join(call.pieces)
            place = {"item_id": call.id, "output_index": call.position}
            yield self._event("response.function_call_arguments.done", **place, name=call.name, arguments=arguments)
            yield self._close_item(call.position, call_item(call.id, status, call.call_id, call.name, arguments))
        self._calls.clear()
        self.answer.output = [item for _, item in sorted(self._done.items())]

    def _close_message(self, message: "_Message", status: str) -> Iterator[Event]:
        yield from self._close_part(message)
        self._message = None
        yield self._close_item(message.position, message_item(message.id, status, message.parts))

    def _close_item(self, position: int, item: Item) -> Event:
        self._done[position] = item
        return self._event("response.output_item.done", output_index=position, item=item)

    def _next_item(self) -> int:
        self._items += 1
        return self._items - 1

    def _event(self, kind: str, **fields: Any) -> Event:
        self._number += 1
        return {"type": kind, "sequence_number": self._number - 1, **fields}


@dataclass(slots=True)
class _Message:
    """A message that is under way. pieces, logprobs: of the part that is open; parts: those that are closed."""

    id: str
    position: int
    kind: str
    pieces: list[str] = field(default_factory=list)
    logprobs: list[Any] = field(default_factory=list)
    parts: list[dict[str, Any]] = field(default_factory=list)

    @property
    def place(self) -> dict[str, Any]:
        """Where the open part is, for its events."""
        return {"item_id": self.id, "output_index": self.position, "content_index": len(self.parts)}


@dataclass(slots=True)
class _Call:
    """A call that is under way."""

    id: str
    position: int
    call_id: str
    name: str
    pieces: list[str] = field(default_factory=list)
