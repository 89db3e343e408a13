"""Fetches web pages over connections that can lead nowhere but to the addresses that were checked."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Protocol

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from banyan import __version__
from banyan.adapters.web.addresses import IPAddress, is_public, read_address
from banyan.adapters.web.kinds import ACCEPT, as_utf8, declared, find_kind, is_readable, refusal
from banyan.adapters.web.locations import Location, check_domain, follow, read_location
from banyan.adapters.web.unpacking import ENCODINGS, Unpacking, too_large
from banyan.kernel.errors import DeadlineExceeded, NotAllowed, UpstreamFailed
from banyan.kernel.file_kinds import ENDINGS
from banyan.kernel.pages import Known, Page

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_MOST_ADDRESSES = 20
_LONGEST_VALIDATOR = 500


@dataclass(frozen=True, slots=True)
class Limits:
    """How far a fetch goes. ports: beside 80 and 443. Times in seconds: connect and first_byte of each step, total."""

    size_bytes: int = 20_000_000
    redirects: int = 5
    ports: frozenset[int] = frozenset()
    connect: float = 5
    first_byte: float = 10
    total: float = 20


class Resolver(Protocol):
    """From names to addresses."""

    async def addresses(self, host: str, port: int) -> Sequence[IPAddress]:
        """All of them, IPv4 and IPv6. Raises: OSError where there are none."""
        ...


class SystemResolver:
    """The machine's own."""

    async def addresses(self, host: str, port: int) -> Sequence[IPAddress]:
        """As the port says."""
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
        read = (read_address(str(info[4][0])) for info in found)
        return list(dict.fromkeys(one for one in read if one is not None))


class _Pinned(AbstractResolver):
    """Answers with what was checked, whatever it is asked; nobody asks the network a second time."""

    def __init__(self, location: Location, addresses: Sequence[IPAddress]) -> None:
        self._location = location
        self._addresses = addresses

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        flags = socket.AI_NUMERICHOST | socket.AI_NUMERICSERV
        return [
            ResolveResult(
                hostname=self._location.host,
                host=address.compressed,
                port=self._location.port,
                family=socket.AF_INET if address.version == 4 else socket.AF_INET6,
                proto=socket.IPPROTO_TCP,
                flags=flags,
            )
            for address in self._addresses
        ]

    async def close(self) -> None:
        pass


class WebFetcher:
    """The port `Fetcher`. resolver, permitted: of the machine and of the public; tests bring their own."""

    def __init__(
        self,
        limits: Limits = Limits(),
        *,
        resolver: Resolver | None = None,
        permitted: Callable[[IPAddress], bool] = is_public,
    ) -> None:
        self._limits = limits
        self._resolver = resolver or SystemResolver()
        self._permitted = permitted

    def check(self, url: str, domains: Sequence[str] | None = None) -> None:
        """As the port says."""
        self._check_host(read_location(url, self._limits.ports), domains)

    async def fetch(self, url: str, domains: Sequence[str] | None = None, known: Known | None = None) -> Page | None:
        """As the port says."""
        location = read_location(url, self._limits.ports)
        try:
            async with asyncio.timeout(self._limits.total):
                for _ in range(self._limits.redirects + 1):
                    self._check_host(location, domains)
                    async with self._opened(location, known) as response:
                        if response.status not in _REDIRECTS:
                            return await self._page(location, response)
                        location = follow(location, response.headers.get("Location", ""), self._limits.ports)
        except TimeoutError as error:
            raise DeadlineExceeded(
                f"{location.host} did not deliver the page within {self._limits.total:g} seconds; try again later.",
                code="page_timeout",
            ) from error
        raise UpstreamFailed(
            f"The page leads on more than {self._limits.redirects} times; name the page that it ends at.",
            code="page_redirects",
        )

    def _check_host(self, location: Location, domains: Sequence[str] | None) -> None:
        check_domain(location.host, domains)
        address = read_address(location.host)
        if address is not None and not self._permitted(address):
            raise _not_public(location.host)

    async def _addresses(self, location: Location) -> list[IPAddress]:
        """Every address of the host, each of them checked. Raises: NotAllowed, UpstreamFailed."""
        literal = read_address(location.host)
        if literal is not None:
            return [literal]
        try:
            async with asyncio.timeout(self._limits.connect):
                found = list(await self._resolver.addresses(location.host, location.port))
        except (OSError, UnicodeError) as error:  # a timeout is an OSError, too
            raise _unreachable(f"The name {location.host} cannot be found; correct the address.") from error
        if not found:
            raise _unreachable(f"The name {location.host} has no address; correct it.")
        if not all(self._permitted(address) for address in found):
            raise _not_public(location.host)
        return found[:_MOST_ADDRESSES]

    @asynccontextmanager
    async def _opened(self, location: Location, known: Known | None) -> AsyncIterator[aiohttp.ClientResponse]:
        addresses = await self._addresses(location)
        allowed = {address.compressed for address in addresses}

        def open_socket(info: aiohttp.AddrInfoType) -> socket.socket:
            family, kind, protocol, _, target = info
            if str(target[0]) not in allowed:  # cannot be, as things are wired; then it shall not be
                raise OSError(f"{target[0]!r} was not checked")
            return socket.socket(family, kind, protocol)

        connector = aiohttp.TCPConnector(
            resolver=_Pinned(location, addresses),
            use_dns_cache=False,
            force_close=True,
            socket_factory=open_socket,
        )
        timeout = aiohttp.ClientTimeout(
            total=None, connect=self._limits.connect, sock_connect=self._limits.connect, sock_read=None
        )
        address = URL.build(
            scheme=location.scheme,
            host=location.host,
            port=location.port,
            path=location.path,
            query_string=location.query,
            encoded=True,
        )
        session = aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            trust_env=False,
            timeout=timeout,
        )
        async with session:
            try:
                async with asyncio.timeout(self._limits.connect + self._limits.first_byte) as patience:
                    response = await session.get(address, headers=_headers(known), allow_redirects=False)
            except TimeoutError as error:
                waited = "an answer" if patience.expired() else "a connection"
                raise DeadlineExceeded(
                    f"{location.host} kept us waiting too long for {waited}; try again later.", code="page_timeout"
                ) from error
            except (aiohttp.ClientSSLError, aiohttp.ClientConnectorCertificateError) as error:
                raise _unreachable(f"The certificate of {location.host} is not good; tell whoever runs it.") from error
            except (aiohttp.ClientError, OSError, ValueError) as error:
                raise _unreachable(f"{location.host} does not answer as a web server; try again later.") from error
            async with response:
                yield response

    async def _page(self, location: Location, response: aiohttp.ClientResponse) -> Page | None:
        if response.status == 304:
            return None
        if response.status != 200:
            raise UpstreamFailed(
                f"{location.host} answered with status {response.status} instead of the page; correct the address, "
                "or try again later.",
                code="page_status",
            )
        kind, charset = declared(response.headers.get("Content-Type", ""))
        if not is_readable(kind):
            raise refusal(kind)
        if (response.content_length or 0) > self._limits.size_bytes:
            raise too_large(self._limits.size_bytes)
        body = await self._body(location, response)
        kind = find_kind(kind, location.path, body)
        validators = (response.headers.get(name, "") for name in ("ETag", "Last-Modified"))
        known = Known(*(value if len(value) <= _LONGEST_VALIDATOR else "" for value in validators))
        return Page(str(location), kind, ENDINGS[kind], as_utf8(body, kind, charset), known)

    async def _body(self, location: Location, response: aiohttp.ClientResponse) -> bytes:
        unpacking = Unpacking(response.headers.get("Content-Encoding", ""), self._limits.size_bytes)
        try:
            async for piece in response.content.iter_any():
                unpacking.feed(piece)
        except aiohttp.ClientError as error:
            raise UpstreamFailed(
                f"{location.host} broke off in the middle of the page; try again later.", code="page_broken"
            ) from error
        return unpacking.end()


def _headers(known: Known | None) -> dict[str, str]:
    headers = {
        "User-Agent": f"Banyan/{__version__} (learning assistant; fetches pages that teachers name)",
        "Accept": ACCEPT,
        "Accept-Encoding": ENCODINGS,
    }
    if known is not None and known.etag:
        headers["If-None-Match"] = known.etag
    if known is not None and known.last_modified:
        headers["If-Modified-Since"] = known.last_modified
    return headers


def _not_public(host: str) -> NotAllowed:
    return NotAllowed(
        f"{host} leads into a private network, from which nothing is fetched; use the address of a public page.",
        code="url_not_public",
    )


def _unreachable(message: str) -> UpstreamFailed:
    return UpstreamFailed(message, code="page_unreachable")
