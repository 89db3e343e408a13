"""Every try has its price: reserved before, settled after, and written down whatever happens."""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from time import perf_counter, time
from typing import cast

import msgspec
from msgspec import structs

from banyan.kernel.errors import BanyanError, QuotaExceeded, Unavailable
from banyan.kernel.ids import serial_id
from banyan.kernel.money import NOTHING, Money, in_dollars
from banyan.proxy.domain.accounting import CLIENT_GONE, Attempt, Status
from banyan.proxy.domain.deployments import Capabilities, Deployment
from banyan.proxy.domain.estimates import most_input, most_output, probable
from banyan.proxy.domain.failures import PRICE_UNKNOWN
from banyan.proxy.domain.first_words import MOST_HELD, says_nothing
from banyan.proxy.domain.pricing import NO_TOKENS, Price, Tokens, counted
from banyan.proxy.domain.reported_cost import REPORTED, reported_cost
from banyan.proxy.ports.budgets import Budgets, Reservation
from banyan.proxy.ports.chat_provider import ChatCall, ChatProvider
from banyan.proxy.ports.ledger import Ledger
from banyan.proxy.ports.prices import Prices
from banyan.proxy.ports.telemetry import Telemetry
from banyan.proxy.wrappers.wrapper import Wrapper

UNKNOWN = "unknown"
_LONGEST_TO_GO_ON = 1_000_000
"""Characters of a stream that are kept to go on from, should it break off: beyond any model's longest answer."""


class _Details(msgspec.Struct):
    cached_tokens: int | None = None
    cache_write_tokens: int | None = None


class _Usage(msgspec.Struct):
    prompt_tokens: int = 0
    completion_tokens: int = 0
    prompt_tokens_details: _Details | None = None
    cost: msgspec.Raw = msgspec.Raw(b"")
    cost_details: msgspec.Raw = msgspec.Raw(b"")
    is_byok: msgspec.Raw = msgspec.Raw(b"")


class _Whole(msgspec.Struct):
    usage: _Usage | None = None


class _Answered(msgspec.Struct):
    message: msgspec.Raw = msgspec.Raw(b"")


class _Answers(msgspec.Struct):
    choices: list[_Answered] = []


class _Delta(msgspec.Struct):
    content: str | list[msgspec.Raw] | None = None
    tool_calls: list[msgspec.Raw] | None = None
    function_call: dict[str, msgspec.Raw] | None = None
    refusal: str | None = None
    reasoning_content: str | None = None
    reasoning: str | None = None

    @property
    def beside_text(self) -> int:
        """Bytes of what cannot be gone on with: calls of tools, a refusal, content in a shape of its own."""
        if not (self.tool_calls or self.function_call or self.refusal or isinstance(self.content, list)):
            return 0  # as in nearly every chunk
        parts = self.content if isinstance(self.content, list) else []
        raws = [*parts, *(self.tool_calls or ()), *(self.function_call or {}).values()]
        return sum(map(len, raws)) + len(self.refusal or "")


class _Choice(msgspec.Struct):
    index: int | None = 0
    delta: _Delta | None = None


class _Piece(msgspec.Struct):
    choices: list[_Choice] = []
    usage: _Usage | None = None


_whole = msgspec.json.Decoder(_Whole)
_answers = msgspec.json.Decoder(_Answers)
_piece = msgspec.json.Decoder(_Piece)


class Metered(Wrapper):
    """A provider whose tries are paid for by the call's caller.

    A stream has to ask for its usage (`stream_options`); where it is cut or the provider counts nothing, the tokens
    are estimated from what came, and the row says so. bills: what the provider says that it charged is booked.
    """

    def __init__(
        self,
        provider: ChatProvider,
        deployment: Deployment,
        *,
        prices: Prices,
        budgets: Budgets,
        ledger: Ledger,
        telemetry: Telemetry,
        bills: bool = False,
    ) -> None:
        super().__init__(provider)
        self._deployment = deployment
        self._prices = prices
        self._budgets = budgets
        self._ledger = ledger
        self._telemetry = telemetry
        self._bills = bills

    async def complete(self, call: ChatCall) -> bytes:
        """As the port says.

        Raises also: QuotaExceeded, InvalidInput for bounds that are none; Unavailable where a budget applies to an
            unknown price.
        """
        call, bill = await self._open(call)
        try:
            answer = await self._provider.complete(call)
        except BanyanError as error:
            bill.close(Status.FAILED, NO_TOKENS, error.code)
            raise
        except BaseException:
            bill.close(Status.CANCELLED, Tokens(probable(len(call.body)), estimated=True))
            raise
        usage = _usage_of(answer)
        bill.close(Status.OK, _used(call, usage, answer), usage=usage)
        return answer

    async def stream(self, call: ChatCall) -> AsyncIterator[bytes]:
        """As the port says; raises as `complete`. Chunks before the first that says something come together with it."""
        call, bill = await self._open(call)
        trace = call.trace
        usage: _Usage | None = None
        size = 0
        opening: list[bytes] | None = []
        try:
            async with aclosing(cast(AsyncGenerator[bytes, None], self._provider.stream(call))) as chunks:
                async for chunk in chunks:
                    piece = _read(chunk)
                    if piece.usage is not None:
                        usage = piece.usage
                    for choice in piece.choices:
                        delta = choice.delta
                        if delta is None:
                            continue
                        said = delta.content
                        if isinstance(said, str) and said:
                            bill.first_token()
                            size += len(said)
                            if size > _LONGEST_TO_GO_ON:
                                trace.text.clear()
                                trace.plain_text = False
                            else:
                                trace.text.append(said)
                        elif thought := delta.reasoning_content or delta.reasoning:
                            bill.first_token()
                            size += len(thought)
                        beside = delta.beside_text
                        if choice.index or beside:
                            size += beside
                            trace.plain_text = False
                        if beside:
                            bill.first_token()
                    if opening is not None:
                        if not bill.began_to_answer and len(opening) < MOST_HELD and says_nothing(chunk):
                            opening.append(chunk)
                            continue
                        held, opening = opening, None
                        for early in held:
                            yield early
                    yield chunk
                for early in opening or ():
                    yield early
        except BanyanError as error:
            began = bill.began_to_answer
            bill.close(Status.CUT if began else Status.FAILED, _so_far(call, usage, size, began), error.code, usage)
            raise
        except BaseException:  # the caller left: whatever had come is paid
            status = Status.CUT if bill.began_to_answer else Status.CANCELLED
            bill.close(status, _so_far(call, usage, size, True), CLIENT_GONE, usage)
            raise
        bill.close(Status.OK, _used(call, usage, size), usage=usage)

    def capabilities(self, model: str) -> Capabilities:
        """The deployment's own where it states them."""
        return self._deployment.capabilities or self._provider.capabilities(model)

    async def _open(self, call: ChatCall) -> "tuple[ChatCall, _Bill]":
        price = self._prices.of(self._deployment)
        reservation: Reservation | None = None
        if self._budgets.limits(call.caller):
            if price is None:
                raise Unavailable(
                    f"No price is known for {self._deployment.name}, so no budget can pay for it; give it a price.",
                    code=PRICE_UNKNOWN,
                )
            output = most_output(call.body, self.capabilities(call.model))
            if not output.asked:
                # What is set aside has to hold, so the provider is told the bound as well.
                call = call.with_fields({**call.fields, "max_tokens": msgspec.Raw(str(output.each).encode())})
            worst = price.most(most_input(call.body), output.tokens)
            try:
                reservation = await self._budgets.reserve(call.caller, worst)
            except QuotaExceeded:
                self._telemetry.refused("budget", call.caller.tenant)
                raise
        call.trace.attempts += 1
        call.trace.text.clear()
        bill = _Bill(self._deployment, call, price, reservation, self._budgets, self._ledger, self._bills)
        return call, bill


class _Bill:
    """One try, from its beginning to its row in the ledger."""

    def __init__(
        self,
        deployment: Deployment,
        call: ChatCall,
        price: Price | None,
        reservation: Reservation | None,
        budgets: Budgets,
        ledger: Ledger,
        bills: bool,
    ) -> None:
        self._bills = bills
        self._deployment = deployment
        self._call = call
        self._price = price
        self._reservation = reservation
        self._budgets = budgets
        self._ledger = ledger
        self._first: float | None = None
        self._started = perf_counter()
        free = NOTHING if price is not None and price.is_free else None
        self._began = self._row(serial_id("att"), time(), Status.LOST, NO_TOKENS, free, "")
        ledger.begin(self._began)

    @property
    def began_to_answer(self) -> bool:
        return self._first is not None

    def first_token(self) -> None:
        if self._first is None:
            self._first = perf_counter() - self._started

    def close(self, status: Status, tokens: Tokens, error: str = "", usage: _Usage | None = None) -> None:
        began = self._began
        cost = None if self._price is None else self._price.of(tokens) if status is not Status.FAILED else NOTHING
        if status is Status.FAILED:
            cost = NOTHING
        reported = listed = None
        if usage is not None and usage.cost:
            reported = reported_cost(usage.cost, usage.cost_details, own_key=bytes(usage.is_byok) == b"true")
            listed = None if reported is None or tokens.estimated else cost
        if self._bills and reported is not None:
            cost = reported
        elif tokens.estimated and cost is not None and self._reservation is not None:
            cost = min(cost, self._reservation.amount)  # a guess is no reason to go beyond what was asked for
        trace = self._call.trace
        trace.input += tokens.input
        trace.output += tokens.output
        if status is not Status.FAILED:
            trace.headers["x-banyan-cost"] = UNKNOWN if cost is None else in_dollars(cost)
        if self._reservation is not None:
            self._budgets.settle(self._reservation, cost or NOTHING)
        self._ledger.finish(self._row(began.id, began.at, status, tokens, cost, error, reported, listed))

    def _row(
        self,
        id: str,
        at: float,
        status: Status,
        tokens: Tokens,
        cost: Money | None,
        error: str,
        reported: Money | None = None,
        listed: Money | None = None,
    ) -> Attempt:
        deployment, call, price = self._deployment, self._call, self._price
        booked = self._bills and reported is not None
        return Attempt(
            id=id,
            caller=call.caller,
            deployment=deployment.name,
            provider=deployment.provider,
            model=call.model,
            at=at,
            status=status,
            tokens=tokens,
            cost=cost,
            price_version=REPORTED if booked else "" if price is None else price.version,
            seconds=perf_counter() - self._started,
            first_token=self._first,
            cache=call.trace.cache,
            reason=call.trace.why,
            error=error,
            reserved=NOTHING if self._reservation is None else self._reservation.amount,
            stream=call.stream,
            holds=() if self._reservation is None else self._reservation.holds,
            reported=reported,
            listed=listed,
        )


def _usage_of(answer: bytes) -> _Usage | None:
    try:
        return _whole.decode(answer).usage
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None  # counts in a shape of their own are no counts; the tokens are estimated


def _read(chunk: bytes) -> _Piece:
    try:
        return _piece.decode(chunk)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return _Piece()


def _used(call: ChatCall, usage: _Usage | None, answer: int | bytes) -> Tokens:
    """What the provider counted, or what it probably was. answer: the whole of it, or bytes of what the model said."""
    told: Tokens | None = None
    if usage is not None:
        details = usage.prompt_tokens_details or _Details()
        cached, write = details.cached_tokens or 0, details.cache_write_tokens or 0
        told = counted(usage.prompt_tokens, usage.completion_tokens, cached, write)
        if told is not None and told.output:
            return told
    output = probable(answer if isinstance(answer, int) else _size_of(answer))
    if told is None:
        return Tokens(probable(len(call.body)), output, estimated=True)
    return structs.replace(told, output=output, estimated=True) if output else told


def _size_of(answer: bytes) -> int:
    """Bytes of what the model said."""
    try:
        return sum(len(choice.message) for choice in _answers.decode(answer).choices)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return len(answer)


def _so_far(call: ChatCall, usage: _Usage | None, size: int, began: bool) -> Tokens:
    return _used(call, usage, size) if began else NO_TOKENS
