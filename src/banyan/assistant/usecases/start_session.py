"""Starts a new session on a lesson."""

from banyan.assistant.domain.sessions import Session
from banyan.assistant.ports.model_gateway import ModelGateway
from banyan.assistant.ports.store import ConversationStore
from banyan.assistant.usecases.require_lesson import require_lesson
from banyan.kernel.clock import Clock
from banyan.kernel.identity import Identity


async def start_session(
    store: ConversationStore, gateway: ModelGateway, clock: Clock, asker: Identity, course: str, lesson: str
) -> Session:
    """A fresh session of the caller's own; later questions about the lesson go there. The older ones stay readable.

    Raises: NotFound (`unknown_course`, `unknown_lesson`).
    """
    await require_lesson(gateway, asker, course, lesson)
    return await store.new_session(asker.tenant, asker.user, course, lesson, now=clock.now())
