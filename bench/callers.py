"""Load for the gateway's benchmarks: callers that ask again as soon as they are answered, and a fixed rate of requests.

The first kind finds the most that a service can do. Its latency says little: while the service is busy all the time, it
is connections divided by answers a second. The second kind measures the latency that a caller has on a normal day.
"""

import asyncio
import re
import select
import socket
import statistics
import time
from collections import deque
from dataclasses import dataclass

import uvloop

from gateways import Service
from upstream import MESSAGE, WORDS

QUESTION = "What do leaves make?"
_LENGTH = re.compile(rb"content-length:\s*(\d+)", re.IGNORECASE)
_MOST_UNDER_WAY = 256


@dataclass(frozen=True)
class Round:
    """per_second: answers. p50 and p99: milliseconds. cpu: microseconds of the service for one answer."""

    per_second: float
    p50: float
    p99: float
    cpu: float


class Answer:
    """Knows when an answer is whole: by its length, or by the last chunk. A new one is made for every request."""

    __slots__ = ("_missing", "received")

    def __init__(self) -> None:
        self.received = b""
        self._missing: int | None = None

    def feed(self, data: bytes) -> bool:
        """Whether that was all of it. Raises: RuntimeError for any status but 200."""
        if self._missing is not None:
            self._missing -= len(data)
            self.received += data
            return self._missing <= 0
        self.received += data
        if self.received.endswith(b"\r\n0\r\n\r\n"):
            return True
        head, separator, body = self.received.partition(b"\r\n\r\n")
        if not separator:
            return False
        if not head.startswith(b"HTTP/1.1 200"):
            raise RuntimeError(f"it answered {(head.splitlines()[0] + b' ' + body).decode(errors='replace')[:500]}")
        length = _LENGTH.search(head)
        if length is None:
            return False
        self._missing = int(length[1]) - len(body)
        return self._missing <= 0


def request_of(service: Service, *, stream: bool) -> bytes:
    """The same question from every caller, with a system message of the usual length."""
    return service.request(QUESTION, stream=stream, system=MESSAGE.decode())


def check(service: Service, *, stream: bool) -> None:
    """One request whose answer must hold every word of the upstream's. Raises: RuntimeError."""
    with socket.create_connection(("127.0.0.1", service.port), timeout=30) as connection:
        connection.sendall(request_of(service, stream=stream))
        answer = Answer()
        while not answer.feed(piece := connection.recv(65536)):
            if not piece:
                raise RuntimeError("the connection was closed in the middle of an answer")
    words = answer.received.count(b'"leaves ')
    if (words != WORDS) if stream else (MESSAGE.strip() not in answer.received):
        raise RuntimeError(f"the answer is not the upstream's: {answer.received[:2000]!r}")


class _Caller(asyncio.Protocol):
    """One connection: asks again as soon as it is answered."""

    def __init__(self, request: bytes, until: float, latencies: list[float]) -> None:
        self.request, self.until, self.latencies = request, until, latencies
        self.done = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        self.ask()

    def ask(self) -> None:
        self.answer = Answer()
        self.began = time.perf_counter()
        self.transport.write(self.request)

    def data_received(self, data: bytes) -> None:
        try:
            if not self.answer.feed(data):
                return
        except RuntimeError as error:
            self.done.set_exception(error)
            self.transport.close()
            return
        now = time.perf_counter()
        self.latencies.append(now - self.began)
        if now < self.until:
            self.ask()
        else:
            self.transport.close()
            self.done.set_result(None)

    def connection_lost(self, error: Exception | None) -> None:
        if not self.done.done():
            self.done.set_exception(error or ConnectionError("the service closed the connection"))


def as_fast_as_it_goes(service: Service, *, stream: bool, connections: int, seconds: float) -> Round:
    """Each connection asks again as soon as it is answered."""

    async def run() -> Round:
        loop = asyncio.get_running_loop()
        latencies: list[float] = []
        began, used = time.perf_counter(), service.cpu_seconds()
        request = request_of(service, stream=stream)
        callers = [_Caller(request, began + seconds, latencies) for _ in range(connections)]
        for caller in callers:
            await loop.create_connection(lambda caller=caller: caller, "127.0.0.1", service.port)
        await asyncio.gather(*(caller.done for caller in callers))
        cuts = statistics.quantiles(latencies, n=100)
        per_second = len(latencies) / (time.perf_counter() - began)
        cpu = (service.cpu_seconds() - used) / len(latencies) * 1e6
        return Round(per_second, cuts[49] * 1000, cuts[98] * 1000, cpu)

    return uvloop.run(run())


def at_a_rate(service: Service, *, rate: float, seconds: float, request: bytes | None = None) -> Round:
    """Plain requests at even distances, whether or not earlier ones are answered; latency counts from when one was due.

    `select`, because event loops wait in whole milliseconds. request: another one than the usual.
    """
    request = request or request_of(service, stream=False)
    connections = [socket.create_connection(("127.0.0.1", service.port), timeout=30) for _ in range(_MOST_UNDER_WAY)]
    for connection in connections:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    idle = deque(connections)  # the one that waited longest is taken, so that all of them stay in use
    under_way: dict[socket.socket, tuple[float, Answer]] = {}
    latencies: list[float] = []
    total, sent = int(rate * seconds), 0
    used, began = service.cpu_seconds(), time.perf_counter()
    while len(latencies) < total:
        due = began + sent / rate
        while sent < total and idle and due <= time.perf_counter():
            connection = idle.popleft()
            under_way[connection] = (due, Answer())
            connection.sendall(request)
            sent += 1
            due = began + sent / rate
        pause = max(0, due - time.perf_counter()) if sent < total and idle else 10
        for connection in select.select(under_way, (), (), pause)[0]:
            due, answer = under_way[connection]
            data = connection.recv(65536)
            if not data:
                raise RuntimeError("the connection was closed in the middle of an answer")
            if answer.feed(data):
                latencies.append(time.perf_counter() - due)
                del under_way[connection]
                idle.append(connection)
    took = time.perf_counter() - began
    for connection in connections:
        connection.close()
    cuts = statistics.quantiles(latencies, n=100)
    cpu = (service.cpu_seconds() - used) / total * 1e6
    return Round(total / took, cuts[49] * 1000, cuts[98] * 1000, cpu)
