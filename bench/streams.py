"""1,000 open streams of 20 tokens a second, through the service and through a plain pass-through, on two cores.

    .venv/bin/python bench/streams.py [--streams 1000] [--seconds 10]

The service has core 0; the mock upstream and the client share core 1. Every token says which stream it belongs to, its
place in it and when the upstream wrote it, and the client checks each one: a token that is lost, comes twice or out of
order, or a stream that does not end in `[DONE]`, fails the run.

Streams open one after the other, and all of them are open for `--seconds`. Memory is what the service holds with all
of them open beyond what it held before, for each. The time to the first token is that of the streams as they open, so
the last of them open beside all others; the added one is against the same mock, asked directly, in the same run.
"""

import argparse
import asyncio
import contextlib
import re
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import uvloop

import gateways
from gateways import Service
from upstream import MESSAGE, TOKENS_PER_SECOND

OPENED_PER_SECOND = 200
_TOKEN = re.compile(rb'"content":\s?"(\d+):(\d+):(\d+) "')
GOALS = {"kilobytes": 60, "first_token": 20}


@dataclass(frozen=True)
class Result:
    """first_tokens and delays: milliseconds. kilobytes: of the service, for a stream. cores: that the service used."""

    first_tokens: Sequence[float]
    delays: Sequence[float]
    kilobytes: float
    cores: float
    mock_cores: float


@dataclass
class Tally:
    """What all streams of a run have in common. delays: of every tenth token, from the mock's write to the client."""

    tokens: int
    first_tokens: list[float] = field(default_factory=list)
    delays: list[float] = field(default_factory=list)


class Stream(asyncio.Protocol):
    """One caller, who checks every token."""

    def __init__(self, service: Service, number: int, tally: Tally) -> None:
        question = f"stream {number} of {tally.tokens} tokens"
        self.request = service.request(question, stream=True, system=MESSAGE.decode())
        self.number, self.tally = b"%d" % number, tally
        self.done = asyncio.get_running_loop().create_future()
        self.rest = b""
        self.seen = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        self.began = time.perf_counter()
        transport.write(self.request)

    def data_received(self, data: bytes) -> None:
        now = time.perf_counter()
        data = self.rest + data
        whole = data.rfind(b"\n\n") + 2
        self.rest = data[whole:] if whole > 1 else data
        for token in _TOKEN.finditer(data, 0, max(whole, 0)):
            number, sequence, written = token.groups()
            if number != self.number or int(sequence) != self.seen:
                self.fail(f"expected token {self.seen}, got {token[0]!r}")
                return
            if self.seen == 0:
                self.tally.first_tokens.append((now - self.began) * 1e3)
            elif self.seen % 10 == 0:
                self.tally.delays.append(now * 1e3 - int(written) / 1e3)
            self.seen += 1
        if b"[DONE]" in data and not self.done.done():
            if self.seen == self.tally.tokens:
                self.done.set_result(None)
                self.transport.close()
            else:
                self.fail(f"ended after {self.seen} of {self.tally.tokens} tokens")

    def connection_lost(self, error: Exception | None) -> None:
        self.fail(f"was cut after {self.seen} tokens ({error}): {self.rest[:500]!r}")

    def fail(self, reason: str) -> None:
        if not self.done.done():
            self.done.set_exception(RuntimeError(f"stream {self.number.decode()} {reason}"))
            self.transport.close()


async def run(service: Service, mock: Service, streams: int, seconds: float) -> Result:
    """Opens all streams, keeps them open for `seconds`, and reads them to their ends. Raises: RuntimeError."""
    loop = asyncio.get_running_loop()
    opening = streams / OPENED_PER_SECOND
    tally = Tally(tokens=int((opening + seconds + 1) * TOKENS_PER_SECOND))
    before, began = service.resident_megabytes(), time.perf_counter()
    opened: list[Stream] = []
    for number in range(streams):
        stream = Stream(service, number, tally)
        await loop.create_connection(lambda stream=stream: stream, "127.0.0.1", service.port)
        opened.append(stream)
        pause = began + (number + 1) / OPENED_PER_SECOND - time.perf_counter()
        if pause > 0:
            await asyncio.sleep(pause)
    tally.delays.clear()  # those of the opening
    used, mock_used, start = service.cpu_seconds(), mock.cpu_seconds(), time.perf_counter()
    await asyncio.sleep(seconds - 1)
    took = time.perf_counter() - start
    cores, mock_cores = (service.cpu_seconds() - used) / took, (mock.cpu_seconds() - mock_used) / took
    kilobytes = (service.resident_megabytes() - before) * 1000 / streams
    still_open = sum(not stream.done.done() for stream in opened)
    await asyncio.gather(*(stream.done for stream in opened))
    if still_open < streams:
        raise RuntimeError(f"only {still_open} streams were open at once")
    return Result(tally.first_tokens, tally.delays, kilobytes, cores, mock_cores)


def measure(service: Service, mock: Service, options: argparse.Namespace) -> Result | None:
    """A short run to warm up, then the one that counts; None where it failed, which is printed."""
    try:
        uvloop.run(run(service, mock, 20, 1.5))
        return uvloop.run(run(service, mock, options.streams, options.seconds))
    except (RuntimeError, OSError) as error:
        print(f"{service.name:14} FAILED: {error}", flush=True)
        return None


def percentile(values: Sequence[float], percent: int) -> float:
    return statistics.quantiles(values, n=100)[percent - 1]


def show(name: str, result: Result, alone: Result) -> None:
    """One line of the table."""
    first = [percentile(result.first_tokens, percent) for percent in (50, 99)]
    added = [value - percentile(alone.first_tokens, percent) for value, percent in zip(first, (50, 99), strict=True)]
    delays = [percentile(result.delays, percent) for percent in (50, 99)]
    print(
        f"{name:14}{first[0]:8.2f}{first[1]:8.2f}{added[0]:9.2f}{added[1]:8.2f}{delays[0]:9.2f}{delays[1]:8.2f}"
        f"{result.kilobytes:10.0f}{result.cores:8.2f}{result.mock_cores:7.2f}",
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--streams", type=int, default=1000)
    parser.add_argument("--seconds", type=float, default=10, help="how long all of them are open")
    options, _ = parser.parse_known_args()
    gateways.pin(gateways.OTHER_CORES)
    print(f"{options.streams} streams of {TOKENS_PER_SECOND} tokens a second; times in ms, p50 and p99")
    print(f"{'':14}{'first token':>16}{'added':>17}{'token delay':>17}{'KB/stream':>10}{'cores':>8}{'mock':>7}")
    with contextlib.ExitStack() as stack:
        mock = stack.enter_context(gateways.mock("--paced"))
        upstream = f"http://127.0.0.1:{mock.port}/v1"
        running = [gateways.pass_through(upstream), gateways.banyan(upstream)]
        results = {mock.name: measure(mock, mock, options)}
        alone = results[mock.name]
        if alone is None:
            raise SystemExit("The mock cannot keep up; take fewer streams.")
        show(mock.name, alone, alone)
        for start in running:
            service = stack.enter_context(start)
            result = measure(service, mock, options)
            if result is not None:
                show(service.name, result, alone)
    print(f"goals: <= {GOALS['kilobytes']} KB a stream, first token added <= {GOALS['first_token']} ms at p99")


if __name__ == "__main__":
    main()
