"""Tells the opening of a stream from its first word: as long as nothing is said, somebody else can still answer."""

import msgspec

MOST_HELD = 32
"""Chunks that say nothing and are kept back; a provider that sends more of them is sent on, so that the caller sees
that somebody is there."""
_EMPTY = frozenset({b"null", b'""', b"[]", b"{}"})


class _Choice(msgspec.Struct):
    delta: dict[str, msgspec.Raw] | None = None
    finish_reason: str | None = None


class _Chunk(msgspec.Struct):
    choices: list[_Choice] | None = None


_chunk = msgspec.json.Decoder(_Chunk)


def says_nothing(chunk: bytes) -> bool:
    """Whether a `chat.completion.chunk` has neither a part of an answer nor the reason for its end.

    What is not known counts as a part of an answer.
    """
    try:
        choices = _chunk.decode(chunk).choices or ()
    except (msgspec.DecodeError, UnicodeDecodeError):
        return False
    return all(choice.finish_reason is None and _is_empty(choice.delta or {}) for choice in choices)


def _is_empty(delta: dict[str, msgspec.Raw]) -> bool:
    return all(name == "role" or bytes(value) in _EMPTY for name, value in delta.items())
