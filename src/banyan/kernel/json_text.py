"""JSON as it arrives from others, made fit for strict readers."""

import re

_ESCAPES = re.compile(
    rb"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(?P<lone>u[dD][89a-fA-F][0-9a-fA-F]{2})|.)",
    re.DOTALL,
)


def without_lone_surrogates(body: bytes) -> bytes:
    r"""The JSON text with every `\ud800` that has no partner written as `\ufffd`."""
    if b"\\u" not in body or (b"\\ud" not in body and b"\\uD" not in body):
        return body
    return _ESCAPES.sub(lambda match: b"\\ufffd" if match["lone"] else match[0], body)


def as_utf8(text: bytes) -> bytes:
    """The text with U+FFFD for what is not UTF-8 in it."""
    if text.isascii():
        return text
    try:
        text.decode()
    except UnicodeDecodeError:
        return text.decode(errors="replace").encode()
    return text
