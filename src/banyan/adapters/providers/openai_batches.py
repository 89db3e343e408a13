"""OpenAI's own batch API, at half the price of its calls: https://platform.openai.com/docs/api-reference/batch"""

from collections.abc import AsyncIterator
from typing import TypeVar

import aiohttp
import msgspec

from banyan.adapters.providers._dialects.http_errors import answered_with_an_error
from banyan.adapters.providers._dialects.upstream import Upstream
from banyan.kernel.errors import UpstreamFailed
from banyan.proxy.domain.deployments import Patience
from banyan.proxy.ports.batch_provider import RemoteResult, RemoteState

_PATIENCE = Patience(connect=10, first_byte=60, idle=60, total=60)
_TRANSFER = aiohttp.ClientTimeout(total=None, sock_connect=10, sock_read=120)
_OVER = frozenset({"completed", "failed", "expired", "cancelled"})
_LOOKED_AT = 100
_LARGEST_LINE = 64 * 1024 * 1024
_TAG = "banyan_batch"
_Kind = TypeVar("_Kind")


class _File(msgspec.Struct):
    id: str


class _Batch(msgspec.Struct):
    id: str
    status: str = ""
    output_file_id: str | None = None
    error_file_id: str | None = None
    metadata: dict[str, str] | None = None


class _Batches(msgspec.Struct):
    data: list[_Batch]


class _Response(msgspec.Struct):
    status_code: int
    body: msgspec.Raw


class _Result(msgspec.Struct):
    custom_id: str
    response: _Response | None = None


class _Answer:
    """What its refusal is read from."""

    def __init__(self, response: aiohttp.ClientResponse) -> None:
        self.status, self.headers = response.status, response.headers
        self._response = response

    async def read(self, most: int) -> bytes:
        return await self._response.content.read(most)


class OpenAIBatches:
    """Implements `BatchProvider`."""

    def __init__(self, upstream: Upstream) -> None:
        self._upstream = upstream
        self._opened: aiohttp.ClientSession | None = None

    async def submit(self, endpoint: str, lines: AsyncIterator[bytes], tag: str) -> str:
        """As the port says: an upload, and a batch over it."""
        form = aiohttp.FormData()
        form.add_field("purpose", "batch")
        form.add_field("file", b"".join([line async for line in lines]), filename=f"{tag}.jsonl")
        try:
            async with self._session().post(self._upstream.base / "files", data=form) as response:
                if response.status != 200:
                    raise await answered_with_an_error(_Answer(response), self._upstream.secret)
                file = _read(await response.read(), _File)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise self._broken_off() from error
        wish = {
            "input_file_id": file.id,
            "endpoint": endpoint,
            "completion_window": "24h",
            "metadata": {_TAG: tag},
        }
        return _read(await self._upstream.send("batches", msgspec.json.encode(wish), _PATIENCE), _Batch).id

    async def find(self, tag: str) -> str | None:
        """Among the newest hundred."""
        found = _read(await self._upstream.read("batches", {"limit": str(_LOOKED_AT)}), _Batches).data
        return next((batch.id for batch in found if (batch.metadata or {}).get(_TAG) == tag), None)

    async def poll(self, ref: str) -> RemoteState:
        """As the port says."""
        batch = _read(await self._upstream.read(f"batches/{ref}"), _Batch)
        files = tuple(file for file in (batch.output_file_id, batch.error_file_id) if file)
        return RemoteState(batch.status in _OVER, files)

    async def results(self, state: RemoteState) -> AsyncIterator[RemoteResult]:
        """As the port says; a line that expired or was cancelled there has no response."""
        for file in state.files:
            async for line in self._lines(file):
                result = _read(line, _Result)
                if result.response is not None:
                    yield RemoteResult(result.custom_id, result.response.status_code, bytes(result.response.body))

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
        if self._opened is not None:
            await self._opened.close()

    async def _lines(self, file: str) -> AsyncIterator[bytes]:
        try:
            async with self._session().get(self._upstream.base / "files" / file / "content") as response:
                if response.status != 200:
                    raise await answered_with_an_error(_Answer(response), self._upstream.secret)
                rest = b""
                async for piece in response.content.iter_any():
                    *whole, rest = (rest + piece).split(b"\n")
                    if len(rest) > _LARGEST_LINE:
                        raise UpstreamFailed("A line of the provider's output is too large.", code="bad_answer")
                    for line in whole:
                        if line.strip():
                            yield line
                if rest.strip():
                    yield rest
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise self._broken_off() from error

    def _broken_off(self) -> UpstreamFailed:
        host = self._upstream.base.host
        return UpstreamFailed(
            f"The connection to {host} broke in the middle of a file; it is tried again.", code="upstream_unreachable"
        )

    def _session(self) -> aiohttp.ClientSession:
        if self._opened is None:
            self._opened = aiohttp.ClientSession(headers=self._upstream.secret.headers, timeout=_TRANSFER)
        return self._opened


def _read(body: bytes, kind: type[_Kind]) -> _Kind:
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise UpstreamFailed("The provider's answer is no batch; check its base URL.", code="bad_answer") from error
