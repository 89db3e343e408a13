"""Refuses what is for the staff of a course, or for those who look after the whole tenant."""

from banyan.assistant.domain.standing import Standing
from banyan.assistant.ports.platform import LearningPlatform
from banyan.kernel.errors import NotAllowed
from banyan.kernel.identity import Identity, Role

_WHOLE_TENANT = frozenset({Role.ADMIN, Role.MODERATOR, Role.SERVICE})


async def require_staff(platform: LearningPlatform, asker: Identity, course: str) -> Standing:
    """Who the caller is in the course. Raises: NotAllowed; Unavailable where the platform cannot be asked."""
    asker.check_course(course)
    standing = await platform.standing(asker, course)
    if not standing.teaches and not asker.roles & _WHOLE_TENANT:
        raise NotAllowed("This is for the staff of the course; ask its teacher.", param="course")
    return standing


def require_tenant_staff(asker: Identity) -> None:
    """Returns for those who look after the whole tenant. Raises: NotAllowed."""
    if not asker.roles & _WHOLE_TENANT:
        raise NotAllowed("This needs the role moderator, admin or service; ask whoever runs the service.")
    if asker.grant is not None and asker.grant.courses is not None:
        raise NotAllowed("This key is for single courses; use one that is for all.", code="course_not_allowed")
