"""Runs the program as its users do: as a process, with a data folder of its own."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

BANYAN = str(Path(sys.executable).with_name("banyan"))
START_SECONDS = 60
"""Far beyond what a start takes, so that only a start that never comes fails."""


@dataclass(frozen=True, slots=True)
class Service:
    """A running `banyan serve`. assistant and proxy: URLs without a slash at the end; empty when not served."""

    process: "subprocess.Popen[str]"
    data: Path
    assistant: str
    proxy: str


def environment(data: Path, more: Mapping[str, str] | None = None) -> dict[str, str]:
    """The surroundings of a command: the data folder, and none of this machine's settings."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return {**kept, "BANYAN_DATA": str(data), "TERM": "dumb", "COLUMNS": "200", **(more or {})}


def banyan(data: Path, *arguments: str, more: Mapping[str, str] | None = None) -> "subprocess.CompletedProcess[str]":
    """One command, run to its end."""
    command: Sequence[str] = [BANYAN, *arguments]
    surroundings = environment(data, more)
    return subprocess.run(command, env=surroundings, cwd=data.parent, capture_output=True, text=True, timeout=120)


@contextmanager
def serving(data: Path, *arguments: str, more: Mapping[str, str] | None = None) -> Iterator[Service]:
    """`banyan serve` on free ports, ready; it is told to stop when the block ends."""
    data.mkdir(parents=True, exist_ok=True)
    log = data.parent / f"{data.name}.log"
    addresses_file = "serve-assistant.json" if "assistant" in arguments else "serve.json"
    command = [BANYAN, "serve", *arguments, "--assistant-port", "0", "--proxy-port", "0"]
    with log.open("w") as errors:
        process = subprocess.Popen(
            command, env=environment(data, more), cwd=data.parent, stdout=subprocess.PIPE, stderr=errors, text=True
        )
        try:
            addresses = _wait_for_addresses(process, data / addresses_file, log)
            yield Service(process, data, addresses["assistant"] or "", addresses["proxy"] or "")
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
            try:
                process.communicate(timeout=30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.communicate()
                raise


@contextmanager
def working(data: Path, *arguments: str, more: Mapping[str, str] | None = None) -> Iterator["subprocess.Popen[str]"]:
    """`banyan worker`, at work; it is told to stop when the block ends."""
    data.mkdir(parents=True, exist_ok=True)
    log = data.parent / f"{data.name}.log"
    with log.open("w") as errors:
        process = subprocess.Popen(
            [BANYAN, "worker", *arguments],
            env=environment(data, more),
            cwd=data.parent,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        )
        try:
            assert process.stdout is not None
            if process.stdout.readline() != "Banyan works on jobs.\n":
                raise AssertionError(f"banyan worker did not begin: {log.read_text()}")
            yield process
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.communicate(timeout=30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.communicate()
                raise


def until_known(service: Any, key: str) -> None:
    """Waits until the key is in force; services see changes to keys within a second.

    service: whatever has the URLs `assistant` and `proxy`.
    """
    _until(service, key, known=True)


def until_unknown(service: Any, key: str = "") -> None:
    """Waits until the key, or whoever comes without one, is told to show another."""
    _until(service, key, known=False)


def _until(service: Any, key: str, *, known: bool) -> None:
    deadline = time.monotonic() + 10
    for base, path in ((service.proxy, "/v1/models"), (service.assistant, "/api/v1/courses")):
        request = urllib.request.Request(
            f"{base or service.proxy}{path}", headers={"Authorization": f"Bearer {key}"} if key else {}
        )
        while base and (_status(request) != 401) != known:
            assert time.monotonic() < deadline, path
            time.sleep(0.02)


def _status(request: urllib.request.Request) -> int:
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        error.close()
        return error.code


def _wait_for_addresses(process: "subprocess.Popen[str]", path: Path, log: Path) -> dict[str, str | None]:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise AssertionError(f"banyan serve ended with {process.returncode}: {log.read_text()}")
        if path.exists():
            found = json.loads(path.read_text())
            if found["pid"] == process.pid:
                return dict(found)
        time.sleep(0.02)
    raise AssertionError(f"banyan serve was not ready in {START_SECONDS} s: {log.read_text()}")
