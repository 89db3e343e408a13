"""Takes what learners say of their answers, and shows it to those who teach the course."""

from collections.abc import Sequence
from dataclasses import dataclass

from msgspec import Struct, structs

from banyan.assistant.domain.feedback import Feedback, Rating, Reason, Remedy
from banyan.assistant.domain.question import clean_text
from banyan.assistant.domain.redacting import redacted
from banyan.assistant.ports.chat_reader import Answered, ChatReader
from banyan.assistant.ports.feedback_store import FeedbackStore
from banyan.assistant.ports.platform import LearningPlatform
from banyan.assistant.ports.policies import Policies
from banyan.assistant.usecases.require_staff import require_staff
from banyan.kernel.clock import Clock
from banyan.kernel.errors import NotAllowed, NotFound
from banyan.kernel.identity import Identity


class Reviewed(Struct, frozen=True):
    """Feedback with what it is about. user: "" where policy keeps it from staff, and then no text names anybody."""

    feedback: Feedback
    user: str
    question: str
    answered: Answered | None


@dataclass(frozen=True, slots=True)
class RateAnswers:
    """The use case."""

    store: FeedbackStore
    chats: ChatReader
    platform: LearningPlatform
    policies: Policies
    clock: Clock

    async def rate(
        self, asker: Identity, message: str, rating: Rating, reasons: Sequence[Reason], comment: str
    ) -> Feedback:
        """One for each answer; a later one takes its place. Raises: NotFound for answers that others got."""
        mine = await self._mine(asker, message)
        before = await self.store.one(asker.tenant, message)
        now = self.clock.now()
        given = Feedback(
            tenant=asker.tenant,
            message=message,
            session=mine.session.id,
            user=asker.user,
            course=mine.session.course,
            lesson=mine.session.lesson,
            rating=rating,
            reasons=tuple(dict.fromkeys(reasons)),
            comment=clean_text(comment).strip(),
            created=now if before is None else before.created,
            updated=now,
        )
        await self.store.put(given)
        return given

    async def take_back(self, asker: Identity, message: str) -> None:
        """Raises: NotFound, also where there is none."""
        await self._mine(asker, message)
        if not await self.store.remove(asker.tenant, message):
            raise NotFound("Nothing was said of this answer.", code="no_feedback")

    async def own(self, asker: Identity, session: str) -> Sequence[Feedback]:
        """What the caller said of the answers of a session of theirs; nothing of others' sessions."""
        return [one for one in await self.store.of_session(asker.tenant, session) if one.user == asker.user]

    async def queue(
        self, asker: Identity, course: str, *, rating: Rating | None, resolved: bool | None, limit: int
    ) -> Sequence[Reviewed]:
        """What nobody has looked at first. Raises: NotAllowed for whoever does not teach there."""
        await require_staff(self.platform, asker, course)
        found = await self.store.queue(asker.tenant, course, rating=rating, resolved=resolved, limit=limit)
        return await self._reviewed(asker, course, found)

    async def resolve(self, asker: Identity, message: str, action: Remedy, note: str) -> Reviewed:
        """Raises: NotFound, also for feedback of courses that the caller does not teach."""
        given = await self.store.one(asker.tenant, message)
        try:
            if given is not None:
                await require_staff(self.platform, asker, given.course)
        except NotAllowed:
            given = None
        if given is None:
            raise NotFound("There is no such feedback; choose one from the queue.", code="no_feedback")
        done = structs.replace(
            given, resolved=self.clock.now(), resolved_by=asker.user, action=action, note=clean_text(note).strip()
        )
        await self.store.put(done)
        return (await self._reviewed(asker, given.course, [done]))[0]

    async def _mine(self, asker: Identity, message: str) -> Answered:
        found = await self.chats.answered(asker.tenant, [message])
        if not found or found[0].session.user != asker.user:
            raise NotFound("There is no such answer of yours; look at your sessions.", code="unknown_message")
        asker.check_course(found[0].session.course)
        return found[0]

    async def _reviewed(self, asker: Identity, course: str, given: Sequence[Feedback]) -> list[Reviewed]:
        about = {one.answer.id: one for one in await self.chats.answered(asker.tenant, [one.message for one in given])}
        policy = (await self.policies.effective(asker.tenant, course)).policy
        names = {*await self.platform.names(asker.tenant, course), *(one.user for one in given)}
        shown: list[Reviewed] = []
        for one in given:
            said = about.get(one.message)
            question = said.question.content if said is not None and said.question is not None else ""
            if policy.feedback_names:
                shown.append(Reviewed(one, one.user, question, said))
            else:
                hidden = structs.replace(one, user="", comment=redacted(one.comment, names))
                shown.append(Reviewed(hidden, "", redacted(question, names), said))
        return shown
