"""One upstream call that any number of equal callers wait for, each at its own speed."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import aclosing
from typing import cast

from banyan.proxy.domain.cached_answer import Assembly, is_worth_keeping, replay
from banyan.proxy.ports.chat_provider import ChatCall, ChatProvider

_MOST_AHEAD = 512
"""Chunks that the provider may be ahead of the fastest reader, who may be a client that reads slowly."""

Keep = Callable[[bytes], Awaitable[None]]


class Unfit(Exception):
    """The answer that was waited for cannot be given in the form that this caller wants."""


class Flight:
    """Asks the provider in a task of its own, which goes on for as long as anybody waits.

    call: of the first caller, who pays. passengers: how many wait.
    keep: stores an answer that is good for another time; nobody waits for it. is_kept: whether it still shall.
    """

    def __init__(self, provider: ChatProvider, call: ChatCall, *, tools: bool, keep: Keep) -> None:
        self.call = call
        self.landed = False
        self.is_kept = True
        self._provider = provider
        self._tools = tools
        self._keep = keep
        self._chunks: list[bytes] = []
        self._answer: bytes | None = None
        self._error: BaseException | None = None
        self._changed = asyncio.Event()
        self._caught_up = asyncio.Event()
        self._furthest = 0
        self._is_awaited_whole = False
        self.passengers = 0
        self.task: asyncio.Task[None] | None = None

    @property
    def is_boarding(self) -> bool:
        """Whether another caller may wait for it: it has not failed, and is not being called off."""
        return self._error is None and (self.task is None or not self.task.cancelling())

    def depart(self, ended: Callable[[asyncio.Task[None]], None]) -> None:
        """Starts the call. ended: told when all is done, the keeping too."""
        self.task = asyncio.create_task(self._run(), name="ask for several callers")
        self.task.add_done_callback(ended)

    def board(self) -> None:
        """One more waits; `leave` has to follow."""
        self.passengers += 1

    async def leave(self) -> None:
        """One waits no longer. Without the last one the call is of no use, and is cancelled."""
        self.passengers -= 1
        if self.passengers == 0 and not self.landed:
            await self.cancel()

    async def cancel(self) -> None:
        """Ends the call, and returns when it has ended."""
        if self.task is not None:
            self.task.cancel()
            await asyncio.wait([self.task])

    async def answer(self) -> bytes:
        """The completion. Raises: what the provider raised; Unfit where a stream does not make one."""
        self._is_awaited_whole = True
        self._caught_up.set()
        while not self.landed:
            await self._changed.wait()
        self._raise()
        if self._answer is None:
            raise Unfit
        return self._answer

    async def chunks(self) -> AsyncIterator[bytes]:
        """The stream from its beginning, its usage too. Raises: as `answer`, before or between chunks."""
        if not self.call.stream:
            body = await self.answer()
            if not is_worth_keeping(body, tools=True):
                raise Unfit
            for chunk in replay(body, usage=True):
                yield chunk
            return
        place = 0
        while True:
            while place < len(self._chunks):
                place += 1
                if place > self._furthest:
                    self._furthest = place
                    self._caught_up.set()
                yield self._chunks[place - 1]
            if self.landed:
                self._raise()
                return
            await self._changed.wait()

    async def _run(self) -> None:
        try:
            if self.call.stream:
                await self._stream()
            else:
                self._answer = await self._provider.complete(self.call)
        except BaseException as error:
            self._error = error
            if not isinstance(error, Exception):
                raise
        finally:
            self.landed = True
            self._tell()
        if self._error is None and self._answer is not None and is_worth_keeping(self._answer, tools=self._tools):
            await self._keep(self._answer)

    async def _stream(self) -> None:
        assembly = Assembly()
        async with aclosing(cast(AsyncGenerator[bytes, None], self._provider.stream(self.call))) as chunks:
            async for chunk in chunks:
                self._chunks.append(chunk)
                assembly.take(chunk)
                self._tell()
                while len(self._chunks) - self._furthest > _MOST_AHEAD and not self._is_awaited_whole:
                    self._caught_up.clear()
                    await self._caught_up.wait()
        self._answer = assembly.whole()

    def _tell(self) -> None:
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()

    def _raise(self) -> None:
        if isinstance(self._error, Exception):
            raise self._error
        if self._error is not None:  # called off while somebody boarded: whoever that is asks by itself
            raise Unfit
