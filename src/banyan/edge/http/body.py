"""Request bodies, read strictly: bounded in size, valid as JSON, and never a reason for a 500."""

import asyncio
from collections.abc import Callable
from typing import Any, TypeVar

import msgspec
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.types import Receive, Scope

from banyan.kernel.errors import InvalidInput, TooLarge
from banyan.kernel.json_text import without_lone_surrogates

Decoded = TypeVar("Decoded")

LARGEST_BODY = 32 * 1024 * 1024
"""Three times the 10 MB of a long book, because JSON escapes may double a text's size."""
LARGEST_FILE_BODY = 72 * 1024 * 1024
"""Of routes that take a whole file in base64: 50 MB of it."""
_OFF_THE_LOOP_FROM = 64 * 1024
"""Bytes from which decoding takes long enough (about a millisecond) to be worth a thread."""


class StrictRequest(Request):
    """What routes see: `body()` is bounded and `json()` goes through `decode_json`. largest: bytes of a body."""

    def __init__(self, scope: Scope, receive: Receive, largest: int = LARGEST_BODY) -> None:
        super().__init__(scope, receive)
        self._largest = largest

    async def body(self) -> bytes:
        """Raises: TooLarge."""
        if not hasattr(self, "_body"):
            self._body = await read_body(self.scope, self.receive, self._largest)
        return self._body

    async def json(self) -> Any:
        """Raises: InvalidInput."""
        body = await self.body()
        try:
            return await off_the_loop(decode_json, body)
        except InvalidInput as error:
            raise HTTPException(400) from error  # the framework keeps this kind only, and its cause


async def read_body(scope: Scope, receive: Receive, limit: int = LARGEST_BODY) -> bytes:
    """The whole body. A stated length beyond the limit is refused before anything is read.

    Raises: TooLarge; ClientDisconnect when the client goes away before the end.
    """
    for name, value in scope["headers"]:
        if name == b"content-length" and value.isdigit() and int(value) > limit:
            raise _too_large(limit)
    message = await receive()
    body: bytes = message.get("body", b"")
    if message["type"] == "http.request" and not message.get("more_body") and len(body) <= limit:
        return body
    parts, size = [body], len(body)
    while True:
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        if size > limit:
            raise _too_large(limit)
        if not message.get("more_body"):
            return b"".join(parts)
        message = await receive()
        parts.append(message.get("body", b""))
        size += len(parts[-1])


def decode_json(body: bytes) -> Any:
    """The value of a JSON text in UTF-8. Lone surrogates become U+FFFD, as a decoder of UTF-8 would do.

    Raises: InvalidInput.
    """
    return _decode(msgspec.json.Decoder(), body)


def decode_fields(body: bytes) -> dict[str, msgspec.Raw]:
    """The top level of a JSON object, each value still as its bytes.

    Raises: InvalidInput.
    """
    fields: dict[str, msgspec.Raw] = _decode(_FIELDS, body)
    return fields


async def off_the_loop(decode: Callable[[bytes], Decoded], body: bytes) -> Decoded:
    """`decode(body)`, in a thread where the body is large."""
    return decode(body) if len(body) < _OFF_THE_LOOP_FROM else await asyncio.to_thread(decode, body)


_FIELDS: msgspec.json.Decoder[dict[str, msgspec.Raw]] = msgspec.json.Decoder(dict[str, msgspec.Raw])


def _decode(decoder: Any, body: bytes) -> Any:
    try:
        return decoder.decode(without_lone_surrogates(body))
    except RecursionError as error:
        raise InvalidInput("The body is nested too deeply; flatten it and send it again.") from error
    except UnicodeDecodeError as error:
        raise InvalidInput("The body is not UTF-8; encode it so and send it again.") from error
    except msgspec.DecodeError as error:
        raise InvalidInput(f"The body is not the JSON that is expected here ({error}); correct it.") from error


def _too_large(limit: int) -> TooLarge:
    return TooLarge(f"The body is larger than {limit // (1024 * 1024)} MB; split it and send the parts.")
