"""How many tokens a call may use, and how many it probably used where nobody counted."""

from dataclasses import dataclass

import msgspec

from banyan.kernel.errors import InvalidInput
from banyan.proxy.domain.deployments import Capabilities

UNKNOWN_OUTPUT_LIMIT = 16_384
"""Tokens of output that are set aside where neither the caller nor anybody else names a bound."""
_BYTES_PER_TOKEN = 4
_IMAGE_TOKENS = 50_000
"""More than any provider charges for one picture that is given by its address."""
_IMAGE = b'"image_url"'


class _Bounds(msgspec.Struct):
    max_tokens: int | None = None
    max_completion_tokens: int | None = None
    n: int | None = None


_bounds = msgspec.json.Decoder(_Bounds)


@dataclass(frozen=True, slots=True)
class Output:
    """The longest answer that a request allows. each: tokens of one choice. asked: whether the request says so."""

    each: int
    choices: int
    asked: bool

    @property
    def tokens(self) -> int:
        """Of all choices together."""
        return self.each * self.choices


def most_input(body: bytes) -> int:
    """Tokens that the request cannot exceed: a token is at least one byte of it."""
    pictures = body.count(_IMAGE)
    if b"\\u00" in body:  # names may be written in escapes, too
        pictures = msgspec.json.encode(msgspec.json.decode(body)).count(_IMAGE)
    return len(body) + _IMAGE_TOKENS * pictures


def most_output(body: bytes, capabilities: Capabilities) -> Output:
    """The longest answer that the request allows.

    Raises: InvalidInput where a bound is no whole number above 0: providers differ in what they make of it.
    """
    try:
        bounds = _bounds.decode(body)
    except msgspec.DecodeError as error:
        raise InvalidInput(
            f"`n`, `max_tokens` and `max_completion_tokens` are whole numbers ({error}); correct them."
        ) from error
    for name in ("n", "max_tokens", "max_completion_tokens"):
        value = getattr(bounds, name)
        if value is not None and value < 1:
            raise InvalidInput(f"`{name}` must be 1 or more; correct it, or leave it out.", param=name)
    # Where both are there, nobody knows which one the provider goes by.
    asked = max(bounds.max_completion_tokens or 0, bounds.max_tokens or 0)
    each = asked or capabilities.output_limit or UNKNOWN_OUTPUT_LIMIT
    return Output(max(1, each), bounds.n or 1, bool(asked))


def probable(size_bytes: int) -> int:
    """Tokens in so many bytes of text."""
    return -(-size_bytes // _BYTES_PER_TOKEN)
