"""Reads sessions and what was said in them."""

from collections.abc import Sequence

from banyan.assistant.domain.access import visible, whose
from banyan.assistant.domain.sessions import Session, StoredMessage
from banyan.assistant.ports.store import ConversationStore
from banyan.kernel.identity import Identity


async def list_sessions(
    store: ConversationStore,
    asker: Identity,
    *,
    user: str | None = None,
    course: str | None = None,
    lesson: str | None = None,
    limit: int,
) -> Sequence[Session]:
    """Own sessions, or as staff those of `user`, last used first.

    Raises: NotAllowed.
    """
    return await store.sessions(asker.tenant, whose(asker, user), course=course, lesson=lesson, limit=limit)


async def read_history(
    store: ConversationStore, asker: Identity, course: str, lesson: str, *, user: str | None = None, limit: int
) -> tuple[Session | None, Sequence[StoredMessage]]:
    """The current session on the lesson with its newest messages in order; None and none before the first question.

    Raises: NotAllowed.
    """
    session = await store.current_session(asker.tenant, whose(asker, user), course, lesson)
    if session is None:
        return None, ()
    return session, await store.messages(asker.tenant, session.id, limit=limit)


async def read_session(
    store: ConversationStore, asker: Identity, session: str, *, limit: int
) -> tuple[Session, Sequence[StoredMessage]]:
    """One session, current or not, with its newest messages in order.

    Raises: NotFound.
    """
    found = visible(asker, await store.session(asker.tenant, session))
    return found, await store.messages(asker.tenant, found.id, limit=limit)
