"""What both services' bodies and answers are made of."""

from typing import Annotated, Any

import msgspec
from pydantic import Field
from starlette.responses import Response

from banyan.kernel.ids import LONGEST_ID

_PRINTABLE = r"^[^\x00-\x1f\x7f]*[^\x00-\x20\x7f][^\x00-\x1f\x7f]*$"
"""At least one character that is seen, and no control characters."""

Id = Annotated[str, Field(min_length=1, max_length=LONGEST_ID, pattern=_PRINTABLE)]
"""Of a course, lesson or user in the learning platform, of a session, or the name of a model."""


def json_response(value: Any, status: int = 200) -> Response:
    """The value as JSON; models document it, and the tests hold both together."""
    return Response(msgspec.json.encode(value), status, media_type="application/json")
