"""Starts what the gateway's benchmarks measure: each service has core 0 for itself, everything else shares the last.

`banyan_settings` and `prepare_banyan` are the one place that says how the product is set up for its figures.
"""

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from serve import free_port, resident_megabytes

HERE = Path(__file__).parent
BANYAN = str(Path(sys.executable).with_name("banyan"))
SERVICE_CORES = {0}
OTHER_CORES = {min(1, (os.cpu_count() or 1) - 1)}


PRICES = '[prices."openai/m"]\ninput = 0.15\noutput = 0.60\n'
"""Dollars for a million tokens: without a price nobody who is under a budget gets an answer."""


@dataclass(frozen=True)
class Service:
    """A running process that answers chat completions. headers: what its callers send along."""

    name: str
    port: int
    pid: int
    path: str = "/v1/chat/completions"
    model: str = "m"
    headers: Mapping[str, str] = field(default_factory=dict)

    def request(self, question: str, *, stream: bool = False, system: str = "") -> bytes:
        """A whole HTTP request."""
        body = (
            f'{{"model":"{self.model}","stream":{"true" if stream else "false"},"temperature":0.2,"messages":['
            f'{{"role":"system","content":"{system}"}},{{"role":"user","content":"{question}"}}]}}'
        )
        lines = [
            f"POST {self.path} HTTP/1.1",
            f"Host: 127.0.0.1:{self.port}",
            "Content-Type: application/json",
            *(f"{name}: {value}" for name, value in self.headers.items()),
            f"Content-Length: {len(body)}",
        ]
        return ("\r\n".join(lines) + "\r\n\r\n" + body).encode()

    def cpu_seconds(self) -> float:
        """Processor time that all its threads have used so far, to the microsecond.

        The clock of another process, by the number that clock_getcpuclockid(3) gives on Linux.
        """
        return time.clock_gettime((~self.pid << 3) | 2)

    def resident_megabytes(self) -> float:
        """Resident memory now."""
        return resident_megabytes(self.pid)


def pin(cores: set[int]) -> None:
    """Keeps this process, and the threads that it starts from now on, on these cores."""
    os.sched_setaffinity(0, cores)


@contextlib.contextmanager
def process(
    command: Sequence[str],
    *,
    cores: set[int] = SERVICE_CORES,
    environment: Mapping[str, str] | None = None,
    folder: str | None = None,
) -> Iterator[subprocess.Popen[str]]:
    """A child that is ended with the block. environment: all of its variables but the search path."""
    variables = os.environ if environment is None else {"PATH": os.environ["PATH"], **environment}
    child = subprocess.Popen(
        command,
        stdout=subprocess.PIPE if environment is None else subprocess.DEVNULL,
        stderr=None if environment is None else subprocess.DEVNULL,
        text=True,
        env=dict(variables),
        cwd=folder,
        preexec_fn=lambda: pin(cores),
    )
    try:
        yield child
    finally:
        child.send_signal(signal.SIGTERM)
        try:
            child.wait(15)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


def wait_for(child: subprocess.Popen[str], url: str, seconds: float = 90) -> None:
    """Until `url` answers with success. Raises: RuntimeError."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and child.poll() is None:
        with contextlib.suppress(OSError), urllib.request.urlopen(url, timeout=2):
            return
        time.sleep(0.1)
    raise RuntimeError(f"{url} did not answer within {seconds:.0f} s")


@contextlib.contextmanager
def mock(*options: str) -> Iterator[Service]:
    """The mock provider, on the core of the load generator."""
    with process([sys.executable, str(HERE / "upstream.py"), *options], cores=OTHER_CORES) as child:
        yield Service("mock alone", int(child.stdout.readline()), child.pid)


@contextlib.contextmanager
def pass_through(upstream: str) -> Iterator[Service]:
    """The baseline."""
    with process([sys.executable, str(HERE / "pass_through.py"), upstream]) as child:
        port = int(child.stdout.readline())
        wait_for(child, f"http://127.0.0.1:{port}/ready")
        yield Service("pass-through", port, child.pid)


def banyan_settings(upstream: str) -> dict[str, str]:
    """The environment of the product under test. Limits, the ledger and the cache are switched on here."""
    return {"OPENAI_BASE_URL": upstream, "OPENAI_API_KEY": "key"}


def prepare_banyan(address: str, data: Path) -> dict[str, str]:
    """What an operator does before the first learner comes: makes a key with limits, and budgets that it falls under.

    Returns the headers that callers then send. address: of the running proxy. data: its folder.
    """
    admin = post(f"{address}/admin/keys", {"name": "operator", "roles": ["admin"]}, {})["key"]
    bearer = {"Authorization": f"Bearer {admin}"}
    for kind in ("user", "tenant"):
        post(f"{address}/admin/budgets", {"kind": kind, "period": "month", "limit": "1000000"}, bearer)
    limits = {"requests_per_minute": 100_000_000, "tokens_per_minute": 2_000_000_000, "parallel": 5000}
    learner = post(f"{address}/admin/keys", {"name": "lms", "roles": ["service"], "limits": limits}, bearer)["key"]
    time.sleep(2)  # until the budgets are in force
    return {"Authorization": f"Bearer {learner}"}


def post(url: str, body: Mapping[str, object], headers: Mapping[str, str]) -> dict[str, Any]:
    """The JSON answer. Raises: OSError."""
    data = json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"Content-Type": "application/json", **headers})
    with urllib.request.urlopen(request, timeout=10) as answer:
        return dict(json.loads(answer.read()))


@contextlib.contextmanager
def banyan(upstream: str, settings: Mapping[str, str] | None = None) -> Iterator[Service]:
    """The product, started as a user starts it, on an empty data folder. settings: beyond `banyan_settings`."""
    with tempfile.TemporaryDirectory() as folder:
        port, data = free_port(), Path(folder) / "data"
        address = f"http://127.0.0.1:{port}"
        command = [BANYAN, "serve", "proxy", "--proxy-port", str(port), "--data", str(data)]
        (Path(folder) / "banyan.toml").write_text(PRICES)
        environment = {"HOME": folder, **banyan_settings(upstream), **(settings or {})}
        with process(command, environment=environment, folder=folder) as child:
            wait_for(child, f"{address}/health/ready")
            headers = prepare_banyan(address, data)
            yield Service("banyan", port, child.pid, model="openai/m", headers=headers)


def asked_upstream(mock: Service) -> int:
    """How many completions the mock was asked for so far."""
    with urllib.request.urlopen(f"http://127.0.0.1:{mock.port}/count", timeout=5) as answer:
        return int(answer.read())
