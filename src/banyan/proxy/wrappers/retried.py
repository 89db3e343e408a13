"""Asks the same deployment once more where that is likely to help."""

import asyncio
import random
import time
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from typing import cast

from banyan.kernel.errors import BanyanError
from banyan.proxy.domain.failures import kind_of
from banyan.proxy.domain.retrying import pause_before_retry
from banyan.proxy.ports.chat_provider import ChatCall
from banyan.proxy.wrappers.wrapper import Wrapper


class Retried(Wrapper):
    """Never beyond the call's deadline, and never after the first piece of a stream."""

    async def complete(self, call: ChatCall) -> bytes:
        """As the port says."""
        tries = 0
        while True:
            try:
                return await self._provider.complete(call)
            except BanyanError as error:
                tries += 1
                await self._pause(error, call, tries)

    async def stream(self, call: ChatCall) -> AsyncIterator[bytes]:
        """As the port says."""
        tries, began = 0, False
        while True:
            try:
                async with aclosing(cast(AsyncGenerator[bytes, None], self._provider.stream(call))) as chunks:
                    async for chunk in chunks:
                        began = True
                        yield chunk
                return
            except BanyanError as error:
                if began:
                    raise
                tries += 1
                await self._pause(error, call, tries)

    async def _pause(self, error: BanyanError, call: ChatCall, tries: int) -> None:
        pause = pause_before_retry(
            error,
            kind_of(error),
            tries=tries,
            left=call.deadline - time.monotonic(),
            last=call.last,
            chance=random.random(),
        )
        if pause is None:
            raise error
        await asyncio.sleep(pause)
