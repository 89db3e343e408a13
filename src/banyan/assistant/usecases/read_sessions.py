"""Reads sessions and what was said in them."""

from collections.abc import Sequence

from banyan.assistant.domain.access import hidden, visible, whose
from banyan.assistant.domain.sessions import Session, StoredMessage
from banyan.assistant.ports.platform import LearningPlatform
from banyan.assistant.ports.store import ConversationStore
from banyan.assistant.usecases.require_staff import require_staff
from banyan.kernel.identity import Identity


async def list_sessions(
    store: ConversationStore,
    platform: LearningPlatform,
    asker: Identity,
    *,
    user: str | None = None,
    course: str | None = None,
    lesson: str | None = None,
    limit: int,
) -> Sequence[Session]:
    """Own sessions, or those of `user` in courses that the caller teaches, last used first.

    Raises: NotAllowed.
    """
    user = whose(asker, user)
    if user != asker.user and course is not None:
        await require_staff(platform, asker, course)
    found = await store.sessions(asker.tenant, user, course=course, lesson=lesson, limit=limit)
    if user == asker.user:
        return found
    taught = {of for of in {session.course for session in found} if (await platform.standing(asker, of)).teaches}
    return [session for session in found if session.course in taught]


async def read_history(
    store: ConversationStore,
    platform: LearningPlatform,
    asker: Identity,
    course: str,
    lesson: str,
    *,
    user: str | None = None,
    limit: int,
) -> tuple[Session | None, Sequence[StoredMessage]]:
    """The current session on the lesson with its newest messages in order; None and none before the first question.

    Raises: NotAllowed.
    """
    user = whose(asker, user)
    if user != asker.user:
        await require_staff(platform, asker, course)
    session = await store.current_session(asker.tenant, user, course, lesson)
    if session is None:
        return None, ()
    return session, await store.messages(asker.tenant, session.id, limit=limit)


async def read_session(
    store: ConversationStore, platform: LearningPlatform, asker: Identity, session: str, *, limit: int
) -> tuple[Session, Sequence[StoredMessage]]:
    """One session, current or not, with its newest messages in order.

    Raises: NotFound.
    """
    found = visible(asker, await store.session(asker.tenant, session))
    if found.user != asker.user and not (await platform.standing(asker, found.course)).teaches:
        raise hidden()
    return found, await store.messages(asker.tenant, found.id, limit=limit)
