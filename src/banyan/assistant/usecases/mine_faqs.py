"""Drafts an FAQ from the chats of a course: what several learners asked, answered anew from the course."""

import asyncio
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from datetime import datetime

from banyan.assistant.domain.circumstances import Circumstances
from banyan.assistant.domain.citing import cited
from banyan.assistant.domain.drafts import Draft, DraftKind, FaqBody, FaqItem, State
from banyan.assistant.domain.mining import LEAST_LEARNERS, Group, asked_already, groups, stands_alone
from banyan.assistant.domain.redacting import redacted
from banyan.assistant.ports.chat_reader import ChatReader
from banyan.assistant.ports.draft_store import DraftStore
from banyan.assistant.ports.model_gateway import CitationsFound, ModelGateway, Question, TextDelta
from banyan.assistant.usecases.admit import Admit
from banyan.assistant.usecases.draft_lesson import EXTRACTIVE, as_learner, model_for
from banyan.assistant.usecases.guard import Guard
from banyan.assistant.usecases.guarded_answer import guarded_answer
from banyan.assistant.usecases.require_staff import require_staff
from banyan.kernel.clock import Clock
from banyan.kernel.errors import Conflict, DeadlineExceeded, NotAllowed
from banyan.kernel.identity import Identity
from banyan.kernel.ids import new_id
from banyan.kernel.messages import Citation, Message

_MOST_READ = 2000
"""Questions of a course that are compared: the newest."""
_AT_ONCE = 4
_SECONDS = 60
_RULES = "You write an entry of a course's FAQ: answer in 1 to 4 sentences for any reader, and name nobody."


@dataclass(frozen=True, slots=True)
class FaqOrder:
    """lesson: None for the whole course. since: None for everything that is kept. most: items."""

    course: str
    lesson: str | None = None
    since: datetime | None = None
    least_learners: int = LEAST_LEARNERS
    most: int = 20
    model: str | None = None


@dataclass(frozen=True, slots=True)
class MineFaqs:
    """The use case, for staff of the course. model: where neither the order nor the course's policy names one."""

    gateway: ModelGateway
    store: DraftStore
    chats: ChatReader
    admit: Admit
    guard: Guard
    clock: Clock
    model: str

    async def __call__(self, asker: Identity, order: FaqOrder) -> Draft:
        """A stored FAQ draft. Raises: NotAllowed, Conflict (`nothing_to_draft`), and what the gateway raises."""
        await require_staff(self.admit.platform, asker, order.course)
        about, refused = await self.admit.judged(asker, order.course, order.lesson or "")
        if refused is not None:
            raise NotAllowed(refused.message, code=refused.code.value)
        model = model_for(about.effective, order.model, self.model)
        if model != EXTRACTIVE:
            asker.check_model(model)
        found = await self._groups(asker, order, about)
        if not found:
            raise Conflict(
                f"No new question was asked by {max(order.least_learners, LEAST_LEARNERS)} learners; "
                "wait for more chats, or look further back.",
                code="nothing_to_draft",
            )
        gate = asyncio.Semaphore(_AT_ONCE)

        async def answered(group: Group) -> FaqItem | str:
            async with gate:
                return await self._item(asker, about, group, model)

        async with asyncio.TaskGroup() as tasks:
            started = [tasks.create_task(answered(group)) for group in found[: order.most]]
        results = [task.result() for task in started]
        items = tuple(one for one in results if isinstance(one, FaqItem))
        body = FaqBody(items, tuple(one for one in results if isinstance(one, str)))
        return await self._stored(asker, order, body, model)

    async def _groups(self, asker: Identity, order: FaqOrder, about: Circumstances) -> list[Group]:
        exchanges = await self.chats.exchanges(
            asker.tenant, order.course, lesson=order.lesson, since=order.since, limit=_MOST_READ
        )
        roster = await self.admit.platform.names(asker.tenant, order.course)
        names = {*roster, *about.names, *(one.user for one in exchanges)}
        clean = [replace(one, question=redacted(one.question, names)) for one in exchanges]
        clean = [one for one in clean if stands_alone(one.question)]
        vectors = await self.gateway.embed(asker, [one.question for one in clean])
        found = await asyncio.to_thread(groups, clean, vectors, order.least_learners)
        published = await self._published(asker, order.course)
        return [group for group in found if not asked_already(group.question, published)]

    async def _published(self, asker: Identity, course: str) -> Sequence[str]:
        drafts = await self.store.drafts(asker.tenant, DraftKind.FAQ, course=course, state=State.PUBLISHED, limit=1000)
        return [item.question for draft in drafts if isinstance(draft.body, FaqBody) for item in draft.body.items]

    async def _item(self, asker: Identity, about: Circumstances, group: Group, model: str) -> FaqItem | str:
        """The answer, or the question where the course says nothing on it."""
        messages = (Message("user", group.question),)
        question = Question(as_learner(asker), about.course, group.lesson, messages, model, _RULES)
        pieces: list[str] = []
        citations: tuple[Citation, ...] = ()
        try:
            async with (
                asyncio.timeout(_SECONDS),
                aclosing(guarded_answer(self.gateway, self.guard, about, question)) as events,
            ):
                async for event in events:
                    if isinstance(event, CitationsFound):
                        citations = event.citations
                    elif isinstance(event, TextDelta):
                        pieces.append(event.text)
        except TimeoutError as error:
            raise DeadlineExceeded("The model took too long for an answer; try another model.") from error
        answer = "".join(pieces).strip()
        used = cited(citations, answer)
        if not used:
            return group.question
        return FaqItem(
            new_id("faq"), group.question, answer, used, group.learners, group.prompt_tokens, group.completion_tokens
        )

    async def _stored(self, asker: Identity, order: FaqOrder, body: FaqBody, model: str) -> Draft:
        now = self.clock.now()
        uncovered = f"The course does not cover {len(body.open)} of the questions; they stand in `open`."
        draft = Draft(
            tenant=asker.tenant,
            id=new_id("drf"),
            kind=DraftKind.FAQ,
            course=order.course,
            lesson=order.lesson or "",
            title=f"FAQ: {order.lesson or order.course}"[:200],
            body=body,
            model=model,
            notes=(uncovered,) if body.open else (),
            created=now,
            created_by=asker.user,
            updated=now,
            updated_by=asker.user,
        )
        await self.store.add(draft)
        return draft
