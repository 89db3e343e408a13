"""Drafts an FAQ from the chats of a course: what several learners asked, answered anew from the course."""

import asyncio
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from datetime import datetime

from msgspec import structs

from banyan.assistant.domain.circumstances import Circumstances
from banyan.assistant.domain.citing import cited
from banyan.assistant.domain.drafts import Draft, DraftKind, FaqBody, FaqItem, State
from banyan.assistant.domain.mining import LEAST_LEARNERS, Group, asked_already, groups, stands_alone
from banyan.assistant.domain.redacting import redacted
from banyan.assistant.ports.chat_reader import ChatReader
from banyan.assistant.ports.draft_store import DraftStore
from banyan.assistant.ports.model_gateway import CitationsFound, ModelGateway, Question, TextDelta
from banyan.assistant.usecases.admit import Admit
from banyan.assistant.usecases.draft_care import DraftCare
from banyan.assistant.usecases.draft_lesson import EXTRACTIVE, as_learner, model_for
from banyan.assistant.usecases.guarded_answer import guarded_answer
from banyan.assistant.usecases.require_staff import require_staff
from banyan.kernel.clock import Clock
from banyan.kernel.errors import Conflict, DeadlineExceeded, NotAllowed
from banyan.kernel.identity import Identity
from banyan.kernel.ids import new_id
from banyan.kernel.messages import Citation, Message

_MOST_READ = 2000
"""Questions of a course that are compared: the newest."""
AT_ONCE = 4
"""Questions that are answered side by side."""
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
class Mining:
    """An order that was let in. about: what is in force. model: who answers."""

    asker: Identity
    order: FaqOrder
    about: Circumstances
    model: str


@dataclass(frozen=True, slots=True)
class MineFaqs:
    """The use case, for staff of the course. model: where neither the order nor the course's policy names one.

    A call does it all; a job takes the steps one by one.
    """

    gateway: ModelGateway
    store: DraftStore
    chats: ChatReader
    admit: Admit
    care: DraftCare
    clock: Clock
    model: str

    async def __call__(self, asker: Identity, order: FaqOrder) -> Draft:
        """A stored FAQ draft. Raises: NotAllowed, Conflict (`nothing_to_draft`), and what the gateway raises."""
        mining = await self.begin(asker, order)
        return await self.finish(mining, await self.answers(mining, await self.find(mining)))

    async def begin(self, asker: Identity, order: FaqOrder, *, known: bool = False) -> Mining:
        """known: whether somebody has seen already that they teach there.

        Raises: NotAllowed for whoever does not teach there, and where the assistant is closed; Unavailable.
        """
        if not known:
            await require_staff(self.admit.platform, asker, order.course)
        about, refused = await self.admit.judged(asker, order.course, order.lesson or "")
        if refused is not None:
            raise NotAllowed(refused.message, code=refused.code.value)
        model = model_for(about.effective, order.model, self.model)
        if model != EXTRACTIVE:
            asker.check_model(model)
        return Mining(asker, order, about, model)

    async def find(self, mining: Mining) -> list[Group]:
        """What is asked, the most asked first. Raises: Conflict (`nothing_to_draft`)."""
        found = await self._groups(mining.asker, mining.order, mining.about)
        if not found:
            raise Conflict(
                f"No new question was asked by {max(mining.order.least_learners, LEAST_LEARNERS)} learners; "
                "wait for more chats, or look further back.",
                code="nothing_to_draft",
            )
        return found[: mining.order.most]

    async def answers(self, mining: Mining, groups: Sequence[Group]) -> list[FaqItem | str]:
        """In the order of the groups: the answer, or the question where the course says nothing on it."""
        gate = asyncio.Semaphore(AT_ONCE)
        reader = as_learner(mining.asker)
        withhold = (await self.care.sieve(self.gateway, mining.about, reader)).withhold

        async def answered(group: Group) -> FaqItem | str:
            async with gate:
                return await self._item(mining, group, withhold)

        async with asyncio.TaskGroup() as tasks:
            started = [tasks.create_task(answered(group)) for group in groups]
        return [task.result() for task in started]

    async def finish(self, mining: Mining, results: Sequence[FaqItem | str], id: str | None = None) -> Draft:
        """The stored draft, without what gives a kept solution away. Raises: Conflict (`nothing_to_draft`).

        id: of the draft; one that is there already is left as it is.
        """
        there = None if id is None else await self.store.draft(mining.asker.tenant, id)
        if there is not None:
            return there
        items = [one for one in results if isinstance(one, FaqItem)]
        quotes = (citation.quote for item in items for citation in item.citations)
        material = "\n".join((*(item.question for item in items), *quotes))
        sieve = await self.care.sieve(self.gateway, mining.about, as_learner(mining.asker), material)
        kept = []
        for item in items:
            said = sieve.let_through(item.question, item.answer, asked=item.question, citations=item.citations)
            if said is not None:
                kept.append(structs.replace(item, question=said[0], answer=said[1]))
        uncovered = tuple(one for one in results if isinstance(one, str) and sieve.let_through(one) is not None)
        notes = sieve.notes("questions")
        if not kept and not uncovered:
            raise Conflict(" ".join(["Nothing is left of the draft.", *notes]), code="nothing_to_draft")
        return await self._stored(mining, FaqBody(tuple(kept), uncovered), notes, id or new_id("drf"))

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

    async def _item(self, mining: Mining, group: Group, withhold: tuple[str, ...]) -> FaqItem | str:
        about, messages = mining.about, (Message("user", group.question),)
        reader = as_learner(mining.asker)
        question = Question(reader, about.course, group.lesson, messages, mining.model, _RULES, withhold)
        pieces: list[str] = []
        citations: tuple[Citation, ...] = ()
        try:
            async with (
                asyncio.timeout(_SECONDS),
                aclosing(guarded_answer(self.gateway, self.care.guard, about, question)) as events,
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

    async def _stored(self, mining: Mining, body: FaqBody, notes: list[str], id: str) -> Draft:
        now, order, user = self.clock.now(), mining.order, mining.asker.user
        if body.open:
            notes = [f"The course does not cover {len(body.open)} of the questions; they stand in `open`.", *notes]
        draft = Draft(
            tenant=mining.asker.tenant,
            id=id,
            kind=DraftKind.FAQ,
            course=order.course,
            lesson=order.lesson or "",
            title=f"FAQ: {order.lesson or order.course}"[:200],
            body=body,
            model=mining.model,
            notes=tuple(notes),
            created=now,
            created_by=user,
            updated=now,
            updated_by=user,
        )
        await self.store.add(draft)
        return draft
