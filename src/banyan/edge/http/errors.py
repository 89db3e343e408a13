"""The one place that knows HTTP status codes: the error tree as OpenAI-shaped answers."""

import math
from collections.abc import Mapping
from typing import Any

import msgspec
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Match, Mount
from starlette.types import Scope, Send

from banyan.kernel.errors import (
    BanyanError,
    Conflict,
    DeadlineExceeded,
    InvalidInput,
    NotAllowed,
    NotAuthenticated,
    NotFound,
    QuotaExceeded,
    RateLimited,
    TooLarge,
    Unavailable,
    Unprocessable,
    UpstreamFailed,
)

REQUEST_ID = "banyan.request_id"
"""Key of the request's id in the ASGI scope; `edge/http/access.py` puts it there."""

_STATUS: Mapping[type[BanyanError], int] = {
    InvalidInput: 400,
    Unprocessable: 422,
    TooLarge: 413,
    NotAuthenticated: 401,
    NotAllowed: 403,
    NotFound: 404,
    Conflict: 409,
    RateLimited: 429,
    QuotaExceeded: 429,
    Unavailable: 503,
    UpstreamFailed: 502,
    DeadlineExceeded: 504,
}
_TYPES = {401: "authentication_error", 403: "permission_error", 429: "rate_limit_error"}
_LAST_4XX = 499
_CALLERS_TO_MEND = frozenset({400, 404, 409, 413, 415, 422})
_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")


class ErrorDetail(BaseModel):
    """What went wrong, in the shape that OpenAI's clients read."""

    message: str = Field(description="One plain sentence; ends with the next step.")
    type: str
    code: str = Field(description="Stable; the words of the message are not.")
    param: str | None = Field(description="The request field at fault, where there is one.")


class ErrorBody(BaseModel):
    """Every answer that is not a success. `message`, `detail` and `code` repeat the error for older clients."""

    error: ErrorDetail
    message: str
    detail: str
    code: str
    request_id: str | None = None


ERROR_RESPONSES: dict[int | str, dict[str, Any]] = {
    "4XX": {"model": ErrorBody, "description": "The request was refused."},
    "5XX": {"model": ErrorBody, "description": "Banyan or a provider behind it failed."},
}
"""For the `responses` of an application: the same two entries on every route."""


def status_of(error: BanyanError) -> int:
    """The HTTP status; a provider's own 4xx is passed on where the caller can mend it: its 401 is about our key."""
    if isinstance(error, UpstreamFailed) and error.status in _CALLERS_TO_MEND:
        return error.status
    return next((_STATUS[kind] for kind in type(error).__mro__ if kind in _STATUS), 500)


def error_fields(message: str, *, status: int, code: str, param: str | None = None) -> dict[str, Any]:
    """The body without the request id; also what an error event in a stream carries."""
    kind = _TYPES.get(status, "invalid_request_error" if status <= _LAST_4XX else "server_error")
    message = _sendable(message)
    detail = {"message": message, "type": kind, "code": _sendable(code), "param": param and _sendable(param)}
    return {"error": detail, "message": message, "detail": message, "code": detail["code"]}


def error_event(error: Exception, request_id: str | None) -> dict[str, Any]:
    """What a stream says in place of its end: the error, as in the body of an answer."""
    fields = _describe(error)[1]
    return fields if request_id is None else {**fields, "request_id": request_id}


def error_response(error: Exception, request_id: str | None) -> Response:
    """The whole answer to a request that failed before its answer began."""
    status, fields, headers = _describe(error)
    if request_id is not None:
        fields["request_id"] = request_id
    return Response(msgspec.json.encode(fields), status_code=status, headers=headers, media_type="application/json")


async def send_error(error: Exception, scope: Scope, send: Send) -> None:
    """`error_response` for plain ASGI endpoints."""
    await error_response(error, scope.get(REQUEST_ID))(scope, _nothing_to_receive, send)


def install_error_handlers(app: FastAPI) -> None:
    """Makes every failure of the application answer in the one shape."""

    async def answer(request: Request, error: Exception) -> Response:
        if isinstance(error, HTTPException) and error.status_code == 405:
            error.headers = _allowed(app, request.scope) or error.headers
        return error_response(error, request.scope.get(REQUEST_ID))

    for kind in (BanyanError, RequestValidationError, HTTPException, Exception):
        app.add_exception_handler(kind, answer)


def _allowed(app: FastAPI, scope: Scope) -> dict[str, str]:
    """Every method that the path answers to; the router by itself names those of its first route alone."""
    routes = [route for route in app.routes if not isinstance(route, Mount)]
    found = [
        method
        for method in _METHODS
        if any(route.matches({**scope, "method": method})[0] is Match.FULL for route in routes)
    ]
    return {"Allow": ", ".join(found)} if found else {}


def _describe(error: Exception) -> tuple[int, dict[str, Any], dict[str, str]]:
    if isinstance(error, RequestValidationError):
        error = as_invalid_input(error)
    elif isinstance(error, HTTPException) and isinstance(error.__cause__, BanyanError):
        error = error.__cause__  # the framework wraps what is raised while it reads the body
    if isinstance(error, BanyanError):
        status = status_of(error)
        headers = {} if error.retry_after is None else {"Retry-After": str(max(0, math.ceil(error.retry_after)))}
        if status == 401:
            headers["WWW-Authenticate"] = "Bearer"
        return status, error_fields(error.message, status=status, code=error.code, param=error.param), headers
    if isinstance(error, HTTPException):
        headers = dict(error.headers or {})
        message, code = _of_the_router(error, headers)
        return error.status_code, error_fields(message, status=error.status_code, code=code), headers
    message = "Something inside the service broke; try again, and report the request id if it happens again."
    return 500, error_fields(message, status=500, code=BanyanError.code), {}


def _of_the_router(error: HTTPException, headers: Mapping[str, str]) -> tuple[str, str]:
    if error.status_code == 404:
        return "There is nothing at this path; look at /docs for what there is.", NotFound.code
    if error.status_code == 405:
        allowed = headers.get("Allow", "another method")
        return f"This path does not answer to this method; use {allowed}.", "method_not_allowed"
    return f"{str(error.detail).rstrip('.')}; correct the request and send it again.", InvalidInput.code


def as_invalid_input(error: RequestValidationError) -> InvalidInput:
    """The first complaint of many: correcting one at a time is what people do anyway."""
    if isinstance(error.body, bytes):  # the framework decodes only what is called JSON
        sentence = "The body is not marked as JSON; send it with `Content-Type: application/json`."
        return InvalidInput(sentence, param="Content-Type")
    first = error.errors()[0]
    place = [str(part) for part in first["loc"]]
    if first["type"] == "json_invalid":
        return InvalidInput("The body is not valid JSON; correct it and send it again.")
    param = ".".join(place[1:]) or None
    name = f"`{param}`" if param else f"The {place[0]}" if place else "The request"
    complaint = str(first["msg"]).removeprefix("Value error, ").rstrip(".")
    return InvalidInput(f"{name} is not right ({complaint}); correct it and send the request again.", param=param)


def _sendable(text: str) -> str:
    """The text without lone surrogates, which a quoted piece of the request may bring along."""
    return text.encode("utf-8", "replace").decode()


async def _nothing_to_receive() -> dict[str, Any]:
    return {"type": "http.disconnect"}
