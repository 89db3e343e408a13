"""What the small upstreams that take batches have in common: refusals, lost answers, and a memory of what was asked."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

KEY = "sk-secret-123456"
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass
class Refusal:
    """Of the next request with this method whose path ends so."""

    method: str
    path: str
    status: int
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass
class FakeBatches:
    """batches: by id, as they are shown. requests: by id of the batch, the bodies and ids of its lines in their order.
    calls: bodies of completions that were asked one by one. seen: method and path of every request.

    refusals: given once each. answers_creates: whether whoever makes a batch hears of it. created: set by the first.
    closing: set at the end.
    """

    base_url: str = ""
    batches: dict[str, dict[str, Any]] = field(default_factory=dict)
    requests: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    calls: list[dict[str, Any]] = field(default_factory=list)
    seen: list[tuple[str, str]] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)
    answers_creates: bool = True
    created: asyncio.Event = field(default_factory=asyncio.Event)
    closing: asyncio.Event = field(default_factory=asyncio.Event)
    prefix = ""

    def routes(self) -> dict[tuple[str, str], Handler]:
        """By method and path below the prefix."""
        raise NotImplementedError

    def refused(self, status: int) -> web.Response:
        """The refusal in this wire."""
        return web.json_response({"error": {"message": "Not now.", "code": None, "type": "refused"}}, status=status)

    def end(
        self, id: str, status: str = "completed", answers: int | None = None, errors: Mapping[int, int] | None = None
    ) -> None:
        """Brings a batch to its end, with answers to so many of its lines; errors: HTTP statuses by the line's place.

        The last lines come first, as nothing promises their order.
        """
        raise NotImplementedError

    async def made(self, shown: dict[str, Any]) -> web.Response:
        """The answer to a creation, if it is to arrive."""
        self.created.set()
        if not self.answers_creates:
            await self.closing.wait()
        return web.json_response(shown)

    async def id(self, number: int = 0) -> str:
        """The id of the batch that was made so late, once there is one."""
        async with asyncio.timeout(30):
            while len(self.batches) <= number:  # noqa: ASYNC110 - it comes from another process
                await asyncio.sleep(0.01)
        return list(self.batches)[number]

    async def asked(self, method: str, path: str, times: int = 1) -> None:
        """Returns once so many requests with this method have had a path that ends so."""
        async with asyncio.timeout(30):
            while sum(one == method and where.endswith(path) for one, where in self.seen) < times:  # noqa: ASYNC110
                await asyncio.sleep(0.01)


@asynccontextmanager
async def running_batches(upstream: FakeBatches) -> AsyncIterator[None]:
    """The upstream on a free port."""

    @web.middleware
    async def refuse(request: web.Request, handler: Handler) -> web.StreamResponse:
        upstream.seen.append((request.method, request.path))
        for refusal in upstream.refusals:
            if request.method == refusal.method and request.path.endswith(refusal.path):
                upstream.refusals.remove(refusal)
                answer = upstream.refused(refusal.status)
                answer.headers.update(refusal.headers)
                return answer
        return await handler(request)

    app = web.Application(middlewares=[refuse], client_max_size=2**30)
    for (method, path), handler in upstream.routes().items():
        app.router.add_route(method, upstream.prefix + path, handler)
    runner = web.AppRunner(app, shutdown_timeout=0)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    upstream.base_url = f"http://127.0.0.1:{runner.addresses[0][1]}{upstream.prefix}"
    try:
        yield
    finally:
        upstream.closing.set()
        await runner.cleanup()
