"""Reads `multipart/form-data` as it arrives: one file, of which no more than a piece is in memory, and short fields."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from python_multipart.exceptions import MultipartParseError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.requests import ClientDisconnect
from starlette.types import Receive, Scope

from banyan.kernel.errors import InvalidInput, TooLarge

_LONGEST_FIELD = 64 * 1024
_MOST_PARTS = 20
_MALFORMED = "The body is not the multipart/form-data that it says; send it as OpenAI's clients do."


class Sink(Protocol):
    """Where the file goes."""

    async def write(self, data: bytes) -> None:
        """The next bytes."""
        ...


class InMemory:
    """Takes a file as it comes, up to so many bytes. Raises: TooLarge."""

    def __init__(self, largest: int) -> None:
        self._largest = largest
        self.content = bytearray()

    async def write(self, data: bytes) -> None:
        """The next bytes."""
        self.content += data
        if len(self.content) > self._largest:
            raise TooLarge(
                f"The file has more than {self._largest // 1_048_576} MB; split it, or send its text.",
                code="file_too_large",
                param="file",
            )


@dataclass
class Upload:
    """fields: by name. filename: None where the body has no file."""

    fields: dict[str, str] = field(default_factory=dict)
    filename: str | None = None


class _Parts:
    """What the parser has found and nobody has taken yet."""

    def __init__(self) -> None:
        self.upload = Upload()
        self.bytes = bytearray()
        self._header = [bytearray(), bytearray()]
        self._headers: dict[bytes, bytes] = {}
        self._name = ""
        self._value: bytearray | None = None
        self._count = 0
        self.ended = False

    def callbacks(self) -> dict[str, object]:
        return {
            "on_part_begin": self._begin,
            "on_header_field": lambda data, start, end: self._header[0].extend(data[start:end]),
            "on_header_value": lambda data, start, end: self._header[1].extend(data[start:end]),
            "on_header_end": self._header_end,
            "on_headers_finished": self._open,
            "on_part_data": self._data,
            "on_part_end": self._part_end,
            "on_end": self._end,
        }

    def _begin(self) -> None:
        self._headers = {}
        self._count += 1
        if self._count > _MOST_PARTS:
            raise InvalidInput(f"The form has more than {_MOST_PARTS} fields; send fewer.")

    def _header_end(self) -> None:
        name, value = (bytes(part) for part in self._header)
        self._headers[name.lower()] = value
        self._header = [bytearray(), bytearray()]

    def _open(self) -> None:
        _, options = parse_options_header(self._headers.get(b"content-disposition", b""))
        self._name = options.get(b"name", b"").decode("utf-8", "replace")
        filename = options.get(b"filename")
        if self._name != "file":
            self._value = bytearray()
            return
        if self.upload.filename is not None:
            raise InvalidInput("The form has more than one `file`; send one.", param="file")
        self._value = None
        self.upload.filename = (filename or b"file").decode("utf-8", "replace")

    def _data(self, data: bytes, start: int, end: int) -> None:
        if self._value is None:
            self.bytes += data[start:end]
            return
        self._value += data[start:end]
        if len(self._value) > _LONGEST_FIELD:
            raise InvalidInput(f"The field {self._name[:100]!r} is too long; shorten it.", param=self._name[:100])

    def _part_end(self) -> None:
        if self._value is not None:
            self.upload.fields[self._name] = self._value.decode("utf-8", "replace")

    def _end(self) -> None:
        self.ended = True


async def read_upload(scope: Scope, receive: Receive, sink: Sink) -> Upload:
    """The fields; the bytes of `file` have gone to the sink.

    Raises: InvalidInput; what the sink raises; ClientDisconnect.
    """
    parts = _Parts()
    parser = MultipartParser(_boundary(dict(scope["headers"])), parts.callbacks())  # type: ignore[arg-type]
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        more = message.get("more_body", False)
        try:
            parser.write(message.get("body", b""))
        except MultipartParseError as error:
            raise InvalidInput(_MALFORMED) from error
        if parts.bytes:
            await sink.write(bytes(parts.bytes))
            parts.bytes.clear()
    if not parts.ended:
        raise InvalidInput(_MALFORMED)
    return parts.upload


def _boundary(headers: Mapping[bytes, bytes]) -> bytes:
    kind, options = parse_options_header(headers.get(b"content-type", b""))
    boundary = options.get(b"boundary")
    if kind != b"multipart/form-data" or not boundary:
        raise InvalidInput("A file is uploaded as multipart/form-data; send it so.", param="Content-Type")
    return boundary
