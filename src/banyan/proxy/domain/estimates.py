"""How many tokens a call may use, and how many it probably used where nobody counted."""

import msgspec

from banyan.proxy.domain.deployments import Capabilities

UNKNOWN_OUTPUT_LIMIT = 16_384
"""Tokens of output that are set aside where neither the caller nor anybody else names a bound."""
_BYTES_PER_TOKEN = 4
_IMAGE_TOKENS = 50_000
"""More than any provider charges for one picture that is given by its address."""


class _Bounds(msgspec.Struct):
    max_tokens: int | None = None
    max_completion_tokens: int | None = None
    n: int | None = None


_bounds = msgspec.json.Decoder(_Bounds)


def most_input(body: bytes) -> int:
    """Tokens that the request cannot exceed: a token is at least one byte of it."""
    return len(body) + _IMAGE_TOKENS * body.count(b'"image_url"')


def most_output(body: bytes, capabilities: Capabilities) -> tuple[int, bool]:
    """Tokens that the answer cannot exceed, and whether the request itself bounds them."""
    try:
        bounds = _bounds.decode(body)
    except msgspec.DecodeError:
        bounds = _Bounds()
    asked = bounds.max_completion_tokens or bounds.max_tokens
    each = asked or capabilities.output_limit or UNKNOWN_OUTPUT_LIMIT
    return max(1, each) * max(1, bounds.n or 1), asked is not None


def probable(size_bytes: int) -> int:
    """Tokens in so many bytes of text."""
    return -(-size_bytes // _BYTES_PER_TOKEN)
