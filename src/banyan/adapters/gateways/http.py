"""The proxy over HTTP, for an assistant that runs apart from it."""

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

import aiohttp
import msgspec

from banyan.adapters.gateways.answer_reader import AnswerReader, completion_fields
from banyan.assistant.domain.studying import Chunk, LessonStudy
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
from banyan.kernel.errors import (
    BanyanError,
    Conflict,
    DeadlineExceeded,
    InvalidInput,
    NotAllowed,
    NotAuthenticated,
    NotFound,
    RateLimited,
    TooLarge,
    Unavailable,
    UpstreamFailed,
)
from banyan.kernel.identity import Identity, Role
from banyan.kernel.messages import Citation
from banyan.kernel.tracing import outgoing

Answer = TypeVar("Answer")

_DONE = b"[DONE]"
_AT_ONCE = 256
"""Texts in one request for vectors: about a second of a processor."""
_KINDS: Sequence[type[BanyanError]] = (
    InvalidInput,
    TooLarge,
    NotAuthenticated,
    NotAllowed,
    NotFound,
    Conflict,
    RateLimited,
    Unavailable,
    UpstreamFailed,
    DeadlineExceeded,
)
_BY_CODE: Mapping[str, type[BanyanError]] = {kind.code: kind for kind in _KINDS}
_BY_STATUS: Mapping[int, type[BanyanError]] = {
    400: InvalidInput,
    404: NotFound,
    409: Conflict,
    413: TooLarge,
    429: RateLimited,
    503: Unavailable,
    504: DeadlineExceeded,
}


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds. first_byte: the proxy waits for a model within it. idle: between two pieces. whole: anything short."""

    connect: float = 5
    first_byte: float = 130
    idle: float = 65
    whole: float = 10


class _Detail(msgspec.Struct):
    message: str = "It gave no reason; look at its log."
    type: str = ""
    code: str = ""
    param: str | None = None


class _Refusal(msgspec.Struct):
    error: _Detail


class _Courses(msgspec.Struct):
    courses: list[str]


class _Lessons(msgspec.Struct):
    lessons: list[LessonSummary]


class _Text(msgspec.Struct):
    title: str
    text: str
    version: int
    blocks: list[dict[str, Any]]


class _Found(msgspec.Struct):
    """A passage as the proxy's search shows it."""

    content: str
    score: float
    course: str
    lesson: str
    title: str
    source: str
    source_type: str
    chunk_id: str
    anchor: str
    heading: tuple[str, ...]
    start: int
    end: int
    url: str | None = None
    page: int | None = None
    slide: int | None = None
    seconds: tuple[int, int] | None = None

    def citation(self, index: int) -> Citation:
        fields = {name: getattr(self, name) for name in self.__struct_fields__ if name != "content"}
        return Citation(index=index, quote=self.content, **fields)


class _Results(msgspec.Struct):
    results: list[_Found]


class _Model(msgspec.Struct):
    zone: str | None = None
    context_window: int | None = None


class _Covers(msgspec.Struct):
    covered: bool | None = None


_model = msgspec.json.Decoder(_Model)
_MODEL_SECONDS = 30.0
_MOST_MODELS = 200


class _Row(msgspec.Struct):
    embedding: list[float]


class _Read(msgspec.Struct):
    prompt_tokens: int = 0


class _Vectors(msgspec.Struct):
    data: list[_Row]
    model: str = ""
    usage: _Read = msgspec.field(default_factory=_Read)


class _Prices(msgspec.Struct):
    input: float
    output: float


class _Card(msgspec.Struct):
    """A model as the proxy lists it; prices are for a million tokens."""

    id: str
    owned_by: str
    capabilities: list[str]
    context_window: int | None = None
    output_limit: int | None = None
    prices: _Prices | None = None
    dimensions: int | None = None

    def offered(self) -> OfferedModel:
        can, prices = self.capabilities, self.prices
        return OfferedModel(
            self.id,
            self.owned_by,
            "chat" in can,
            "quoting" in can,
            self.dimensions if "embeddings" in can else None,
            self.context_window,
            self.output_limit,
            None if prices is None else prices.input / 1000,
            None if prices is None else prices.output / 1000,
        )


class _Cards(msgspec.Struct):
    data: list[_Card]


class HttpGateway:
    """Speaks to the proxy at `base_url` in the name of whoever asks.

    key: of the role service, for all tenants that ask; empty where the proxy is open.
    """

    def __init__(
        self, base_url: str, *, key: str = "", timeouts: Timeouts = Timeouts(), connections: int = 256
    ) -> None:
        self._base = base_url.rstrip("/")
        self._own = {"Authorization": f"Bearer {key}"} if key else {}
        self._timeouts = timeouts
        self._connections = connections
        self._opened: aiohttp.ClientSession | None = None
        self._models: dict[str, tuple[_Model, float]] = {}

    async def answer(self, question: Question) -> AsyncGenerator[AnswerEvent, None]:
        """As the port says; closing it closes the connection, on which the proxy cancels the model."""
        reader = AnswerReader(question.model)
        body = msgspec.json.encode(completion_fields(question))
        with connection_errors():
            async with self._posted("/v1/chat/completions", body, question.asker) as response:
                async for data in _events(response):
                    if data == _DONE:
                        break
                    if data.startswith(b'{"error"'):
                        raise proxy_error(data)
                    for event in reader.feed(data):
                        yield event
        yield reader.end()

    async def courses(self, asker: Identity) -> Sequence[str]:
        """As the port says."""
        return (await self._get("/v1/rag/courses", {}, asker, _Courses)).courses

    async def lessons(self, asker: Identity, course: str) -> Sequence[LessonSummary]:
        """As the port says."""
        return (await self._get("/v1/rag/lessons", {"course": course}, asker, _Lessons)).lessons

    async def lesson(self, asker: Identity, course: str, lesson: str, source: str | None = None) -> LessonText:
        """As the port says."""
        place = {"course": course, "lesson": lesson, **({} if source is None else {"source": source})}
        found = await self._get("/v1/rag/text", place, asker, _Text)
        return LessonText(course, lesson, found.title, found.text, found.version, found.blocks)

    async def covers(self, question: Question) -> bool | None:
        """As the port says."""
        body: dict[str, Any] = {
            "course": question.course,
            "lesson": question.lesson,
            "messages": [{"role": one.role, "content": one.content} for one in question.messages],
        }
        return (await self.send("POST", "/v1/rag/covers", question.asker, _Covers, body=body)).covered

    async def window_of(self, model: str) -> int | None:
        """As the port says; what the proxy said is believed for half a minute."""
        return (await self._known(model)).context_window

    async def zone_of(self, model: str) -> str | None:
        """As the port says; what the proxy said is believed for half a minute."""
        return (await self._known(model)).zone

    async def _known(self, model: str) -> _Model:
        """What the proxy says of the model; nothing where it cannot be asked."""
        known, until = self._models.get(model, (_Model(), 0.0))
        if time.monotonic() < until:
            return known
        timeout = aiohttp.ClientTimeout(total=self._timeouts.connect)
        try:
            async with self._session().get(
                f"{self._base}/v1/models/{model}", headers=self._own, timeout=timeout
            ) as response:
                known = _model.decode(await response.read()) if response.ok else _Model()
        except (aiohttp.ClientError, TimeoutError, OSError, msgspec.DecodeError, UnicodeDecodeError):
            return _Model()
        self._models = {
            **dict(list(self._models.items())[-_MOST_MODELS:]),
            model: (known, time.monotonic() + _MODEL_SECONDS),
        }
        return known

    async def study(self, asker: Identity, course: str, lesson: str) -> LessonStudy:
        """As the port says."""
        return await self._get("/v1/rag/study", {"course": course, "lesson": lesson}, asker, LessonStudy)

    async def study_text(self, asker: Identity, chunks: Sequence[Chunk], title: str = "") -> LessonStudy:
        """As the port says."""
        body = {"title": title, "chunks": [{"id": one.id, "text": one.text} for one in chunks]}
        return await self.send("POST", "/v1/rag/study", asker, LessonStudy, body=body)

    async def search(
        self, asker: Identity, course: str, lesson: str | None, query: str, limit: int
    ) -> Sequence[Citation]:
        """As the port says."""
        body = {"course": course, "lesson": lesson, "query": query, "top_k": limit}
        found = await self.send("POST", "/v1/rag/search", asker, _Results, body=body)
        return [one.citation(index) for index, one in enumerate(found.results, 1)]

    async def embed(self, asker: Identity, texts: Sequence[str]) -> Sequence[Vector]:
        """As the port says."""
        rows: list[Vector] = []
        for start in range(0, len(texts), _AT_ONCE):
            body = msgspec.json.encode({"input": list(texts[start : start + _AT_ONCE])})
            with connection_errors():
                async with self._posted("/v1/embeddings", body, asker) as response:
                    answer = await response.read()
            rows.extend(row.embedding for row in _read(answer, _Vectors).data)
        return rows

    async def embed_as(self, asker: Identity, texts: Sequence[str], model: str | None) -> Embedded:
        """As the port says."""
        body = msgspec.json.encode({"input": list(texts), **({} if model is None else {"model": model})})
        with connection_errors():
            async with self._posted("/v1/embeddings", body, asker) as response:
                answer = await response.read()
        found = _read(answer, _Vectors)
        return Embedded([row.embedding for row in found.data], found.model, found.usage.prompt_tokens)

    async def models(self, asker: Identity) -> Sequence[OfferedModel]:
        """As the port says."""
        cards = (await self._get("/v1/models", {}, asker, _Cards)).data
        grant = asker.grant
        return [card.offered() for card in cards if grant is None or grant.allows_model(card.id)]

    async def usage(self, asker: Identity) -> UsageFigures:
        """As the port says."""
        return await self._get("/v1/usage", {}, asker, UsageFigures)

    async def healthy(self) -> bool:
        """As the port says."""
        timeout = aiohttp.ClientTimeout(total=self._timeouts.connect)
        try:
            async with self._session().get(f"{self._base}/health", timeout=timeout) as response:
                return response.ok
        except (aiohttp.ClientError, TimeoutError, OSError):
            return False

    async def close(self) -> None:
        """Drops the connections."""
        if self._opened is not None:
            await self._opened.close()

    @asynccontextmanager
    async def _posted(self, path: str, body: bytes, asker: Identity) -> AsyncIterator[aiohttp.ClientResponse]:
        timeout = aiohttp.ClientTimeout(total=None, sock_connect=self._timeouts.connect, sock_read=self._timeouts.idle)
        headers = {"Content-Type": "application/json", **self._own, **_identity(asker), **outgoing.get()}
        async with asyncio.timeout(self._timeouts.first_byte):
            response = await self._session().post(self._base + path, data=body, headers=headers, timeout=timeout)
        async with response:
            if not response.ok:
                raise proxy_error(await response.read(), response.status, response.headers.get("Retry-After"))
            yield response

    async def _get(self, path: str, query: Mapping[str, str], asker: Identity, kind: type[Answer]) -> Answer:
        timeout = aiohttp.ClientTimeout(total=self._timeouts.whole, sock_connect=self._timeouts.connect)
        with connection_errors():
            async with self._session().get(
                self._base + path, params=query, headers={**self._own, **_identity(asker)}, timeout=timeout
            ) as response:
                body = await response.read()
        if not response.ok:
            raise proxy_error(body, response.status, response.headers.get("Retry-After"))
        return _read(body, kind)

    async def send(
        self,
        method: str,
        path: str,
        asker: Identity,
        kind: type[Answer],
        *,
        body: Mapping[str, Any] | None = None,
        query: Mapping[str, str] | None = None,
        seconds: float | None = None,
    ) -> Answer:
        """One request of any sort and its answer. seconds: for the whole of it."""
        timeout = aiohttp.ClientTimeout(total=seconds or self._timeouts.whole, sock_connect=self._timeouts.connect)
        headers = {"Content-Type": "application/json", **self._own, **_identity(asker), **outgoing.get()}
        data = None if body is None else msgspec.json.encode(body)
        with connection_errors():
            async with self._session().request(
                method, self._base + path, params=query, data=data, headers=headers, timeout=timeout
            ) as response:
                answer = await response.read()
        if not response.ok:
            raise proxy_error(answer, response.status, response.headers.get("Retry-After"))
        try:
            return msgspec.json.decode(answer, type=kind)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise UpstreamFailed("The proxy's answer cannot be read; check that its version fits.") from error

    async def lines(self, path: str, asker: Identity) -> AsyncGenerator[bytes, None]:
        """The lines of an answer that may be long. Raises: what the proxy says; UpstreamFailed where it breaks off."""
        timeout = aiohttp.ClientTimeout(total=None, sock_connect=self._timeouts.connect, sock_read=self._timeouts.idle)
        headers = {**self._own, **_identity(asker), **outgoing.get()}
        with connection_errors():
            async with self._session().get(self._base + path, headers=headers, timeout=timeout) as response:
                if not response.ok:
                    raise proxy_error(await response.read(), response.status, response.headers.get("Retry-After"))
                pieces: list[bytes] = []
                async for piece in response.content.iter_any():
                    first, *more = piece.split(b"\n")
                    pieces.append(first)
                    for begin in more:
                        yield b"".join(pieces)
                        pieces = [begin]
                if rest := b"".join(pieces):
                    yield rest

    def _session(self) -> aiohttp.ClientSession:
        if self._opened is None:
            self._opened = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=self._connections))
        return self._opened


class connection_errors:
    """A block in which failures of the connection become ours."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, TimeoutError):
            raise DeadlineExceeded("The proxy did not answer in time; try again.") from error
        if isinstance(error, aiohttp.ClientPayloadError | aiohttp.ServerDisconnectedError):
            raise UpstreamFailed("The connection to the proxy broke in the middle of an answer; ask again.") from error
        if isinstance(error, aiohttp.ClientError | OSError):
            raise Unavailable("The proxy cannot be reached; check that it runs, then try again.") from error


def _read(body: bytes, kind: type[Answer]) -> Answer:
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise UpstreamFailed("The proxy's answer cannot be read; check that its version fits.") from error


async def _events(response: aiohttp.ClientResponse) -> AsyncIterator[bytes]:
    """The data of each event, framed as our own proxy does: one line, one blank line."""
    rest = b""
    async for piece in response.content.iter_any():
        *events, rest = (rest + piece).split(b"\n\n")
        for event in events:
            if event.startswith(b"data: "):
                yield event[6:]


def _identity(asker: Identity) -> dict[str, str]:
    # Nothing that a tutor asks of the proxy is for admins alone, and a service's key may not speak for one.
    roles = {Role.MODERATOR if role is Role.ADMIN else role for role in asker.roles}
    return {
        "X-Banyan-Tenant": asker.tenant,
        "X-Banyan-User": asker.user,
        "X-Banyan-Roles": ",".join(sorted(roles)),
    }


def proxy_error(body: bytes, status: int = 0, retry_after: str | None = None) -> BanyanError:
    """The proxy's error, as the class it was there."""
    try:
        detail = msgspec.json.decode(body, type=_Refusal).error
    except (msgspec.DecodeError, UnicodeDecodeError):
        detail = _Detail()
    seconds = float(retry_after) if retry_after is not None and retry_after.isdigit() else None
    kind = _BY_CODE.get(detail.code) or _BY_STATUS.get(status)
    if kind is None and detail.type == "invalid_request_error":
        kind = InvalidInput
    if kind is None or kind is UpstreamFailed:
        return UpstreamFailed(
            detail.message, code=detail.code or None, param=detail.param, retry_after=seconds, status=status or None
        )
    return kind(detail.message, code=detail.code or None, param=detail.param, retry_after=seconds)
