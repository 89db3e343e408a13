"""The port to a provider's own batch API, which is slower and cheaper than its calls."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class BatchLimits:
    """What one batch of the provider holds. size_bytes: of its encoded lines together."""

    lines: int
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Search:
    """What is looked for: the tag and how many lines it was submitted with, not before which moment, and what `commit`
    was told."""

    tag: str
    lines: int
    since: datetime
    hint: str = ""


Commit = Callable[[str], Awaitable[None]]
"""Told by what else the batch can be found, "" where there is nothing."""


@dataclass(frozen=True, slots=True)
class Found:
    """ref: None where there is none. certain: False while one of the provider's batches may turn out to be it."""

    ref: str | None
    certain: bool = True


@dataclass(frozen=True, slots=True)
class RemoteState:
    """How a provider's batch stands.

    over: nothing more will come of it. files: where its results are. fault: why the provider refused all of it.
    """

    over: bool
    files: tuple[str, ...] = ()
    fault: str = ""


@dataclass(frozen=True, slots=True)
class RemoteResult:
    """What a provider answered to one line. number: as it was encoded. body: a chat completion, or an error object."""

    number: int
    status: int
    body: bytes


class BatchProvider(Protocol):
    """Every method raises what `ChatProvider.complete` raises. ref: the provider's id of a batch."""

    @property
    def limits(self) -> BatchLimits:
        """Of one batch."""
        ...

    def encode(self, tag: str, number: int, model: str, body: bytes) -> bytes:
        """One line in the provider's words. model: the provider's name. body: a chat completion request.

        Raises: InvalidInput, where the provider cannot be asked that.
        """
        ...

    async def submit(self, lines: Sequence[bytes], tag: str, commit: Commit) -> str:
        """The ref of a new batch. lines: encoded with the tag.

        commit: awaited right before the one request that begins the batch; whatever fails earlier has begun nothing.
        """
        ...

    async def find(self, search: Search) -> Found:
        """The batch whose `submit` did not live to tell."""
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
