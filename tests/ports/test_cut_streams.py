"""Every wire, with its stream ended at every single byte: what came is passed on, and only a whole answer is whole."""

import asyncio
import json

import pytest
from fake_upstream import WORDS, FakeUpstream
from faulty_upstream import Call, faulty_upstream
from wires import WIRES, open_at

from banyan.kernel.errors import UpstreamFailed
from banyan.proxy.ports.chat_provider import ChatCall, ChatProvider

DIALECTS = ["anthropic", "llama_server", "ollama", "openai"]
"""One wire for each way of reading a stream; the others are read as OpenAI's is."""
TEXT = "".join(WORDS)
AT_ONCE = 50


def cut(size: int) -> ChatCall:
    """A call whose model tells the upstream where to end."""
    messages = [{"role": "user", "content": "what is a leaf"}]
    body = {"model": f"cut {size}", "messages": messages, "stream": True, "stream_options": {"include_usage": True}}
    return ChatCall(json.dumps(body).encode(), f"cut {size}", True)


def said(fake: FakeUpstream, body: dict, line_end: bytes) -> bytes:
    """The whole stream."""
    pieces = fake.pieces({**body, "model": "m"})
    whole = b"".join([*pieces.before, *pieces.words, *pieces.after, pieces.done])
    return whole.replace(b"\n", line_end)


async def read(provider: ChatProvider, size: int) -> tuple[str, list[str], str | None]:
    """Text, reasons for the end, and the code of the failure."""
    chunks: list[dict] = []
    code: str | None = None
    try:
        async for item in provider.stream(cut(size)):
            chunks.append(json.loads(item))
    except UpstreamFailed as error:
        code = error.code
    choices = [choice for chunk in chunks for choice in chunk["choices"]]
    text = "".join(choice["delta"].get("content") or "" for choice in choices)
    return text, [choice["finish_reason"] for choice in choices if choice["finish_reason"]], code


@pytest.mark.parametrize(
    ("breaks", "line_end"),
    [(True, b"\n"), (False, b"\n"), (False, b"\r\n")],
    ids=["broken", "closed", "closed with CRLF"],
)
@pytest.mark.parametrize("dialect", DIALECTS)
async def test_a_stream_that_ends_at_any_byte_is_whole_or_a_failure(
    dialect: str, breaks: bool, line_end: bytes
) -> None:
    """Never half a word too many, never `stop` behind half an answer, and no failure behind a whole one."""
    wire = WIRES[dialect]
    fake = wire.fake()
    lengths: set[int] = set()

    async def end_early(call: Call) -> None:
        data = said(fake, call.body, line_end)
        lengths.add(len(data))
        kind = f"Content-Type: {fake.stream_type}\r\nTransfer-Encoding: chunked"
        await call.write(f"HTTP/1.1 200 OK\r\n{kind}\r\n\r\n".encode())
        if size := int(call.body["model"].removeprefix("cut ")):
            await call.piece(data[:size])
        if breaks:
            call.cut()
        else:
            await call.end_stream()

    async with faulty_upstream() as upstream:
        upstream.usual = end_early
        provider = open_at(wire, upstream.base_url)
        assert await read(provider, 1_000_000) == (TEXT, ["stop"], None)
        (length,) = lengths
        before, finished = "", False
        for first in range(0, length + 1, AT_ONCE):
            sizes = range(first, min(first + AT_ONCE, length + 1))
            for text, reasons, code in await asyncio.gather(*(read(provider, size) for size in sizes)):
                assert text.startswith(before)
                assert TEXT.startswith(text)
                if reasons:
                    finished = True
                    assert (text, reasons, code) == (TEXT, ["stop"], None)
                else:
                    assert not finished
                    assert code == "stream_cut"
                before = text
        assert finished
        await provider.close()
