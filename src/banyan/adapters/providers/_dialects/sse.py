"""Server-sent events, read from whatever pieces the network cuts them into."""

from collections.abc import Iterator

from banyan.kernel.errors import UpstreamFailed

_LONGEST_EVENT = 16 * 1024 * 1024
"""Bytes; an image in a stream fits, an upstream that never ends a line does not fill the memory."""


class EventReader:
    """Feed it bytes; it gives the data of each event that is complete, as one line.

    The data is JSON, in which a line break may stand only where a space may. An event that comes again with the same
    `id:` is left out.
    """

    def __init__(self) -> None:
        self._rest = b""
        self._data: list[bytes] = []
        self._id: bytes | None = None
        self._seen: dict[bytes, int] | None = {}

    def feed(self, piece: bytes) -> Iterator[bytes]:
        """Raises: UpstreamFailed for an event that does not end."""
        lines = (self._rest + piece).split(b"\n")
        self._rest = lines.pop()
        if len(self._rest) > _LONGEST_EVENT:
            raise UpstreamFailed(
                "The provider sent an event without an end; try again or choose another model.", code="bad_answer"
            )
        for line in lines:
            line = line.removesuffix(b"\r")
            if line.startswith(b"data:"):
                self._data.append(line[5:].removeprefix(b" "))
            elif line.startswith(b"id:"):
                self._id = line
            elif not line and self._data:
                event, self._data = b" ".join(self._data), []
                if self._id is None or not self._is_repeated(event):
                    yield event
                self._id = None

    def end(self) -> bytes | None:
        """The last event where the upstream forgot the empty line behind it."""
        for event in self.feed(b"\n\n"):
            return event
        return None

    def _is_repeated(self, event: bytes) -> bool:
        """Whether it was here before; an upstream that gives one id to different events gives no ids."""
        if self._seen is None or self._id is None:
            return False
        before = self._seen.get(self._id)
        if before is None:
            self._seen[self._id] = hash(event)
        elif before != hash(event):
            self._seen = None
        return before == hash(event)
