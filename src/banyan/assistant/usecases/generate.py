"""Makes study material of a lesson or of a text that somebody brought: quoted from it, or written by a model."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from typing import Any

import msgspec
from msgspec import structs

from banyan.assistant.content import CONTENT
from banyan.assistant.content.markdown import as_markdown, pieces
from banyan.assistant.domain.admission import refusal
from banyan.assistant.domain.circumstances import Circumstances
from banyan.assistant.domain.content_types import Composed, ContentType, is_empty
from banyan.assistant.domain.framed import CODES
from banyan.assistant.domain.material import GateReport, Material, Order, Prose
from banyan.assistant.domain.notices import Notice
from banyan.assistant.domain.orders import checked
from banyan.assistant.domain.personal_score import metrics, score
from banyan.assistant.domain.quotas import EXTRACTIVE, allowance, exhausted, told
from banyan.assistant.domain.sources import Source, SourcePart
from banyan.assistant.domain.standing import Standing
from banyan.assistant.domain.studying import LessonStudy
from banyan.assistant.domain.words import language
from banyan.assistant.ports.model_gateway import ModelGateway
from banyan.assistant.ports.store import ConversationStore
from banyan.assistant.ports.turn_log import TurnRecord
from banyan.assistant.usecases.ask_for_json import Written
from banyan.assistant.usecases.checking import quotes_only
from banyan.assistant.usecases.draft_care import DraftCare, Sieve
from banyan.assistant.usecases.draft_lesson import as_learner, model_for
from banyan.assistant.usecases.keep_door import KeepDoor
from banyan.assistant.usecases.kept_material import KeptMaterial, key_of
from banyan.assistant.usecases.parts import Parts
from banyan.assistant.usecases.raise_alarm import raise_alarm
from banyan.assistant.usecases.require_lesson import require_lesson
from banyan.assistant.usecases.sift_material import sifted, sifted_study
from banyan.assistant.usecases.write_material import Made, Task, WriteMaterial
from banyan.kernel.clock import Clock
from banyan.kernel.errors import BanyanError, NotAllowed, NotFound
from banyan.kernel.identity import Identity, Role
from banyan.kernel.ids import new_id

SURFACE = "content"
"""Where the log of turns and the events of guardrails say that they come from."""
_FELL_BACK = "No model could be asked just now, so this is quoted from the text."


@dataclass(frozen=True, slots=True)
class Job:
    """An order that may be carried out. instead: what is said to somebody in need, and nothing else."""

    asker: Identity
    order: Order
    kind: ContentType
    about: Circumstances
    model: str
    notes: tuple[str, ...] = ()
    instead: str = ""


@dataclass(frozen=True, slots=True)
class Generate:
    """The use case. model: where neither the order nor the policy names one."""

    gateway: ModelGateway
    parts: Parts
    care: DraftCare
    door: KeepDoor
    store: ConversationStore
    clock: Clock
    model: str
    kept: KeptMaterial = field(default_factory=KeptMaterial)

    async def __call__(self, asker: Identity, order: Order) -> Material:
        """What was ordered, or as much of it as the text gives; then its notes say so.

        Raises: InvalidInput; NotFound; NotAllowed with a notice's code where the assistant is closed to the asker;
        UpstreamFailed (`content_rejected`) for what a model writes badly twice; DeadlineExceeded; Unavailable.
        """
        job = await self._opened(asker, order)
        work = await self._prepared(job)
        if job.instead or not order.use_cache:
            return await self._made(work)
        return await self.kept.once(work.key, lambda: self._made(work))

    async def stream(self, asker: Identity, order: Order) -> AsyncGenerator[str | Material, None]:
        """First an empty piece, once the order is accepted; then Markdown as it comes; last the material.

        Raises: as a call does; what concerns the order itself before the first piece.
        """
        job = await self._opened(asker, order)
        yield ""
        work = await self._prepared(job)
        kept = self.kept.get(work.key) if order.use_cache else None
        if kept is None and work.is_written and job.kind.streams and not work.sieve.withhold:
            async with aclosing(self._written_prose(work)) as events:
                async for event in events:
                    if isinstance(event, Material) and order.use_cache:
                        self.kept.put(work.key, event)
                    yield event
            return
        made = kept or await self._made(work)
        if order.use_cache and kept is None and not job.instead:
            self.kept.put(work.key, made)
        for number, piece in enumerate(pieces(made.body)):
            yield f"\n\n{piece}" if number else piece
        yield made

    async def _opened(self, asker: Identity, order: Order) -> Job:
        if order.type not in CONTENT.names:
            raise NotFound(
                f"There is no content type {order.type[:60]!r}; choose one of {', '.join(CONTENT.names)}.",
                code="unknown_type",
                param="type",
            )
        kind = CONTENT[order.type]
        order, notes = checked(order, kind)
        about = await self._admitted(asker, order)
        order, instead, told_of = await self._heard(about, order)
        model = model_for(about.effective, order.model, self.model)
        if model != EXTRACTIVE:
            asker.check_model(model)
        return Job(asker, order, kind, about, model, (*notes, *told_of), instead)

    async def _admitted(self, asker: Identity, order: Order) -> Circumstances:
        """What is in force. Raises: NotAllowed with the code of what the asker is told."""
        admit = self.parts.admit
        if order.course:
            about, notice = await admit.judged(asker, order.course, order.lesson)
            notice = notice or await self._used_up(about, order)
        else:
            await self.door.answers(asker)
            effective = await admit.policies.effective(asker.tenant, "", None)
            standing = Standing(asker, teaches=asker.is_staff, enrolled=True)
            notice = refusal(effective, standing, None)
            now = self.clock.now().timestamp()
            about = Circumstances(asker.tenant, asker.user, "", "", standing, effective, now)
        if notice is not None:
            self._log(about, "withheld", notice=notice.code.value)
            raise NotAllowed(notice.message, code=notice.code.value, param="course" if order.course else None)
        if order.course:
            await require_lesson(self.gateway, about.standing.reader, order.course, order.lesson)
        return about

    async def _used_up(self, about: Circumstances, order: Order) -> Notice | None:
        """Whether the learner's questions in the course are used up: then there is no material by another way."""
        if about.standing.teaches:
            return None
        allowed = allowance(about.effective.policy, model_for(about.effective, order.model, self.model))
        if not allowed.messages and not allowed.cost:
            return None
        charges = await self.store.charges(about.tenant, about.user, about.course, now=self.clock.now())
        blocked = exhausted(allowed, charges)
        return None if blocked is None else told(blocked, allowed)

    async def _heard(self, about: Circumstances, order: Order) -> tuple[Order, str, tuple[str, ...]]:
        """The order with the asker's words as they may be passed on; or what is said to somebody in need.

        Raises: NotAllowed where a guardrail says no.
        """
        changes: dict[str, Any] = {}
        for name in ("message", "selection", "topic", "subtopic", "feedback", "purpose", "focus", "title", "language"):
            words = ", ".join(order.focus) if name == "focus" else getattr(order, name)
            if not words:
                continue
            guarded = self.parts.guard.question(about, words, source=SURFACE)
            await raise_alarm(self.parts.notifier, about, guarded.alerts)
            if guarded.stopped and guarded.answer:
                return order, guarded.answer, ()
            if guarded.stopped:
                notice = guarded.notice
                code = "blocked" if notice is None else notice.code.value
                self._log(about, "withheld", notice=code)
                said = "This cannot be passed on; write it in other words." if notice is None else notice.message
                raise NotAllowed(said, code=code, param=name)
            if guarded.text != words:
                changes[name] = (guarded.text,) if name == "focus" else guarded.text
        return structs.replace(order, **changes), "", ()

    async def _prepared(self, job: Job) -> "Work":
        source, sieve = await self._source(job)
        order = structs.replace(job.order, chunks=(), use_cache=True)
        version = (job.kind.prompt, job.model, source.course, source.lesson, source.version)
        scope = (job.asker.tenant, job.asker.user, msgspec.to_builtins(job.about.effective.policy), sieve.withhold)
        texts = [(one.id, one.text) for one in source.parts]
        return Work(job, source, sieve, key_of(version, scope, msgspec.to_builtins(order), texts, job.instead))

    async def _made(self, work: "Work") -> Material:
        job = work.job
        if job.instead:
            body = Prose(job.instead)
            return Material(type=job.order.type, title="", language="", body=body, model=EXTRACTIVE, notes=job.notes)
        if not work.is_written:
            return await self._composed(work)
        if job.kind.streams:
            made: Material | None = None
            async with aclosing(self._written_prose(work)) as events:
                async for event in events:
                    made = event if isinstance(event, Material) else made
            assert made is not None, "what is written ends in its material"
            return made
        try:
            written = await self._write.items(self._task(work))
        except BanyanError as error:
            self._log(job.about, "failed", model=job.model, error=error.code)
            raise
        if quotes_only(written.written.model):
            return await self._composed(work, (_FELL_BACK,))
        return await _judged(work, self._finished(work, written))

    async def _composed(self, work: "Work", notes: tuple[str, ...] = ()) -> Material:
        """Without a model."""
        job = work.job
        study = sifted_study(work.sieve, await self._study(job))
        composed = await asyncio.to_thread(job.kind.compose, study, job.order)
        composed = replace(composed, notes=(*notes, *composed.notes))
        made = self._material(work, composed, study.title or work.source.title, study.language)
        self._log(job.about, "answered", model=made.model)
        return await _judged(work, made)

    async def _written_prose(self, work: "Work") -> AsyncGenerator[str | Material, None]:
        """A model's text as it comes, and last the material."""
        try:
            async with aclosing(self._write.prose(self._task(work))) as events:
                async for event in events:
                    if isinstance(event, str):
                        yield event
                    elif quotes_only(event.written.model):
                        yield await self._composed(work, (_FELL_BACK,))
                    else:
                        yield await _judged(work, self._finished(work, event))
        except BanyanError as error:
            self._log(work.job.about, "failed", model=work.job.model, error=error.code)
            raise

    def _finished(self, work: "Work", written: Made) -> Material:
        said = language(as_markdown(written.composed.body)[:2000])
        made = self._material(work, written.composed, work.source.title, said)
        by = written.written
        self._log(work.job.about, "answered", model=by.model, by=by)
        tokens = {"prompt_tokens": by.prompt_tokens, "completion_tokens": by.completion_tokens}
        return structs.replace(made, model=by.model, prompt=written.prompt, **tokens)

    @property
    def _write(self) -> WriteMaterial:
        return WriteMaterial(self.gateway, self.care.guard)

    def _task(self, work: "Work") -> Task:
        job = work.job
        return Task(as_learner(job.asker), job.kind, job.order, job.about, work.source, job.model)

    async def _source(self, job: Job) -> tuple[Source, Sieve]:
        """The text as a model may be given it, and what all that is made of it has to pass."""
        order, about = job.order, job.about
        if not order.course:
            source = Source(order.title, tuple(SourcePart(one.id, one.text) for one in order.chunks))
            return source, Sieve(self.care.guard, structs.replace(about, material=source.text), (), SURFACE)
        reader = as_learner(job.asker)
        found = await self.gateway.lesson(reader, order.course, order.lesson)
        found = await self.care.open_text(found, about.tenant)
        part = SourcePart("", found.text, found.blocks)
        sieve = await self.care.sieve(self.gateway, about, reader, found.text, SURFACE)
        return Source(found.title, (part,), order.course, order.lesson, found.version), sieve

    async def _study(self, job: Job) -> LessonStudy:
        order = job.order
        if not order.course:
            return await self.gateway.study_text(job.asker, order.chunks, order.title)
        # Who may order material of a lesson sees it; that a study tells answers as well is for what is made of it.
        maker = replace(job.asker, roles=frozenset({Role.INSTRUCTOR}))
        return await self.gateway.study(maker, order.course, order.lesson)

    def _material(self, work: "Work", composed: Composed, title: str, said_in: str) -> Material:
        job, sieve = work.job, work.sieve
        body = sifted(sieve, composed.body)
        notes = [*job.notes, *composed.notes, *sieve.notes("items")]
        wanted = job.order.language.strip()
        if not work.is_written and wanted and not _speaks(said_in, wanted):
            notes.append(f"Nothing is translated without a model: this is in the language of its source, not {wanted}.")
        if is_empty(body) and not composed.notes:
            notes.append(f"The text has nothing to make {job.order.type} of; send more of it.")
        return Material(
            type=job.order.type,
            title=title,
            language=said_in,
            body=body,
            model=EXTRACTIVE,
            gate=_after(composed.gate, sieve),
            notes=tuple(notes),
        )

    def _log(
        self,
        about: Circumstances,
        outcome: str,
        *,
        notice: str = "",
        model: str = "",
        error: str = "",
        by: Written | None = None,
    ) -> None:
        place = (about.tenant, new_id("try"), self.clock.now(), about.user, about.course, about.lesson)
        tokens = (0, 0) if by is None else (by.prompt_tokens, by.completion_tokens)
        self.parts.log.turn(
            TurnRecord(
                *place,
                SURFACE,
                outcome,
                notice=notice,
                model=model,
                error=error,
                prompt_tokens=tokens[0],
                completion_tokens=tokens[1],
            )
        )


@dataclass(frozen=True, slots=True)
class Work:
    """A job with its text. key: equal for orders that come to the same."""

    job: Job
    source: Source
    sieve: Sieve
    key: str

    @property
    def is_written(self) -> bool:
        """Whether a model writes it."""
        return not self.job.instead and not quotes_only(self.job.model)


def _after(gate: GateReport, sieve: Sieve) -> GateReport:
    return structs.replace(gate, passed=max(0, gate.passed - sieve.kept - sieve.withheld))


def _speaks(said_in: str, wanted: str) -> bool:
    """said_in: the name of a language. wanted: a name or a code."""
    named = wanted.casefold()
    return named == said_in or named.partition("-")[0] == CODES.get(said_in, said_in)


def catalogue() -> Sequence[ContentType]:
    """All content types, by name."""
    return [CONTENT[name] for name in CONTENT]


async def _judged(work: "Work", made: Material) -> Material:
    """With its figures, computed from what it says and from its source; no score where nobody is known."""
    persona, source = work.job.order.persona, work.source.text

    def judge() -> Material:
        text = as_markdown(made.body)
        suits = {} if persona is None else score(persona, text, source)
        return structs.replace(made, personalization=suits, metrics=metrics(text, source))

    return await asyncio.to_thread(judge)
