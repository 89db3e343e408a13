"""Where the two houses meet in one process: the tutor's gateway as direct calls into the proxy."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from typing import Any

import msgspec

from banyan.adapters.gateways.answer_reader import AnswerReader, completion_fields
from banyan.assistant.domain.snippets import snippet
from banyan.assistant.domain.studying import Chunk, LessonStudy
from banyan.assistant.guardrails.injection import injection_at
from banyan.assistant.ports.model_gateway import (
    AnswerEvent,
    Embedded,
    LessonSummary,
    LessonText,
    OfferedModel,
    Question,
    UsageFigures,
    Vector,
)
from banyan.kernel.errors import BanyanError, NotAllowed
from banyan.kernel.identity import Identity
from banyan.kernel.messages import Citation
from banyan.kernel.money import dollars
from banyan.proxy.domain.accounting import Caller, Trace
from banyan.proxy.domain.brought import Brought
from banyan.proxy.domain.chat_request import read_chat_request
from banyan.proxy.domain.grounding import citations_of
from banyan.proxy.domain.knowledge import Block, Scope
from banyan.proxy.domain.tutor.study_forms import StudyMaterial
from banyan.proxy.ports.knowledge import Knowledge
from banyan.proxy.usecases.browse import Browse
from banyan.proxy.usecases.complete import Complete
from banyan.proxy.usecases.embed import MAX_INPUTS, EmbedRequest
from banyan.proxy.usecases.embed_for import EmbedFor
from banyan.proxy.usecases.judge import Judge
from banyan.proxy.usecases.list_models import ListModels, ModelCard
from banyan.proxy.usecases.show_usage import ShowUsage
from banyan.proxy.usecases.study import Study

_fields: msgspec.json.Decoder[dict[str, msgspec.Raw]] = msgspec.json.Decoder(dict[str, msgspec.Raw])


class EmbeddedGateway:
    """Takes the same completions as the proxy's HTTP interface does, without the HTTP."""

    def __init__(
        self,
        complete: Complete,
        browse: Browse,
        study: Study,
        embed: EmbedFor,
        models: ListModels | None = None,
        judge: Judge | None = None,
        *,
        knowledge: Knowledge,
        usage: ShowUsage | None = None,
    ) -> None:
        self._knowledge = knowledge
        self._usage = usage
        self._models = models
        self._judge = judge
        self._complete = complete
        self._browse = browse
        self._study = study
        self._embed = embed

    async def answer(self, question: Question) -> AsyncGenerator[AnswerEvent, None]:
        """As the port says; closing it closes the model's stream."""
        reader = AnswerReader(question.model)
        request = read_chat_request(_fields.decode(msgspec.json.encode(completion_fields(question))))
        async with aclosing(self._complete.stream(_caller(question), request, Trace())) as chunks:
            async for chunk in chunks:
                for event in reader.feed(chunk):
                    yield event
        yield reader.end()

    async def courses(self, asker: Identity) -> Sequence[str]:
        """As the port says."""
        return await self._browse.courses(asker.tenant)

    async def lessons(self, asker: Identity, course: str) -> Sequence[LessonSummary]:
        """As the port says."""
        lines = await self._browse.lessons(asker.tenant, course, for_learners=not asker.is_staff)
        return [
            LessonSummary(line.course, line.lesson, line.title, line.chapter, line.chunks, line.embedded)
            for line in lines
        ]

    async def lesson(self, asker: Identity, course: str, lesson: str, source: str | None = None) -> LessonText:
        """As the port says."""
        scope = Scope(asker.tenant, course, lesson, source, for_learners=not asker.is_staff)
        found = await self._browse.text(scope)
        blocks = [block_fields(block) for block in found.blocks]
        return LessonText(course, lesson, found.title, found.text, found.version, blocks)

    async def covers(self, question: Question) -> bool | None:
        """As the port says."""
        if self._judge is None:
            return None
        asker = question.asker
        scope = Scope(asker.tenant, question.course, question.lesson, for_learners=not asker.is_staff)
        return await self._judge(scope, question.messages)

    async def window_of(self, model: str) -> int | None:
        """As the port says."""
        if self._models is None:
            return None
        try:
            return (await self._models.one(model)).context_window
        except BanyanError:
            return None

    async def zone_of(self, model: str) -> str | None:
        """As the port says."""
        if self._models is None:
            return None
        try:
            return (await self._models.one(model)).zone
        except BanyanError:
            return None

    async def study(self, asker: Identity, course: str, lesson: str) -> LessonStudy:
        """As the port says."""
        if not asker.is_staff:
            raise NotAllowed("Questions with their answers are for staff; ask whoever teaches the course.")
        return _study(await self._study(asker.tenant, course, lesson))

    async def study_text(self, asker: Identity, chunks: Sequence[Chunk], title: str = "") -> LessonStudy:
        """As the port says."""
        parts = [Brought(one.id, one.text) for one in chunks]
        return _study(await self._study.of_text(asker.tenant, parts, title))

    async def search(
        self, asker: Identity, course: str, lesson: str | None, query: str, limit: int
    ) -> Sequence[Citation]:
        """As the port says."""
        scope = Scope(asker.tenant, course, lesson, for_learners=not asker.is_staff)
        return citations_of((await self._knowledge.search(scope, query, limit=limit)).passages)

    async def embed(self, asker: Identity, texts: Sequence[str]) -> Sequence[Vector]:
        """As the port says."""
        caller = Caller(asker.tenant, asker.user, asker.grant.key if asker.grant else None, task="embed")
        rows: list[Vector] = []
        for start in range(0, len(texts), MAX_INPUTS):
            request = EmbedRequest(list(texts[start : start + MAX_INPUTS]))
            rows.extend((await self._embed.embed(caller, request, Trace())).vectors.tolist())
        return rows

    async def embed_as(self, asker: Identity, texts: Sequence[str], model: str | None) -> Embedded:
        """As the port says."""
        if model is not None:
            asker.check_model(model)
        caller = Caller(asker.tenant, asker.user, asker.grant.key if asker.grant else None, task="embed")
        found = await self._embed.embed(caller, EmbedRequest(list(texts), model), Trace())
        return Embedded(await asyncio.to_thread(found.vectors.tolist), found.model, found.tokens)

    async def models(self, asker: Identity) -> Sequence[OfferedModel]:
        """As the port says."""
        cards = [] if self._models is None else await self._models.all()
        grant = asker.grant
        return [_offered(card) for card in cards if grant is None or grant.allows_model(card.id)]

    async def usage(self, asker: Identity) -> UsageFigures:
        """As the port says."""
        if self._usage is None:
            return UsageFigures()
        return msgspec.convert(await self._usage(asker), UsageFigures)

    async def healthy(self) -> bool:
        """Always: it is the same process."""
        return True

    async def close(self) -> None:
        """Nothing of its own to release."""


def injected(text: str) -> str | None:
    """For the proxy, which has no guardrails: where a text tries to instruct a model, a snippet; None elsewhere."""
    at = injection_at(text, source=True)
    return None if at is None else snippet(text, at)


def _caller(question: Question) -> Caller:
    asker = question.asker
    key = asker.grant.key if asker.grant else None
    return Caller(asker.tenant, asker.user, key, question.course or None, is_staff=asker.is_staff)


def _offered(card: ModelCard) -> OfferedModel:
    price, can = card.price, card.capabilities
    return OfferedModel(
        card.id,
        card.owner,
        "chat" in can,
        "quoting" in can,
        card.dimensions if "embeddings" in can else None,
        card.context_window,
        card.output_limit,
        None if price is None else float(dollars(price.input)) / 1000,
        None if price is None else float(dollars(price.output)) / 1000,
    )


def block_fields(block: Block) -> dict[str, Any]:
    """A block as the contract shows it; page, slide and seconds only where there are any."""
    shown: dict[str, Any] = {
        "kind": block.kind,
        "level": block.level,
        "start": block.span.start,
        "end": block.span.end,
        "anchor": block.anchor,
        "heading": list(block.heading),
    }
    for name in ("page", "slide", "seconds"):
        if (number := getattr(block, name)) is not None:
            shown[name] = number
    return shown


def _study(found: StudyMaterial) -> LessonStudy:
    """The same values by the same names, as the tutor's house knows them."""
    return msgspec.convert(found, LessonStudy, from_attributes=True)
