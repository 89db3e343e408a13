"""What both services' bodies and answers are made of."""

import base64
import re
from collections.abc import Callable
from typing import Annotated, Any

import msgspec
from pydantic import AfterValidator, AwareDatetime, BeforeValidator, Field
from pydantic_core import PydanticCustomError
from starlette.responses import Response

from banyan.kernel.errors import InvalidInput
from banyan.kernel.ids import LONGEST_ID, id_fault, name_fault


def _checked(fault: Callable[[str], str | None]) -> Callable[[str], str]:
    def check(value: str) -> str:
        broken = fault(value)
        if broken is not None:
            raise PydanticCustomError("unusable_name", "it must {broken}", {"broken": broken})
        return value

    return check


_LENGTH = {"minLength": 1, "maxLength": LONGEST_ID}
_UNSEEN = r"\x00-\x1f\x7f-\x9f\u2028\u2029"

Id = Annotated[
    str,
    AfterValidator(_checked(id_fault)),
    Field(json_schema_extra={**_LENGTH, "pattern": rf"^(?!\.{{1,2}}$)[^/{_UNSEEN}]*[^/\s{_UNSEEN}][^/{_UNSEEN}]*$"}),
]
"""Of a course, lesson or user in the learning platform, or of a session: it can stand in a path."""

Name = Annotated[
    str,
    AfterValidator(_checked(name_fault)),
    Field(json_schema_extra={**_LENGTH, "pattern": rf"^[^{_UNSEEN}]*[^\s{_UNSEEN}][^{_UNSEEN}]*$"}),
]
"""Of a model or a source: it may have slashes."""


def _written_out(value: object) -> object:
    if isinstance(value, int | float) or (isinstance(value, str) and _NUMBER.fullmatch(value)):
        raise PydanticCustomError("no_moment", "it must be a date and time with a zone, such as 2026-01-31T12:00:00Z")
    return value


_NUMBER = re.compile(r"\s*[+-]?\d*\.?\d*(?:[eE][+-]?\d+)?\s*")

Moment = Annotated[AwareDatetime, BeforeValidator(_written_out)]
"""A time with its zone, written out; a bare number would be read as seconds since 1970, which nobody promised."""


def json_response(value: Any, status: int = 200) -> Response:
    """The value as JSON; models document it, and the tests hold both together."""
    return Response(msgspec.json.encode(value), status, media_type="application/json")


def decoded_file(encoded: str) -> bytes:
    """The bytes of a `file` in base64, also of a data URL. Raises: InvalidInput (`file_encoding`)."""
    if encoded.startswith("data:"):
        encoded = encoded.partition(",")[2]
    try:
        return base64.b64decode("".join(encoded.split()), validate=True)
    except ValueError as error:
        raise InvalidInput(
            "`file` is not base64; encode the file's bytes so.", code="file_encoding", param="file"
        ) from error
