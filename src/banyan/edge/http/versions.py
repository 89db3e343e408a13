"""Changes over HTTP: who makes them, and which version they are meant for."""

from typing import Annotated

from fastapi import Header

from banyan.kernel.errors import InvalidInput
from banyan.kernel.identity import Identity

IfMatch = Annotated[
    str,
    Header(
        description='The version that is to be changed, as "3"; "0" for none, * for any.',
        json_schema_extra={"pattern": r'^(\*|(W/)?"?[0-9]{1,9}"?)$'},
    ),
]


def expected_version(if_match: str) -> int | None:
    """The number in `If-Match: "3"`; None for `*`, which an absent one is. Raises: InvalidInput."""
    if if_match.strip() == "*":
        return None
    text = if_match.strip().removeprefix("W/").strip('"')
    if not text.isdecimal() or len(text) > 9:
        raise InvalidInput('If-Match takes the version that you have seen, as "3"; correct it.', param="If-Match")
    return int(text)


def actor(asker: Identity) -> str:
    """The person, and the key that they came with where they did not come as that key."""
    key = None if asker.grant is None else asker.grant.key
    return asker.user if key is None or key == asker.user else f"{asker.user} ({key})"
