"""What a provider's refusal means, said without its secrets."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import aiohttp
import msgspec

from banyan.kernel.errors import BanyanError, RateLimited, UpstreamFailed

_LONGEST_BODY = 64 * 1024
_LONGEST_MESSAGE = 1000
_LOOKS_LIKE_A_KEY = re.compile(r"\b(?:sk|pk|rk)-[\w*.-]{6,}|(?<=Bearer )\S+")


class _Detail(msgspec.Struct):
    message: str | None = None
    code: str | int | None = None
    type: str | None = None
    param: str | None = None


class _Refusal(msgspec.Struct):
    """The shapes in the wild: OpenAI's object, a bare string, and the `message` or `detail` of others."""

    error: _Detail | str | None = None
    message: str | None = None
    detail: str | None = None


_refusal = msgspec.json.Decoder(_Refusal)


class Secret:
    """An API key that shows itself to its provider only."""

    def __init__(self, key: str | None) -> None:
        self._key = key

    def __repr__(self) -> str:
        return "Secret(***)" if self._key else "Secret(None)"

    @property
    def headers(self) -> Mapping[str, str]:
        """The header that carries it."""
        return {"Authorization": f"Bearer {self._key}"} if self._key else {}

    def mask(self, text: str) -> str:
        """The text without this key and without anything that looks like another."""
        if self._key:
            text = text.replace(self._key, "***")
        return _LOOKS_LIKE_A_KEY.sub("***", text)

    def failure(self, body: bytes, *, status: int | None = None, retry_after: float | None = None) -> BanyanError:
        """The provider's words, masked and bounded, as an error of ours."""
        try:
            refusal = _refusal.decode(body)
        except (msgspec.DecodeError, UnicodeDecodeError):
            refusal = _Refusal()
        detail = refusal.error if isinstance(refusal.error, _Detail) else _Detail(message=refusal.error)
        words = detail.message or refusal.message or refusal.detail or "it gave no reason"
        words = self.mask(words)[:_LONGEST_MESSAGE].strip().rstrip(".")
        code = None if detail.code is None else self.mask(str(detail.code))
        if status == 429:
            message = f"The provider takes no more requests now ({words}); wait, then try again."
            return RateLimited(message, code=code, retry_after=retry_after)
        if status is not None and 400 <= status < 500:
            message = f"The provider refused ({words}); correct the request or the provider's settings."
            return UpstreamFailed(message, code=code, param=detail.param, retry_after=retry_after, status=status)
        message = f"The provider failed ({words}); try again or choose another model."
        return UpstreamFailed(message, retry_after=retry_after, status=status)


async def answered_with_an_error(response: aiohttp.ClientResponse, secret: Secret) -> BanyanError:
    """What any answer but 200 means; reads a bounded part of it."""
    if 300 <= response.status < 400:
        return UpstreamFailed("The provider sent us elsewhere, which we do not follow; correct its base URL.")
    body = await response.content.read(_LONGEST_BODY)
    return secret.failure(body, status=response.status, retry_after=_retry_after(response.headers))


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds to wait, from either form of `Retry-After`."""
    value = headers.get("Retry-After", "").strip()
    if value.replace(".", "", 1).isdigit():
        return float(value)
    try:
        return max(0.0, (parsedate_to_datetime(value) - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError):
        return None
