"""Refuses what is for the staff of a course."""

from banyan.assistant.domain.standing import Standing
from banyan.assistant.ports.platform import LearningPlatform
from banyan.kernel.errors import NotAllowed
from banyan.kernel.identity import Identity


async def require_staff(platform: LearningPlatform, asker: Identity, course: str) -> Standing:
    """Who the caller is in the course. Raises: NotAllowed; Unavailable where the platform cannot be asked."""
    asker.check_course(course)
    standing = await platform.standing(asker, course)
    if not standing.teaches:
        raise NotAllowed("This is for the staff of the course; ask its teacher.", param="course")
    return standing
