"""Reads what guardrails found, for the staff of a course."""

from collections.abc import Sequence

from msgspec import structs

from banyan.assistant.ports.platform import LearningPlatform
from banyan.assistant.ports.turn_log import EventQuery, GuardrailEvent, TurnLogReader
from banyan.assistant.usecases.require_staff import require_staff
from banyan.kernel.errors import InvalidInput
from banyan.kernel.identity import EVERYWHERE, Identity

NEWEST = 500


async def read_events(
    platform: LearningPlatform, log: TurnLogReader, asker: Identity, course: str | None, wanted: EventQuery
) -> Sequence[GuardrailEvent]:
    """The newest first. Without a course those of all that the caller may see.

    Raises: NotAllowed; InvalidInput (`course_missing`) for instructors, who see their own courses only.
    """
    courses: tuple[str, ...] | None
    if course is not None:
        await require_staff(platform, asker, course)
        courses = (course,)
    elif not asker.roles & EVERYWHERE:
        raise InvalidInput("Say which `course`; instructors see those that they teach.", code="course_missing")
    else:
        named = None if asker.grant is None else asker.grant.courses
        courses = None if named is None else tuple(sorted(named))
    return await log.guardrail_events(asker.tenant, structs.replace(wanted, courses=courses), limit=NEWEST)
