"""What the assistant's routes need; `app` hands it in, opened."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from banyan.assistant.ports.model_gateway import ModelGateway
from banyan.assistant.ports.store import ConversationStore
from banyan.assistant.usecases.ask import Ask
from banyan.kernel.clock import Clock

Check = Callable[[], Awaitable[bool]]
"""Whether a part of the service works. Raises nothing of our own tree but `Unavailable`."""


@dataclass(frozen=True, slots=True)
class AssistantServices:
    """The use cases and ports behind the routes.

    ask: entered already, and left by whoever entered it, after the last request.
    checks: the parts that readiness depends on beside the gateway, by name.
    """

    ask: Ask
    store: ConversationStore
    gateway: ModelGateway
    clock: Clock
    checks: Mapping[str, Check] = field(default_factory=dict)
