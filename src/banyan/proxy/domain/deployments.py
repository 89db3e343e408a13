"""What can answer, and under which names: deployments, and the aliases that choose among them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from banyan.proxy.domain.pricing import Price

LOCAL = "local"
"""The data zone of what runs on the operator's own machines; `banyan/…`, Ollama and llama.cpp are there by default."""
EXTERNAL = "external"


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a model can do. Windows and limits are tokens; None where nobody knows, and then nothing is refused for it.

    prefill: continues an answer whose beginning is sent as the last message, by the assistant.
    dimensions: numbers in each of its vectors.
    """

    chat: bool = True
    stream: bool = True
    tools: bool = True
    json_schema: bool = True
    vision: bool = False
    prefill: bool = False
    embeddings: bool = False
    context_window: int | None = None
    output_limit: int | None = None
    dimensions: int | None = None


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a deployment is waited for, in seconds.

    connect: until the connection stands. first_byte: until the first byte of the answer; None is 10, except for a plain
    answer of the last deployment in the chain, whose first byte is also its last. idle: between two pieces of a stream.
    total: for all tries of a call together.
    """

    connect: float = 5
    first_byte: float | None = None
    idle: float = 30
    total: float = 300


USUAL_PATIENCE = Patience()


@dataclass(frozen=True, slots=True)
class Deployment:
    """One model at one place.

    name: unique within a tenant-less registry; `provider/model` names without a row of their own are deployments too.
    provider: a name of the provider catalogue. model: the provider's own name for the model.
    settings: what the provider's `open` reads beside the environment (`base_url`, `api_key`, `api_version`, …); an
        `api_key` here may be `env:NAME`. Holds secrets: never shown unmasked.
    zone: where the data goes. price: overrides the price list. capabilities: None takes what the provider says.
    can: capabilities by name that are different from those.
    vectors: a word for the model behind it, where its name does not say that; deployments with the same word give the
        same vectors, so that one alias may stand for all of them. "" takes the model's name.
    """

    name: str
    provider: str
    model: str
    settings: Mapping[str, str] = field(default_factory=dict)
    zone: str = EXTERNAL
    price: Price | None = None
    capabilities: Capabilities | None = None
    patience: Patience = USUAL_PATIENCE
    max_parallel: int | None = None
    can: Mapping[str, bool | int | None] = field(default_factory=dict)
    vectors: str = ""


class Strategy(StrEnum):
    """How an alias picks among its targets."""

    ORDERED = "ordered"
    WEIGHTED = "weighted"
    LEAST_COST = "least_cost"
    LOWEST_LATENCY = "lowest_latency"
    LEAST_BUSY = "least_busy"


@dataclass(frozen=True, slots=True)
class Target:
    """One deployment of an alias. tasks: only for these kinds of task (`chat`, `quiz`, …); empty for all.

    weight: how often it comes first, beside those of the others; 0 makes it a fallback only, whatever the strategy.
    longer: taken only when a prompt was too long for those before it.
    """

    deployment: str
    weight: int = 1
    tasks: frozenset[str] = frozenset()
    longer: bool = False


@dataclass(frozen=True, slots=True)
class Alias:
    """A name that callers ask for.

    route_around_content_filter: whether a refusal by one provider's content filter may be asked of the next.
    """

    name: str
    targets: tuple[Target, ...]
    strategy: Strategy = Strategy.ORDERED
    route_around_content_filter: bool = False
