"""Streams that go on where they were cut: each piece of text has an id that names the place after it."""

from typing import Annotated
from zlib import crc32

from fastapi import Header

from banyan.kernel.errors import Conflict

LastEventId = Annotated[
    str | None,
    Header(
        alias="Last-Event-ID",
        pattern=r"^\d{1,9}-[0-9a-f]{8}$",
        description="Of the last event that arrived before a stream was cut. The same request with it goes on after "
        "that place, or ends in an error with the code `resume_impossible` where the text is another one this time.",
    ),
]


class TextPlace:
    """Where in its text a stream is. last: the id of the last event that the reader has; None at the beginning.

    An id is how many characters there are up to it, and their checksum: it holds for the same text however it is cut
    into pieces, and for no other.
    """

    def __init__(self, last: str | None) -> None:
        length, _, checksum = (last or "0-00000000").partition("-")
        self._had, self._expected = int(length), int(checksum, 16)
        self._length = self._checksum = 0

    def unread(self, text: str) -> str:
        """What of the next piece the reader has not had; "" for nothing. Raises: Conflict for another text."""
        cut = min(max(0, self._had - self._length), len(text))
        if cut:
            self._pass(text[:cut])
            if self._length == self._had and self._checksum != self._expected:
                raise _changed()
        self._pass(text[cut:])
        return text[cut:]

    def check_end(self) -> None:
        """Raises: Conflict where the text is shorter than what the reader has."""
        if self._length < self._had:
            raise _changed()

    def marked(self, event: bytes) -> bytes:
        """The event with the id of this place."""
        return b"%b\nid: %d-%08x" % (event, self._length, self._checksum)

    def _pass(self, text: str) -> None:
        self._length += len(text)
        self._checksum = crc32(text.encode("utf-8", "surrogatepass"), self._checksum)


def _changed() -> Conflict:
    return Conflict(
        "The text turned out otherwise than what arrived before; ask again without Last-Event-ID.",
        code="resume_impossible",
    )
