"""What a provider's refusal means, said without its secrets."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Protocol

import msgspec

from banyan.adapters.providers._dialects.refusals import FILTERED, NO_QUOTA, TOO_LONG, code_of
from banyan.kernel.errors import BanyanError, RateLimited, UpstreamFailed

if TYPE_CHECKING:
    pass

_LONGEST_BODY = 64 * 1024
_LONGEST_MESSAGE = 1000
_LOOKS_LIKE_A_KEY = re.compile(r"\b(?:sk|pk|rk)-[\w*.-]{6,}|(?<=Bearer )\S+")


_PASSING_STATUS = {"overloaded_error": 529, "api_error": 500, "timeout_error": 504, "rate_limit_error": 429}
"""What Anthropic means by the types of errors that arrive where no status can, in the middle of a stream."""


class _Inner(msgspec.Struct):
    code: str | None = None


class _Detail(msgspec.Struct):
    message: str | None = None
    code: str | int | None = None
    type: str | None = None
    param: str | None = None
    innererror: _Inner | None = None


class _Refusal(msgspec.Struct):
    """The shapes in the wild: OpenAI's object, a bare string, and the `message` or `detail` of others."""

    error: _Detail | str | None = None
    message: str | None = None
    detail: str | None = None
    code: str | int | None = None
    type: str | None = None


_refusal = msgspec.json.Decoder(_Refusal)


class Secret:
    """An API key that shows itself to its provider only.

    header, scheme: how this provider wants it, where that is not `Authorization: Bearer …`.
    """

    def __init__(self, key: str | None, header: str = "Authorization", scheme: str = "Bearer ") -> None:
        self._key = key
        self._header = header
        self._scheme = scheme

    def __repr__(self) -> str:
        return "Secret(***)" if self._key else "Secret(None)"

    @property
    def headers(self) -> Mapping[str, str]:
        """The header that carries it."""
        return {self._header: f"{self._scheme}{self._key}"} if self._key else {}

    def mask(self, text: str) -> str:
        """The text without this key and without anything that looks like another."""
        if self._key:
            text = text.replace(self._key, "***")
        return _LOOKS_LIKE_A_KEY.sub("***", text)

    def failure(self, body: bytes, *, status: int | None = None, retry_after: float | None = None) -> BanyanError:
        """The provider's words, masked and bounded, as an error of ours.

        status: None for an error within an answer of status 200; then what it says of itself counts.
        """
        detail = _detail(body)
        words = self.mask(detail.message or "it gave no reason")[:_LONGEST_MESSAGE].strip().rstrip(".")
        status = status or _told_status(detail)
        inner = detail.innererror.code if detail.innererror else None
        named = tuple(self.mask(str(name)) for name in (inner, detail.code, detail.type) if name is not None)
        refused = status is not None and 400 <= status < 500
        code = code_of(status or 0, named, words) if refused else None
        if status == 429 or code == NO_QUOTA:
            message = f"The provider takes no more requests now ({words}); wait, then try again."
            if code == NO_QUOTA:
                message = f"The provider takes no more requests on this account ({words}); settle its bill there."
            return RateLimited(message, code=code, retry_after=retry_after)
        if refused:
            message = f"The provider refused ({words}); correct the request or the provider's settings."
            return UpstreamFailed(message, code=code, param=detail.param, retry_after=retry_after, status=status)
        message = f"The provider failed ({words}); try again or choose another model."
        return UpstreamFailed(message, retry_after=retry_after, status=status)


def is_error(body: bytes) -> bool:
    """Whether an answer of status 200 is an error all the same."""
    try:
        return _refusal.decode(body).error is not None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False


def _detail(body: bytes) -> _Detail:
    try:
        refusal = _refusal.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return _Detail()
    if isinstance(refusal.error, _Detail):
        return refusal.error
    message = refusal.error or refusal.message or refusal.detail
    return _Detail(message=message, code=refusal.code, type=refusal.type)


def _told_status(detail: _Detail) -> int | None:
    """The status that an error in the middle of a stream says it would have had."""
    if detail.type in _PASSING_STATUS:
        return _PASSING_STATUS[detail.type]
    code = str(detail.code)
    if code.isdigit() and 400 <= int(code) < 600:
        return int(code)
    return 429 if code in (NO_QUOTA, "rate_limit_exceeded") else 400 if code in (TOO_LONG, FILTERED) else None


class Refused(Protocol):
    """An answer that is not the one that was hoped for, of whichever HTTP client."""

    @property
    def status(self) -> int:
        """The HTTP status."""
        ...

    @property
    def headers(self) -> Mapping[str, str]:
        """By names in lower case."""
        ...

    async def read(self, most: int) -> bytes:
        """So much of the body."""
        ...


async def answered_with_an_error(response: Refused, secret: Secret) -> BanyanError:
    """What any answer but 200 means; reads a bounded part of it."""
    if 300 <= response.status < 400:
        return UpstreamFailed(
            "The provider sent us elsewhere, which we do not follow; correct its base URL.", code="bad_answer"
        )
    body = await response.read(_LONGEST_BODY)
    return secret.failure(body, status=response.status, retry_after=retry_after(response.headers))


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds to wait, from either form of `Retry-After`, or from the milliseconds that Azure and OpenAI add to it."""
    milliseconds = headers.get("retry-after-ms", "").strip()
    if milliseconds.replace(".", "", 1).isdigit():
        return float(milliseconds) / 1000
    value = headers.get("retry-after", "").strip()
    if value.replace(".", "", 1).isdigit():
        return float(value)
    try:
        return max(0.0, (parsedate_to_datetime(value) - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError):
        return None
