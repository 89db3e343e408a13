"""Bytes to text, or a refusal that says what is wrong with the bytes."""

from banyan.kernel.errors import InvalidInput

_CONTROLS = bytes(code for code in range(32) if code not in b"\t\n\v\f\r\x1b")
_BINARY_SHARE = 100  # more than one control character in so many bytes is no text that somebody wrote
_MAGIC = {
    b"%PDF-": "a PDF file",
    b"PK\x03\x04": "a ZIP archive, or an Office file",
    b"\xff\xfe": "UTF-16 text",
    b"\xfe\xff": "UTF-16 text",
    b"\x89PNG": "a PNG image",
    b"\xff\xd8\xff": "a JPEG image",
    b"\x1f\x8b": "a gzip archive",
    b"\xd0\xcf\x11\xe0": "an old Office file",
}


def decode(content: bytes) -> str:
    """UTF-8, with or without a byte order mark. Encoded lone surrogates are let through for the cleaning later.

    Raises: InvalidInput for what looks binary, and for invalid UTF-8 with the offset of the first wrong byte.
    """
    for magic, what in _MAGIC.items():
        if content.startswith(magic):
            raise InvalidInput(f"The content looks binary: it is {what}; send it as that kind of file, or as UTF-8.")
    controls = len(content) - len(content.translate(None, _CONTROLS))
    if controls * _BINARY_SHARE > len(content):
        raise InvalidInput("The content looks binary: it is full of control characters; send text in UTF-8.")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        try:
            return content.decode("utf-8", "surrogatepass")
        except UnicodeDecodeError:
            raise InvalidInput(
                f"The content is not valid UTF-8 at byte {error.start}; save it as UTF-8 and send it again."
            ) from error
