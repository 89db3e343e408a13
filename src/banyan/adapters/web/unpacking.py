"""Takes the compression off a body piece by piece, and stops before it is too much."""

import zlib
from collections.abc import Callable

from banyan.kernel.errors import TooLarge, UpstreamFailed

ENCODINGS = "gzip, deflate"


class Unpacking:
    """The body so far. Raises, from every method: TooLarge (`page_too_large`), UpstreamFailed (`page_broken`)."""

    def __init__(self, encoding: str, most: int) -> None:
        self._most = most
        self._sent = 0
        self.content = bytearray()
        make = _DECODERS.get(encoding.strip().lower())
        if make is None:
            raise UpstreamFailed(
                "The page is compressed in a way that was not asked for; name another.", code="page_broken"
            )
        self._make = make
        self._decoder = make()
        self._begun = False

    def feed(self, piece: bytes) -> None:
        """The next piece as it was sent."""
        self._sent += len(piece)
        if self._sent > self._most:
            raise too_large(self._most)
        if self._decoder is None:
            self.content += piece
            return
        try:
            self._unpack(piece)
        except zlib.error as error:
            raise UpstreamFailed("The page's compression is broken; try again later.", code="page_broken") from error

    def end(self) -> bytes:
        """The whole."""
        if self._decoder is not None and self._begun and not self._decoder.eof:
            raise UpstreamFailed("The page broke off in the middle; try again later.", code="page_broken")
        return bytes(self.content)

    def _unpack(self, piece: bytes) -> None:
        decoder = self._decoder
        while piece and decoder is not None:
            if not self._begun and self._make is _deflate and not _has_zlib_head(piece):
                decoder = self._decoder = zlib.decompressobj(-zlib.MAX_WBITS)  # as some servers understand deflate
            self._begun = True
            self.content += decoder.decompress(piece, self._most + 1 - len(self.content))
            if len(self.content) > self._most:
                raise too_large(self._most)
            piece = decoder.unconsumed_tail
            if decoder.eof:
                piece = decoder.unused_data
                if self._make is not _gzip or not piece.startswith(b"\x1f\x8b"):
                    return  # what follows the end is nobody's
                decoder = self._decoder = self._make()


def too_large(most: int) -> TooLarge:
    """The refusal of a page."""
    return TooLarge(
        f"The page has more than {most // 1_000_000} MB; name a smaller one, or a part of it.", code="page_too_large"
    )


def _gzip() -> "zlib._Decompress | None":
    return zlib.decompressobj(zlib.MAX_WBITS | 16)


def _deflate() -> "zlib._Decompress | None":
    return zlib.decompressobj(zlib.MAX_WBITS)


def _plain() -> "zlib._Decompress | None":
    return None


def _has_zlib_head(piece: bytes) -> bool:
    return piece[0] & 0x0F == 8 and (len(piece) < 2 or (piece[0] << 8 | piece[1]) % 31 == 0)


_DECODERS: dict[str, Callable[[], "zlib._Decompress | None"]] = {
    "": _plain,
    "identity": _plain,
    "gzip": _gzip,
    "x-gzip": _gzip,
    "deflate": _deflate,
}
