"""The wire to the one platform that the operator has configured: deadlines, sizes, and failures as ours."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NoReturn, TypeVar

import aiohttp
import msgspec
import structlog

from banyan.assistant.ports.platform import LmsAccess
from banyan.kernel.errors import InvalidInput, Unavailable

Answer = TypeVar("Answer")
KEY_REFUSED = "lms_key_refused"
"""Code of the refusal after which nothing that was known before holds any longer."""

_LONGEST_ANSWER = 8 << 20
"""Bytes; a thousand enrolments with names take a tenth of it."""
_CONNECTIONS = 32
_LEAST_WAIT, _USUAL_WAIT, _MOST_WAIT = 1.0, 5.0, 300.0
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer that is neither a failure of the platform nor a redirect."""

    status: int
    body: bytes


class Lms:
    """Asks by GET. It follows no redirect, keeps no cookie, and asks nothing while it was told to wait."""

    def __init__(self, access: LmsAccess, authorization: str) -> None:
        self._base = access.url.rstrip("/")
        self._access = access
        self._headers = {"Accept": "application/json", **({"Authorization": authorization} if authorization else {})}
        self._opened: aiohttp.ClientSession | None = None
        self._wait_until = 0.0
        self.fault = ""

    async def get(self, path: str, query: Mapping[str, str]) -> Reply:
        """Raises: Unavailable where there is no answer, or one that says so (429, 5xx, a redirect)."""
        left = self._wait_until - self._access.now()
        if left > 0:
            raise Unavailable("The learning platform asks us to wait; try again in a moment.", retry_after=left)
        try:
            async with self._session().get(self._base + path, params=query, allow_redirects=False) as response:
                reply = Reply(response.status, await _body(response))
        except TimeoutError as error:
            self.fail(f"The learning platform did not answer within {self._access.deadline:g} s; try again.", error)
        except (aiohttp.ClientError, OSError, ValueError) as error:
            self.fail("The learning platform cannot be reached; try again, or check LMS_API_URL.", error)
        if reply.status == 429:
            wait = _seconds(response.headers.get("Retry-After"))
            self._wait_until = self._access.now() + wait
            self._note("The learning platform asks us to wait (429).")
            raise Unavailable("The learning platform asks us to wait; try again in a moment.", retry_after=wait)
        if reply.status >= 500:
            self.fail(f"The learning platform failed ({reply.status}); try again, or look at its log.")
        if 300 <= reply.status < 400:
            self.fail(f"The learning platform leads elsewhere ({reply.status}); check LMS_API_URL.")
        return reply

    def read(self, reply: Reply, kind: type[Answer]) -> Answer:
        """The JSON of the answer. Raises: Unavailable for a page, or anything else that is not of that kind."""
        try:
            answer = msgspec.json.decode(reply.body, type=kind)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            self.fail(
                "The learning platform gives an answer that cannot be read; check LMS_API_URL and its version.", error
            )
        self._note("")
        return answer

    def fail(self, message: str, cause: BaseException | None = None, *, code: str | None = None) -> NoReturn:
        """Raises: Unavailable, and notes it."""
        self._note(message)
        raise Unavailable(message, code=code) from cause

    def refuse_key(self, status: int) -> NoReturn:
        """Raises: Unavailable (`lms_key_refused`)."""
        self.fail(
            f"The learning platform refuses our key ({status}); whoever runs the service checks LMS_API_KEY and "
            "LMS_API_SECRET.",
            code=KEY_REFUSED,
        )

    async def close(self) -> None:
        """Drops the connections."""
        if self._opened is not None:
            await self._opened.close()

    def _note(self, fault: str) -> None:
        if fault and fault != self.fault:
            log.warning("learning-platform-fails", error=fault)
        self.fault = fault

    def _session(self) -> aiohttp.ClientSession:
        if self._opened is None:  # here, because a session belongs to the loop that is running
            self._opened = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=_CONNECTIONS),
                cookie_jar=aiohttp.DummyCookieJar(),  # a platform's cookie would make a guest of us
                headers=self._headers,
                timeout=aiohttp.ClientTimeout(total=self._access.deadline),
            )
        return self._opened


def needed_url(access: LmsAccess) -> None:
    """Returns where there is one. Raises: InvalidInput."""
    if not access.url:
        raise InvalidInput("This platform is asked over HTTP; set LMS_API_URL to its address, or choose `roster`.")


async def _body(response: aiohttp.ClientResponse) -> bytes:
    parts = bytearray()
    async for part in response.content.iter_any():
        parts += part
        if len(parts) > _LONGEST_ANSWER:
            raise ValueError("longer than anything that is asked for")
    return bytes(parts)


def _seconds(retry_after: str | None) -> float:
    """A date is not read: the clocks of two machines differ."""
    wait = float(retry_after) if retry_after is not None and retry_after.isdecimal() else _USUAL_WAIT
    return min(max(wait, _LEAST_WAIT), _MOST_WAIT)
