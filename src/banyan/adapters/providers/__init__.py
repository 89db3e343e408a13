"""One model provider per file."""

from banyan.kernel.catalogue import Catalogue
from banyan.proxy.ports.chat_provider import ProviderEntry

PROVIDERS: Catalogue[ProviderEntry] = Catalogue(
    __name__,
    [
        "anthropic",
        "azure",
        "echo",
        "extractive",
        "llama_cpp",
        "llama_server",
        "ollama",
        "openai",
    ],
)
