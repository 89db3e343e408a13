"""Opens the embedding models that callers may ask for: the service's own, and those of deployments."""

from contextlib import AsyncExitStack

from banyan.adapters.embedders.minilm import NAMES, MiniLM
from banyan.app.settings import Settings
from banyan.proxy.ports.chat_provider import ProviderNeeds
from banyan.proxy.ports.telemetry import Telemetry
from banyan.proxy.usecases.embedders import Embedders
from banyan.proxy.usecases.embedding_models import EmbeddingModels
from banyan.proxy.usecases.fleet import Fleet
from banyan.proxy.wrappers.remembered import VectorMemory

_MEGABYTE = 1024 * 1024


def open_embedding_models(
    settings: Settings, fleet: Fleet, needs: ProviderNeeds, minilm: MiniLM, telemetry: Telemetry, stack: AsyncExitStack
) -> EmbeddingModels:
    """With one memory of vectors for all of them. minilm: stays the caller's to close."""
    memory = VectorMemory(settings.embedding_cache_megabytes * _MEGABYTE)
    embedders = Embedders(fleet.entries, needs, memory, size=settings.embedding_batch_size, telemetry=telemetry)
    stack.push_async_callback(embedders.close)
    own = embedders.around(minilm, NAMES[0])
    return EmbeddingModels(dict.fromkeys(NAMES, own), fleet, embedders)
