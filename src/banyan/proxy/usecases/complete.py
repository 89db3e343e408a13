"""Answers a chat completion: lets the caller in, finds who answers, and keeps the books."""

from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing
from typing import cast

import msgspec
from msgspec import structs

from banyan.kernel.errors import InvalidInput, NotAllowed
from banyan.proxy.domain.accounting import Caller, Trace
from banyan.proxy.domain.cache_policy import judge
from banyan.proxy.domain.chat_request import ChatRequest, whole_number
from banyan.proxy.domain.estimates import probable
from banyan.proxy.domain.knowledge import Scope
from banyan.proxy.domain.pricing import Tokens
from banyan.proxy.domain.routing import Wish
from banyan.proxy.ports.chat_provider import ChatCall, ChatProvider
from banyan.proxy.ports.rate_limits import Admission, Ask, RateLimits
from banyan.proxy.usecases.fleet import Fleet
from banyan.proxy.usecases.refusals import note_zone_refusal
from banyan.proxy.wrappers.cached import SKIPPED, Answers, Cached, Look
from banyan.proxy.wrappers.routed import Routed

_USAGE = msgspec.Raw(b'{"include_usage":true}')
_USUAL_OUTPUT = 500
"""Tokens of an answer for comparing costs, where the caller does not ask for less."""
_NEEDS = {"tools": "tools", "functions": "tools"}


class _StreamOptions(msgspec.Struct):
    include_usage: bool = False


class _Format(msgspec.Struct):
    type: str = ""


class _Ends(msgspec.Struct):
    choices: list[msgspec.Raw] = []


_stream_options = msgspec.json.Decoder(_StreamOptions)
_format = msgspec.json.Decoder(_Format)
_ends = msgspec.json.Decoder(_Ends)


def _any_zone(tenant: str, course: str) -> str | None:
    return None


class Complete:
    """default_model: answers where the caller names none. zones: tenant and course to the only zone for it, if any.

    answers: the cache; None for none.
    """

    def __init__(
        self,
        fleet: Fleet,
        limits: RateLimits,
        *,
        default_model: str,
        zones: Callable[[str, str], str | None] = _any_zone,
        answers: Answers | None = None,
    ) -> None:
        self._fleet = fleet
        self._limits = limits
        self._zones = zones
        self._answers = answers
        self.default_model = default_model

    async def complete(self, caller: Caller, request: ChatRequest, trace: Trace) -> bytes:
        """The `chat.completion` object as JSON, with `citations` where a course was named.

        Raises: NotFound (of the model or the course), InvalidInput, NotAllowed, RateLimited, QuotaExceeded, and what
            `ChatProvider.complete` raises.
        """
        provider, call = self._prepare(caller, request, trace)
        admission = await self._enter(call)
        try:
            return await provider.complete(call)
        finally:
            _leave(admission, trace)

    async def stream(self, caller: Caller, request: ChatRequest, trace: Trace) -> AsyncGenerator[bytes, None]:
        """`chat.completion.chunk` objects as JSON; the first one carries every citation that may be used.

        Raises: as `complete`, before the first item or between items. Closing it cancels the upstream call.
        """
        wanted = _wants_usage(request)
        provider, call = self._prepare(caller, request, trace)
        admission = await self._enter(call)
        try:
            # Providers write their streams as generators; closing one is what cancels the upstream call.
            async with aclosing(cast(AsyncGenerator[bytes, None], provider.stream(call))) as chunks:
                async for chunk in chunks:
                    if wanted or b'"usage"' not in chunk or not _only_usage(chunk):
                        yield chunk
        finally:
            _leave(admission, trace)

    def _prepare(self, caller: Caller, request: ChatRequest, trace: Trace) -> tuple[ChatProvider, ChatCall]:
        scope = None
        if request.course is not None and request.grounded:
            scope = Scope(caller.tenant, request.course, request.lesson, for_learners=not caller.is_staff)
        fields = request.fields
        if request.stream:
            fields = {**fields, "stream_options": _USAGE}
        name = request.model or self.default_model
        try:
            caller = self._bound(caller, request)
            chain = self._chain(caller, request, name, tutor=scope is not None and _is_prose(request))
        except NotAllowed as error:
            note_zone_refusal(self._fleet.telemetry, caller, error)
            raise
        provider = self._cached(chain, caller, request, name)
        call = ChatCall(
            body=b"",
            model=name,
            stream=request.stream,
            scope=scope,
            withhold=request.withhold,
            rag=request.rag,
            caller=caller,
            trace=trace,
            fields=fields,
        )
        return provider, call

    def _chain(self, caller: Caller, request: ChatRequest, name: str, *, tutor: bool) -> Routed:
        # What a call needs decides among several; whoever is asked for by name is asked.
        wish = _wish(caller, request) if name in self._fleet.aliases else Wish(caller.task, caller.zone)
        return self._fleet.route(name, wish, tutor=tutor)

    def _bound(self, caller: Caller, request: ChatRequest) -> Caller:
        """The caller within the data zone of the course. Raises: NotAllowed where the request asks for another."""
        course = request.course or caller.course
        zone = None if course is None else self._zones(caller.tenant, course)
        if zone is None or zone == caller.zone:
            return caller
        if caller.zone is not None:
            raise NotAllowed(
                f"The course keeps its data in the zone {zone!r}; leave out X-Banyan-Zone, or send that.",
                code="zone_not_allowed",
                param="X-Banyan-Zone",
            )
        return structs.replace(caller, zone=zone)

    def _cached(self, chain: Routed, caller: Caller, request: ChatRequest, name: str) -> ChatProvider:
        """The chain, with the cache around it where the call is any of its business."""
        answers = self._answers
        if answers is None or request.withhold:  # what may not be quoted differs from learner to learner
            return chain
        grounded = request.course is not None and request.grounded
        cacheable = judge(request.fields, grounded=grounded, wish=request.cache, rules=answers.rules)
        if cacheable is None:
            answers.telemetry.cache(SKIPPED, caller.task)
            return chain
        return Cached(chain, answers, Look(cacheable, request.cache, name, request.chapter, self._fleet.provider_of))

    async def _enter(self, call: ChatCall) -> Admission | None:
        size = sum(len(value) for value in call.fields.values())
        admission = await self._limits.enter(Ask(call.caller, probable(size)))
        if admission is not None:
            call.trace.headers.update(admission.headers)
        return admission


def _leave(admission: Admission | None, trace: Trace) -> None:
    if admission is not None:
        admission.leave(Tokens(trace.input, trace.output))


def _wish(caller: Caller, request: ChatRequest) -> Wish:
    fields = request.fields
    needs = {need for name, need in _NEEDS.items() if name in fields and bytes(fields[name]) not in (b"null", b"[]")}
    if "response_format" in fields and _format_of(request) == "json_schema":
        needs.add("json_schema")
    messages = fields.get("messages")
    if messages is not None and b'"image_url"' in bytes(messages):
        needs.add("vision")
    return Wish(caller.task, caller.zone, frozenset(needs), _shape(fields))


def _shape(fields: Mapping[str, msgspec.Raw]) -> Tokens:
    """What the call will probably use: enough to tell a long prompt with a short answer from the opposite."""
    output = _USUAL_OUTPUT
    for name in ("max_completion_tokens", "max_tokens"):
        if (asked := whole_number(fields, name)) is not None:
            output = min(asked, _USUAL_OUTPUT)
            break
    return Tokens(input=probable(sum(len(value) for value in fields.values())), output=output)


def _is_prose(request: ChatRequest) -> bool:
    """Whether quoted sentences would be an answer at all."""
    return "tools" not in request.fields and _format_of(request) in ("", "text")


def _format_of(request: ChatRequest) -> str:
    raw = request.fields.get("response_format")
    if raw is None:
        return ""
    try:
        return _format.decode(raw).type
    except msgspec.DecodeError:
        return ""  # the provider says what is wrong with it


def _wants_usage(request: ChatRequest) -> bool:
    raw = request.fields.get("stream_options")
    if raw is None or bytes(raw) == b"null":
        return False
    try:
        return _stream_options.decode(raw).include_usage
    except msgspec.DecodeError as error:
        raise InvalidInput(f"`stream_options` is not right ({error}); correct it.", param="stream_options") from error


def _only_usage(chunk: bytes) -> bool:
    try:
        return not _ends.decode(chunk).choices
    except msgspec.DecodeError:
        return False
