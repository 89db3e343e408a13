"""The port to a provider's own batch API, which is slower and cheaper than its calls."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class RemoteState:
    """How a provider's batch stands. over: nothing more will come of it. files: where its results are."""

    over: bool
    files: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RemoteResult:
    """What a provider answered to one line. custom_id: as it was sent."""

    custom_id: str
    status: int
    body: bytes


class BatchProvider(Protocol):
    """Every method raises what `ChatProvider.complete` raises. ref: the provider's id of a batch."""

    async def submit(self, endpoint: str, lines: AsyncIterator[bytes], tag: str) -> str:
        """The ref of a new batch. lines: of its input file. tag: by which `find` finds it."""
        ...

    async def find(self, tag: str) -> str | None:
        """The ref of the batch that was submitted with the tag, by a process that did not live to tell."""
        ...

    async def poll(self, ref: str) -> RemoteState:
        """How it stands."""
        ...

    def results(self, state: RemoteState) -> AsyncIterator[RemoteResult]:
        """Those lines that got an answer, in any order; the others are left out."""
        ...

    async def cancel(self, ref: str) -> None:
        """Asks for its end; harmless where it has ended."""
        ...

    async def close(self) -> None:
        """Drops the connections."""
        ...
