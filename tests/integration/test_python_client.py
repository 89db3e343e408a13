"""`banyan.client` against the real service, and against a server that misbehaves."""

import asyncio
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import aclosing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from services import Service, serving

from banyan.client import (
    AsyncBanyan,
    Banyan,
    BanyanError,
    BreakerOpen,
    BreakerOptions,
    ChatEnd,
    Meta,
    NetworkError,
    Retries,
    StreamCut,
    Text,
    TimedOut,
    Timeouts,
    Whole,
)

QUICK = Retries(first=0.001)
EVENT = b'data: {"choices": [{"delta": {"content": "one"}}]}\n\n'
Script = Callable[[BaseHTTPRequestHandler], None]


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """With the sample course."""
    with serving(tmp_path_factory.mktemp("client") / "data", "--sample") as running:
        yield running


@contextmanager
def misbehaving(*scripts: Script) -> Iterator[tuple[str, list[Any]]]:
    """Answers the first request by the first script, and so on; the last one also answers all later ones."""
    asked: list[Any] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            asked.append((self.path, self.headers, body))
            scripts[min(len(asked), len(scripts)) - 1](self)

        do_GET = do_POST

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.handle_error = lambda *_: None  # type: ignore[method-assign]  # a client that has left is what is tested
    server.block_on_close = False
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", asked
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def says(body: Any, status: int = 200, **headers: str) -> Script:
    """A whole answer."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        data = json.dumps(body).encode()
        handler.send_response(status)
        for name, value in {"content-length": str(len(data)), "x-request-id": "req_1", **headers}.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()
        handler.wfile.write(data)

    return answer


def streams(*pieces: bytes, silent: threading.Event | None = None) -> Script:
    """The pieces, and then the end of the connection, or nothing until `silent` is set."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.end_headers()
        handler.wfile.write(b"".join(pieces))
        if silent is not None:
            handler.wfile.flush()
            silent.wait(10)

    return answer


def resets(handler: BaseHTTPRequestHandler) -> None:
    handler.connection.close()


def place(banyan: Banyan) -> tuple[str, str, str]:
    """A course and a lesson of the sample, and a question about it."""
    course = banyan.request("GET", "/api/v1/courses")["courses"][0]
    lesson = banyan.request("GET", f"/api/v1/courses/{course}/lessons")["lessons"][0]
    return course, lesson["lesson"], f"What is {lesson['title']} about?"


def test_the_client_finds_what_the_service_has(service: Service) -> None:
    """Health, chat, sessions, search, vectors, material and personas, plain and streamed."""
    with Banyan(service.assistant, proxy_url=service.proxy) as banyan:
        assert banyan.health()["status"] == "healthy"
        course, lesson, question = place(banyan)
        answer = banyan.chat(course, lesson, question)
        assert "[1]" in answer["choices"][0]["message"]["content"]
        first, *pieces, end = banyan.chat_stream(course, lesson, question)
        assert isinstance(first, Meta)
        assert isinstance(end, ChatEnd)
        assert "[1]" in "".join(piece.text for piece in pieces if isinstance(piece, Text))
        assert banyan.history(course, lesson)["session"] == answer["session"]
        assert len(banyan.messages(answer["session"])) == 4
        assert banyan.new_session(course, lesson)["session"] in {one["session"] for one in banyan.sessions()}
        assert banyan.search(question, course, top_k=3)[0]["course"] == course
        assert [len(vector) for vector in banyan.embeddings(["one", "two"])] == [384, 384]
        quiz = banyan.content("quiz", course=course, lesson=lesson, count=2)
        assert quiz["type"] == "quiz"
        *written, whole = banyan.content_stream("summary", course=course, lesson=lesson)
        assert written
        assert isinstance(whole, Whole)
    with Banyan(service.assistant, user="ada") as ada:
        assert ada.history(course, lesson)["session"] is None
        ada.replace_persona("ada", {"tone": "warm"})
        ada.change_persona("ada", {"language": "de"})
        assert ada.persona("ada")["persona"]["language"] == "de"
        ada.remove_persona("ada")
        assert ada.persona("ada")["persona"].get("language") != "de"
        with pytest.raises(BanyanError) as refused:
            ada.chat(course, "nowhere", question)
        assert (refused.value.status, refused.value.request_id is not None) == (404, True)
        with pytest.raises(BanyanError, match="proxy_url"):
            ada.search("q", course)


async def test_the_async_client_finds_the_same(service: Service) -> None:
    """Chat, plain and streamed, search and vectors."""
    with Banyan(service.assistant) as banyan:
        course, lesson, question = place(banyan)
    async with AsyncBanyan(service.assistant, proxy_url=service.proxy) as banyan:
        one, two = await asyncio.gather(
            *(banyan.chat(course, lesson, question, idempotency_key="once") for _ in range(2))
        )
        assert one["message_id"] == two["message_id"]
        events = [event async for event in banyan.chat_stream(course, lesson, question)]
        assert isinstance(events[-1], ChatEnd)
        assert (await banyan.search(question, course))[0]["course"] == course
        assert len(await banyan.embeddings(["one"])) == 1
        whole = [event async for event in banyan.content_stream("summary", course=course, lesson=lesson)][-1]
        assert isinstance(whole, Whole)


def test_resets_and_busy_answers_are_tried_again_with_the_same_key() -> None:
    """A POST has one key for all tries; `request` without one is sent once."""
    with (
        misbehaving(resets, says({}, 503, retry_after="0"), says({}, 429), says({"results": []})) as (url, asked),
        Banyan(url, proxy_url=url, retries=Retries(3, 0.001)) as banyan,
    ):
        assert banyan.search("q", "c") == []
        assert len({headers["idempotency-key"] for _, headers, _ in asked}) == 1
        assert len(asked) == 4
    with misbehaving(resets) as (url, asked), Banyan(url, retries=QUICK) as banyan:
        with pytest.raises(NetworkError):
            banyan.request("POST", "/api/v1/jobs", body={})
        assert len(asked) == 1


def test_a_refusal_says_what_the_service_said() -> None:
    """Status, code, id and patience; who asks for an hour is not asked again."""
    body = {"error": {"message": "Too much today.", "code": "quota_exceeded"}}
    with misbehaving(says(body, 429, retry_after="3600")) as (url, asked), Banyan(url, api_key=lambda: "k") as banyan:
        with pytest.raises(BanyanError, match=r"^Too much today\.$") as refused:
            banyan.health()
        error = refused.value
        assert (error.status, error.code, error.request_id, error.retry_after) == (429, "quota_exceeded", "req_1", 3600)
        assert [headers["authorization"] for _, headers, _ in asked] == ["Bearer k"]


def test_a_cut_stream_is_no_ended_one() -> None:
    """Without its end marker a stream has been cut; an error event is an error."""
    for pieces, kind in (
        ((EVENT,), StreamCut),
        ((EVENT, b'data: {"choices": [{"del'), StreamCut),
        ((EVENT, b'data: {"error": {"message": "Broke.", "code": "upstream_failed"}}\n\n'), BanyanError),
    ):
        with misbehaving(streams(*pieces)) as (url, _), Banyan(url) as banyan:
            events = banyan.chat_stream("c", "l", "q")
            assert next(events) == Text("one")
            with pytest.raises(kind):
                next(events)
    with misbehaving(streams(EVENT, b"data: [DONE]")) as (url, _), Banyan(url) as banyan:
        assert list(banyan.chat_stream("c", "l", "q")) == [Text("one")]


async def test_each_time_limit_is_named() -> None:
    """Before the answer and between its pieces; leaving a stream early frees the connection."""
    done = threading.Event()
    with misbehaving(lambda _: done.wait(10) and None, streams(EVENT, silent=done)) as (url, _):
        async with AsyncBanyan(url, retries=Retries(0), timeouts=Timeouts(first_byte=0.05)) as banyan:
            with pytest.raises(TimedOut) as late:
                await banyan.health()
            assert late.value.phase == "first_byte"
        async with AsyncBanyan(url, timeouts=Timeouts(idle=0.3)) as banyan:
            async with aclosing(banyan.chat_stream("c", "l", "q")) as events:
                assert await anext(events) == Text("one")
                with pytest.raises(TimedOut) as idle:
                    await anext(events)
            assert idle.value.phase == "idle"
            async with aclosing(banyan.chat_stream("c", "l", "q")) as events:
                assert await anext(events) == Text("one")
        done.set()


def test_the_breaker_opens_and_lets_one_call_through() -> None:
    """After enough failures calls are kept back; refusals do not count."""
    options = BreakerOptions(failures=3, pause=0)
    with misbehaving(*[says({}, 500)] * 3, says({})) as (url, asked), Banyan(url, breaker=options) as banyan:
        for _ in range(3):
            with pytest.raises(BanyanError):
                banyan.health()
        banyan.health()
        assert len(asked) == 4
    with misbehaving(says({}, 500)) as (url, asked), Banyan(url, breaker=BreakerOptions(3)) as banyan:
        for _ in range(3):
            with pytest.raises(BanyanError):
                banyan.health()
        with pytest.raises(BreakerOpen) as kept:
            banyan.health()
        assert kept.value.retry_after == pytest.approx(30, abs=5)
        assert len(asked) == 3
    with misbehaving(says({}, 404)) as (url, asked), Banyan(url, breaker=BreakerOptions(3)) as banyan:
        for _ in range(6):
            with pytest.raises(BanyanError):
                banyan.health()
        assert len(asked) == 6
