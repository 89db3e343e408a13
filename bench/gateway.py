"""Chat completions a second and added latency, next to a plain pass-through and to other gateways, in one run.

    make bench BENCH=--peers                                this and all other benchmarks
    .venv/bin/python bench/gateway.py                       the product and the pass-through
    .venv/bin/python bench/gateway.py --peers               and TensorZero, LiteLLM and Portkey, installed when missing
    .venv/bin/python bench/gateway.py --peers tensorzero    and that one

All have the same mock upstream. The service under test has core 0 for itself; the mock and the load generator share
core 1. Rounds of the services take turns, so that a busy moment of the machine hits them alike; the median round
counts. The processor time that an answer costs the service hardly depends on what else the machine does.
"""

import argparse
import contextlib
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from functools import partial

import gateways
from callers import Round, as_fast_as_it_goes, at_a_rate, check
from gateways import Service
from peers import PEERS
from serve import free_port

CONNECTIONS = (16, 1)
RATES = (1000, 2000)
COMPARED = ("pass-through", "litellm", "tensorzero")
HEADROOM = 1.15
"""How much more than a rate a service must manage at its best, so that its queue does not grow during a round."""


def measure(running: Sequence[Service], load: Callable[..., Round], options: argparse.Namespace) -> dict[str, Round]:
    """The median of each figure, service by service. load: takes a service and `seconds`."""
    for service in running:
        load(service, seconds=0.5)
    taken: dict[str, list[Round]] = {service.name: [] for service in running}
    for _ in range(options.rounds):
        for service in running:
            taken[service.name].append(load(service, seconds=options.seconds))
    return {
        name: Round(*(statistics.median(getattr(row, column.name) for row in rows) for column in fields(Round)))
        for name, rows in taken.items()
    }


def show(title: str, running: Sequence[Service], rows: Mapping[str, Round]) -> None:
    """One table."""
    ratios = "".join(f"{'/ ' + name:>15}" for name in COMPARED)
    print(f"\n{title}")
    print(
        f"  {'':14}{'answers/s':>10}{ratios}{'p50 ms':>9}{'p99 ms':>9}{'added p50':>11}{'added p99':>11}"
        f"{'cpu us':>8}{'RSS MB':>8}"
    )
    alone = rows["mock alone"]
    for service in running:
        row = rows.get(service.name)
        if row is None:
            print(f"  {service.name:14}{'-':>10}")
            continue
        shares = (rows[name].per_second if name in rows else None for name in COMPARED)
        cells = "".join(f"{row.per_second / share:15.2f}" if share else f"{'-':>15}" for share in shares)
        print(
            f"  {service.name:14}{row.per_second:10.0f}{cells}{row.p50:9.2f}{row.p99:9.2f}"
            f"{row.p50 - alone.p50:11.2f}{row.p99 - alone.p99:11.2f}{row.cpu:8.0f}{service.resident_megabytes():8.0f}",
            flush=True,
        )


def compare(running: Sequence[Service], options: argparse.Namespace) -> None:
    """All tables: as fast as it goes, then at fixed rates."""
    most: dict[str, float] = {}
    for stream in (False, True):
        kind = "stream" if stream else "plain"
        able = [service for service in running if passes_on(service, stream=stream)]
        for connections in CONNECTIONS:
            rows = measure(able, partial(as_fast_as_it_goes, stream=stream, connections=connections), options)
            show(f"{kind}, {connections} connections", running, rows)
            if not stream and connections == max(CONNECTIONS):
                most = {name: row.per_second for name, row in rows.items()}
    for rate in options.rates:
        able = [service for service in running if most.get(service.name, 0) > rate * HEADROOM]
        rows = measure(able, partial(at_a_rate, rate=rate), options)
        show(f"plain, {rate} requests a second; left out who cannot keep up", running, rows)


def passes_on(service: Service, *, stream: bool) -> bool:
    """Whether the upstream's answer comes through whole; prints what comes instead."""
    try:
        check(service, stream=stream)
    except (RuntimeError, OSError) as error:
        print(f"\n{service.name} is left out of {'streams' if stream else 'plain calls'}: {error}", flush=True)
        return False
    return True


def start(stack: contextlib.ExitStack, upstream: str, peers: Sequence[str]) -> list[Service]:
    """The services. A peer that cannot be installed or started is named and left out."""
    running = [stack.enter_context(gateways.pass_through(upstream)), stack.enter_context(gateways.banyan(upstream))]
    for name in peers:
        try:
            running.append(stack.enter_context(PEERS[name](upstream, free_port())))
        except (RuntimeError, OSError) as error:
            print(f"{name} is left out: {error}", flush=True)
    return running


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--peers", nargs="*", choices=list(PEERS), help="also measure these; all where none is named")
    parser.add_argument("--seconds", type=float, default=3, help="length of a round")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--rates", type=int, nargs="*", default=RATES, help="requests a second of the even load")
    options, _ = parser.parse_known_args()
    peers = () if options.peers is None else options.peers or list(PEERS)
    gateways.pin(gateways.OTHER_CORES)
    with contextlib.ExitStack() as stack:
        mock = stack.enter_context(gateways.mock())
        compare([mock, *start(stack, f"http://127.0.0.1:{mock.port}/v1", peers)], options)


if __name__ == "__main__":
    main()
