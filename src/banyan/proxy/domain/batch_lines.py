"""Reads the input file of a batch line by line, and names what is wrong with each."""

from dataclasses import dataclass
from typing import Any

import msgspec

LARGEST_LINE = 8 * 1024 * 1024
MOST_FAULTS = 100
"""Faults that are listed; whoever has more of them has one cause."""
_LONGEST_CUSTOM_ID = 512


class _Request(msgspec.Struct):
    custom_id: object = None
    method: object = None
    url: object = None
    body: msgspec.Raw = msgspec.Raw(b"null")


class _Flags(msgspec.Struct):
    stream: object = None
    model: object = None


_request = msgspec.json.Decoder(_Request)
_flags = msgspec.json.Decoder(_Flags)


class _Fault(Exception):
    """Why a line, or the whole file, cannot be asked."""

    def __init__(self, code: str, message: str, param: str | None, *, whole_file: bool = False) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.param = param
        self.whole_file = whole_file


@dataclass(frozen=True, slots=True)
class InputLine:
    """A line that can be asked. model: as it names it, "" where it names none."""

    number: int
    custom_id: str
    body: bytes
    model: str


@dataclass
class LineReader:
    """Takes the bytes of a file in any pieces. faults: in OpenAI's shape, with line numbers. count: of good lines."""

    endpoint: str
    most: int

    def __post_init__(self) -> None:
        self.faults: list[dict[str, Any]] = []
        self.count = 0
        self._rest = b""
        self._number = 0
        self._ids: set[str] = set()

    @property
    def stopped(self) -> bool:
        """Whether reading on would tell nothing new."""
        return len(self.faults) >= MOST_FAULTS or self.count > self.most

    def feed(self, data: bytes) -> list[InputLine]:
        """The good lines that end in `data`."""
        *whole, self._rest = (self._rest + data).split(b"\n")
        if len(self._rest) > LARGEST_LINE:
            self._rest = self._rest[: LARGEST_LINE + 1]
        return [line for raw in whole if (line := self._read(raw)) is not None]

    def end(self) -> list[InputLine]:
        """The last line, where it has no line end; and what is wrong with the file as a whole."""
        last = self._read(self._rest) if self._rest.strip() else None
        found = [] if last is None else [last]
        if not self.count and not self.faults:
            sentence = "The file holds no request; put one JSON object on each line."
            self._note(_Fault("empty_file", sentence, None, whole_file=True))
        return found

    def _read(self, raw: bytes) -> InputLine | None:
        self._number += 1
        if not raw.strip() or self.stopped:
            return None
        try:
            return self._good(raw)
        except _Fault as fault:
            self._note(fault)
            return None

    def _note(self, fault: "_Fault") -> None:
        line = None if fault.whole_file else self._number
        self.faults.append({"code": fault.code, "message": fault.message, "param": fault.param, "line": line})

    def _good(self, raw: bytes) -> InputLine:
        """Raises: _Fault."""
        if len(raw) > LARGEST_LINE:
            raise _Fault("line_too_large", f"A line has at most {LARGEST_LINE // 1024**2} MB; shorten it.", None)
        try:
            request = _request.decode(raw)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise _Fault("invalid_json_line", f"This line is not a JSON object ({error}); correct it.", None) from error
        id = request.custom_id
        if not isinstance(id, str) or not 0 < len(id) <= _LONGEST_CUSTOM_ID:
            sentence = f"`custom_id` must be a string of 1 to {_LONGEST_CUSTOM_ID} characters; correct it."
            raise _Fault("invalid_custom_id", sentence, "custom_id")
        if id in self._ids:
            sentence = f"The `custom_id` {id[:100]!r} stands in the file before; give each line one of its own."
            raise _Fault("duplicate_custom_id", sentence, "custom_id")
        self._ids.add(id)
        if request.method != "POST":
            raise _Fault("invalid_method", "`method` must be POST; correct it.", "method")
        if request.url != self.endpoint:
            sentence = f"`url` must be the endpoint of the batch, {self.endpoint}; correct it."
            raise _Fault("mismatched_url", sentence, "url")
        try:
            flags = _flags.decode(request.body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise _Fault("invalid_body", "`body` must be a JSON object; correct it.", "body") from error
        if flags.stream:
            sentence = "A batch cannot stream; leave `stream` out of the body."
            raise _Fault("stream_not_supported", sentence, "body.stream")
        self.count += 1
        if self.count > self.most:
            sentence = f"A batch has at most {self.most} lines; split the file."
            raise _Fault("too_many_lines", sentence, None, whole_file=True)
        model = flags.model if isinstance(flags.model, str) else ""
        return InputLine(self._number, id, bytes(request.body), model)
