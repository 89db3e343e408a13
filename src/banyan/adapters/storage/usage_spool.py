"""Files that attempts are noted in before they reach the database: append-only lines, one folder per process run.

A line is `MARK CHECKSUM LENGTH JSON`: `B` for an attempt that began, `F` for one that has finished; the checksum is the
CRC-32 of mark and JSON in 8 hexadecimal digits, the length that of the JSON in 6. A line that does not add up was torn
by a crash. A file has its full size from the start; behind the last line it is filled with zeros. Each run holds a lock
on its folder, which the kernel frees when the process dies, however it dies.
"""

import fcntl
import math
import mmap
import os
import shutil
import time
import zlib
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import structlog
from msgspec import structs

from banyan.proxy.domain.accounting import Attempt, Caller
from banyan.proxy.domain.pricing import Tokens

BEGAN, FINISHED = b"B", b"F"
_MARKS = frozenset((BEGAN, FINISHED))
_HEAD = 18
"""Bytes of a line before its JSON."""
_REFUSED_SECONDS = 0.5
"""For so long a disk that had no room is not asked again."""
_MOST = 2**62
_LOCK = "lock"
_SUFFIX = ".spool"
_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Attempt).decode
log = structlog.get_logger(__name__)


def line(mark: bytes, attempt: Attempt) -> bytes:
    """The attempt as one line; what no JSON can hold (half characters, endless numbers) is mended."""
    try:
        body = _encode(attempt)
    except (UnicodeError, OverflowError):
        body = _encode(mended(attempt))
    return b"%b %08x %06x %b\n" % (mark, zlib.crc32(body, mark[0]), len(body), body)


def read_lines(data: bytes, wanted: bytes = BEGAN + FINISHED) -> Iterator[tuple[bytes, Attempt]]:
    """Mark and attempt of every whole line with one of the marks.

    Torn ones are passed over, and logged unless they are the last.
    """
    lines = data.split(b"\n")
    for number, one in enumerate(lines):
        if one[:1] in _MARKS and one[:1] not in wanted:
            continue
        body = one[_HEAD:]
        try:
            mark, checksum, length = one[:1], int(one[2:10], 16), int(one[11:17], 16)
            if length == len(body) and checksum == zlib.crc32(body, mark[0]) and number < len(lines) - 1:
                yield mark, _decode(body)
                continue
        except (ValueError, IndexError, msgspec.MsgspecError):
            pass
        if number < len(lines) - 1:
            log.error("ledger-line-damaged", beginning=one[:80].decode("utf-8", "replace"))


@dataclass
class _Segment:
    """One file. room: its bytes. size: bytes of lines so far. read: how many of them are in the database.

    memory: of the last file, the file itself; None of those before it.
    """

    path: Path
    descriptor: int
    room: int
    memory: mmap.mmap | None
    size: int = 0
    read: int = 0


@dataclass(frozen=True, slots=True)
class Place:
    """Between two lines. at: bytes of the segment before it."""

    segment: _Segment
    at: int


@dataclass(frozen=True, slots=True)
class Chunk:
    """Whole lines from the oldest file that has any."""

    data: bytes
    end: Place


class Spool:
    """The files of this run. Appending belongs to one thread; reading may happen in another.

    folder: that of all runs. segment_bytes, segment_seconds: a file that is full or older is followed by a new one.
    trouble: why there is no place for lines; "" when there is.
    """

    def __init__(self, folder: Path, *, segment_bytes: int = 2 * 1024 * 1024, segment_seconds: float = 3600) -> None:
        self._folder = folder
        self._segment_bytes = segment_bytes
        self._segment_seconds = segment_seconds
        self._run: Path | None = None
        self._lock = -1
        self._number = 0
        self._segments: list[_Segment] = []
        self._opened_at = 0.0
        self._refused_at = -math.inf
        self.trouble = ""
        self.mend()

    @property
    def bytes_waiting(self) -> int:
        """Bytes of lines that are not in the database yet."""
        return sum(one.size - one.read for one in self._segments)

    @property
    def is_old(self) -> bool:
        """Whether `rotate` is due although there is room."""
        if not self._segments:
            return True
        last = self._segments[-1]
        return last.size > 0 and last.read == last.size and time.monotonic() - self._opened_at > self._segment_seconds

    def append(self, line: bytes) -> bool:
        """Leaves the line with the kernel: it survives the death of the process. False, and nothing kept, if it cannot.

        It is copied into the file's own pages, which takes no call of the system; `rotate` has made sure that the disk
        has room for all of them.
        """
        if not self._segments:
            return False
        last = self._segments[-1]
        end = last.size + len(line)
        if end > last.room or last.memory is None:
            return False
        last.memory[last.size : end] = line
        last.size = end
        return True

    def rotate(self, carry: Iterable[bytes], more: int = 0) -> bool:
        """Goes on in a new file that begins with `carry`; the one before goes as soon as it is drained.

        more: bytes that have to have room behind it. Where the disk has refused, it is not asked again at once.
        """
        if self._run is None or time.monotonic() - self._refused_at < _REFUSED_SECONDS:
            return False
        path = self._run / f"{self._number + 1:08}{_SUFFIX}"
        head = b"".join(carry)
        room = max(self._segment_bytes, 2 * len(head) + more)
        try:
            descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_CLOEXEC, 0o600)
        except OSError as error:
            return self._refused(error)
        try:
            os.posix_fallocate(descriptor, 0, room)
            memory = mmap.mmap(descriptor, room)
        except OSError as error:
            os.close(descriptor)
            path.unlink(missing_ok=True)
            return self._refused(error)
        memory[: len(head)] = head
        if self._segments:
            self._segments[-1].memory = None
        self._number += 1
        self._opened_at = time.monotonic()
        self._segments.append(_Segment(path, descriptor, room, memory, len(head)))
        self.trouble = ""
        return True

    def mend(self) -> bool:
        """Makes folder and file where they are missing; whether there is something to append to."""
        self._refused_at = -math.inf
        if self._run is None:
            try:
                self._run, self._lock = _claim(self._folder)
            except OSError as error:
                return self._refused(error)
        return bool(self._segments) or self.rotate(())

    def _refused(self, error: OSError) -> bool:
        self.trouble = error.strerror or str(error)
        self._refused_at = time.monotonic()
        return False

    def next_chunk(self, most: int = 256 * 1024) -> Chunk | None:
        """What to drain next; None when there is nothing. The same again until `drained`."""
        for one in self._segments:
            if one.read < one.size:
                data = os.pread(one.descriptor, min(most, one.size - one.read), one.read)
                cut = data.rfind(b"\n") + 1
                return Chunk(data[:cut], Place(one, one.read + cut)) if cut else self.next_chunk(most * 4)
        return None

    def end(self) -> Place | None:
        """Behind the last line; None where there is no file."""
        return Place(self._segments[-1], self._segments[-1].size) if self._segments else None

    def drained(self, place: Place | None) -> None:
        """All lines before the place are in the database; files that have no others go."""
        if place is None:
            return
        while self._segments[0] is not place.segment:
            self._drop(self._segments.pop(0))
        place.segment.read = place.at
        self.sweep()

    def sweep(self) -> None:
        """Files before the last go where the database has all their lines."""
        while len(self._segments) > 1 and self._segments[0].read == self._segments[0].size:
            self._drop(self._segments.pop(0))

    def close(self, *, remove: bool) -> None:
        """Lets go of the files. remove: everything is in the database."""
        for segment in self._segments:
            self._let_go(segment)
        self._segments.clear()
        if self._run is not None and remove:
            shutil.rmtree(self._run, ignore_errors=True)
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1
        self._run = None

    def _drop(self, segment: _Segment) -> None:
        self._let_go(segment)
        segment.path.unlink(missing_ok=True)

    def _let_go(self, segment: _Segment) -> None:
        segment.memory = None
        os.close(segment.descriptor)


@dataclass
class DeadRun:
    """The files of a process that is no more; nobody else looks at them until `close`."""

    folder: Path
    lock: int

    def lines(self, most: int = 256 * 1024) -> Iterator[list[tuple[bytes, Attempt]]]:
        """All that was noted, in order and in pieces."""
        for path in sorted(self.folder.glob(f"*{_SUFFIX}")):
            with path.open("rb") as file:
                rest = b""
                while data := file.read(most):
                    head, found, tail = (rest + data).rpartition(b"\n")
                    if found:
                        yield list(read_lines(head + found))
                    rest = tail

    def close(self, *, remove: bool) -> None:
        """Lets go. remove: everything is in the database."""
        if remove:
            shutil.rmtree(self.folder, ignore_errors=True)
        os.close(self.lock)


def dead_runs(folder: Path) -> list[DeadRun]:
    """The runs whose processes have ended, oldest first, each locked for the caller."""
    found = []
    for run in sorted(folder.glob("run-*")):
        with suppress(OSError):  # gone meanwhile, or still at work
            descriptor = _lock(run)
            if descriptor is not None:
                found.append(DeadRun(run, descriptor))
    return found


def _claim(folder: Path) -> tuple[Path, int]:
    """A folder of our own, and its lock."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    while True:
        run = folder / f"run-{time.time_ns():020}-{os.getpid()}"
        run.mkdir(mode=0o700)
        with suppress(FileNotFoundError):  # somebody took it for a dead one before it was locked, and removed it
            descriptor = _lock(run)
            if descriptor is not None:
                return run, descriptor


def _lock(run: Path) -> int | None:
    descriptor = os.open(run / _LOCK, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if (run / _LOCK).stat().st_ino == os.fstat(descriptor).st_ino:
            return descriptor
    except OSError:
        os.close(descriptor)
        return None
    os.close(descriptor)
    return None


def mended(attempt: Attempt) -> Attempt:
    """The attempt without what neither JSON nor a database can hold: half characters, endless numbers."""
    changes = _clean(attempt, ("id", "deployment", "provider", "model", "kind", "price_version", "error", "reason"))
    changes |= _clean(attempt, ("cost", "reserved", "reported", "listed"))
    caller = structs.replace(attempt.caller, **_clean(attempt.caller, Caller.__struct_fields__))
    tokens = structs.replace(attempt.tokens, **_clean(attempt.tokens, Tokens.__struct_fields__))
    return structs.replace(attempt, caller=caller, tokens=tokens, **changes)


def _clean(value: object, names: Iterable[str]) -> dict[str, Any]:
    return {name: _cleaned(getattr(value, name)) for name in names}


def _cleaned(value: object) -> object:
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, int) and not isinstance(value, bool):
        return max(-_MOST, min(_MOST, value))
    return value
