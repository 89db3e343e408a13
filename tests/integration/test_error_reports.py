"""Error reports as a Sentry server receives them from a running service."""

import gzip
import json
import sqlite3
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from services import Service, banyan, serving

QUESTION = "Why does my neighbour Zebulon cough at night?"
PERSON = "ana.lytics@school.example"
DEADLINE_SECONDS = 20


@dataclass
class Ingest:
    """A Sentry server. dsn: what a client is given. bodies: every envelope, unpacked; paths: where it came to."""

    dsn: str = ""
    bodies: list[bytes] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)

    @property
    def events(self) -> list[dict[str, Any]]:
        """The items of the type `event`."""
        found = []
        for body in self.bodies:
            lines = body.split(b"\n")
            for head, payload in zip(lines[1::2], lines[2::2], strict=False):
                if json.loads(head)["type"] == "event":
                    found.append(json.loads(payload))
        return found

    def wait(self) -> None:
        """Until there is an event."""
        deadline = time.monotonic() + DEADLINE_SECONDS
        while not self.events:
            assert time.monotonic() < deadline, "no event came"
            time.sleep(0.02)


@pytest.fixture
def ingest() -> Iterator[Ingest]:
    ingest = Ingest()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            ingest.bodies.append(gzip.decompress(body) if self.headers.get("Content-Encoding") == "gzip" else body)
            ingest.paths.append(self.path)
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, format: str, *args: Any) -> None:
            """Nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        ingest.dsn = f"http://public@127.0.0.1:{server.server_port}/1"
        yield ingest
        server.shutdown()
        thread.join()


def respond(service: Service, key: str) -> tuple[int, str]:
    """Status and request id of a question whose answer is to be stored."""
    body = json.dumps({"model": "banyan/echo", "input": QUESTION}).encode()
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {key}", "X-Banyan-User": PERSON}
    request = urllib.request.Request(f"{service.proxy}/v1/responses", body, headers)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, answer.headers["X-Request-Id"]
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.headers["X-Request-Id"]


def made_key(service: Service) -> str:
    """One that is in force already."""
    key = str(json.loads(banyan(service.data, "keys", "create", "lms", "--json").stdout)["key"])
    deadline = time.monotonic() + DEADLINE_SECONDS
    while respond(service, key)[0] != 200:
        assert time.monotonic() < deadline
    return key


def break_the_table(data: Path) -> None:
    """From now on no answer can be stored; the database's error repeats the values that it was given."""
    with closing(sqlite3.connect(data / "banyan.db")) as connection:
        connection.execute(
            "CREATE TRIGGER broken BEFORE INSERT ON responses BEGIN SELECT RAISE(ABORT, 'broken on purpose'); END"
        )
        connection.commit()


def test_a_fault_that_nobody_expected_is_reported_once_and_without_what_people_wrote(
    tmp_path: Path, ingest: Ingest
) -> None:
    """Kind, place and request id arrive; question, name, key and the values of a statement do not."""
    with serving(tmp_path / "data", more={"SENTRY_DSN": ingest.dsn}) as service:
        key = made_key(service)
        break_the_table(service.data)
        status, request_id = respond(service, key)
        assert status == 500
        ingest.wait()
    [event] = ingest.events
    assert set(ingest.paths) == {"/api/1/envelope/"}
    assert [one["type"] for one in event["exception"]["values"]][-1] == "IntegrityError"
    frames = event["exception"]["values"][-1]["stacktrace"]["frames"]
    assert any(frame["module"].startswith("banyan.adapters.storage") for frame in frames)
    assert not any("vars" in frame for frame in frames)
    assert event["tags"]["request_id"] == request_id
    assert {"request", "user", "breadcrumbs", "extra", "server_name"} & event.keys() == set()
    everything = b"".join(ingest.bodies)
    for secret in (QUESTION, "Zebulon", PERSON, "ana.lytics", key, key[3:20], "broken on purpose", str(tmp_path)):
        assert secret.encode() not in everything, secret


def test_a_refusal_is_no_fault(tmp_path: Path, ingest: Ingest) -> None:
    """What the service says no to by itself is nothing for whoever is on call."""
    with serving(tmp_path / "data", more={"SENTRY_DSN": ingest.dsn}) as service:
        request = urllib.request.Request(f"{service.proxy}/v1/responses", b"{", {"Content-Type": "application/json"})
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(request, timeout=30)
        refused.value.close()
        assert refused.value.code == 400
    assert ingest.events == []
