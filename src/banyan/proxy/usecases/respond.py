"""Answers requests of the Responses API over chat completions, and keeps what it answered."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import msgspec
import structlog

from banyan.kernel.clock import Clock
from banyan.kernel.errors import BanyanError, InvalidInput, NotFound
from banyan.kernel.ids import new_id
from banyan.proxy.domain.accounting import Caller, Trace
from banyan.proxy.domain.chat_request import ChatRequest
from banyan.proxy.domain.responses_input import Item
from banyan.proxy.domain.responses_output import answer_of, begun, ended, failed
from banyan.proxy.domain.responses_request import ResponseOrder
from banyan.proxy.domain.responses_stored import StoredResponse
from banyan.proxy.domain.responses_stream import Event, ResponseEvents
from banyan.proxy.ports.response_store import ResponseStore
from banyan.proxy.usecases.complete import Complete

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Turn:
    """A response under way: the chat that answers it, and the conversation that it belongs to (None: a new one)."""

    response: dict[str, Any]
    order: ResponseOrder
    chat: ChatRequest
    conversation: str | None


class Respond:
    """keep: for how long a response can be read and continued after the last one of its conversation; zero: never."""

    def __init__(self, complete: Complete, store: ResponseStore, clock: Clock, *, keep: timedelta) -> None:
        self._complete = complete
        self._store = store
        self._clock = clock
        self._keep = keep

    @property
    def default_model(self) -> str:
        """The model of a request that names none."""
        return self._complete.default_model

    async def create(self, caller: Caller, order: ResponseOrder, trace: Trace) -> dict[str, Any]:
        """The response object, stored unless the caller or the settings do not want that.

        Raises: InvalidInput; NotFound (of what `previous_response_id` names); what `Complete.complete` raises.
        """
        turn = await self._begin(caller, order)
        answer = answer_of(await self._complete.complete(caller, turn.chat, trace))
        response = ended(turn.response, answer, self._now())
        await self._save(caller, turn, response)
        return response

    async def stream(self, caller: Caller, order: ResponseOrder, trace: Trace) -> AsyncGenerator[Event, None]:
        """The events of the response. It is stored before its last event is handed out.

        Raises: as `create`, before the first item. What breaks later is an `error` event and `response.failed`.
        Closing it cancels the upstream call; nothing is stored then.
        """
        turn = await self._begin(caller, order)
        events = ResponseEvents(turn.response)
        async with aclosing(self._complete.stream(caller, turn.chat, trace)) as chunks:
            first = await anext(chunks, b"{}")
            for event in events.start(first):
                yield event
            try:
                async for chunk in chunks:
                    for event in events.feed(chunk):
                        yield event
                for event in events.close():
                    yield event
                response = ended(turn.response, events.answer, self._now())
                await self._save(caller, turn, response)
            except Exception as error:
                if not isinstance(error, BanyanError):
                    log.exception("response-failed", request_id=caller.request_id)
                events.break_off()
                response = failed(turn.response, events.answer, error)
                yield events.failure(error)
                await self._save_failed(caller, turn, response)
        yield events.end(response)

    async def one(self, caller: Caller, id: str) -> dict[str, Any]:
        """The response object. Raises: NotFound."""
        stored = await self._store.get(caller.tenant, _owner(caller), id, now=self._clock.now())
        if stored is None:
            raise _unknown(id)
        response: dict[str, Any] = msgspec.json.decode(stored.body)
        return response

    async def input_items(self, caller: Caller, id: str) -> list[Item]:
        """What was sent with the request itself, in its order. Raises: NotFound."""
        stored = await self._store.get(caller.tenant, _owner(caller), id, now=self._clock.now())
        if stored is None:
            raise _unknown(id)
        items: list[Item] = msgspec.json.decode(stored.items)
        return items

    async def delete(self, caller: Caller, id: str) -> None:
        """Raises: NotFound."""
        if not await self._store.delete(caller.tenant, _owner(caller), id, now=self._clock.now()):
            raise _unknown(id)

    async def cancel(self, caller: Caller, id: str) -> None:
        """Refuses: only background responses can be cancelled, and there are none. Raises: NotFound, InvalidInput."""
        await self.one(caller, id)
        raise InvalidInput(
            "Only background responses can be cancelled; close the connection of a stream to stop it.",
            code="not_cancellable",
        )

    async def _begin(self, caller: Caller, order: ResponseOrder) -> _Turn:
        before: Sequence[StoredResponse] = ()
        if order.previous is not None:
            before = await self._before(caller, order.previous)
        items: list[Item] = []
        for stored in before:
            items += msgspec.json.decode(stored.items, type=list[Item])
            items += msgspec.json.decode(stored.body)["output"]
        chat = order.chat(items)
        response = begun(new_id("resp"), self._now(), chat.model or "", order.shown, store=self._keeps(order))
        return _Turn(response, order, chat, before[0].conversation if before else None)

    async def _before(self, caller: Caller, previous: str) -> Sequence[StoredResponse]:
        chain = await self._store.conversation(caller.tenant, _owner(caller), previous, now=self._clock.now())
        if not chain:
            raise NotFound(
                f"There is no response {previous[:100]!r} to continue; it was not stored, has been deleted or has "
                "expired. Send the conversation in `input`.",
                code="previous_response_not_found",
                param="previous_response_id",
            )
        if chain[0].previous is not None:
            raise NotFound(
                f"The conversation of {previous[:100]!r} is not whole any more, because a response before it has been "
                "deleted; send the conversation in `input`.",
                code="previous_response_not_found",
                param="previous_response_id",
            )
        return chain

    async def _save(self, caller: Caller, turn: _Turn, response: dict[str, Any]) -> None:
        if not self._keeps(turn.order):
            return
        now = self._clock.now()
        stored = StoredResponse(
            tenant=caller.tenant,
            owner=_owner(caller),
            id=response["id"],
            conversation=turn.conversation or response["id"],
            previous=turn.order.previous,
            created=now,
            expires=now + self._keep,
            body=msgspec.json.encode(response),
            items=msgspec.json.encode(turn.order.items),
        )
        await self._store.add(stored, now=now)

    async def _save_failed(self, caller: Caller, turn: _Turn, response: dict[str, Any]) -> None:
        """The stream says the failure that came first, even if the store fails too."""
        try:
            await self._save(caller, turn, response)
        except BanyanError as error:
            log.warning("failed-response-not-stored", request_id=caller.request_id, error=error.message)

    def _keeps(self, order: ResponseOrder) -> bool:
        return order.store is not False and self._keep > timedelta(0)

    def _now(self) -> int:
        return int(self._clock.now().timestamp())


def _owner(caller: Caller) -> str:
    return caller.user or caller.key or ""


def _unknown(id: str) -> NotFound:
    return NotFound(
        f"There is no response {id[:100]!r}; it was not stored, has been deleted or has expired.",
        code="response_not_found",
    )
