"""Bodies are read strictly, and nothing in them can break the service."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from banyan.edge.http.body import decode_fields, decode_json, read_body
from banyan.kernel.errors import InvalidInput, TooLarge


def sender(*parts: bytes):
    """A `receive` that hands out a body in parts."""
    messages = [
        {"type": "http.request", "body": part, "more_body": index < len(parts) - 1} for index, part in enumerate(parts)
    ]

    async def receive() -> dict[str, object]:
        return messages.pop(0)

    return receive


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"\xff\xfe", b'{"a": "\xff"}', b"[" * 100_000, b"NaN", b"1" * 5000, b'{"a": 1} x', b'"\\u12"'],
)
def test_what_is_not_json_is_refused(body: bytes) -> None:
    """Cut, binary, endlessly nested and out-of-range input all end in one clear refusal."""
    with pytest.raises(InvalidInput):
        decode_json(body)


def test_lone_surrogates_become_replacement_signs() -> None:
    r"""A `\ud800` without a partner is replaced; pairs and escaped backslashes stay as they are."""
    body = rb'["\ud800", "\uD83D\uDE00", "\\ud800", "a\udc00b"]'
    assert decode_json(body) == ["\ufffd", "\U0001f600", "\\ud800", "a\ufffdb"]


@given(st.text(st.characters(exclude_categories=())))
def test_any_text_that_json_can_write_is_read(text: str) -> None:
    """Whatever another JSON library escapes comes back, lone surrogates replaced."""
    expected = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    assert decode_json(json.dumps(text).encode()) == expected


def test_fields_stay_as_the_bytes_they_were() -> None:
    """Only the top level is taken apart; a number keeps its digits."""
    fields = decode_fields(b'{"model": "m", "temperature": 1.0e0}')
    assert {name: bytes(raw) for name, raw in fields.items()} == {"model": b'"m"', "temperature": b"1.0e0"}


async def test_a_stated_length_beyond_the_limit_is_refused_unread() -> None:
    """Content-Length alone is enough to refuse."""
    scope = {"headers": [(b"content-length", b"11")]}
    with pytest.raises(TooLarge):
        await read_body(scope, sender(), limit=10)


async def test_a_body_without_a_stated_length_is_cut_off_at_the_limit() -> None:
    """A chunked body is counted while it comes."""
    with pytest.raises(TooLarge):
        await read_body({"headers": []}, sender(b"123456", b"78901"), limit=10)
    assert await read_body({"headers": []}, sender(b"123456", b"7890"), limit=10) == b"1234567890"
