"""How much a proxy that runs elsewhere has indexed, over HTTP."""

from collections.abc import Sequence
from datetime import date

import msgspec

from banyan.adapters.gateways.http import HttpGateway
from banyan.assistant.ports.index_stock import Coverage, EmbeddedOn
from banyan.kernel.identity import Identity

_SECONDS = 30
"""A large index is counted through."""


class _Covered(msgspec.Struct):
    coverage: list[Coverage]


class _Days(msgspec.Struct):
    days: list[EmbeddedOn]


class HttpIndexStock:
    """The port `IndexStock` over the gateway's connections."""

    def __init__(self, gateway: HttpGateway) -> None:
        self._gateway = gateway

    async def coverage(self, asker: Identity, course: str | None) -> Sequence[Coverage]:
        """As the port says."""
        query = {} if course is None else {"course": course}
        found = await self._gateway.send("GET", "/v1/rag/coverage", asker, _Covered, query=query, seconds=_SECONDS)
        return found.coverage

    async def embedded(self, asker: Identity, course: str | None, since: date, until: date) -> Sequence[EmbeddedOn]:
        """As the port says."""
        query = {"from": since.isoformat(), "to": until.isoformat(), **({} if course is None else {"course": course})}
        found = await self._gateway.send("GET", "/v1/rag/embedded", asker, _Days, query=query, seconds=_SECONDS)
        return found.days
