"""Identifiers: random ones that sort by time, and ones that follow from content."""

import hashlib
import secrets
import time
import uuid


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
