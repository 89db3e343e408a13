"""Memory over 200,000 requests, and what an exact cache hit adds to the upstream's own latency.

    .venv/bin/python bench/soak.py
    .venv/bin/python bench/soak.py --cache-header "NAME: VALUE" --cache-setting NAME=VALUE

Every request asks something else, every tenth one as a stream, so that whatever the service keeps of a request would
pile up. `--cache-header` and `--cache-setting` say how the cache is switched on, unless the header's default will do.
The baseline of a hit is the mock upstream, asked directly, in the same run. The mock counts what reaches it, so that a
miss cannot pass for a hit.
"""

import argparse
import asyncio
import contextlib
import statistics
import time
from collections.abc import Iterator
from dataclasses import replace

import uvloop

import gateways
from callers import Answer, at_a_rate, request_of
from gateways import Service, asked_upstream

CONNECTIONS = 16
EARLY, LATE = 10_000, 200_000
GROWTH_GOAL, HIT_GOAL = 10, 0.5
HITS_PER_SECOND = 500


class Caller(asyncio.Protocol):
    """One connection, which asks the next request as soon as it is answered, until there is none."""

    def __init__(self, requests: Iterator[bytes]) -> None:
        self.requests = requests
        self.done = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        self.ask()

    def ask(self) -> None:
        request = next(self.requests, None)
        if request is None:
            self.done.set_result(None)
            self.transport.close()
            return
        self.answer = Answer()
        self.transport.write(request)

    def data_received(self, data: bytes) -> None:
        try:
            if self.answer.feed(data):
                self.ask()
        except RuntimeError as error:
            self.done.set_exception(error)
            self.transport.close()

    def connection_lost(self, error: Exception | None) -> None:
        if not self.done.done():
            self.done.set_exception(error or ConnectionError("the service closed the connection"))


async def ask_all(service: Service, first: int, beyond: int) -> None:
    """The requests of these numbers."""
    requests = (service.request(f"Question {number}?", stream=number % 10 == 0) for number in range(first, beyond))
    callers = [Caller(requests) for _ in range(CONNECTIONS)]
    for caller in callers:
        await asyncio.get_running_loop().create_connection(lambda caller=caller: caller, "127.0.0.1", service.port)
    await asyncio.gather(*(caller.done for caller in callers))


def soak(service: Service, early: int, late: int) -> None:
    """Prints resident memory after so many requests."""
    uvloop.run(ask_all(service, 0, early))
    before, began = service.resident_megabytes(), time.perf_counter()
    uvloop.run(ask_all(service, early, late))
    took, after = time.perf_counter() - began, service.resident_megabytes()
    print(
        f"{service.name:14}{before:8.1f} MB at {early:,} requests, {after:8.1f} MB at {late:,}: "
        f"{after - before:+.1f} MB   ({(late - early) / took:.0f}/s)",
        flush=True,
    )


def cache_hits(service: Service, mock: Service, seconds: float) -> None:
    """Prints the latency of a hit, beside the mock's for the same requests."""
    request = request_of(service, stream=False)
    at_a_rate(service, rate=50, seconds=0.5, request=request)  # fills the cache
    rounds: dict[str, list[tuple[float, float]]] = {service.name: [], mock.name: []}
    for _ in range(3):
        for one in (service, mock):
            before = asked_upstream(mock)
            taken = at_a_rate(one, rate=HITS_PER_SECOND, seconds=seconds, request=request if one is service else None)
            if one is service and asked_upstream(mock) > before:
                raise SystemExit(f"{asked_upstream(mock) - before} of the cached requests reached the upstream.")
            rounds[one.name].append((taken.p50, taken.p99))
    hit, direct = (
        [statistics.median(column) for column in zip(*rounds[one.name], strict=True)] for one in (service, mock)
    )
    for name, (p50, p99) in (("cache hit", hit), (mock.name, direct)):
        print(f"{name:14} at {HITS_PER_SECOND}/s: p50 {p50:.2f} ms, p99 {p99:.2f} ms")
    print(f"added by a hit: p50 {hit[0] - direct[0]:.2f} ms (goal {HIT_GOAL} ms), p99 {hit[1] - direct[1]:.2f} ms")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--early", type=int, default=EARLY, help="requests before memory is read first")
    parser.add_argument("--late", type=int, default=LATE, help="requests before memory is read again")
    parser.add_argument("--seconds", type=float, default=3, help="length of a round of cache hits")
    parser.add_argument(
        "--cache-header", default="X-Banyan-Cache: on", help="NAME: VALUE that callers send to have answers cached"
    )
    parser.add_argument("--cache-setting", help="NAME=VALUE that the service is started with")
    options, _ = parser.parse_known_args()
    gateways.pin(gateways.OTHER_CORES)
    with contextlib.ExitStack() as stack:
        mock = stack.enter_context(gateways.mock())
        upstream = f"http://127.0.0.1:{mock.port}/v1"
        for start in (gateways.pass_through, gateways.banyan):
            with start(upstream) as service:
                soak(service, options.early, options.late)
        print(f"goal: {GROWTH_GOAL} MB at most")
        settings = dict([options.cache_setting.split("=", 1)]) if options.cache_setting else {}
        with gateways.banyan(upstream, settings) as service:
            if options.cache_header:
                name, _, value = options.cache_header.partition(":")
                service = replace(service, headers={**service.headers, name: value.strip()})
            cache_hits(service, mock, options.seconds)


if __name__ == "__main__":
    main()
