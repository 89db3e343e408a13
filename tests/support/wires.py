"""How each provider of the catalogue is opened in tests: the one table that the provider suite runs over."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from fake_anthropic import FakeAnthropic
from fake_azure import CLASSIC, FakeAzure
from fake_llama_server import FakeLlamaServer
from fake_mistral import FakeMistral
from fake_ollama import FakeOllama
from fake_openai import FakeOpenAI
from fake_upstream import FakeUpstream, running
from shelf import Shelf

from banyan.adapters.providers import PROVIDERS
from banyan.adapters.providers.compatible import entries as compatible_entries
from banyan.proxy.ports.chat_provider import ChatProvider, ProviderNeeds

KEY = "sk-secret-123456"


@dataclass(frozen=True)
class Wire:
    """One provider behind a wire, and the upstream that speaks it.

    entry: its name in the catalogue. environment, settings: what it reads, from its fake's `base_url`.
    cannot: behaviours that this wire has no way to show, such as `quota` for a server on one's own machine.
    statuses: by behaviour, where this wire's HTTP status is another than OpenAI's.
    keyed: whether it sends a key at all. counts_unasked: whether streams tell their usage without being asked.
    """

    entry: str
    fake: Callable[[], FakeUpstream]
    environment: Callable[[str], Mapping[str, str]]
    settings: Callable[[str], Mapping[str, str]] = lambda url: {}
    cannot: frozenset[str] = frozenset()
    statuses: Mapping[str, int | None] = field(default_factory=dict)
    keyed: bool = True
    counts_unasked: bool = False


_NOBODY_PAYS = frozenset({"quota", "filtered", "filtered-midway"})
"""On one's own machine nobody counts money, and nobody filters."""

WIRES: Mapping[str, Wire] = {
    "anthropic": Wire(
        "anthropic",
        FakeAnthropic,
        lambda url: {"ANTHROPIC_API_KEY": KEY, "ANTHROPIC_BASE_URL": url},
        statuses={"503": 529, "in-band": 500},
    ),
    "azure": Wire(
        "azure", FakeAzure, lambda url: {"AZURE_OPENAI_API_KEY": KEY, "AZURE_OPENAI_ENDPOINT": f"{url}/openai/v1/"}
    ),
    "azure-classic": Wire(
        "azure",
        FakeAzure,
        lambda url: {"AZURE_OPENAI_ENDPOINT": url},
        lambda url: {"ad_token": KEY, "api_version": CLASSIC},
    ),
    "groq": Wire("groq", FakeOpenAI, lambda url: {"GROQ_API_KEY": KEY, "GROQ_BASE_URL": url}),
    "llama_server": Wire(
        "llama_server",
        FakeLlamaServer,
        lambda url: {"LLAMA_SERVER_URL": url, "LLAMA_API_KEY": KEY},
        cannot=_NOBODY_PAYS,
    ),
    "mistral": Wire(
        "mistral",
        FakeMistral,
        lambda url: {"MISTRAL_API_KEY": KEY},
        lambda url: {"base_url": url},
        counts_unasked=True,
    ),
    "ollama": Wire(
        "ollama",
        FakeOllama,
        lambda url: {"OLLAMA_BASE_URL": url},
        cannot=_NOBODY_PAYS | {"cached", "twice"},
        keyed=False,
    ),
    "openai": Wire("openai", FakeOpenAI, lambda url: {"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": url}),
}
"""By the name that a test shows; several may open the same entry in different ways."""

ROWS = {entry.name: entry for entry in compatible_entries()}
"""Providers that are rows of data; two of them stand here for all, one without quirks and one with most."""

BUILT_IN = ("echo", "extractive")
"""Providers without a wire."""

IN_PROCESS = ("llama_cpp",)
"""Providers that run a model in this process; `tiny_gguf.py` makes one."""


@dataclass(frozen=True)
class Remote:
    """A provider that is open, and its upstream."""

    wire: Wire
    provider: ChatProvider
    upstream: FakeUpstream


def open_at(wire: Wire, base_url: str) -> ChatProvider:
    """The provider with an upstream at that address."""
    needs = ProviderNeeds(wire.environment(base_url), Shelf(), wire.settings(base_url))
    entry = ROWS[wire.entry] if wire.entry in ROWS else PROVIDERS[wire.entry]
    provider = entry.open(needs)
    assert provider is not None
    return provider


@asynccontextmanager
async def remote_at(wire: Wire) -> AsyncIterator[Remote]:
    """The provider with its upstream running."""
    async with running(wire.fake()) as upstream:
        provider = open_at(wire, upstream.base_url)
        try:
            yield Remote(wire, provider, upstream)
        finally:
            await provider.close()
