"""The port to what the library holds of a scope, for whoever makes its index anew."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from msgspec import Struct

from banyan.proxy.domain.knowledge import Scope
from banyan.proxy.domain.library import SourceText
from banyan.proxy.ports.library import Kept


class StoredSource(Struct, frozen=True):
    """A published source, complete: it can be indexed again."""

    text: SourceText
    metadata: Mapping[str, Any]
    staff_only: bool


class Stock(Protocol):
    """Reads what is published."""

    async def sources(self, scope: Scope) -> Sequence[StoredSource]:
        """All of the scope, bodies first."""
        ...

    async def chunks(self, scope: Scope) -> Sequence[Kept]:
        """All of the scope."""
        ...

    async def lacking(self, tenant: str, course: str | None, embedder: str) -> int:
        """How many chunks have no vectors of the embedder."""
        ...

    async def foreign(self, tenant: str, course: str | None, embedder: str) -> Sequence[Kept]:
        """Chunks with vectors of another embedder."""
        ...
