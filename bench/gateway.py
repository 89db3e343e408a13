"""Requests a second and added latency of chat completions, next to a plain pass-through, in one run on one machine.

The service under test has core 0 for itself; the mock upstream and the load generator share core 1. Rounds of the
services take turns, so that a busy moment of the machine hits them alike; the median round counts. The processor time
that an answer costs the service hardly depends on what else the machine does, so it is shown as well.
"""

import argparse
import asyncio
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import aiohttp
import uvicorn
import uvloop

MESSAGE = b"Leaves make sugar from light, water and carbon dioxide. " * 12
WORDS = 30
COMPLETION = (
    b'{"id":"chatcmpl-1","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"message":'
    b'{"role":"assistant","content":"%b"},"finish_reason":"stop"}],"usage":{"prompt_tokens":9,"completion_tokens":120,'
    b'"total_tokens":129}}' % MESSAGE
)
CHUNK = (
    b'data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"m",'
    b'"choices":[{"index":0,"delta":{"content":"leaves "},"finish_reason":null}]}\n\n'
)
LAST = CHUNK.replace(b"null", b'"stop"') + b"data: [DONE]\n\n"


class Mock(asyncio.Protocol):
    """An upstream that costs next to nothing: fixed answers, no parsing but for the end of a request."""

    plain = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b" % (
        len(COMPLETION),
        COMPLETION,
    )
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
    pieces = (head, *([b"%x\r\n%b\r\n" % (len(CHUNK), CHUNK)] * WORDS), b"%x\r\n%b\r\n0\r\n\r\n" % (len(LAST), LAST))

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        self.received = b""

    def data_received(self, data: bytes) -> None:
        self.received += data
        head, separator, body = self.received.partition(b"\r\n\r\n")
        if not separator:
            return
        length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
        if len(body) < length:
            return
        self.received = b""
        if b'"stream":true' in body:
            self.say(0)
        else:
            self.transport.write(self.plain)

    def say(self, number: int) -> None:
        """One write a word, as a model would."""
        self.transport.write(self.pieces[number])
        if number + 1 < len(self.pieces):
            asyncio.get_running_loop().call_soon(self.say, number + 1)


class Caller(asyncio.Protocol):
    """One connection of the load generator: asks again as soon as it is answered."""

    def __init__(self, request: bytes, until: float, latencies: list[float]) -> None:
        self.request, self.until, self.latencies = request, until, latencies
        self.done = asyncio.get_running_loop().create_future()
        self.received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        self.ask()

    def ask(self) -> None:
        self.began = time.perf_counter()
        self.transport.write(self.request)

    def data_received(self, data: bytes) -> None:
        self.received += data
        if not self.is_whole():
            return
        now = time.perf_counter()
        if not self.received.startswith(b"HTTP/1.1 200"):
            self.done.set_exception(RuntimeError(self.received.decode()))
            self.transport.close()
            return
        self.latencies.append(now - self.began)
        self.received = b""
        if now < self.until:
            self.ask()
        else:
            self.transport.close()
            self.done.set_result(None)

    def is_whole(self) -> bool:
        if self.received.endswith(b"\r\n0\r\n\r\n"):
            return True
        head, _, body = self.received.partition(b"\r\n\r\n")
        _, stated, rest = head.lower().partition(b"content-length:")
        return bool(stated) and len(body) == int(rest.split(b"\r\n")[0])

    def connection_lost(self, error: Exception | None) -> None:
        if not self.done.done():
            self.done.set_exception(error or ConnectionError("the service closed the connection"))


class PassThrough:
    """The least that a gateway in Python can do: read, post with aiohttp, write."""

    def __init__(self, upstream: str) -> None:
        self.upstream = upstream
        self.session: aiohttp.ClientSession | None = None

    async def __call__(self, scope, receive, send) -> None:
        if self.session is None:
            self.session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=256))
        body = (await receive())["body"]
        json = [(b"content-type", b"application/json")]
        async with self.session.post(
            self.upstream, data=body, headers={"Content-Type": "application/json"}
        ) as response:
            if response.content_type == "application/json":
                answer = await response.read()
                length = [(b"content-length", b"%d" % len(answer))]
                await send({"type": "http.response.start", "status": 200, "headers": json + length})
                await send({"type": "http.response.body", "body": answer})
                return
            events = [(b"content-type", b"text/event-stream")]
            await send({"type": "http.response.start", "status": 200, "headers": events})
            async for piece in response.content.iter_any():
                await send({"type": "http.response.body", "body": piece, "more_body": True})
            await send({"type": "http.response.body", "body": b""})


def banyan(upstream: str):
    """The product: gate, metrics, routing and provider, as `banyan serve proxy` puts them together."""
    from banyan.adapters.providers._dialects.http_errors import Secret
    from banyan.adapters.providers._dialects.upstream import Upstream
    from banyan.adapters.providers.openai import OpenAIProvider
    from banyan.edge.http.proxy_app import ProxyServices, create_proxy_app
    from banyan.proxy.usecases.complete import Complete
    from banyan.proxy.usecases.list_models import ListModels
    from banyan.proxy.usecases.route_model import ModelRoutes

    routes = ModelRoutes(
        {"openai": OpenAIProvider(Upstream(upstream.removesuffix("/chat/completions"), Secret("key")))}
    )
    nothing: Any = None  # no course is named here, so the library is not asked
    complete = Complete(routes, nothing, default_model="openai/m", top_k=10)
    services = ProxyServices(complete, ListModels(routes), nothing, nothing, nothing, nothing, nothing, 10)
    return create_proxy_app(services, open_ports=frozenset())


def serve(role: str, upstream: str) -> None:
    """A child's whole life: says its port, and serves until it is stopped."""
    os.sched_setaffinity(0, {min(1, (os.cpu_count() or 1) - 1) if role == "mock" else 0})
    if role == "mock":
        uvloop.run(serve_mock())
        return
    app = banyan(upstream) if role == "banyan" else PassThrough(upstream)
    config = uvicorn.Config(
        app, port=0, loop="uvloop", http="httptools", ws="none", lifespan="off", access_log=False, log_config=None
    )
    bound = config.bind_socket()
    print(bound.getsockname()[1], flush=True)
    uvicorn.Server(config).run([bound])


async def serve_mock() -> None:
    server = await asyncio.get_running_loop().create_server(Mock, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


@dataclass(frozen=True)
class Service:
    """A running process and the port that it listens on."""

    port: int
    pid: int

    def cpu_seconds(self) -> float:
        """Processor time that it has used so far."""
        with open(f"/proc/{self.pid}/stat") as file:
            fields = file.read().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def child(role: str, upstream: str = "") -> Iterator["Service"]:
    """A process in that role."""
    command = [sys.executable, __file__, "--role", role, "--upstream", upstream]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        yield Service(int(process.stdout.readline()), process.pid)
    finally:
        process.terminate()
        process.wait(10)


@dataclass(frozen=True)
class Round:
    """per_second: answers. p50 and p99: milliseconds. cpu: microseconds of the service for one answer."""

    per_second: float
    p50: float
    p99: float
    cpu: float


def load(service: Service, *, stream: bool, connections: int, seconds: float) -> Round:
    """One round against a service."""
    body = b'{"model":"openai/m","stream":%b,"temperature":0.2,"messages":[{"role":"system","content":"%b"},' % (
        b"true" if stream else b"false",
        MESSAGE,
    )
    body += b'{"role":"user","content":"What do leaves make?"}]}'
    head = (
        b"POST /v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nContent-Type: application/json\r\n" % service.port
    )
    request = b"%bContent-Length: %d\r\n\r\n%b" % (head, len(body), body)

    async def run() -> Round:
        loop = asyncio.get_running_loop()
        latencies: list[float] = []
        began, used = time.perf_counter(), service.cpu_seconds()
        callers = [Caller(request, began + seconds, latencies) for _ in range(connections)]
        for caller in callers:
            await loop.create_connection(lambda caller=caller: caller, "127.0.0.1", service.port)
        await asyncio.gather(*(caller.done for caller in callers))
        cuts = statistics.quantiles(latencies, n=100)
        per_second = len(latencies) / (time.perf_counter() - began)
        cpu = (service.cpu_seconds() - used) / len(latencies) * 1e6
        return Round(per_second, cuts[49] * 1000, cuts[98] * 1000, cpu)

    return uvloop.run(run())


def measure(
    services: dict[str, Service], *, stream: bool, connections: int, seconds: float, rounds: int
) -> dict[str, Round]:
    """The median round of each service by answers a second; the processor time is the median of all rounds."""
    for service in services.values():
        load(service, stream=stream, connections=connections, seconds=0.5)
    taken: dict[str, list[Round]] = {name: [] for name in services}
    for _ in range(rounds):
        for name, service in services.items():
            taken[name].append(load(service, stream=stream, connections=connections, seconds=seconds))
    medians = {}
    for name, rows in taken.items():
        median = sorted(rows, key=lambda row: row.per_second)[rounds // 2]
        medians[name] = replace(median, cpu=statistics.median(row.cpu for row in rows))
    return medians


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--role", choices=["mock", "pass-through", "banyan"], help=argparse.SUPPRESS)
    parser.add_argument("--upstream", default="", help=argparse.SUPPRESS)
    parser.add_argument("--seconds", type=float, default=3, help="length of a round")
    parser.add_argument("--rounds", type=int, default=5)
    options, _ = parser.parse_known_args()
    if options.role:
        serve(options.role, options.upstream)
        return
    os.sched_setaffinity(0, {min(1, (os.cpu_count() or 1) - 1)})
    with child("mock") as mock:
        upstream = f"http://127.0.0.1:{mock.port}/v1/chat/completions"
        with child("pass-through", upstream) as passing, child("banyan", upstream) as ours:
            services = {"mock alone": mock, "pass-through": passing, "banyan": ours}
            print(f"{'':20} {'answers/s':>10} {'ratio':>6} {'p50 ms':>8} {'p99 ms':>8} {'added p50':>10} {'cpu us':>8}")
            for stream in (False, True):
                for connections in (16, 1):
                    rows = measure(
                        services, stream=stream, connections=connections, seconds=options.seconds, rounds=options.rounds
                    )
                    print(f"{'stream' if stream else 'plain'}, {connections} connections")
                    for name, row in rows.items():
                        show(name, row, rows)


def show(name: str, row: Round, rows: dict[str, Round]) -> None:
    """One line of the table."""
    added = row.p50 - rows["mock alone"].p50
    ratio = row.per_second / rows["pass-through"].per_second
    speed = f"{row.per_second:10.0f} {ratio:6.2f}"
    print(f"  {name:18} {speed} {row.p50:8.2f} {row.p99:8.2f} {added:10.2f} {row.cpu:8.0f}", flush=True)


if __name__ == "__main__":
    main()
