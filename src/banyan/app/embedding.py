"""What stands around every embedding model that callers may ask for: one memory of vectors, and batches of its own."""

from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence

from banyan.adapters.embedders.minilm import NAMES, MiniLM
from banyan.app.settings import Settings
from banyan.proxy.ports.chat_provider import ProviderEntry
from banyan.proxy.ports.embedder import Embedder
from banyan.proxy.ports.telemetry import Telemetry
from banyan.proxy.usecases.embed import EmbeddingModels
from banyan.proxy.wrappers.batched import Batched
from banyan.proxy.wrappers.remembered import Remembered, VectorMemory

_MEGABYTE = 1024 * 1024
_MOST_MODELS = 200
"""Models of upstreams that are remembered; callers choose the names, so they are bounded."""


def embedding_models(
    settings: Settings,
    entries: Sequence[ProviderEntry],
    upstream: Mapping[str, Callable[[str], Embedder]],
    minilm: MiniLM,
    telemetry: Telemetry,
) -> EmbeddingModels:
    """The models with all that is around them. upstream: by provider, what gives the bare embedder of a model."""
    memory = VectorMemory(settings.embedding_cache_megabytes * _MEGABYTE)
    size = settings.embedding_batch_size

    def around(embedder: Embedder, model: str) -> Embedder:
        return Remembered(Batched(embedder, size=size, telemetry=telemetry), memory, model)

    own = around(minilm, NAMES[0])
    found = {name: _kept(name, give, around) for name, give in upstream.items()}
    zones = {entry.name: entry.zone for entry in entries}
    return EmbeddingModels(dict.fromkeys(NAMES, own), found, zones)


def _kept(
    provider: str, give: Callable[[str], Embedder], around: Callable[[Embedder, str], Embedder]
) -> Callable[[str], Embedder]:
    """The same embedder for the same model, so that its callers meet in one batch."""
    kept: OrderedDict[str, Embedder] = OrderedDict()

    def model(name: str) -> Embedder:
        found = kept.get(name)
        if found is None:
            if len(kept) >= _MOST_MODELS:
                kept.popitem(last=False)
            found = kept[name] = around(give(name), f"{provider}/{name}")
        return found

    return model
