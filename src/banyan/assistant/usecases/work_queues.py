"""Works on the messages of queues until it is stopped, however often processes die under it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

import structlog

from banyan.assistant.domain.queue_messages import NOT_OWNER, ContentJob, EmbedJob, FileJob, QueueJob, read_message
from banyan.assistant.ports.message_queue import MessageQueue, QueueMessage
from banyan.kernel.errors import BanyanError

_log = structlog.get_logger(__name__)
MOST_READS = 3
_WORN_OUT = "The work was begun three times and never came to an end, as with files that are bombs; look at the log."


@dataclass(frozen=True, slots=True)
class QueuePace:
    """readers: of each queue, by its name, and how many messages each takes at a time.

    hold: seconds that a message is hidden, renewed while it is worked on. idle: seconds between looks at an empty
    queue. again: seconds until a message that failed is tried again, times the number of its tries.
    """

    readers: Mapping[str, tuple[int, int]]
    hold: int = 60
    idle: float = 1
    again: int = 10


@dataclass(frozen=True, slots=True)
class Workers:
    """What is done for each kind of job. Each raises what it fails by, or gives one outcome for each."""

    file: Callable[[FileJob], Awaitable[None]]
    content: Callable[[ContentJob], Awaitable[None]]
    embed: Callable[[Sequence[EmbedJob]], Awaitable[Sequence[BanyanError | None]]]
    gave_up: Callable[[QueueJob, str], Awaitable[None]]


@dataclass
class WorkQueues:
    """The use case. fault: why it stands still, "" where it does not."""

    queue: MessageQueue
    workers: Workers
    pace: QueuePace
    fault: str = field(default="", init=False)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Works while the block runs; what is under way at its end is given back."""
        readers = [
            asyncio.create_task(self._reader(name, limit), name=f"queue {name}")
            for name, (count, limit) in self.pace.readers.items()
            for _ in range(count)
        ]
        try:
            yield
        finally:
            for reader in readers:
                reader.cancel()
            await asyncio.gather(*readers, return_exceptions=True)

    async def _reader(self, queue: str, limit: int) -> None:
        while True:
            try:
                messages = await self.queue.read(queue, self.pace.hold, limit)
                self.fault = ""
                if messages:
                    await self._work(queue, messages)
                    continue
            except BanyanError as error:
                self.fault = error.message
                _log.warning("queue-unavailable", queue=queue, error=error.message)
            except Exception:  # noqa: BLE001 - one queue's trouble stops no other, and not for good
                _log.exception("queue-reader-failed", queue=queue)
            await asyncio.sleep(self.pace.idle)

    async def _work(self, queue: str, messages: Sequence[QueueMessage]) -> None:
        """All of them, each with an outcome of its own; meanwhile they stay hidden."""
        ids = [message.id for message in messages]
        beat = asyncio.create_task(self._renew(queue, ids))
        try:
            await self._each(messages)
        except asyncio.CancelledError:
            with suppress(BanyanError):
                await self.queue.hold(queue, ids, 0)  # those that are done with are not there any more
            raise
        finally:
            beat.cancel()
            await asyncio.gather(beat, return_exceptions=True)

    async def _renew(self, queue: str, ids: Sequence[int]) -> None:
        while True:
            await asyncio.sleep(self.pace.hold / 3)
            try:
                await self.queue.hold(queue, ids, self.pace.hold)
            except BanyanError as error:  # the work goes on; at worst it is done twice, which changes nothing
                _log.warning("queue-not-renewed", queue=queue, error=error.message)

    async def _each(self, messages: Sequence[QueueMessage]) -> None:
        together: list[tuple[QueueMessage, EmbedJob]] = []
        for message in messages:
            try:
                job = read_message(message.queue, message.body)
            except BanyanError as error:
                await self._archive(message, None, error.code, error.message)
                continue
            if message.reads > MOST_READS:
                await self._archive(message, job, "worn_out", _WORN_OUT)
            elif isinstance(job, EmbedJob):
                together.append((message, job))
            else:
                await self._settle(message, job, await self._outcome(job))
        if together:
            for (message, job), fault in zip(together, await self._embed(together), strict=True):
                await self._settle(message, job, fault)

    async def _outcome(self, job: FileJob | ContentJob) -> Exception | None:
        try:
            if isinstance(job, FileJob):
                await self.workers.file(job)
            else:
                await self.workers.content(job)
        except BanyanError as error:
            return error
        except Exception as error:  # noqa: BLE001 - tried again, and archived in the end
            _log.exception("queue-job-failed", kind=type(job).__name__)
            return error
        return None

    async def _embed(self, together: Sequence[tuple[QueueMessage, EmbedJob]]) -> Sequence[Exception | None]:
        try:
            return await self.workers.embed([job for _, job in together])
        except BanyanError as error:
            return [error] * len(together)
        except Exception as error:  # noqa: BLE001 - tried again, and archived in the end
            _log.exception("queue-job-failed", kind="EmbedJob")
            return [error] * len(together)

    async def _settle(self, message: QueueMessage, job: QueueJob, fault: Exception | None) -> None:
        if fault is None:
            await self.queue.delete(message.queue, message.id)
            return
        known = isinstance(fault, BanyanError)
        code = fault.code if isinstance(fault, BanyanError) else "internal_error"
        reason = fault.message if isinstance(fault, BanyanError) else "The work failed for a reason in the log."
        passing = not known or (isinstance(fault, BanyanError) and fault.passing)
        if passing and message.reads < MOST_READS:
            _log.info("queue-job-again", queue=message.queue, message=message.id, reads=message.reads, code=code)
            await self.queue.hold(message.queue, [message.id], self.pace.again * message.reads)
        else:
            await self._archive(message, job, code, reason)

    async def _archive(self, message: QueueMessage, job: QueueJob | None, code: str, reason: str) -> None:
        """The rows that people look at say so first; should the process die between, the message comes once more.

        A message about what belongs to somebody else changes none of their rows.
        """
        if job is not None and code != NOT_OWNER:
            await self.workers.gave_up(job, reason)
        await self.queue.archive(message, code, reason)
        _log.warning("queue-message-archived", queue=message.queue, message=message.id, code=code, reason=reason)
