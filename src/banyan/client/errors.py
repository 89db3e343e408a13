"""What can go wrong, as the TypeScript client has it."""

import json
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Literal

import httpx

Phase = Literal["connect", "first_byte", "idle"]


class BanyanError(Exception):
    """Every failure of a call.

    status: of HTTP; None where no answer came. code: stable, while messages are not. request_id: finds the call in the
    service's logs. retry_after: seconds. body: what was answered.
    """

    def __init__(
        self,
        message: str,
        *,
        status: int | None = None,
        code: str = "failed",
        request_id: str | None = None,
        retry_after: float | None = None,
        body: Any = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.status = status
        self.code = code
        self.request_id = request_id
        self.retry_after = retry_after
        self.body = body


class NetworkError(BanyanError):
    """The service could not be reached, or the connection was lost before the answer began."""


class TimedOut(BanyanError, TimeoutError):
    """A time limit of the call has passed; `phase` says which."""

    def __init__(self, phase: Phase, limit: float) -> None:
        super().__init__(
            f"The service took too long ({phase}: more than {limit:g} s); try again, or raise Timeouts.{phase}.",
            code="timeout",
        )
        self.phase = phase


class BreakerOpen(BanyanError):
    """Too many calls have failed of late, so this one was not sent; `retry_after` says when one is tried again."""


class StreamCut(BanyanError):
    """A stream ended before its end marker: what has arrived is not the whole answer."""


def answered(response: httpx.Response, now: datetime | None = None) -> BanyanError:
    """The answer, which has been read and is no success, as an error."""
    body = parsed(response.text)
    message, code = _said(body)
    return BanyanError(
        message or f"The service answered {response.status_code} {response.reason_phrase}".rstrip(),
        status=response.status_code,
        code=code or f"http_{response.status_code}",
        request_id=response.headers.get("x-request-id"),
        retry_after=_seconds(response.headers.get("retry-after"), now or datetime.now(UTC)),
        body=response.text if body is None else body,
    )


def failed_event(data: dict[str, Any]) -> BanyanError | None:
    """The error event of a stream as an error; None where the event is none."""
    if not data.get("error"):
        return None
    message, code = _said(data)
    return BanyanError(
        message or "The service broke the stream off.",
        code=code or "stream_failed",
        request_id=data.get("request_id"),
        body=data,
    )


def parsed(text: str) -> Any:
    """What JSON says; None where it is none."""
    try:
        return json.loads(text)
    except ValueError:
        return None


def _said(body: Any) -> tuple[str, str]:
    if not isinstance(body, dict):
        return "", ""
    error = body.get("error")
    inner = error if isinstance(error, dict) else body
    messages = (inner.get("message"), body.get("message"), error)
    codes = (inner.get("code"), body.get("code"))
    return (
        next((one for one in messages if isinstance(one, str) and one), ""),
        next((one for one in codes if isinstance(one, str)), ""),
    )


def _seconds(header: str | None, now: datetime) -> float | None:
    """`Retry-After` in seconds; it may also be a date."""
    if not header:
        return None
    if header.strip().isdecimal():
        return float(header)
    try:
        return max(0.0, (parsedate_to_datetime(header) - now).total_seconds())
    except (ValueError, TypeError):
        return None
