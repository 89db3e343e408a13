"""Azure OpenAI: OpenAI's wire under names of one's own, with keys of its own and a filter that speaks up."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from banyan.adapters.providers._dialects.address import setting, web_address
from banyan.adapters.providers._dialects.http_errors import Secret
from banyan.adapters.providers._dialects.upstream import Upstream
from banyan.adapters.providers.openai import OpenAIProvider
from banyan.kernel.errors import InvalidInput
from banyan.proxy.ports.chat_provider import ProviderEntry, ProviderNeeds

if TYPE_CHECKING:
    from banyan.proxy.ports.batch_provider import BatchProvider
    from banyan.proxy.ports.embedder import Embedder

_WITHOUT_DATE = "v1"
_VERSIONS = "A date such as `2024-10-21` for the classic API; `v1` or nothing for the newer one."


class AzureProvider(OpenAIProvider):
    """Models go by the names of their deployments. Annotations of the content filter pass through as they are.

    dated: whether the API is the classic one, with the deployment in the path and a date as its version.
    """

    def __init__(self, upstream: Upstream, *, dated: bool) -> None:
        super().__init__(upstream)
        self._dated = dated

    async def models(self) -> list[str]:
        """None: the API lists what could be deployed, not what is."""
        return []

    def _path(self, model: str) -> str:
        return _path(model, "chat/completions", dated=self._dated)


def _path(model: str, verb: str, *, dated: bool) -> str:
    if not dated:
        return verb
    if "/" in model or "?" in model:
        raise InvalidInput("A deployment of Azure has no `/` or `?` in its name; correct the model.", param="model")
    return f"deployments/{model}/{verb}"


def _address(needs: ProviderNeeds) -> tuple[Upstream, bool] | None:
    """Where it is, and whether that is the classic API. Raises: InvalidInput."""
    endpoint = setting(needs, "base_url", "AZURE_OPENAI_ENDPOINT")
    token = setting(needs, "ad_token", "AZURE_OPENAI_AD_TOKEN")
    key = setting(needs, "api_key", "AZURE_OPENAI_API_KEY")
    if endpoint is None or (token is None and key is None):
        return None
    version = setting(needs, "api_version", "AZURE_OPENAI_API_VERSION", "OPENAI_API_VERSION") or _WITHOUT_DATE
    endpoint = web_address(endpoint, "AZURE_OPENAI_ENDPOINT").removesuffix("/v1").removesuffix("/openai")
    secret = Secret(token) if token is not None else Secret(key, header="api-key", scheme="")
    if version == _WITHOUT_DATE:
        return Upstream(f"{endpoint}/openai/v1", secret), False
    return Upstream(f"{endpoint}/openai", secret, params={"api-version": version}), True


def _open(needs: ProviderNeeds) -> AzureProvider | None:
    found = _address(needs)
    return None if found is None else AzureProvider(found[0], dated=found[1])


def _embeddings(needs: ProviderNeeds) -> Callable[[str], Embedder] | None:
    from banyan.adapters.providers.openai_embeddings import OpenAIEmbeddings, batch_size

    found = _address(needs)
    if found is None:
        return None
    upstream, dated = found
    path = lambda model: _path(model, "embeddings", dated=dated)  # noqa: E731
    return OpenAIEmbeddings(upstream, batch=batch_size(needs), path=path).model


def _batches(needs: ProviderNeeds) -> BatchProvider | None:
    from banyan.adapters.providers.openai_batches import OpenAIBatches, Terms

    found, model = _address(needs), setting(needs, "batch_deployment")
    if found is None or model is None:
        return None
    return OpenAIBatches(found[0], Terms(endpoint="/chat/completions", lines=100_000, model=model))


ENTRY = ProviderEntry(
    name="azure",
    summary="Azure OpenAI; NAME is the name of a deployment there.",
    open=_open,
    missing="Set AZURE_OPENAI_ENDPOINT and AZURE_OPENAI_API_KEY and start again to have azure/NAME.",
    takes={
        "base_url": "The resource's endpoint, such as `https://NAME.openai.azure.com`.",
        "api_key": "The key, or `env:NAME` of the variable that holds it.",
        "ad_token": "A Microsoft Entra token, which is sent instead of the key.",
        "api_version": _VERSIONS,
        "batch_deployment": "A Global Batch deployment of the same model, to which batches may be left; without it "
        "they are asked line by line.",
    },
    environment={
        "AZURE_OPENAI_ENDPOINT": "The resource's endpoint, such as `https://NAME.openai.azure.com`.",
        "AZURE_OPENAI_API_KEY": "Key for models written `azure/DEPLOYMENT`.",
        "AZURE_OPENAI_AD_TOKEN": "A Microsoft Entra token, which is sent instead of the key.",
        "AZURE_OPENAI_API_VERSION": _VERSIONS,
        "OPENAI_API_VERSION": "The same by the name that OpenAI's own client reads.",
    },
    embeddings=_embeddings,
    batches=_batches,
    docs="https://learn.microsoft.com/azure/ai-foundry/openai/reference",
)
