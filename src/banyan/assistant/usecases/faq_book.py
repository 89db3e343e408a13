"""Every published FAQ in memory: the next learner who asks just that is answered from it, and the saving is counted."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

import structlog
from msgspec import structs

from banyan.assistant.domain.drafts import FaqBody, FaqItem
from banyan.assistant.ports.draft_store import DraftStore, Saving
from banyan.assistant.ports.known_answers import KnownAnswer
from banyan.assistant.ports.model_gateway import ModelGateway
from banyan.kernel.clock import Clock
from banyan.kernel.errors import BanyanError, NotFound
from banyan.kernel.identity import Identity, Role
from banyan.kernel.messages import Citation
from banyan.kernel.money import Money
from banyan.kernel.same_question import ask_the_same, leans_on_what_was_said, plainly

LOOK_SECONDS = 0.5
"""How often a change by another process is looked for; it is in force within this and the time of one query."""
SIMILARITY = 0.9
"""Cosine that two questions must have, as the semantic cache asks of them."""
_SECONDS = 1.0
"""For vectors and for looking at the lesson; a learner who waits longer is better served by the model."""
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Entry:
    """lesson: "" where the answer is for the whole course."""

    lesson: str
    item: FaqItem
    plain: str


class FaqBook:
    """`KnownAnswers` over the published FAQs of all tenants."""

    def __init__(self, store: DraftStore, gateway: ModelGateway, clock: Clock) -> None:
        self._store = store
        self._gateway = gateway
        self._clock = clock
        self._entries: dict[tuple[str, str], list[_Entry]] = {}
        self._change = -1
        self._savings: dict[tuple[str, str, str, str, str], Saving] = {}
        self._turn = asyncio.Lock()
        self.fault = ""

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Keeps it current while the block runs, and writes the savings down."""
        await self.refresh()
        keeper = asyncio.create_task(self._keep(), name="keep FAQs current")
        try:
            yield
        finally:
            keeper.cancel()
            with suppress(asyncio.CancelledError):
                await keeper
            with suppress(BanyanError):
                await self._write_savings()

    async def refresh(self) -> None:
        """Reads what is published, if that has changed."""
        async with self._turn:
            change = await self._store.change()
            if change == self._change:
                return
            entries: dict[tuple[str, str], list[_Entry]] = {}
            for draft in await self._store.published_faqs():
                if isinstance(draft.body, FaqBody):
                    entries.setdefault((draft.tenant, draft.course), []).extend(
                        _Entry(draft.lesson, item, plainly(item.question)) for item in draft.body.items
                    )
            self._entries, self._change = entries, change

    async def find(self, tenant: str, course: str, lesson: str, question: str) -> KnownAnswer | None:
        """As the port says. Where an answer's citations no longer stand in the course, it is not used."""
        entries = [one for one in self._entries.get((tenant, course), ()) if one.lesson in ("", lesson)]
        if not entries or leans_on_what_was_said(question):
            return None
        asker = Identity(tenant, "faq", frozenset({Role.SERVICE}))
        try:
            async with asyncio.timeout(_SECONDS):
                for entry, similarity in await self._same(asker, entries, question):
                    if await self._holds(asker, entry.item.citations):
                        item = entry.item
                        return KnownAnswer(
                            item.id,
                            item.question,
                            item.answer,
                            item.citations,
                            similarity,
                            item.prompt_tokens,
                            item.completion_tokens,
                        )
        except TimeoutError:
            _log.warning("faqs-not-looked-up", reason="the proxy did not answer in time")
        except BanyanError as error:
            _log.warning("faqs-not-looked-up", reason=error.message)
        return None

    def used(self, tenant: str, course: str, lesson: str, known: KnownAnswer, price: Money | None) -> None:
        """As the port says."""
        day = self._clock.now().strftime("%Y-%m-%d")
        key = (tenant, course, lesson, known.id, day)
        before = self._savings.get(key) or Saving(*key)
        self._savings[key] = structs.replace(
            before,
            calls=before.calls + 1,
            prompt_tokens=before.prompt_tokens + known.prompt_tokens,
            completion_tokens=before.completion_tokens + known.completion_tokens,
            cost=Money(before.cost + (price or 0)),
            unpriced=before.unpriced + (price is None),
        )

    async def _same(self, asker: Identity, entries: Sequence[_Entry], question: str) -> list[tuple[_Entry, float]]:
        """Those that ask just this, the most similar first. Vectors are made only where words alone do not decide."""
        plain = plainly(question)
        equal = [(entry, 1.0) for entry in entries if entry.plain == plain]
        if equal:
            return equal
        alike = [entry for entry in entries if ask_the_same(question, entry.item.question)]
        if not alike:
            return []
        mine, *others = await self._gateway.embed(asker, [question, *(entry.item.question for entry in alike)])
        scored = [
            (entry, sum(a * b for a, b in zip(mine, other, strict=True)))
            for entry, other in zip(alike, others, strict=True)
        ]
        return sorted((one for one in scored if one[1] >= SIMILARITY), key=lambda one: -one[1])

    async def _holds(self, asker: Identity, citations: Sequence[Citation]) -> bool:
        """Whether everything that is quoted still stands where it stood."""
        for place in {(one.course, one.lesson, one.source) for one in citations}:
            try:
                text = (await self._gateway.lesson(asker, *place)).text
            except NotFound:
                return False
            here = (one for one in citations if (one.course, one.lesson, one.source) == place)
            if any(text[one.start : one.end] != one.quote for one in here):
                return False
        return True

    async def _keep(self) -> None:
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            try:
                await self.refresh()
                await self._write_savings()
                self.fault = ""
            except BanyanError as error:
                self.fault = f"Changes to FAQs do not reach this process: {error.message}"

    async def _write_savings(self) -> None:
        taken, self._savings = self._savings, {}
        if not taken:
            return
        try:
            await self._store.add_savings(list(taken.values()))
        except BaseException:
            for key, lost in taken.items():
                since = self._savings.get(key) or Saving(*key)
                self._savings[key] = _sum(lost, since)
            raise


def _sum(one: Saving, other: Saving) -> Saving:
    return structs.replace(
        one,
        calls=one.calls + other.calls,
        prompt_tokens=one.prompt_tokens + other.prompt_tokens,
        completion_tokens=one.completion_tokens + other.completion_tokens,
        cost=Money(one.cost + other.cost),
        unpriced=one.unpriced + other.unpriced,
    )
