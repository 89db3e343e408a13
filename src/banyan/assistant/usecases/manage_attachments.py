"""What a course's staff do with files beside its lessons."""

from collections.abc import Sequence
from dataclasses import dataclass

import structlog
from msgspec.structs import replace

from banyan.assistant.domain.attachments import Attachment, AttachmentStatus
from banyan.assistant.domain.circumstances import Circumstances
from banyan.assistant.domain.standing import Standing
from banyan.assistant.ports.attachments import Attachments
from banyan.assistant.ports.lesson_index import LessonIndex, Material
from banyan.assistant.ports.platform import LearningPlatform
from banyan.assistant.ports.policies import Policies
from banyan.assistant.usecases.check_material import check_material
from banyan.assistant.usecases.guard import Guard
from banyan.assistant.usecases.manage_sources import check_staff
from banyan.kernel.clock import Clock
from banyan.kernel.errors import BanyanError, InvalidInput, NotFound
from banyan.kernel.identity import Identity
from banyan.kernel.ids import new_id

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class ManageAttachments:
    """The use case."""

    store: Attachments
    index: LessonIndex
    policies: Policies
    platform: LearningPlatform
    guard: Guard
    clock: Clock

    async def check(self, asker: Identity, course: str) -> None:
        """Returns for those who may send files. Raises: NotAllowed, Unavailable."""
        await check_staff(self.platform, asker, course)

    async def add(
        self,
        asker: Identity,
        course: str,
        lesson: str,
        file_name: str,
        mime_type: str,
        content: bytes,
        *,
        staff_only: bool = False,
    ) -> Attachment:
        """The file with what became of it; a bad one is quarantined with its reason and changes nothing else.

        One with the same name in the lesson is replaced, in answers as well. Raises: NotAllowed.
        """
        await self.check(asker, course)
        attachment = Attachment(
            tenant=asker.tenant,
            id=new_id("att"),
            course=course,
            lesson=lesson,
            file_name=file_name,
            mime_type=mime_type,
            size=len(content),
            staff_only=staff_only,
            created=self.clock.now(),
            created_by=asker.user,
        )
        await self.store.put(attachment)
        try:
            settled = await self._settled(asker, attachment, content)
        except InvalidInput as error:
            settled = _marked(attachment, AttachmentStatus.QUARANTINED, error)
        except BanyanError as error:
            settled = _marked(attachment, AttachmentStatus.ERROR, error)
        if settled.status is AttachmentStatus.QUARANTINED:
            await self.index.remove(asker, course, lesson, attachment.name)
            _log.info("attachment quarantined", course=course, reason=settled.error_code)
        await self.store.put(settled)
        return settled

    async def listed(self, asker: Identity, course: str, lesson: str) -> Sequence[Attachment]:
        """By name. Raises: NotAllowed."""
        await self.check(asker, course)
        return await self.store.listed(asker.tenant, course, lesson)

    async def remove(self, asker: Identity, course: str, lesson: str, id: str) -> None:
        """Gone from every answer when this returns. Raises: NotAllowed, NotFound."""
        await self.check(asker, course)
        found = await self.store.get(asker.tenant, id)
        if found is None or (found.course, found.lesson) != (course, lesson):
            raise NotFound("There is no such file; list those of the lesson.", code="unknown_attachment")
        await self.store.remove(asker.tenant, id)
        await self.index.remove(asker, course, lesson, found.name)

    async def _settled(self, asker: Identity, attachment: Attachment, content: bytes) -> Attachment:
        course, lesson = attachment.course, attachment.lesson
        reading = await self.index.read(asker, attachment.file_name, content)
        effective = await self.policies.effective(asker.tenant, course, lesson)
        standing, now = Standing(asker, teaches=True), self.clock.now().timestamp()
        about = Circumstances(asker.tenant, asker.user, course, lesson, standing, effective, now)
        stopped = await check_material(self.guard, about, reading.text, source="attachment")
        if stopped is not None:
            return replace(attachment, status=AttachmentStatus.QUARANTINED, error_code="quarantined", error=stopped)
        material = Material(
            course,
            lesson,
            attachment.name,
            attachment.file_name,
            attachment.file_name,
            content,
            staff_only=attachment.staff_only,
        )
        chunks = await self.index.put(asker, material)
        warnings = " ".join(reading.warnings)
        return replace(attachment, status=AttachmentStatus.INDEXED, chunks=chunks, warnings=warnings[:1000])


def _marked(attachment: Attachment, status: AttachmentStatus, error: BanyanError) -> Attachment:
    return replace(attachment, status=status, error_code=error.code, error=error.message)
