"""What the wire shapes share: a question and texts go out, places and scores come back."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import aiohttp
import msgspec
from yarl import URL

from banyan.kernel.errors import BanyanError, DeadlineExceeded, InvalidInput, RateLimited, UpstreamFailed
from banyan.proxy.ports.reranker import Relevance, RerankerNeeds

_LONGEST_ANSWER = 16 * 1024 * 1024
"""Bytes; a thousand texts that are sent back although nobody asked for them."""

_UNREADABLE = "The reranker's answer is not a list of scores; check RERANK_URL and RERANK_API."


class _Result(msgspec.Struct):
    index: int
    relevance_score: float


class _Answer(msgspec.Struct):
    results: list[_Result]


_answer = msgspec.json.Decoder(_Answer)


class HttpReranker:
    """Implements `Reranker`.

    path: of the endpoint, where `needs.url` does not name it. fields: of every request, beside question and texts.
    """

    def __init__(self, needs: RerankerNeeds, *, path: str, fields: Mapping[str, Any]) -> None:
        self._url = _endpoint(needs.url, path)
        self._fields = fields
        self._needs = needs
        self._opened: aiohttp.ClientSession | None = None

    async def rerank(self, query: str, texts: Sequence[str]) -> list[Relevance]:
        """As the port says. All scores are asked for: what is cut off would have to stand in another order."""
        query = query.encode("utf-8", "replace").decode()  # a lone surrogate is in no JSON
        body = {**self._fields, "query": query, "documents": [*texts], "top_n": len(texts)}
        try:
            async with self._session().post(
                self._url, data=msgspec.json.encode(body), allow_redirects=False
            ) as response:
                if response.status != 200:
                    raise _refused(response.status)
                answer = await _read(response)
        except TimeoutError as error:
            raise DeadlineExceeded(
                f"The reranker took longer than {self._needs.deadline:g} s; try again, or raise RERANK_TIMEOUT."
            ) from error
        except (aiohttp.ClientError, OSError) as error:
            raise UpstreamFailed("The reranker cannot be reached or broke off; check it, try again.") from error
        return _scores(answer, len(texts))

    async def close(self) -> None:
        """Drops the connections."""
        if self._opened is not None:
            await self._opened.close()

    def _session(self) -> aiohttp.ClientSession:
        if self._opened is None:  # here, because a session belongs to the loop that is running
            key = {"Authorization": f"Bearer {self._needs.key}"} if self._needs.key else {}
            self._opened = aiohttp.ClientSession(
                cookie_jar=aiohttp.DummyCookieJar(),
                headers={**key, "Content-Type": "application/json", "Accept": "application/json"},
                timeout=aiohttp.ClientTimeout(total=self._needs.deadline),
            )
        return self._opened


def needed_model(needs: RerankerNeeds) -> str:
    """The model's name. Raises: InvalidInput without one."""
    if not needs.model:
        raise InvalidInput("This reranker has several models; set RERANK_MODEL to one of them.")
    return needs.model


def _endpoint(url: str, path: str) -> URL:
    """The address as it is when it ends in the endpoint's name, else with what is missing of the path."""
    base = URL(url.rstrip("/"))
    if base.name in ("rerank", "reranking"):
        return base
    version, name = path.strip("/").split("/")
    return base / name if base.name == version else base / version / name


def _refused(status: int) -> BanyanError:
    if status in (401, 403):
        return UpstreamFailed(f"The reranker refuses the key ({status}); check RERANK_API_KEY.")
    if status == 429:
        return RateLimited("The reranker takes no more requests now (429); wait, then try again.")
    if status >= 500:
        return UpstreamFailed(f"The reranker failed ({status}); try again, or look at its log.")
    return UpstreamFailed(
        f"The reranker refuses the request ({status}); check RERANK_URL, RERANK_API and RERANK_MODEL."
    )


async def _read(response: aiohttp.ClientResponse) -> bytes:
    parts = bytearray()
    async for part in response.content.iter_any():
        parts += part
        if len(parts) > _LONGEST_ANSWER:
            raise UpstreamFailed(_UNREADABLE)
    return bytes(parts)


def _scores(answer: bytes, count: int) -> list[Relevance]:
    """Not everybody sorts; who names a text that was not sent, or one twice, is not believed at all."""
    try:
        results = _answer.decode(answer).results
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise UpstreamFailed(_UNREADABLE) from error
    places = {one.index for one in results}
    if not results or len(places) < len(results) or not places <= set(range(count)):
        raise UpstreamFailed("The reranker's scores do not fit the texts that were sent; check RERANK_API.")
    if not all(math.isfinite(one.relevance_score) for one in results):
        raise UpstreamFailed(_UNREADABLE)
    judged = [Relevance(one.index, one.relevance_score) for one in results]
    return sorted(judged, key=lambda one: (-one.score, one.place))
