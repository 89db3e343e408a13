"""Identifiers: random ones that sort by time, and ones that follow from content."""

import hashlib
import secrets
import time
import uuid

from banyan.kernel.errors import InvalidInput

LONGEST_ID = 200


def new_id(prefix: str) -> str:
    """`prefix_` and 26 hexadecimal digits: 12 of milliseconds, 14 of chance, so that ids sort by birth."""
    return f"{prefix}_{time.time_ns() // 1_000_000:012x}{secrets.token_hex(7)}"


def content_id(*parts: str) -> str:
    """A UUID that follows from the parts alone, in their order: equal parts, equal id, on every machine."""
    digest = hashlib.blake2b(digest_size=16)
    for part in parts:
        encoded = part.encode("utf-8", "surrogatepass")
        digest.update(len(encoded).to_bytes(8, "big"))
        digest.update(encoded)
    return str(uuid.UUID(bytes=digest.digest()))


def check_id(value: str, name: str) -> str:
    """The value, if it can be the id of a user, course, lesson or source in another system.

    name: of the field or header, for the message. Raises: InvalidInput.
    """
    if not value.strip() or len(value) > LONGEST_ID or any(ord(sign) < 32 or ord(sign) == 127 for sign in value):
        raise InvalidInput(
            f"{name} must have 1 to {LONGEST_ID} characters and no control characters; correct it.", param=name
        )
    return value
