"""Web servers that behave as badly as the internet does, on loopback addresses that stand for public and private ones.

`127.0.0.2` stands for a public place, every other address for a private one: the fetcher is told so by the same two
arguments by which production tells it nothing.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from ipaddress import ip_address

from banyan.adapters.web.addresses import IPAddress
from banyan.adapters.web.fetcher import Limits, WebFetcher

PUBLIC = "127.0.0.2"
USUAL = Limits()
Serve = Callable[["Asked", asyncio.StreamWriter], Awaitable[None]]


@dataclass(frozen=True)
class Asked:
    """A request. headers: names in lower case."""

    path: str
    headers: Mapping[str, str]


@dataclass
class Site:
    """pages: what answers at each path: bytes to send as they are, or what sends them. asked: in order."""

    port: int = 0
    pages: dict[str, bytes | Serve] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)

    def url(self, path: str = "/", host: str = "public.test") -> str:
        """Of a page of this site."""
        return f"http://{host}:{self.port}{path}"

    def page(self, path: str, body: bytes, kind: str = "text/html", **headers: str) -> None:
        """An answer as good servers give it."""
        self.pages[path] = answer(body, kind, **headers)


def answer(body: bytes, kind: str = "text/html", status: str = "200 OK", **headers: str) -> bytes:
    """A whole HTTP answer. headers: underscores stand for hyphens."""
    given = {"Content-Type": kind, "Content-Length": str(len(body)), "Connection": "close"}
    given |= {name.replace("_", "-"): value for name, value in headers.items()}
    head = "".join(f"{name}: {value}\r\n" for name, value in given.items())
    return f"HTTP/1.1 {status}\r\n{head}\r\n".encode() + body


def redirect(target: str) -> bytes:
    """An answer that leads on."""
    return answer(b"", status="302 Found", Location=target)


@asynccontextmanager
async def web_site(host: str = PUBLIC, port: int = 0) -> AsyncIterator[Site]:
    """A server for as long as the block runs."""
    site = Site()
    tasks: set[asyncio.Task[None]] = set()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        try:
            await respond(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass  # the client has what it wants, or the test is over
        finally:
            writer.transport.abort() if task.cancelling() else writer.close()

    async def respond(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        headers = dict(line.lower().split(": ", 1) for line in lines[1:] if line)
        asked = Asked(lines[0].split(" ")[1], headers)
        site.asked.append(asked)
        page = site.pages.get(asked.path, answer(b"nothing here", status="404 Not Found"))
        if isinstance(page, bytes):
            writer.write(page)
            await writer.drain()
        else:
            await page(asked, writer)

    server = await asyncio.start_server(connected, host, port)
    site.port = server.sockets[0].getsockname()[1]
    async with server:
        yield site
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks)


class Names:
    """A resolver. Each name has one answer after the other, the last of them for ever; names not given are public."""

    def __init__(self, **answers: Sequence[Sequence[str]]) -> None:
        self._answers = {name.replace("_", "."): list(given) for name, given in answers.items()}
        self.asked: list[str] = []

    async def addresses(self, host: str, port: int) -> Sequence[IPAddress]:
        """As the port says."""
        self.asked.append(host)
        answers = self._answers.get(host, [[PUBLIC]])
        given = answers.pop(0) if len(answers) > 1 else answers[0]
        if not given:
            raise OSError("no such name")
        return [ip_address(one) for one in given]


def fetcher_for(*sites: Site, names: Names | None = None, limits: Limits = USUAL) -> WebFetcher:
    """A fetcher for which `127.0.0.2` is the internet, on the ports of the sites."""
    ports = frozenset(site.port for site in sites)
    return WebFetcher(
        replace(limits, ports=ports), resolver=names or Names(), permitted=lambda one: one == ip_address(PUBLIC)
    )
