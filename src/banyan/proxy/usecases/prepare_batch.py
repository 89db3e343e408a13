"""Reads the input of a batch: every line checked, and the whole of it estimated."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

from banyan.kernel.errors import NotFound
from banyan.proxy.domain.batch_estimate import Estimate, Offers
from banyan.proxy.domain.batch_lines import InputLine, LineReader
from banyan.proxy.domain.files import StoredFile
from banyan.proxy.usecases.keep_files import KeepFiles


@dataclass(frozen=True, slots=True)
class Preparation:
    """offers: for estimates. most_lines: of one batch."""

    files: KeepFiles
    offers: Offers
    most_lines: int

    def begin(self, endpoint: str) -> "Reading":
        """One file's."""
        return Reading(self.files, LineReader(endpoint, self.most_lines), Estimate(endpoint, self.offers))


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
                yield await asyncio.to_thread(self._read, piece)
                if self.reader.stopped:
                    return
        except NotFound:
            self.reader.faults.append(missing_file(file.id))
            return
        yield await asyncio.to_thread(self._last)

    def _read(self, piece: bytes) -> list[InputLine]:
        return self._estimated(self.reader.feed(piece))

    def _last(self) -> list[InputLine]:
        return self._estimated(self.reader.end())

    def _estimated(self, lines: list[InputLine]) -> list[InputLine]:
        for line in lines:
            self.estimate.add(line.model, line.body)
        return lines


def missing_file(id: str) -> dict[str, object]:
    """The fault of a batch whose input has been deleted or has expired."""
    message = f"The input file {id[:100]} is gone; upload it again and make a new batch."
    return {"code": "input_file_not_found", "message": message, "param": "input_file_id", "line": None}
