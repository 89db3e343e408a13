"""Reads the input of a batch: every line checked, and the whole of it estimated."""

import asyncio
from collections.abc import AsyncIterator, Callable, Collection
from dataclasses import dataclass

from banyan.kernel.errors import NotFound
from banyan.proxy.domain.batch_estimate import Estimate, Offers
from banyan.proxy.domain.batch_lines import InputLine, LineReader
from banyan.proxy.domain.files import Owner, StoredFile
from banyan.proxy.usecases.keep_files import KeepFiles

Choose = Callable[[Owner, str, Collection[str]], str | None]
"""From an owner, an endpoint and the models of the lines to the one deployment whose provider may have the batch;
None for nobody."""


@dataclass(frozen=True, slots=True)
class Preparation:
    """offers: for estimates. most_lines: of one batch. choose: who may have a whole batch; None for nobody."""

    files: KeepFiles
    offers: Offers
    most_lines: int
    choose: Choose | None = None

    def begin(self, endpoint: str) -> "Reading":
        """One file's."""
        return Reading(self.files, LineReader(endpoint, self.most_lines), Estimate(endpoint, self.offers))

    def left_to(self, owner: Owner, reading: "Reading") -> str | None:
        """The deployment whose provider gets the batch that was read to its end; None where it is asked here."""
        estimate = reading.estimate
        if self.choose is None or reading.reader.faults or estimate.grounded:
            return None
        return self.choose(owner, estimate.endpoint, estimate.models)


@dataclass(frozen=True, slots=True)
class Reading:
    """One file on its way through the reader."""

    files: KeepFiles
    reader: LineReader
    estimate: Estimate

    async def lines(self, file: StoredFile) -> AsyncIterator[list[InputLine]]:
        """The good lines, a piece of the file at a time; afterwards `reader.faults` says what is wrong.

        Raises: Unavailable.
        """
        try:
            async for piece in self.files.content(file):
                yield await self._estimated(await asyncio.to_thread(self.reader.feed, piece))
                if self.reader.stopped:
                    return
        except NotFound:
            self.reader.faults.append(missing_file(file.id))
            return
        yield await self._estimated(await asyncio.to_thread(self.reader.end))

    async def _estimated(self, lines: list[InputLine]) -> list[InputLine]:
        for model in {line.model for line in lines}:
            self.estimate.look_up(model)  # here, because it may begin to ask a local model what it can do
        await asyncio.to_thread(self._add, lines)
        return lines

    def _add(self, lines: list[InputLine]) -> None:
        for line in lines:
            self.estimate.add(line.model, line.body)


def missing_file(id: str) -> dict[str, object]:
    """The fault of a batch whose input has been deleted or has expired."""
    message = f"The input file {id[:100]} is gone; upload it again and make a new batch."
    return {"code": "input_file_not_found", "message": message, "param": "input_file_id", "line": None}
