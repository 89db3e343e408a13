"""Asks one deployment after the other for vectors, by the rules that chat goes by."""

import asyncio
import random
import time
from math import inf

from banyan.kernel.errors import BanyanError
from banyan.proxy.domain.accounting import Caller, Status, Trace
from banyan.proxy.domain.deployments import Deployment
from banyan.proxy.domain.estimates import probable
from banyan.proxy.domain.failures import kind_of
from banyan.proxy.domain.following import Failed, is_next, judged
from banyan.proxy.domain.pricing import NO_TOKENS, Tokens, counted
from banyan.proxy.domain.retrying import pause_before_retry
from banyan.proxy.ports.embedder import Embedder, Embedding
from banyan.proxy.usecases.embed import Embed
from banyan.proxy.usecases.embed_bill import open_bill
from banyan.proxy.usecases.embedding_models import EmbedLink, EmbedRoute
from banyan.proxy.usecases.fleet import Accounts
from banyan.proxy.wrappers.routed import too_late


class EmbedChain:
    """One request on its way. size: tokens that its texts cannot exceed."""

    def __init__(self, accounts: Accounts, caller: Caller, request: Embed, size: int, trace: Trace) -> None:
        self._accounts = accounts
        self._caller = caller
        self._request = request
        self._size = size
        self._trace = trace

    async def ask(self, route: EmbedRoute) -> Embedding:
        """The first answer. Raises: what the last deployment raised that was asked."""
        deadline = inf if route.deadline is None else time.monotonic() + route.deadline
        failed: Failed | None = None
        for place, link in enumerate(route.links):
            if not is_next(link, failed):
                continue
            self._trace.deployment = link.name
            self._trace.why = link.why if failed is None else failed.why
            left = None if deadline == inf else deadline - time.monotonic()
            try:
                async with asyncio.timeout(left):
                    return await self._tried(link, deadline, last=place + 1 == len(route.links))
            except TimeoutError as error:
                raise too_late(link.name) from error
            except BanyanError as error:
                failed = judged(link, error, failed, route.alias)
        assert failed is not None
        raise failed.error

    async def _tried(self, link: EmbedLink, deadline: float, *, last: bool) -> Embedding:
        """Once, or once more where that is likely to help."""
        tries = 0
        while True:
            try:
                return await self._paid(link)
            except BanyanError as error:
                tries += 1
                left = deadline - time.monotonic()
                chance = random.random()
                pause = pause_before_retry(error, kind_of(error), tries=tries, left=left, last=last, chance=chance)
                if pause is None or link.guard is None:
                    raise
            await asyncio.sleep(pause)

    async def _paid(self, link: EmbedLink) -> Embedding:
        """One try. What is remembered is given also while nobody can be asked."""
        if link.guard is not None:
            try:
                link.guard.check()
            except BanyanError:
                if not link.knows(self._request.inputs):
                    raise
        return await self.once(link.deployment, link.embedder)

    async def once(self, deployment: Deployment, embedder: Embedder) -> Embedding:
        """One call, paid for and written down, whatever stands around the embedder. Raises: as `Embedder.embed`."""
        bill = await open_bill(self._accounts, self._caller, deployment, self._size, self._trace)
        try:
            found = await self._request.ask(embedder)
        except BanyanError as error:
            read = max(0, min(error.tokens_read, self._size))
            bill.close(Status.FAILED, Tokens(read, estimated=True) if read else NO_TOKENS, error.code)
            raise
        except BaseException:
            bill.close(Status.CANCELLED, Tokens(probable(self._size), estimated=True))
            raise
        used = _used(found, self._size)
        if found.spared and not used.input:
            bill.close(Status.CACHED, Tokens(found.tokens))
        else:
            bill.close(Status.OK, used)
        return found


def _used(found: Embedding, size: int) -> Tokens:
    """What the provider read; estimated where it does not count, or counts what cannot be."""
    told = counted(found.tokens, 0)
    if told is None:
        return Tokens(probable(size), estimated=True)
    return Tokens(max(0, told.input - found.spared))
