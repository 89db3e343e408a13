"""The mock provider of the gateway's benchmarks: it costs next to nothing, so that the gateway is what is measured.

    python bench/upstream.py            answers at once; a stream comes one write a word
    python bench/upstream.py --paced    streams of numbered tokens, 20 a second each

Prints its port and serves until it is stopped. `GET /count` tells how many completions it was asked for.
"""

import argparse
import asyncio
import re
import time
from collections import deque
from typing import ClassVar

import uvloop

MESSAGE = b"Leaves make sugar from light, water and carbon dioxide. " * 12
WORDS = 30
COMPLETION = (
    b'{"id":"chatcmpl-1","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"message":'
    b'{"role":"assistant","content":"%b"},"finish_reason":"stop"}],"usage":{"prompt_tokens":9,"completion_tokens":120,'
    b'"total_tokens":129}}' % MESSAGE
)
CHUNK = (
    b'{"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"m",'
    b'"choices":[{"index":0,"delta":{"content":"%b"},"finish_reason":null}]}'
)
LAST = (
    b'{"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"m",'
    b'"choices":[{"index":0,"delta":{},"finish_reason":"stop"}],'
    b'"usage":{"prompt_tokens":9,"completion_tokens":30,"total_tokens":39}}'
)
TOKENS_PER_SECOND = 20
_TICK = 0.002
"""Seconds between two looks at which paced tokens are due."""
_STREAMED = re.compile(rb'"stream":\s*true')
_NUMBERED = re.compile(rb"stream (\d+) of (\d+) tokens")
_UNMARKED = b"tokens in words"
_LENGTH = re.compile(rb"content-length:\s*(\d+)", re.IGNORECASE)


def _event(data: bytes) -> bytes:
    """One server-sent event in one chunk of HTTP."""
    event = b"data: %b\n\n" % data
    return b"%x\r\n%b\r\n" % (len(event), event)


_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
_END = _event(LAST) + _event(b"[DONE]") + b"0\r\n\r\n"
_PLAIN = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
_PIECES = (_HEAD, *([_event(CHUNK % b"leaves ")] * WORDS), _END)


class Upstream(asyncio.Protocol):
    """Answers at once, without parsing more than the end of a request."""

    asked = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        self.received = b""

    def data_received(self, data: bytes) -> None:
        self.received += data
        head, separator, body = self.received.partition(b"\r\n\r\n")
        if not separator:
            return
        length = _LENGTH.search(head)
        if length is not None and len(body) < int(length[1]):
            return
        self.received = b""
        if head.startswith(b"GET /count"):
            self.answer(b"%d" % Upstream.asked)
            return
        Upstream.asked += 1
        if _STREAMED.search(body):
            self.stream(body)
        else:
            self.answer(COMPLETION)

    def answer(self, body: bytes) -> None:
        self.transport.write(_PLAIN % len(body) + body)

    def stream(self, body: bytes) -> None:
        self.say(0)

    def say(self, number: int) -> None:
        """One write a word, as a model would."""
        self.transport.write(_PIECES[number])
        if number + 1 < len(_PIECES):
            asyncio.get_running_loop().call_soon(self.say, number + 1)


class PacedUpstream(Upstream):
    """Tokens `stream:sequence:time`, 20 a second; the request's text says `stream 7 of 200 tokens`.

    With `in words`, each token is a word, as those who read answers expect.

    time: microseconds of the monotonic clock when the token was written. One queue serves all streams, in the order
    in which their tokens are due: all wait equally long for the next one.
    """

    due: ClassVar["deque[tuple[float, PacedUpstream]]"] = deque()

    def stream(self, body: bytes) -> None:
        found = _NUMBERED.search(body)
        self.number, self.tokens = (int(found[1]), int(found[2])) if found else (0, WORDS)
        self.marked = _UNMARKED not in body
        self.sequence = 0
        self.transport.write(_HEAD + self.token())
        self.due.append((time.perf_counter() + 1 / TOKENS_PER_SECOND, self))

    def token(self) -> bytes:
        token = b"%d:%d:%d " % (self.number, self.sequence, time.perf_counter() * 1e6) if self.marked else b"leaves "
        self.sequence += 1
        return _event(CHUNK % token)

    def advance(self, due: float) -> None:
        if self.transport.is_closing():
            return
        if self.sequence == self.tokens:
            self.transport.write(_END)
            return
        self.transport.write(self.token())
        self.due.append((due + 1 / TOKENS_PER_SECOND, self))


async def pace() -> None:
    """Sends the tokens that are due."""
    waiting = PacedUpstream.due
    while True:
        now = time.perf_counter()
        while waiting and waiting[0][0] <= now:
            due, stream = waiting.popleft()
            stream.advance(due)
        await asyncio.sleep(_TICK)


async def serve(*, paced: bool) -> None:
    kind = PacedUpstream if paced else Upstream
    server = await asyncio.get_running_loop().create_server(kind, "127.0.0.1", 0, backlog=2048)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.gather(server.serve_forever(), pace())


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--paced", action="store_true")
    uvloop.run(serve(paced=parser.parse_args().paced))
