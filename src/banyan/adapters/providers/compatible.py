"""Any API that speaks OpenAI's chat completions with its own address, key and quirks: one row, one provider."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from contextlib import aclosing
from typing import TYPE_CHECKING, Any, cast

import msgspec

from banyan.adapters.providers._dialects.address import setting, web_address
from banyan.adapters.providers._dialects.http_errors import Secret
from banyan.adapters.providers._dialects.upstream import Upstream
from banyan.adapters.providers.compatible_rows import ROWS, Row
from banyan.adapters.providers.openai import OpenAIProvider
from banyan.kernel.errors import InvalidInput
from banyan.proxy.domain.chat_answer import wants_usage
from banyan.proxy.domain.deployments import EXTERNAL, LOCAL, Capabilities
from banyan.proxy.ports.chat_provider import ChatCall, ProviderEntry, ProviderNeeds

if TYPE_CHECKING:
    from banyan.proxy.ports.embedder import Embedder

_TAKES = {
    "base_url": "Base URL with the version.",
    "api_key": "The key, or `env:NAME` of the variable that holds it.",
}
OWN_TAKES = {
    **_TAKES,
    "zone": "`local` for what runs on your own machines; `external` without it.",
    "summary": "What `banyan doctor` calls it.",
}
_object = msgspec.json.Decoder(dict[str, Any])


class CompatibleProvider(OpenAIProvider):
    """OpenAI's wire with the quirks of one row."""

    def __init__(self, upstream: Upstream, row: Row) -> None:
        super().__init__(upstream)
        self._row = row

    async def stream(self, call: ChatCall) -> AsyncIterator[bytes]:
        """As the port says; usage that comes with the finish reason comes again behind it, where it was asked for."""
        chunks = cast(AsyncGenerator[bytes, None], super().stream(call))
        wanted = self._row.quirks.usage_with_finish and wants_usage(call.body)
        told: bytes | None = None
        async with aclosing(chunks):
            async for chunk in chunks:
                if wanted and b'"usage"' in chunk:
                    told = _usage_chunk(chunk)
                yield chunk
        if told is not None:
            yield told

    def capabilities(self, model: str) -> Capabilities:
        """Of the API in general."""
        return self._row.capabilities

    async def models(self) -> list[str]:
        """As it lists them; none where it has no list."""
        return await super().models() if self._row.lists else []

    def _body(self, call: ChatCall) -> bytes:
        return self._row.quirks.apply(call.body)


def entries(rows: tuple[Row, ...] = ROWS) -> list[ProviderEntry]:
    """A provider per row."""
    return [_entry(row) for row in rows]


def own_entry(name: str, settings: Mapping[str, str]) -> ProviderEntry:
    """A provider that an operator describes: `base_url`, `api_key`, `zone`, `summary`.

    Raises: InvalidInput, naming what is missing.
    """
    if not settings.get("base_url"):
        raise InvalidInput(f"providers.{name} has no base_url; add the address of an OpenAI-compatible API.")
    zone = settings.get("zone", EXTERNAL)
    if zone not in (LOCAL, EXTERNAL):
        raise InvalidInput(f"providers.{name}.zone is {zone!r}; use {LOCAL!r} or {EXTERNAL!r}.")
    row = Row(name, settings.get("summary", name), None, "", "", Capabilities(vision=True, embeddings=True), zone=zone)
    return _entry(row)


def _entry(row: Row) -> ProviderEntry:
    def address(needs: ProviderNeeds) -> Upstream | None:
        key = setting(needs, "api_key", *((row.key,) if row.key else ()))
        base_url = setting(needs, "base_url", *((row.base_variable,) if row.key else ()))
        if base_url is None and (key is None or row.base_url is None):
            return None
        where = row.base_variable if row.key else f"providers.{row.name}.base_url"
        return Upstream(web_address(base_url or row.base_url or "", where), Secret(key))

    def open_provider(needs: ProviderNeeds) -> CompatibleProvider | None:
        upstream = address(needs)
        return None if upstream is None else CompatibleProvider(upstream, row)

    def embeddings(needs: ProviderNeeds) -> Callable[[str], Embedder] | None:
        from banyan.adapters.providers.openai_embeddings import OpenAIEmbeddings, batch_size

        upstream = address(needs)
        return None if upstream is None else OpenAIEmbeddings(upstream, batch=batch_size(needs)).model

    local = row.base_url is None
    environment = {
        row.key: f"Key for models written `{row.name}/NAME`.",
        row.base_variable: f"Base URL of {row.title} with the version."
        + ("" if local else f" Without it: `{row.base_url}`."),
    }
    step = row.base_variable if local else row.key
    return ProviderEntry(
        name=row.name,
        summary=row.title,
        open=open_provider,
        missing=f"Set {step} and start again to have {row.name}/NAME.",
        takes=_TAKES,
        zone=row.zone,
        free=row.zone == LOCAL,
        bills=row.bills,
        embeddings=embeddings if row.capabilities.embeddings else None,
        environment=environment if row.key else {},
        docs=row.docs,
    )


def _usage_chunk(chunk: bytes) -> bytes | None:
    fields = _object.decode(chunk)
    if not fields.get("usage") or not fields.get("choices"):
        return None
    return msgspec.json.encode({**fields, "choices": []})
