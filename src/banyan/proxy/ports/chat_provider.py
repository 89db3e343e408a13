"""The port to whatever answers a chat completion."""

from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from banyan.proxy.domain.knowledge import Scope
from banyan.proxy.ports.knowledge import Knowledge


@dataclass(frozen=True, slots=True)
class ChatCall:
    """One chat completion on its way to a provider.

    body: the OpenAI-shaped JSON request; `model` in it already is the provider's own name for the model.
    model: that name.
    scope: the course (and lesson) that the answer is to be grounded in, if any. A provider with
        `grounds_itself` retrieves by it; for the others the passages already stand in the body.
    """

    body: bytes
    model: str
    stream: bool = False
    scope: Scope | None = None


class ChatProvider(Protocol):
    """One way to get chat completions. Bytes go through untouched wherever the wire is already OpenAI's.

    grounds_itself: whether it retrieves by `ChatCall.scope` and writes `citations` by itself.
    """

    grounds_itself: bool

    async def complete(self, call: ChatCall) -> bytes:
        """The `chat.completion` object as JSON.

        Raises: UpstreamFailed, DeadlineExceeded, RateLimited, InvalidInput.
        """
        ...

    def stream(self, call: ChatCall) -> AsyncIterator[bytes]:
        """`chat.completion.chunk` objects as JSON, one an item, without SSE framing and without `[DONE]`.

        Ends by itself only after a chunk with a `finish_reason`; an upstream that breaks off raises.
        Closing the iterator cancels the upstream call.
        Raises: as `complete`, before the first item or between items.
        """
        ...

    async def models(self) -> list[str]:
        """Names of the models it is known to serve, without the provider's prefix; may be empty."""
        ...

    async def close(self) -> None:
        """Releases connections; further calls are an error."""
        ...


@dataclass(frozen=True, slots=True)
class ProviderNeeds:
    """What wiring hands to every provider; each takes what it needs.

    environment: the settings that name keys and base URLs, by the names the world already uses.
    """

    environment: Mapping[str, str]
    knowledge: Knowledge


@dataclass(frozen=True, slots=True)
class ProviderEntry:
    """A provider's line in the catalogue.

    name: what models are asked for by: a prefix (`openai` answers `openai/NAME`), or one whole model
        (`banyan/echo`), which then is also the provider's own name for it.
    open: builds it, or returns None when its settings are absent; raises InvalidInput when they are wrong.
    missing: the next step for an operator when `open` returned None.
    """

    name: str
    summary: str
    open: Callable[[ProviderNeeds], ChatProvider | None]
    missing: str = ""
