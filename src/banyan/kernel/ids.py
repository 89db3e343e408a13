"""Identifiers: random ones that sort by time, and ones that follow from content."""

import hashlib
import itertools
import re
import secrets
import time
import uuid

from banyan.kernel.errors import InvalidInput

LONGEST_ID = 200
COURSE_WIDE = "_course"
"""In the place of a lesson's id: what belongs to the whole course."""
_UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
"""Control characters, the two line breaks of Unicode, and what no encoding can write."""


def new_id(prefix: str) -> str:
    """`prefix_` and 26 hexadecimal digits: 12 of milliseconds, 14 of chance, so that ids sort by birth."""
    return f"{prefix}_{time.time_ns() // 1_000_000:012x}{secrets.token_hex(7)}"


_BORN = f"{time.time_ns() // 1_000_000:012x}{secrets.token_hex(4)}"
_serial = itertools.count()


def serial_id(prefix: str) -> str:
    """As unique as `new_id` and sorting by birth within a process, at a tenth of its price; but it can be guessed."""
    return f"{prefix}_{_BORN}{next(_serial):08x}"


def content_id(*parts: str) -> str:
    """A UUID that follows from the parts alone, in their order: equal parts, equal id, on every machine."""
    digest = hashlib.blake2b(digest_size=16)
    for part in parts:
        encoded = part.encode("utf-8", "surrogatepass")
        digest.update(len(encoded).to_bytes(8, "big"))
        digest.update(encoded)
    return str(uuid.UUID(bytes=digest.digest()))


PROCESS = new_id("proc")
"""Of the process that this is."""


def check_id(value: str, name: str) -> str:
    """The value, if it can be the id of a user, course or lesson in another system: it fits into one step of a path.

    name: of the field or header, for the message. Raises: InvalidInput.
    """
    if id_fault(value) is not None:
        raise InvalidInput(f"{name} must {id_fault(value)}; correct it.", param=name)
    return value


def check_name(value: str, name: str) -> str:
    """The value, if it can be the name of a source, which may be a path or an address. Raises: InvalidInput."""
    if name_fault(value) is not None:
        raise InvalidInput(f"{name} must {name_fault(value)}; correct it.", param=name)
    return value


def id_fault(value: str) -> str | None:
    """The rule that the id breaks, to be read after "must"; None where it is good."""
    if "/" in value or value in {".", ".."}:
        return "have no slash and be more than dots, because it stands in addresses"
    return name_fault(value)


def name_fault(value: str) -> str | None:
    """The rule that the name breaks, to be read after "must"; None where it is good."""
    if not value.strip() or len(value) > LONGEST_ID or _UNSEEN.search(value):
        return f"have 1 to {LONGEST_ID} characters and no control characters"
    return None
