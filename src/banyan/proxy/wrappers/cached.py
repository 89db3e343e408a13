"""Answers from the cache, and lets equal calls that run at the same time share one answer."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing
from dataclasses import dataclass, field
from time import perf_counter, time
from types import TracebackType
from typing import cast

import msgspec

from banyan.kernel.errors import BanyanError, Unavailable
from banyan.kernel.ids import new_id
from banyan.kernel.money import NOTHING
from banyan.proxy.domain.accounting import Attempt, Status, Trace
from banyan.proxy.domain.cache_key import EVERYBODY, Audience, Partition, answer_key, tenant_prefix
from banyan.proxy.domain.cache_policy import Cacheable, CacheRules, CacheWish
from banyan.proxy.domain.cached_answer import CachedAnswer, pack, replay, unpack
from banyan.proxy.domain.failures import Failure, kind_of
from banyan.proxy.domain.near_question import NearQuestion, near_question
from banyan.proxy.domain.pricing import NO_TOKENS, Tokens
from banyan.proxy.domain.rag_wish import USUAL
from banyan.proxy.ports.answer_cache import AnswerCache
from banyan.proxy.ports.chat_provider import ChatCall
from banyan.proxy.ports.index_versions import IndexVersions
from banyan.proxy.ports.ledger import Ledger
from banyan.proxy.ports.telemetry import Telemetry, Unwatched
from banyan.proxy.wrappers.flight import Flight, Unfit
from banyan.proxy.wrappers.nearby import Nearby
from banyan.proxy.wrappers.routed import Routed
from banyan.proxy.wrappers.wrapper import Wrapper

HIT, MISS, JOINED, SKIPPED, UNREACHABLE = "hit", "miss", "joined", "skipped", "unreachable"
SEMANTIC, EXACT_ONLY = "semantic", "exact_only"


@dataclass
class Answers:
    """What the cached calls of a process share. secret: of the keys; the same in all processes that share a store.

    nearby: finds questions in other words; None where only the very same request is answered.
    """

    store: AnswerCache
    versions: IndexVersions
    ledger: Ledger
    secret: bytes
    rules: CacheRules = field(default_factory=CacheRules)
    telemetry: Telemetry = field(default_factory=Unwatched)
    nearby: Nearby | None = None

    def __post_init__(self) -> None:
        self.flights: dict[str, Flight] = {}
        self._under_way: set[asyncio.Task[None]] = set()

    def depart(self, key: str, flight: Flight) -> None:
        """From now on others may join."""
        self.flights[key] = flight

        def ended(task: asyncio.Task[None]) -> None:
            self._under_way.discard(task)
            if self.flights.get(key) is flight:
                del self.flights[key]

        flight.depart(ended)
        if flight.task is not None:
            self._under_way.add(flight.task)

    async def forget(self, tenant: str) -> int:
        """Every answer of the tenant and the questions that have one; what is under way is given and not kept.

        How many answers went. What the store could not do, its `fault` says.
        """
        prefix = tenant_prefix(tenant)
        for key in [key for key in self.flights if key.startswith(prefix)]:
            self.flights.pop(key).is_kept = False
        if self.nearby is not None:
            self.nearby.drop(prefix)
        return await self.store.drop(prefix)

    async def close(self) -> None:
        """Ends what is still being asked or stored; the store is closed by whoever opened it."""
        for task in self._under_way:
            task.cancel()
        await asyncio.gather(*self._under_way, return_exceptions=True)


@dataclass(frozen=True, slots=True)
class Look:
    """How one call is looked up. asked: the model by the caller's name. provider_of: of a deployment."""

    cacheable: Cacheable
    wish: CacheWish
    asked: str
    chapter: str | None
    provider_of: Callable[[str], str]


@dataclass(frozen=True, slots=True)
class _Place:
    """Where the answer to a call is looked for. near: where those to questions alike are, None where none may be."""

    key: str
    question: NearQuestion | None = None
    near: str = ""


@dataclass(frozen=True, slots=True)
class _Found:
    """similarity: of the two questions, None where it is the very same request."""

    answer: CachedAnswer
    similarity: float | None = None


class Cached(Wrapper):
    """Outermost around a chain of deployments. What it gives out of the cache costs nothing and says so.

    When the one upstream call of several callers fails, all of them get its error, but for a caller's own empty
    budget: whoever joined then asks for themselves.
    """

    def __init__(self, chain: Routed, answers: Answers, look: Look) -> None:
        super().__init__(chain)
        self._chain = chain
        self._answers = answers
        self._look = look

    async def complete(self, call: ChatCall) -> bytes:
        """As the port says."""
        began = perf_counter()
        place = await self._place(call)
        if place is None:
            return await self._chain.complete(call)
        found = await self._find(place, call.caller.task)
        if found is not None:
            self._hit(call, found, began)
            return found.answer.body
        while True:
            ride = self._ride(place, call, began)
            async with ride:
                return await ride.flight.answer()
            if ride.alone:
                return await self._chain.complete(call)

    async def stream(self, call: ChatCall) -> AsyncIterator[bytes]:
        """As the port says."""
        began = perf_counter()
        place = await self._place(call)
        found = None if place is None else await self._find(place, call.caller.task)
        if found is not None:
            self._hit(call, found, began)
            for chunk in replay(found.answer.body, usage=True):
                yield chunk
            return
        while place is not None:
            ride = self._ride(place, call, began)
            async with ride, aclosing(cast(AsyncGenerator[bytes, None], ride.flight.chunks())) as chunks:
                async for chunk in chunks:
                    ride.begin()
                    yield chunk
                return
            if ride.alone:
                break
        async with aclosing(cast(AsyncGenerator[bytes, None], self._chain.stream(call))) as chunks:
            async for chunk in chunks:
                yield chunk

    async def _place(self, call: ChatCall) -> _Place | None:
        """None where the course has no index to tell versions of, so that whoever answers says what is wrong."""
        answers, look, scope, caller = self._answers, self._look, call.scope, call.caller
        index = ""
        if scope is not None:
            try:
                version = await answers.versions.index_version(scope.tenant, scope.course)
            except Unavailable:
                version = None
            if version is None:
                answers.telemetry.cache(SKIPPED, caller.task)
                return None
            index = version
        shared = look.cacheable.shared
        partition = Partition(
            tenant=caller.tenant,
            audience=EVERYBODY if shared else Audience(caller.key, caller.user),
            course=None if scope is None else scope.course,
            chapter=look.chapter,
            lesson=None if scope is None else scope.lesson,
            index=index,
            policy=look.cacheable.policy,
            task=caller.task,
            zone=caller.zone,
            model=look.asked,
            answerers=self._chain.answerers,
            readers="learners" if scope is not None and scope.for_learners else "",
            rag="" if scope is None or call.rag == USUAL else msgspec.json.encode(call.rag).decode(),
        )
        key = answer_key(partition, call.fields, answers.secret)
        question = None if answers.nearby is None else near_question(call.fields)
        if question is None:
            return _Place(key)
        return _Place(key, question, answer_key(partition, question.rest, answers.secret))

    async def _find(self, place: _Place, task: str) -> _Found | None:
        if self._look.wish is CacheWish.REFRESH:
            return None
        answer = await self._get(place.key)
        if self._answers.store.fault is not None:
            self._answers.telemetry.cache(UNREACHABLE, task)
        elif answer is None and place.key not in self._answers.flights:
            return await self._find_near(place, task)
        return None if answer is None else _Found(answer)

    async def _find_near(self, place: _Place, task: str) -> _Found | None:
        """The answer to a question that asks the same; one that the store has dropped is forgotten here too."""
        nearby = self._answers.nearby
        if nearby is None or place.question is None:
            return None
        near = await nearby.find(place.near, place.question.text)
        if nearby.fault is not None:
            self._answers.telemetry.cache(EXACT_ONLY, task)
        if near is None:
            return None
        answer = await self._get(near.key)
        if answer is None:
            nearby.forget(place.near, near.key)
            return None
        return _Found(answer, near.similarity)

    async def _get(self, key: str) -> CachedAnswer | None:
        data = await self._answers.store.get(key)
        return None if data is None else unpack(key, data)

    def _ride(self, place: _Place, call: ChatCall, began: float) -> "_Ride":
        """On the call that is under way already, or on a new one."""
        answers, key = self._answers, place.key
        flight = answers.flights.get(key)
        if flight is not None and flight.is_boarding and self._look.wish is not CacheWish.REFRESH:
            return _Ride(self, call, flight, joins=True, began=began)
        call.trace.cache = MISS
        answers.telemetry.cache(MISS, call.caller.task)

        async def keep(body: bytes) -> None:
            if begun.is_kept:
                await self._keep(place, call, body)

        begun = Flight(self._chain, call, tools=self._look.cacheable.exact, keep=keep)
        answers.depart(key, begun)
        return _Ride(self, call, begun, joins=False, began=began)

    async def _keep(self, place: _Place, call: ChatCall, body: bytes) -> None:
        """What another one answered in place of the first choice is not kept, or it would outlive the outage."""
        trace, seconds = call.trace, self._answers.rules.seconds(call.caller.task)
        if trace.deployment != self._chain.first_choice or seconds <= 0:
            return
        name, key = trace.deployment, place.key
        stored = CachedAnswer(
            key, time(), name, self._look.provider_of(name), self._look.asked, trace.input, trace.output, body
        )
        await self._answers.store.put(key, pack(stored), seconds)
        nearby = self._answers.nearby
        if nearby is not None and place.question is not None:
            await nearby.add(place.near, place.question.text, key, seconds)

    def _hit(self, call: ChatCall, found: _Found, began: float) -> None:
        answer, result = found.answer, HIT if found.similarity is None else SEMANTIC
        _show(call.trace, answer.deployment, result)
        call.trace.headers["age"] = str(max(0, int(time() - answer.at)))
        if found.similarity is not None:
            call.trace.headers["x-banyan-cache-similarity"] = f"{found.similarity:.3f}"
        tokens = Tokens(answer.input, answer.output)
        self._write(call, answer.deployment, answer.provider, tokens, Status.CACHED, result, began)

    def note_join(self, call: ChatCall, leader: Trace, status: Status, error: str, began: float) -> None:
        """Writes down that a call has been answered by another one's, or has failed or been left with it."""
        tokens = NO_TOKENS
        if status is Status.CACHED:
            _show(call.trace, leader.deployment, JOINED)
            tokens = Tokens(leader.input, leader.output)
        provider = self._look.provider_of(leader.deployment) if leader.deployment else ""
        self._write(call, leader.deployment, provider, tokens, status, JOINED, began, error)

    def _write(
        self,
        call: ChatCall,
        deployment: str,
        provider: str,
        tokens: Tokens,
        status: Status,
        cache: str,
        began: float,
        error: str = "",
    ) -> None:
        seconds = perf_counter() - began
        self._answers.telemetry.cache(cache, call.caller.task)
        self._answers.ledger.finish(
            Attempt(
                id=new_id("att"),
                caller=call.caller,
                deployment=deployment,
                provider=provider,
                model=self._look.asked,
                at=time() - seconds,
                status=status,
                tokens=tokens,
                cost=NOTHING,
                seconds=seconds,
                cache=cache,
                reason=call.trace.why,
                error=error,
                stream=call.stream,
            )
        )


class _Ride:
    """One caller's wait for a flight. Its block is left quietly where the caller has to ask again, or `alone`."""

    def __init__(self, cached: Cached, call: ChatCall, flight: Flight, *, joins: bool, began: float) -> None:
        self.flight = flight
        self.alone = False
        self._cached = cached
        self._call = call
        self._joins = joins
        self._began = began
        self._begun = False

    def begin(self) -> None:
        """The first piece is there."""
        if not self._begun:
            self._begun = True
            if self._joins:
                _show(self._call.trace, self.flight.call.trace.deployment, JOINED)

    async def __aenter__(self) -> None:
        self.flight.board()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        try:
            if isinstance(error, Unfit):
                self.alone = True
                return True
            if self._joins and not self._begun and isinstance(error, BanyanError) and _is_of_the_leader(error):
                return True
            if self._joins:
                status = Status.CACHED if error is None else Status.CANCELLED
                code = ""
                if isinstance(error, BanyanError):
                    status, code = Status.FAILED, error.code
                self._cached.note_join(self._call, self.flight.call.trace, status, code, self._began)
            return False
        finally:
            await self.flight.leave()


def _show(trace: Trace, deployment: str, cache: str) -> None:
    trace.deployment, trace.why, trace.cache = deployment, "from the cache", cache
    trace.headers["x-banyan-cost"] = "0"


def _is_of_the_leader(error: BanyanError) -> bool:
    """Whether the failure says something about who asked first, and nothing about the answer."""
    return kind_of(error) is Failure.BUDGET
