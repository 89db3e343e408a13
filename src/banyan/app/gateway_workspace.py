"""What commands do with courses, over the tutor's own gateway."""

from collections.abc import Awaitable, Callable

from banyan.assistant.ports.model_gateway import ModelGateway
from banyan.edge.cli.tools import Embedding, Indexed, Lesson
from banyan.kernel.identity import DEFAULT_TENANT, Identity, Role

OPERATOR = Identity(DEFAULT_TENANT, "local", frozenset({Role.ADMIN, Role.SERVICE}))
"""Whoever may run commands on the data folder."""


def person(user: str) -> Identity:
    """As whom a command asks: a learner of that name, or the operator where it names nobody."""
    return Identity(DEFAULT_TENANT, user, frozenset({Role.LEARNER})) if user else OPERATOR


Index = Callable[[str, Lesson], Awaitable[Indexed]]
Active = Callable[[], Awaitable[bool]]


class GatewayWorkspace:
    """A workspace over the assistant's own gateway, local or remote.

    index: indexes one lesson of a course. active: whether anything makes vectors.
    """

    def __init__(self, gateway: ModelGateway, index: Index, active: Active) -> None:
        self._gateway = gateway
        self._index = index
        self._active = active

    async def index(self, course: str, lesson: Lesson) -> Indexed:
        """As the port says."""
        return await self._index(course, lesson)

    async def embedding(self, course: str) -> Embedding:
        """As the port says."""
        lessons = await self._gateway.lessons(OPERATOR, course)
        chunks, embedded = (sum(getattr(lesson, name) for lesson in lessons) for name in ("chunks", "embedded"))
        return Embedding(chunks, embedded, await self._active())
