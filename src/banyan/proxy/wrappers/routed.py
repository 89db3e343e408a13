"""A chain of deployments that answers as one: falls over by reason, and finishes streams that broke off."""

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing
from dataclasses import replace
from typing import cast

import msgspec

from banyan.kernel.errors import BanyanError, DeadlineExceeded
from banyan.proxy.domain.chat_request import choices_asked
from banyan.proxy.domain.continuation import Continuation, with_prefill
from banyan.proxy.domain.deployments import Alias, Capabilities, Patience
from banyan.proxy.domain.following import Failed, is_next, judged
from banyan.proxy.domain.quoted_below import QuotedBelow
from banyan.proxy.ports.chat_provider import ChatCall, ChatProvider

USUAL_FIRST_BYTE_SECONDS = 10.0
_SOON = 0.001


class Link(msgspec.Struct, frozen=True):
    """One deployment of a chain. why: it stands there, for people. longer: asked only after a prompt was too long.

    free: costs nothing, whatever is asked. quotes: answers from the course by itself, so that no prompt is too long.
    """

    name: str
    model: str
    provider: ChatProvider
    patience: Patience
    capabilities: Capabilities
    why: str = ""
    longer: bool = False
    free: bool = False
    quotes: bool = False


class Routed:
    """links: in the order in which they are asked; at least one."""

    grounds_itself = True

    def __init__(self, links: Sequence[Link], alias: Alias | None = None) -> None:
        self._links = links
        self._alias = alias

    async def complete(self, call: ChatCall) -> bytes:
        """As the port says. Raises what the last deployment raised that was asked."""
        deadline = min(call.deadline, time.monotonic() + self._links[0].patience.total)
        failed: Failed | None = None
        for place, link in enumerate(self._links):
            if not is_next(link, failed):
                continue
            sent = self._call(call, link, place, failed, deadline)
            try:
                async with asyncio.timeout_at(asyncio.get_running_loop().time() + deadline - time.monotonic()):
                    return await link.provider.complete(sent)
            except TimeoutError as error:
                raise too_late(link.name) from error
            except BanyanError as error:
                failed = judged(link, error, failed, self._alias)
        assert failed is not None
        raise failed.error

    async def stream(self, call: ChatCall) -> AsyncIterator[bytes]:
        """As the port says; raises as `complete`. What has been sent once is not sent again."""
        deadline = min(call.deadline, time.monotonic() + self._links[0].patience.total)
        failed: Failed | None = None
        first: bytes | None = None
        text = ""
        several = choices_asked(call.fields) > 1
        waiting = list(self._links)
        place = 0
        while waiting:
            link = waiting.pop(0)
            if not is_next(link, failed):
                continue
            sent = self._call(call, link, place, failed, deadline, last=not waiting)
            place += 1
            rest: Continuation | QuotedBelow | None = None
            if first is not None and text and link.quotes:
                rest = QuotedBelow(text, first)
            elif first is not None:
                prefilled = link.capabilities.prefill
                rest = Continuation(text, first, prefilled=prefilled)
                if prefilled and text:
                    sent = sent.with_fields(with_prefill(sent.fields, text))
            try:
                async with aclosing(cast(AsyncGenerator[bytes, None], link.provider.stream(sent))) as chunks:
                    async for chunk in chunks:
                        if rest is not None:
                            new = rest.take(chunk)
                            if new is None:
                                continue
                            chunk = new
                        elif first is None:
                            first = chunk
                        yield chunk
                        if time.monotonic() > deadline:
                            raise too_late(link.name)
                if isinstance(rest, QuotedBelow):
                    break  # what broke off is not whole, and that is told below it
                return
            except BanyanError as error:
                if isinstance(error, DeadlineExceeded) and time.monotonic() > deadline:
                    raise
                begun, resumed = first is not None, rest is not None
                text = rest.sent if rest is not None else "".join(call.trace.text)
                failed = judged(link, error, failed, self._alias)
                if begun and (several or not call.trace.plain_text):
                    raise  # half a call of a tool, or one of several answers, cannot be gone on with
                if begun and not resumed and (error.code == "stream_cut" or not waiting):
                    waiting.insert(0, link)  # it knows best how to go on, and a break is no sign that it is down
        assert failed is not None
        raise failed.error

    @property
    def first_choice(self) -> str:
        """The deployment that is asked first."""
        return self._links[0].name

    @property
    def answerers(self) -> tuple[str, ...]:
        """Every deployment that may answer, with its model; sorted, since their order may be a matter of chance."""
        return tuple(sorted(f"{link.name}={link.model}" for link in self._links))

    def capabilities(self, model: str) -> Capabilities:
        """Those of the first."""
        return self._links[0].capabilities

    async def models(self) -> list[str]:
        """None of its own."""
        return []

    async def close(self) -> None:
        """The deployments are closed by whoever opened them."""

    def _call(
        self, call: ChatCall, link: Link, place: int, failed: Failed | None, deadline: float, last: bool | None = None
    ) -> ChatCall:
        last = place + 1 == len(self._links) if last is None else last
        trace = call.trace
        trace.deployment = link.name
        trace.why = link.why if failed is None else failed.why
        return ChatCall(
            body=msgspec.json.encode({**call.fields, "model": link.model}),
            model=link.model,
            stream=call.stream,
            scope=call.scope,
            withhold=call.withhold,
            rag=call.rag,
            window=link.capabilities.context_window,
            patience=_patience(link.patience, deadline - time.monotonic(), plain=not call.stream, last=last),
            caller=call.caller,
            trace=trace,
            fields=call.fields,
            deadline=deadline,
            last=last,
        )


def _patience(patience: Patience, left: float, *, plain: bool, last: bool) -> Patience:
    first = patience.first_byte
    if first is None and not (plain and last):
        first = USUAL_FIRST_BYTE_SECONDS
    if (
        left >= max(first or 0, patience.idle, patience.connect, patience.total) - _SOON
        and first == patience.first_byte
    ):
        return patience
    left = max(_SOON, left)
    return replace(
        patience,
        first_byte=left if first is None else min(first, left),
        idle=min(patience.idle, left),
        connect=min(patience.connect, left),
        total=min(patience.total, left),
    )


def too_late(name: str) -> DeadlineExceeded:
    """The deadline of all tries has passed. name: of the deployment that was asked last."""
    return DeadlineExceeded(
        f"No whole answer came in time, at last from {name}; ask for less, or choose a faster model."
    )
