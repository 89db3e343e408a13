"""OpenAI's own batch API, at half the price of its calls: https://platform.openai.com/docs/api-reference/batch

Azure's is the same but for terms and details: a file has to be processed before it is used, states begin with capital
letters, and times are texts (https://learn.microsoft.com/azure/ai-foundry/openai/how-to/batch).
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TypeVar

import aiohttp
import msgspec

from banyan.adapters.providers._dialects.openai_models import wants_completion_tokens
from banyan.adapters.providers._dialects.quirks import REASONS
from banyan.adapters.providers._dialects.transfers import Transfers
from banyan.adapters.providers._dialects.upstream import Upstream
from banyan.kernel.errors import DeadlineExceeded, InvalidInput, UpstreamFailed
from banyan.proxy.domain.deployments import Patience
from banyan.proxy.ports.batch_provider import BatchLimits, Commit, Found, RemoteResult, RemoteState, Search

_PATIENCE = Patience(connect=10, first_byte=60, idle=60, total=60)
_OVER = frozenset({"completed", "failed", "expired", "cancelled"})
_NOT_YET = frozenset({"pending", "running", "notrunning"})
_LONGEST_PROCESSING_SECONDS = 600
_PAGE, _MOST_PAGES = 100, 100
_SKEW = timedelta(minutes=5)
"""By how much the provider's clock may be behind ours."""
_TAG = "banyan_batch"
_Kind = TypeVar("_Kind")


@dataclass(frozen=True, slots=True)
class Terms:
    """endpoint: as lines and batches name it. lines, size_bytes: of one batch. model: instead of the deployment's."""

    endpoint: str = "/v1/chat/completions"
    lines: int = 50_000
    size_bytes: int = 200 * 1000 * 1000
    model: str | None = None


class _File(msgspec.Struct):
    id: str
    status: str | None = None


class _Fault(msgspec.Struct):
    message: str | None = None


class _Faults(msgspec.Struct):
    data: list[_Fault] | None = None


class _Batch(msgspec.Struct):
    id: str
    status: str = ""
    input_file_id: str | None = None
    output_file_id: str | None = None
    error_file_id: str | None = None
    metadata: dict[str, str | None] | None = None
    created_at: int | float | str | None = None
    errors: _Faults | None = None

    @property
    def created(self) -> datetime | None:
        """None where it cannot be read."""
        try:
            if isinstance(self.created_at, str):
                return datetime.fromisoformat(self.created_at).astimezone(UTC)
            return None if self.created_at is None else datetime.fromtimestamp(self.created_at, UTC)
        except (ValueError, OverflowError, OSError):
            return None


class _Batches(msgspec.Struct):
    data: list[_Batch]
    has_more: bool = False


class _Response(msgspec.Struct):
    status_code: int | None = None
    body: msgspec.Raw = msgspec.Raw(b"")


class _Result(msgspec.Struct):
    custom_id: str
    response: _Response | None = None


class OpenAIBatches:
    """Implements `BatchProvider`."""

    def __init__(self, upstream: Upstream, terms: Terms = Terms()) -> None:
        self._upstream = upstream
        self._terms = terms
        self._transfers = Transfers(upstream)

    @property
    def limits(self) -> BatchLimits:
        """As the port says."""
        return BatchLimits(self._terms.lines, self._terms.size_bytes)

    def encode(self, tag: str, number: int, model: str, body: bytes) -> bytes:
        """As the port says."""
        model = self._terms.model or model
        body = REASONS.apply(body) if wants_completion_tokens(model) else body
        try:
            fields = msgspec.json.decode(body, type=dict[str, msgspec.Raw])
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise InvalidInput(f"The request is not a JSON object ({error}); correct it.") from error
        request = {
            "custom_id": str(number),
            "method": "POST",
            "url": self._terms.endpoint,
            "body": {**fields, "model": model},
        }
        return msgspec.json.encode(request) + b"\n"

    async def submit(self, lines: Sequence[bytes], tag: str, commit: Commit) -> str:
        """As the port says: an upload, and a batch over it, which is found again by its file."""
        form = aiohttp.FormData()
        form.add_field("purpose", "batch")
        form.add_field("file", b"".join(lines), filename=f"{tag}.jsonl", content_type="application/jsonl")
        file = _read(await self._transfers.upload("files", form), _File)
        await self._processed(file)
        wish = {
            "input_file_id": file.id,
            "endpoint": self._terms.endpoint,
            "completion_window": "24h",
            "metadata": {_TAG: tag},
        }
        await commit(file.id)
        return _read(await self._upstream.send("batches", msgspec.json.encode(wish), _PATIENCE), _Batch).id

    async def find(self, search: Search) -> Found:
        """Among all that are as new. An address without such a list has no batches."""
        after: dict[str, str] = {}
        for _ in range(_MOST_PAGES):
            try:
                page = _read(await self._upstream.read("batches", {"limit": str(_PAGE), **after}), _Batches)
            except UpstreamFailed as error:
                if error.status != 404:
                    raise
                return Found(None)
            for batch in page.data:
                tagged = (batch.metadata or {}).get(_TAG) == search.tag
                if tagged or (search.hint and batch.input_file_id == search.hint):
                    return Found(batch.id)
            times = [batch.created for batch in page.data]
            older = [time for time in times if time is not None and time < search.since - _SKEW]
            if not page.data or not page.has_more or older:
                return Found(None)
            after = {"after": page.data[-1].id}
        return Found(None, certain=False)

    async def poll(self, ref: str) -> RemoteState:
        """As the port says."""
        batch = _read(await self._upstream.read(f"batches/{ref}"), _Batch)
        files = tuple(file for file in (batch.output_file_id, batch.error_file_id) if file)
        faults = (batch.errors and batch.errors.data) or []
        fault = "; ".join(self._upstream.secret.mask(fault.message or "") for fault in faults[:3])[:500]
        return RemoteState(batch.status.lower() in _OVER, files, fault)

    async def results(self, state: RemoteState) -> AsyncIterator[RemoteResult]:
        """As the port says; a line that expired or was cancelled there has no response."""
        for file in state.files:
            async for line in self._transfers.lines(f"files/{file}/content"):
                result = _result(line)
                if result is not None:
                    yield result

    async def cancel(self, ref: str) -> None:
        """What has ended already refuses it, which is as good."""
        try:
            await self._upstream.send(f"batches/{ref}/cancel", b"{}", _PATIENCE)
        except UpstreamFailed as error:
            if error.status not in (400, 409):
                raise

    async def close(self) -> None:
        """Drops the connections."""
        await self._upstream.close()
        await self._transfers.close()

    async def _processed(self, file: _File) -> None:
        """Returns once the file can be used. Raises: DeadlineExceeded, UpstreamFailed."""
        pause, waited = 0.1, 0.0
        while (file.status or "").lower() in _NOT_YET:
            if waited > _LONGEST_PROCESSING_SECONDS:
                raise DeadlineExceeded("The provider does not get done with a file; it is tried again.")
            await asyncio.sleep(pause)
            waited, pause = waited + pause, min(pause * 2, 10)
            file = _read(await self._upstream.read(f"files/{file.id}"), _File)
        if (file.status or "").lower() == "error":
            raise UpstreamFailed("The provider cannot read the file of the batch.", code="bad_answer")


def _result(line: bytes) -> RemoteResult | None:
    """None for a line without an answer, or that cannot be read; it is asked for otherwise then."""
    try:
        result = msgspec.json.decode(line, type=_Result)
        number = int(result.custom_id)
    except (msgspec.DecodeError, UnicodeDecodeError, ValueError, RecursionError):
        return None
    response = result.response
    if response is None or not response.status_code or not bytes(response.body):
        return None
    return RemoteResult(number, response.status_code, bytes(response.body))


def _read(body: bytes, kind: type[_Kind]) -> _Kind:
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise UpstreamFailed("The provider's answer is no batch; check its base URL.", code="bad_answer") from error
