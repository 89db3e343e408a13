"""The built-in tutor: answers from the indexed course alone, in sentences quoted word for word, without a model."""

from banyan.proxy.domain.deployments import LOCAL
from banyan.proxy.ports.chat_provider import ChatProvider, ProviderEntry, ProviderNeeds


def _open(needs: ProviderNeeds) -> ChatProvider:
    from banyan.adapters.providers._extractive import ExtractiveProvider

    return ExtractiveProvider(needs.knowledge)


ENTRY = ProviderEntry(
    name="banyan/extractive",
    summary="Quotes the sentences of the course that answer; needs no key and no network.",
    open=_open,
    zone=LOCAL,
    free=True,
)
