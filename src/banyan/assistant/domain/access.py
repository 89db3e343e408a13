"""Whose conversations a caller may see, and which of them may be continued."""

from banyan.assistant.domain.sessions import Session
from banyan.kernel.errors import InvalidInput, NotAllowed, NotFound
from banyan.kernel.identity import Identity


def whose(asker: Identity, user: str | None) -> str:
    """The learner whose sessions are asked for: oneself, or with a staff role others, of courses that one teaches.

    Raises: NotAllowed.
    """
    if user is None or user == asker.user or asker.is_staff:
        return user or asker.user
    raise NotAllowed("Only staff may read the sessions of others; leave out `user` to read your own.", param="user")


def visible(asker: Identity, session: Session | None) -> Session:
    """The session, if the caller may read it. A stranger cannot tell a hidden session from none.

    Raises: NotFound (`unknown_session`).
    """
    if session is None or (session.user != asker.user and not asker.is_staff):
        raise hidden()
    return session


def hidden() -> NotFound:
    """What is said of a session that is not there, or not for the caller."""
    return NotFound(
        "There is no such session; leave out `session` to go on with the current one.",
        code="unknown_session",
        param="session",
    )


def writable(asker: Identity, session: Session | None, course: str, lesson: str) -> Session:
    """The session, if the caller may ask in it about that lesson. Nobody asks in those of others, staff neither.

    Raises: NotFound (`unknown_session`), InvalidInput (`session_of_another_lesson`).
    """
    if session is None or session.user != asker.user:
        raise hidden()
    if (session.course, session.lesson) != (course, lesson):
        raise InvalidInput(
            f"This session is about lesson {session.lesson!r} of course {session.course!r}; leave out `session`, "
            "or name that lesson.",
            code="session_of_another_lesson",
            param="session",
        )
    return session
