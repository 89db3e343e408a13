"""What a proxy that runs elsewhere holds about a person, over HTTP."""

from collections.abc import AsyncIterator, Mapping
from typing import Any
from urllib.parse import quote

import msgspec

from banyan.adapters.gateways.http import HttpGateway
from banyan.kernel.errors import NotAllowed, NotFound, UpstreamFailed
from banyan.kernel.identity import Identity, Role

_SECONDS = 600
"""For all tables of one person; a repetition goes on where rows are left."""


class _Erased(msgspec.Struct):
    counts: dict[str, int]


class _Line(msgspec.Struct):
    table: str = ""
    row: dict[str, Any] = {}
    complete: bool = False


_line = msgspec.json.Decoder(_Line)


class HttpPersons:
    """Over the gateway's connections. The proxy knows the assistant by its key, of the role service."""

    def __init__(self, gateway: HttpGateway) -> None:
        self._gateway = gateway

    async def erase(self, tenant: str, user: str, pseudonym: str) -> Mapping[str, int]:
        """Counts by place, each as `proxy.PLACE`. Raises: NotAllowed, and what the gateway raises."""
        path, query = f"/v1/persons/{quote(user, safe='')}", {"pseudonym": pseudonym}
        with _plain_refusals():
            found = await self._gateway.send("DELETE", path, _asker(tenant), _Erased, query=query, seconds=_SECONDS)
        return {f"proxy.{place}": count for place, count in found.counts.items()}

    async def rows(self, tenant: str, user: str) -> AsyncIterator[tuple[str, dict[str, Any]]]:
        """Tables and rows. Raises: NotAllowed, and what the gateway raises; UpstreamFailed where the end is missing."""
        complete = False
        with _plain_refusals():
            async for data in self._gateway.lines(f"/v1/persons/{quote(user, safe='')}/export", _asker(tenant)):
                try:
                    line = _line.decode(data)
                except (msgspec.DecodeError, UnicodeDecodeError) as error:
                    raise UpstreamFailed("The proxy's answer cannot be read; check that its version fits.") from error
                complete = line.complete
                if not complete:
                    yield line.table, line.row
        if not complete:
            raise UpstreamFailed("The proxy broke off in the middle of what it holds about the person; ask again.")


def _asker(tenant: str) -> Identity:
    return Identity(tenant, "persons", frozenset({Role.SERVICE}))


class _plain_refusals:
    """A block in which the proxy's refusals say what the operator has to do."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, NotAllowed):
            raise NotAllowed(
                "The proxy does not let the assistant at what it holds about people; give BANYAN_PROXY_KEY the role "
                f"service and the scope tutor. The proxy said: {error.message}",
                code=error.code,
            ) from error
        if isinstance(error, NotFound):
            raise UpstreamFailed("The proxy is of a version without people; update it, then try again.") from error
