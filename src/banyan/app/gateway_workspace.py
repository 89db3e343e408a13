"""What commands do with courses, over the tutor's own gateway."""

from collections.abc import AsyncIterator, Awaitable, Callable

from banyan.assistant.domain.question import clean_question
from banyan.assistant.ports.model_gateway import AnswerEvent, ModelGateway, Question
from banyan.edge.cli.tools import Embedding, Indexed, Lesson
from banyan.kernel.identity import DEFAULT_TENANT, Identity, Role
from banyan.kernel.ids import check_id
from banyan.kernel.messages import Message

OPERATOR = Identity(DEFAULT_TENANT, "local", frozenset({Role.ADMIN, Role.SERVICE}))
"""Whoever may run commands on the data folder."""

Index = Callable[[str, Lesson], Awaitable[Indexed]]
Active = Callable[[], Awaitable[bool]]


class GatewayWorkspace:
    """A workspace over the assistant's own gateway, local or remote.

    index: indexes one lesson of a course. active: whether anything makes vectors.
    """

    def __init__(self, gateway: ModelGateway, model: str, index: Index, active: Active) -> None:
        self._gateway = gateway
        self._model = model
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

    def answer(self, course: str, lesson: str | None, question: str) -> AsyncIterator[AnswerEvent]:
        """As the port says."""
        check_id(course, "course")
        if lesson is not None:
            check_id(lesson, "lesson")
        messages = (Message("user", clean_question(question)),)
        return self._gateway.answer(Question(OPERATOR, course, lesson, messages, self._model))
