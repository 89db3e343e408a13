"""Newline-delimited JSON, read from whatever pieces the network cuts it into."""

from collections.abc import Iterator

from banyan.kernel.errors import UpstreamFailed

_LONGEST_LINE = 16 * 1024 * 1024
"""Bytes; an upstream that never ends a line does not fill the memory."""


class LineReader:
    """Feed it bytes; it gives each line that is complete and not blank."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, piece: bytes) -> Iterator[bytes]:
        """Raises: UpstreamFailed for a line that does not end."""
        lines = (self._rest + piece).split(b"\n")
        self._rest = lines.pop()
        if len(self._rest) > _LONGEST_LINE:
            raise UpstreamFailed(
                "The provider sent a line without an end; try again or choose another model.", code="bad_answer"
            )
        for line in lines:
            if line := line.strip():
                yield line

    def end(self) -> Iterator[bytes]:
        """The last line where the upstream forgot to end it."""
        yield from self.feed(b"\n")
