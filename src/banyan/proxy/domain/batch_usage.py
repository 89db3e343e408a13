"""What an answer of a provider's batch API cost in tokens."""

import msgspec

from banyan.proxy.domain.estimates import probable
from banyan.proxy.domain.pricing import Tokens, counted


class _Details(msgspec.Struct):
    cached_tokens: int | None = None
    cache_write_tokens: int | None = None


class _Usage(msgspec.Struct):
    prompt_tokens: int = 0
    completion_tokens: int = 0
    prompt_tokens_details: _Details | None = None


class _Body(msgspec.Struct):
    usage: _Usage | None = None


def tokens_of(size_bytes: int, answer: bytes) -> Tokens:
    """What the provider counted; where it does not say, what it probably was. size_bytes: of the request."""
    try:
        usage = msgspec.json.decode(answer, type=_Body).usage or _Usage()
    except (msgspec.DecodeError, UnicodeDecodeError):
        usage = _Usage()
    details = usage.prompt_tokens_details or _Details()
    told = counted(
        usage.prompt_tokens, usage.completion_tokens, details.cached_tokens or 0, details.cache_write_tokens or 0
    )
    return told or Tokens(probable(size_bytes), probable(len(answer)), estimated=True)
