"""The port to whatever answers a chat completion."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from math import inf
from typing import TYPE_CHECKING, Protocol

import msgspec

from banyan.proxy.domain.accounting import NOBODY, Caller, Trace
from banyan.proxy.domain.deployments import EXTERNAL, USUAL_PATIENCE, Capabilities, Patience
from banyan.proxy.domain.rag_wish import USUAL, RagWish

if TYPE_CHECKING:  # numpy is behind these, and what a provider takes is known without it
    from banyan.proxy.domain.knowledge import Scope
    from banyan.proxy.ports.batch_provider import BatchProvider
    from banyan.proxy.ports.embedder import Embedder
    from banyan.proxy.ports.knowledge import Knowledge


class ChatCall(msgspec.Struct, frozen=True):
    """One chat completion on its way to a provider.

    body: the OpenAI-shaped JSON request; `model` in it already is the provider's own name for the model.
    model: that name.
    scope: the course (and lesson) that the answer is to be grounded in, if any. A provider with
        `grounds_itself` retrieves by it; for the others the passages already stand in the body.
    withhold: texts of which no sentence may be found or quoted. rag: what of the course, and how.
    window: tokens that prompt and answer may have together; None where nobody knows.
    patience: time limits, of which the provider keeps `connect`, `first_byte` (None: none) and `idle`.
    For wrappers, providers do not look at them:
    fields: the top level of the request, of which `body` is made. caller: who pays. trace: what happened so far.
    deadline: of all tries together, on the clock of `time.monotonic`. last: nobody else will be asked after this one.
    """

    body: bytes
    model: str
    stream: bool = False
    scope: Scope | None = None
    withhold: tuple[str, ...] = ()
    rag: RagWish = USUAL
    window: int | None = None
    patience: Patience = USUAL_PATIENCE
    caller: Caller = NOBODY
    trace: Trace = msgspec.field(default_factory=Trace)
    fields: Mapping[str, msgspec.Raw] = msgspec.field(default_factory=dict)
    deadline: float = inf
    last: bool = True

    def with_fields(self, fields: Mapping[str, msgspec.Raw]) -> ChatCall:
        """The same call with another body."""
        return msgspec.structs.replace(self, fields=fields, body=msgspec.json.encode({**fields, "model": self.model}))


class ChatProvider(Protocol):
    """One way to get chat completions. Bytes go through untouched wherever the wire is already OpenAI's.

    grounds_itself: whether it retrieves by `ChatCall.scope` and writes `citations` by itself.
    """

    grounds_itself: bool

    async def complete(self, call: ChatCall) -> bytes:
        """The `chat.completion` object as JSON, with `usage` where the upstream counted.

        Raises: RateLimited (`retry_after` in seconds where known); DeadlineExceeded (`first_byte_timeout`,
            `stream_stalled`); UpstreamFailed with the upstream's `status` where it sent one, and a code:
            `upstream_unreachable`, `stream_cut`, `bad_answer`, or the upstream's own in OpenAI's words
            (`context_length_exceeded`, `content_filter`, `insufficient_quota`, `invalid_api_key`, …); InvalidInput
            for a request that this provider cannot express.
        """
        ...

    def stream(self, call: ChatCall) -> AsyncIterator[bytes]:
        """`chat.completion.chunk` objects as JSON, one an item, without SSE framing and without `[DONE]`.

        Ends by itself only after a chunk with a `finish_reason`; an upstream that breaks off raises. Where the body
        asks for it by `stream_options.include_usage`, a last chunk without choices carries `usage`.
        Closing the iterator cancels the upstream call.
        Raises: as `complete`, before the first item or between items.
        """
        ...

    def capabilities(self, model: str) -> Capabilities:
        """What is known of a model, without asking anybody."""
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
    settings: those of one deployment (`base_url`, `api_key`, `api_version`, …), which win over the environment.
    """

    environment: Mapping[str, str]
    knowledge: Knowledge
    settings: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ProviderEntry:
    """A provider's line in the catalogue.

    name: what models are asked for by: a prefix (`openai` answers `openai/NAME`), or one whole model
        (`banyan/echo`), which then is also the provider's own name for it.
    open: builds it, or returns None when its settings are absent; raises InvalidInput when they are wrong.
    missing: the next step for an operator when `open` returned None.
    takes: what it reads of a deployment's `settings`, and what that means.
    environment: the variables that it reads, and what they mean; those that end in KEY or TOKEN are secrets, those
        that end in URL or ENDPOINT are web addresses.
    zone: where the data goes unless a deployment says otherwise. free: costs nothing, whatever the model.
    embeddings: from needs to what gives the embedder for one of its models; None where it makes no vectors.
    batches: from needs to its own batch API, at half the price of calls; None where it has none.
    bills: what its answers say that they cost is what it charges, and is booked.
    docs: link to the vendor's page of what is spoken here.
    typical: what its models can in general, for a provider that cannot be opened everywhere to be asked.
    """

    name: str
    summary: str
    open: Callable[[ProviderNeeds], ChatProvider | None]
    missing: str = ""
    takes: Mapping[str, str] = field(default_factory=dict)
    zone: str = EXTERNAL
    free: bool = False
    embeddings: Callable[[ProviderNeeds], Callable[[str], Embedder] | None] | None = None
    batches: Callable[[ProviderNeeds], BatchProvider | None] | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    bills: bool = False
    docs: str = ""
    typical: Capabilities | None = None
