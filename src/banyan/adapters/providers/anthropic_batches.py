"""Anthropic's Message Batches, at half the price: https://platform.claude.com/docs/en/api/creating-message-batches

Requests and answers are translated as those of calls are. A batch there has no place for a tag, and shows what it holds
only in its results: so the tag stands in the `custom_id` of every request, and a batch that was submitted by a process
that died is told from others of the same size and time once they have ended.
"""

import time
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing
from datetime import datetime, timedelta
from typing import Literal, TypeVar

import msgspec

from banyan.adapters.providers._dialects.anthropic_answer import Message, completion
from banyan.adapters.providers._dialects.anthropic_request import translate_request
from banyan.adapters.providers._dialects.transfers import Transfers
from banyan.adapters.providers._dialects.upstream import Upstream
from banyan.kernel.errors import RateLimited, UpstreamFailed
from banyan.proxy.domain.deployments import Patience
from banyan.proxy.ports.batch_provider import BatchLimits, Commit, Found, RemoteResult, RemoteState, Search

_BATCHES = "v1/messages/batches"
_PATIENCE = Patience(connect=10, first_byte=60, idle=60, total=60)
_SUBMITTING = Patience(connect=10, first_byte=600, idle=60, total=660)
"""It takes all requests in one body."""
_LIMITS = BatchLimits(lines=100_000, size_bytes=250 * 1000 * 1000)
"""256 MB less the frame around the requests."""
_PAGE, _MOST_PAGES = 100, 100
_SKEW = timedelta(minutes=5)
"""By how much the provider's clock may be behind ours."""
_REFUSALS = {"invalid_request_error": 400, "not_found_error": 404, "request_too_large": 413}
"""Errors that are the line's own; every other one is about the account, or passes."""
_Kind = TypeVar("_Kind")


class _Counts(msgspec.Struct):
    processing: int = 0
    succeeded: int = 0
    errored: int = 0
    canceled: int = 0
    expired: int = 0

    @property
    def total(self) -> int:
        return self.processing + self.succeeded + self.errored + self.canceled + self.expired


class _Batch(msgspec.Struct):
    id: str
    processing_status: Literal["in_progress", "canceling", "ended"]
    created_at: datetime
    request_counts: _Counts
    results_url: str | None = None


class _Batches(msgspec.Struct):
    data: list[_Batch]
    has_more: bool = False
    last_id: str | None = None


class _Outcome(msgspec.Struct):
    type: str
    message: Message | None = None
    error: msgspec.Raw = msgspec.Raw(b"{}")


class _Result(msgspec.Struct):
    custom_id: str
    result: _Outcome


class _Kindred(msgspec.Struct):
    type: str = ""


class _Error(msgspec.Struct):
    error: _Kindred = msgspec.field(default_factory=_Kindred)


class AnthropicBatches:
    """Implements `BatchProvider`."""

    def __init__(self, upstream: Upstream) -> None:
        self._upstream = upstream
        self._transfers = Transfers(upstream)

    @property
    def limits(self) -> BatchLimits:
        """As the port says."""
        return _LIMITS

    def encode(self, tag: str, number: int, model: str, body: bytes) -> bytes:
        """As the port says. The id has at most 64 letters, digits, `_` and `-`."""
        request = translate_request(body, model)
        return msgspec.json.encode({"custom_id": f"{tag}-{number}", "params": msgspec.Raw(request.body)})

    async def submit(self, lines: Sequence[bytes], tag: str, commit: Commit) -> str:
        """As the port says, in one request."""
        body = b'{"requests":[' + b",".join(lines) + b"]}"
        await commit("")
        return _read(await self._upstream.send(_BATCHES, body, _SUBMITTING), _Batch).id

    async def find(self, search: Search) -> Found:
        """By its results; while one that may be it has not ended, nothing is certain."""
        certain = True
        after: dict[str, str] = {}
        for _ in range(_MOST_PAGES):
            page = _read(await self._upstream.read(_BATCHES, {"limit": str(_PAGE), **after}), _Batches)
            for batch in page.data:
                if batch.created_at < search.since - _SKEW:
                    return Found(None, certain)
                if batch.request_counts.total != search.lines:
                    continue
                if batch.processing_status != "ended":
                    certain = False
                elif await self._is_tagged(batch, search.tag):
                    return Found(batch.id)
            if not page.has_more or not page.last_id:
                return Found(None, certain)
            after = {"after_id": page.last_id}
        return Found(None, certain=False)

    async def poll(self, ref: str) -> RemoteState:
        """As the port says."""
        batch = _read(await self._upstream.read(f"{_BATCHES}/{ref}"), _Batch)
        return RemoteState(batch.processing_status == "ended", (batch.id,))

    async def results(self, state: RemoteState) -> AsyncIterator[RemoteResult]:
        """As the port says; what was cancelled or has expired there has no answer."""
        for ref in state.files:
            async for line in self._transfers.lines(f"{_BATCHES}/{ref}/results"):
                result = _result(line)
                answer = None if result is None else self._answer(result)
                if answer is not None:
                    yield answer

    async def cancel(self, ref: str) -> None:
        """What has ended already refuses it, which is as good."""
        try:
            await self._upstream.send(f"{_BATCHES}/{ref}/cancel", b"", _PATIENCE)
        except UpstreamFailed as error:
            if error.status not in (400, 409):
                raise

    async def close(self) -> None:
        """Drops the connections."""
        await self._upstream.close()
        await self._transfers.close()

    async def _is_tagged(self, batch: _Batch, tag: str) -> bool:
        """By the first result that can be read; results that are no longer kept belong to nobody."""
        if batch.results_url is None:
            return False
        async with aclosing(self._transfers.lines(f"{_BATCHES}/{batch.id}/results")) as lines:
            async for line in lines:
                result = _result(line)
                if result is not None:
                    return result.custom_id.rpartition("-")[0] == tag
        return False

    def _answer(self, result: _Result) -> RemoteResult | None:
        number = result.custom_id.rpartition("-")[2]
        if not number.isdecimal():
            return None
        outcome = result.result
        if outcome.type == "succeeded" and outcome.message is not None and outcome.message.type == "message":
            return RemoteResult(int(number), 200, completion(outcome.message, int(time.time())))
        if outcome.type == "errored":
            return self._refusal(int(number), bytes(outcome.error))
        return None

    def _refusal(self, number: int, error: bytes) -> RemoteResult | None:
        """In the shape of a call's; None for what says nothing about the line itself."""
        try:
            status = _REFUSALS.get(msgspec.json.decode(error, type=_Error).error.type)
        except (msgspec.DecodeError, UnicodeDecodeError):
            return None
        if status is None:
            return None
        failure = self._upstream.secret.failure(error, status=status)
        if isinstance(failure, RateLimited):
            return None
        detail = {
            "message": failure.message,
            "type": "invalid_request_error",
            "code": failure.code,
            "param": failure.param,
        }
        return RemoteResult(number, status, msgspec.json.encode({"error": detail}))


def _result(line: bytes) -> _Result | None:
    try:
        return msgspec.json.decode(line, type=_Result)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def _read(body: bytes, kind: type[_Kind]) -> _Kind:
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise UpstreamFailed("The provider's answer is no batch; check its base URL.", code="bad_answer") from error
