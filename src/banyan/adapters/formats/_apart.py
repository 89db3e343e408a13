"""Reads files in processes of their own, so that a bomb takes nothing but its own process."""

import asyncio
import sys
from asyncio.subprocess import DEVNULL, PIPE
from contextlib import suppress

import msgspec

from banyan.kernel.errors import InvalidInput, TooLarge
from banyan.proxy.domain.knowledge import Document

_MOST_TEXT = 64 * 1024 * 1024
"""Bytes of a document; the largest textbooks have a tenth of it."""


class _Answer(msgspec.Struct):
    document: Document | None = None
    message: str = ""
    code: str = ""
    kind: str = ""


class ApartReader:
    """The port `ReadsApart`. seconds: for a file, of work and of waiting. at_once: files that are read side by side."""

    def __init__(self, *, memory_mb: int = 1500, seconds: int = 60, at_once: int = 2) -> None:
        self._memory_mb = memory_mb
        self._seconds = seconds
        self._places = asyncio.Semaphore(at_once)

    async def read(self, format: str, suffix: str, content: bytes) -> Document:
        """As the port says. The process gets no environment, so it holds no secrets."""
        async with self._places:
            answer = await self._answer(format, suffix, content)
        if answer.document is not None:
            return answer.document
        kind = TooLarge if answer.kind == "too_large" else InvalidInput
        raise kind(answer.message, code=answer.code)

    async def _answer(self, format: str, suffix: str, content: bytes) -> _Answer:
        arguments = (format, suffix, str(self._memory_mb), str(self._seconds))
        child = await asyncio.create_subprocess_exec(
            *(sys.executable, "-I", "-m", "banyan.adapters.formats._child", *arguments),
            stdin=PIPE,
            stdout=PIPE,
            stderr=DEVNULL,
            env={},
        )
        try:
            async with asyncio.timeout(self._seconds):
                told = asyncio.create_task(_tell(child.stdin, content))
                assert child.stdout is not None
                try:
                    output = await _bounded(child.stdout)
                finally:
                    told.cancel()
                    await asyncio.gather(told, return_exceptions=True)
                await child.wait()
        except TimeoutError as error:
            raise _too_costly() from error
        finally:
            if child.returncode is None:
                with suppress(ProcessLookupError):
                    child.kill()
                await child.wait()
        if child.returncode != 0:
            raise _too_costly()
        try:
            return msgspec.msgpack.decode(output, type=_Answer)
        except msgspec.DecodeError as error:
            raise _too_costly() from error


async def _tell(stdin: asyncio.StreamWriter | None, content: bytes) -> None:
    assert stdin is not None
    with suppress(ConnectionError):  # a process that died says so by its end
        stdin.write(content)
        await stdin.drain()
        stdin.close()
        await stdin.wait_closed()


async def _bounded(output: asyncio.StreamReader) -> bytes:
    read = bytearray()
    while piece := await output.read(1 << 20):
        read += piece
        if len(read) > _MOST_TEXT:
            raise _too_costly()
    return bytes(read)


def _too_costly() -> InvalidInput:
    return InvalidInput(
        "The file takes more memory or time to read than a file may, as damaged and hostile ones do; export it anew, "
        "or split it.",
        code="file_too_costly",
    )
