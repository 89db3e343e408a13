"""Server-sent events, read from whatever pieces the network cuts them into."""

from collections.abc import Iterator

from banyan.kernel.errors import UpstreamFailed

_LONGEST_EVENT = 16 * 1024 * 1024
"""Bytes; an image in a stream fits, an upstream that never ends a line does not fill the memory."""


class EventReader:
    """Feed it bytes; it gives the data of each event that is complete, as one line.

    The data is JSON, in which a line break may stand only where a space may.
    """

    def __init__(self) -> None:
        self._rest = b""
        self._data: list[bytes] = []

    def feed(self, piece: bytes) -> Iterator[bytes]:
        """Raises: UpstreamFailed for an event that does not end."""
        lines = (self._rest + piece).split(b"\n")
        self._rest = lines.pop()
        if len(self._rest) > _LONGEST_EVENT:
            raise UpstreamFailed("The provider sent an event without an end; try again or choose another model.")
        for line in lines:
            line = line.removesuffix(b"\r")
            if line.startswith(b"data:"):
                self._data.append(line[5:].removeprefix(b" "))
            elif not line and self._data:
                yield b" ".join(self._data)
                self._data = []

    def end(self) -> bytes | None:
        """The last event where the upstream forgot the empty line behind it."""
        for event in self.feed(b"\n\n"):
            return event
        return None
