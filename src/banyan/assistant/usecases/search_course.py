"""Finds passages of a course for somebody who may use the tutor there."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from banyan.assistant.domain.keeping import Keeping
from banyan.assistant.domain.notices import Notice
from banyan.assistant.domain.question import clean_question
from banyan.assistant.ports.model_gateway import ModelGateway
from banyan.assistant.usecases.keep_solutions import KeepSolutions
from banyan.assistant.usecases.parts import Parts
from banyan.assistant.usecases.raise_alarm import raise_alarm
from banyan.assistant.usecases.require_lesson import require_lesson
from banyan.kernel.identity import Identity
from banyan.kernel.ids import COURSE_WIDE
from banyan.kernel.messages import Citation, Message


@dataclass(frozen=True, slots=True)
class Refused:
    """Nothing was looked for, and why. text: what is said instead."""

    notice: Notice
    text: str


@dataclass(frozen=True, slots=True)
class SearchCourse:
    """The use case. It passes the door and the guardrails of a question; it asks no model, so that no cap counts it."""

    gateway: ModelGateway
    parts: Parts
    keep: KeepSolutions

    async def __call__(
        self, asker: Identity, course: str, lesson: str | None, query: str, limit: int
    ) -> Sequence[Citation] | Refused:
        """Up to so many passages, best first, numbered from 1.

        Raises: InvalidInput, NotFound, NotAllowed, Unavailable.
        """
        wanted = clean_question(query)
        about, refused = await self.parts.admit.judged(asker, course, lesson or COURSE_WIDE)
        guarded = self.parts.guard.question(about, wanted, closed=refused is not None)
        await raise_alarm(self.parts.notifier, about, guarded.alerts)
        if guarded.stopped and guarded.notice is not None:
            return Refused(guarded.notice, guarded.answer or guarded.notice.message)
        if refused is not None:
            return Refused(refused, refused.message)
        reader = about.standing.reader
        found: Sequence[Citation] = await self.gateway.search(reader, course, lesson, guarded.text, limit)
        if not found:
            await require_lesson(self.gateway, reader, course, lesson or COURSE_WIDE)
        if not about.standing.teaches:
            secrets = await self.keep.secrets(self.gateway, reader, course)
            keeping = Keeping(secrets, (Message("user", wanted),))
            shown = [one for one in found if keeping.may_show(one.quote)]
            # As in the lesson itself, a solution is blacked out where the search was for something else.
            found = [replace(one, quote=await self.keep.shown(asker.tenant, course, one.quote)) for one in shown]
        safe = self.parts.guard.passages(about, found)
        return [replace(one, index=index) for index, one in enumerate(safe, 1)]
