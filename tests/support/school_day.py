"""A school for a day: the real program with keys, and people who come in by them over HTTP."""

import json
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from services import banyan, serving, until_known

COURSE = "biology"


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back."""

    status: int
    text: str

    @property
    def json(self) -> Any:
        return json.loads(self.text)

    @property
    def code(self) -> str:
        """Of a refusal."""
        return str(self.json["error"]["code"])

    @property
    def events(self) -> list[Any]:
        """Of a stream, without the last `[DONE]`."""
        lines = [line.split("\nid: ")[0].removeprefix("data: ") for line in self.text.strip().split("\n\n")]
        assert lines.pop() == "[DONE]"
        return [json.loads(line) for line in lines]


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with a key or a token. assistant, proxy: where they come in."""

    name: str
    secret: str
    assistant: str
    proxy: str

    def call(self, method: str, path: str, body: object = None, **headers: str) -> Reply:
        """One request; paths of `/v1` go to the proxy."""
        base = self.proxy if path.startswith("/v1/") else self.assistant
        data = None if body is None else json.dumps(body).encode()
        sent = {"Content-Type": "application/json", "Authorization": f"Bearer {self.secret}", **headers}
        request = urllib.request.Request(base + path, data, sent, method=method)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return Reply(answer.status, answer.read().decode())
        except urllib.error.HTTPError as refused:
            return Reply(refused.code, refused.read().decode())

    def does(self, method: str, path: str, body: object = None) -> Any:
        """What comes of it; it has to succeed."""
        reply = self.call(method, path, body)
        assert reply.status < 300, f"{method} {path}: {reply.status} {reply.text}"
        return reply.json if reply.text else None

    def get(self, path: str) -> Any:
        return self.does("GET", path)

    def asks(self, question: str, lesson: str, **fields: object) -> Reply:
        said = {"course": COURSE, "lesson": lesson, "messages": [{"role": "user", "content": question}], **fields}
        return self.call("POST", "/api/v1/chat/completions", said)

    def hears(self, question: str, lesson: str, **fields: object) -> Any:
        """The answer, whole."""
        reply = self.asks(question, lesson, **fields)
        assert reply.status == 200, reply.text
        return reply.json


def text_of(answer: Any) -> str:
    """What an answer says."""
    return str(answer["choices"][0]["message"]["content"])


def notice_of(answer: Any) -> str | None:
    """The code of its notice."""
    notice = answer.get("notice")
    return notice and str(notice["code"])


def in_time(look: Callable[[], Any]) -> Any:
    """What becomes true in the background, or what it was in the end."""
    deadline = time.monotonic() + 20
    while not (found := look()) and time.monotonic() < deadline:
        time.sleep(0.05)
    return found


@dataclass(frozen=True, slots=True)
class School:
    """A running school. posted: what its web hook got."""

    data: Path
    settings: dict[str, str]
    assistant: str
    proxy: str
    posted: list[Any]

    def command(self, *arguments: str) -> str:
        """What a command of the program prints."""
        done = banyan(self.data, *arguments, more=self.settings)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def person(self, name: str, secret: str) -> Person:
        return Person(name, secret, self.assistant, self.proxy)

    def with_key(self, name: str, *options: str) -> Person:
        """Somebody for whom the operator makes a key at the terminal."""
        secret = new_key(self.data, self.settings, name, *options)
        until_known(self, secret)
        return self.person(name, secret)

    def learner(self, platform: Person, name: str) -> Person:
        """Somebody whose browser got a token through the learning platform."""
        wish = {"user": name, "courses": [COURSE]}
        return self.person(name, platform.does("POST", "/api/v1/tokens", wish)["token"])


def new_key(data: Path, settings: dict[str, str], name: str, *options: str) -> str:
    """The secret of a new key."""
    done = banyan(data, "keys", "create", name, *options, "--json", more=settings)
    assert done.returncode == 0, done.stderr
    return str(json.loads(done.stdout)["key"])


@contextmanager
def open_school(folder: Path, postgres: str | None = None) -> Iterator[School]:
    """Both services in one process on SQLite, or apart on PostgreSQL."""
    with ExitStack() as stack:
        hook, posted = stack.enter_context(_web_hook())
        settings = {"BANYAN_ALERTS_WEBHOOK_URL": hook}
        data = folder / "data"
        data.mkdir(parents=True)
        if postgres is None:
            new_key(data, settings, "operator", "--role", "admin")
            both = stack.enter_context(serving(data, more=settings))
            yield School(data, settings, both.assistant, both.proxy, posted)
            return
        settings["DATABASE_URL"] = postgres
        inner = new_key(data, settings, "assistant", "--role", "service", "--all-tenants")
        proxy = stack.enter_context(serving(data, "proxy", more=settings))
        apart = {**settings, "BANYAN_PROXY_URL": proxy.proxy, "BANYAN_PROXY_KEY": inner}
        assistant = stack.enter_context(serving(folder / "assistant", "assistant", more=apart))
        yield School(data, settings, assistant.assistant, proxy.proxy, posted)


@contextmanager
def _web_hook() -> Iterator[tuple[str, list[Any]]]:
    posted: list[Any] = []

    class Hook(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            posted.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Hook)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/hook", posted
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
