"""The baseline of the gateway's benchmarks: the least that a gateway in Python can do. Read, post with aiohttp, write.

python bench/pass_through.py http://127.0.0.1:PORT/v1    prints its own port and serves until it is stopped

A GET tells that it is there.
"""

import sys

import aiohttp
import uvicorn

JSON = [(b"content-type", b"application/json")]
EVENTS = [(b"content-type", b"text/event-stream")]


class PassThrough:
    """An ASGI application in front of one upstream."""

    def __init__(self, upstream: str) -> None:
        self.completions = f"{upstream}/chat/completions"
        self.session: aiohttp.ClientSession | None = None

    async def __call__(self, scope, receive, send) -> None:
        if self.session is None:
            timeout = aiohttp.ClientTimeout(total=None)
            self.session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0), timeout=timeout)
        if scope["method"] == "GET":
            await send({"type": "http.response.start", "status": 204, "headers": []})
            await send({"type": "http.response.body"})
            return
        body = (await receive())["body"]
        async with self.session.post(
            self.completions, data=body, headers={"Content-Type": "application/json"}
        ) as response:
            if response.content_type == "application/json":
                answer = await response.read()
                length = [(b"content-length", b"%d" % len(answer))]
                await send({"type": "http.response.start", "status": 200, "headers": JSON + length})
                await send({"type": "http.response.body", "body": answer})
                return
            await send({"type": "http.response.start", "status": 200, "headers": EVENTS})
            async for piece in response.content.iter_any():
                await send({"type": "http.response.body", "body": piece, "more_body": True})
            await send({"type": "http.response.body", "body": b""})


if __name__ == "__main__":
    config = uvicorn.Config(
        PassThrough(sys.argv[1]),
        port=0,
        loop="uvloop",
        http="httptools",
        ws="none",
        lifespan="off",
        access_log=False,
        log_config=None,
    )
    bound = config.bind_socket()
    print(bound.getsockname()[1], flush=True)
    uvicorn.Server(config).run([bound])
