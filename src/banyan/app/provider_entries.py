"""All model providers: those with a file of their own, the rows of data, and what an operator adds in `banyan.toml`."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from banyan.adapters.providers import PROVIDERS
from banyan.adapters.providers.compatible import OWN_TAKES, own_entry
from banyan.adapters.providers.compatible import entries as compatible_entries
from banyan.kernel.errors import InvalidInput
from banyan.proxy.ports.chat_provider import ChatProvider, ProviderEntry, ProviderNeeds

if TYPE_CHECKING:
    from banyan.proxy.ports.embedder import Embedder
    from banyan.proxy.ports.knowledge import Knowledge


def known_entries() -> list[ProviderEntry]:
    """What the program brings along."""
    return [*(PROVIDERS[name] for name in PROVIDERS), *compatible_entries()]


def provider_entries(tables: Mapping[str, Mapping[str, str]]) -> list[ProviderEntry]:
    """With the operator's tables by name: settings of a known provider, or an OpenAI-compatible API under a new one.

    Raises: InvalidInput, naming the table and the key.
    """
    found = {entry.name: entry for entry in known_entries()}
    for name, table in tables.items():
        known = found.get(name)
        if "/" in name or name == "banyan":
            raise InvalidInput(f"providers.{name} cannot be a provider's name; choose one without `/`.")
        _check(name, table, OWN_TAKES if known is None else known.takes)
        found[name] = _with_table(own_entry(name, table) if known is None else known, table)
    return list(found.values())


def provider_needs(environment: Mapping[str, str], knowledge: Knowledge, batch: int) -> ProviderNeeds:
    """What wiring hands to providers. batch: texts in one request for embeddings."""
    return ProviderNeeds({**environment, "EMBEDDING_BATCH_SIZE": str(batch)}, knowledge)


def declared_variables() -> dict[str, str]:
    """Every variable that a provider reads, with its meaning."""
    return {name: meaning for entry in known_entries() for name, meaning in entry.environment.items()}


def _check(name: str, table: Mapping[str, str], takes: Mapping[str, str]) -> None:
    for key in table:
        if key not in takes:
            near = difflib.get_close_matches(key, takes, n=1)
            advice = f"did you mean {near[0]!r}?" if near else f"choose from {', '.join(takes)}."
            raise InvalidInput(f"providers.{name} sets {key!r}, which it does not take; {advice}")


def _with_table(entry: ProviderEntry, table: Mapping[str, str]) -> ProviderEntry:
    """The entry with these settings, which a deployment's own win over."""

    def merged(needs: ProviderNeeds) -> ProviderNeeds:
        return replace(needs, settings={**table, **needs.settings})

    def open_provider(needs: ProviderNeeds) -> ChatProvider | None:
        return entry.open(merged(needs))

    def embeddings(needs: ProviderNeeds) -> Callable[[str], Embedder] | None:
        return None if entry.embeddings is None else entry.embeddings(merged(needs))

    return replace(entry, open=open_provider, embeddings=embeddings if entry.embeddings else None)
