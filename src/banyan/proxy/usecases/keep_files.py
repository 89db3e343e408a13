"""Takes files in piece by piece, and hands them out again."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from banyan.kernel.clock import Clock
from banyan.kernel.errors import InvalidInput, NotFound, TooLarge
from banyan.kernel.ids import new_id
from banyan.proxy.domain.files import PIECE, PURPOSES, Owner, StoredFile
from banyan.proxy.ports.file_store import FileStore

_UPLOAD = timedelta(hours=1)
"""After so long an upload that has not ended is given up."""
_SHORTEST, _LONGEST = 3600, 2_592_000
_LONGEST_NAME = 255


@dataclass
class Writer:
    """A file that is being written, with at most one piece of it in memory. largest: bytes."""

    store: FileStore
    file: StoredFile
    largest: int

    def __post_init__(self) -> None:
        self._buffer = bytearray()
        self._number = 0
        self.size_bytes = 0

    async def write(self, data: bytes) -> None:
        """Raises: TooLarge, Unavailable."""
        self.size_bytes += len(data)
        if self.size_bytes > self.largest:
            raise TooLarge(f"A file has at most {self.largest // 1024**2} MB; split it.", param="file")
        self._buffer += data
        while len(self._buffer) >= PIECE:
            await self._append(bytes(self._buffer[:PIECE]))
            del self._buffer[:PIECE]

    async def flush(self) -> None:
        """The last piece."""
        if self._buffer:
            await self._append(bytes(self._buffer))
            self._buffer.clear()

    async def _append(self, piece: bytes) -> None:
        await self.store.append(self.file.tenant, self.file.id, self._number, piece)
        self._number += 1


class KeepFiles:
    """keep: for how long, where the caller does not say; zero for ever. largest: bytes of an upload."""

    def __init__(self, store: FileStore, clock: Clock, *, keep: timedelta, largest: int) -> None:
        self.store = store
        self._clock = clock
        self._keep = keep
        self.largest = largest

    async def begin(self, owner: Owner, *, largest: int | None = None) -> Writer:
        """A file that is to be written, and seen by nobody until `end`. Raises: Unavailable."""
        now = self._clock.now()
        file = StoredFile(owner.tenant, owner.name, new_id("file"), "", "", 0, now, now + _UPLOAD, complete=False)
        await self.store.begin(file)
        return Writer(self.store, file, self.largest if largest is None else largest)

    async def end(self, writer: Writer, name: str, purpose: str, seconds: int | None = None) -> StoredFile:
        """The file, complete. seconds: until it expires. Raises: InvalidInput, Unavailable."""
        if purpose not in PURPOSES:
            raise InvalidInput(f"`purpose` must be one of {', '.join(PURPOSES)}; correct it.", param="purpose")
        check_seconds(seconds, "expires_after")
        await writer.flush()
        file = self.finished(writer, name, purpose, seconds)
        await self.store.complete(file)
        return file

    def finished(self, writer: Writer, name: str, purpose: str, seconds: int | None = None) -> StoredFile:
        """What a written file is to be."""
        keep = self._keep if seconds is None else timedelta(seconds=seconds)
        expires = writer.file.created + keep if keep else None
        shown = name[-_LONGEST_NAME:].encode("utf-8", "replace").decode()
        return replace(
            writer.file, name=shown, purpose=purpose, size_bytes=writer.size_bytes, expires=expires, complete=True
        )

    async def drop(self, writer: Writer) -> None:
        """An upload that broke off. Raises: Unavailable."""
        await self.store.delete(writer.file.tenant, writer.file.owner, writer.file.id)

    async def one(self, owner: Owner, id: str) -> StoredFile:
        """Raises: NotFound."""
        file = await self.store.get(owner.tenant, owner.name, id, now=self._clock.now())
        if file is None:
            raise _unknown(id)
        return file

    async def page(
        self, owner: Owner, *, limit: int, after: str | None, newest_first: bool, purpose: str | None
    ) -> tuple[Sequence[StoredFile], bool]:
        """At most `limit` files, and whether more follow."""
        found = await self.store.page(
            owner.tenant,
            owner.name,
            now=self._clock.now(),
            limit=limit + 1,
            after=after,
            newest_first=newest_first,
            purpose=purpose,
        )
        return found[:limit], len(found) > limit

    async def content(self, file: StoredFile) -> AsyncIterator[bytes]:
        """The bytes. Raises: Unavailable; NotFound where it is deleted meanwhile."""
        left, number = file.size_bytes, 0
        while left > 0:
            piece = await self.store.piece(file.tenant, file.id, number)
            if piece is None:
                raise _unknown(file.id)
            yield piece
            left -= len(piece)
            number += 1

    async def delete(self, owner: Owner, id: str) -> None:
        """Raises: NotFound."""
        await self.one(owner, id)
        if not await self.store.delete(owner.tenant, owner.name, id):
            raise _unknown(id)


def check_seconds(seconds: int | None, name: str) -> None:
    """Raises: InvalidInput for what OpenAI would not take either."""
    if seconds is not None and not _SHORTEST <= seconds <= _LONGEST:
        raise InvalidInput(
            f"`{name}[seconds]` must be from {_SHORTEST} to {_LONGEST}, an hour to 30 days; correct it.", param=name
        )


def _unknown(id: str) -> NotFound:
    return NotFound(f"There is no file {id[:100]!r}; it was deleted or has expired.", code="file_not_found")
