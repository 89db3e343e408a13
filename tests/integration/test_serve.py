"""`banyan serve` as a process: what it refuses, how it starts and stops, and what survives a kill."""

import json
import signal
import socket
import time
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from services import banyan, serving


def get(url: str) -> Any:
    """The JSON at the URL."""
    with urllib.request.urlopen(url, timeout=10) as answer:
        return json.load(answer)


def index(proxy: str, lesson: str, text: str) -> Any:
    """Indexes one lesson of the course `c`."""
    body = json.dumps({"course": "c", "lesson": lesson, "content": text}).encode()
    request = urllib.request.Request(f"{proxy}/v1/rag/index", body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=10) as answer:
        return json.load(answer)


def test_both_services_are_healthy_and_stop_cleanly(tmp_path: Path) -> None:
    """Both answer on their ports; SIGTERM ends the process with 0 and removes the addresses."""
    with serving(tmp_path / "data") as service:
        assert get(f"{service.assistant}/health")["status"] == "healthy"
        assert get(f"{service.proxy}/health")["service"] == "ai-proxy"
        service.process.send_signal(signal.SIGTERM)
        assert service.process.wait(30) == 0
    assert not (tmp_path / "data" / "serve.json").exists()


def test_interrupt_ends_it_as_well(tmp_path: Path) -> None:
    """Ctrl-C is a usual way to stop, not a failure."""
    with serving(tmp_path / "data") as service:
        service.process.send_signal(signal.SIGINT)
        assert service.process.wait(30) == 0


def test_second_service_on_the_folder_is_refused(tmp_path: Path) -> None:
    """One process at a time holds a data folder."""
    with serving(tmp_path / "data"):
        second = banyan(tmp_path / "data", "serve", "--assistant-port", "0", "--proxy-port", "0")
        assert second.returncode == 1
        assert "Another Banyan process uses the data folder" in second.stderr
        assert len(second.stderr.splitlines()) == 1


@pytest.mark.parametrize("part", ["assistant", "proxy"])
def test_port_in_use_is_named(tmp_path: Path, part: str) -> None:
    """A taken port is named together with the option that changes it."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        other = "proxy" if part == "assistant" else "assistant"
        done = banyan(tmp_path / "data", "serve", f"--{part}-port", port, f"--{other}-port", "0")
    assert done.returncode == 1
    assert done.stderr.strip() == (
        f"error: Port {port} on 127.0.0.1 is in use; stop what listens there, or choose another with --{part}-port."
    )


def test_what_was_acknowledged_survives_a_kill(tmp_path: Path) -> None:
    """After kill -9 the lesson is there, and its vectors are made by the next start."""
    with serving(tmp_path / "data") as service:
        for number in range(5):
            index(service.proxy, f"lesson-{number}", f"Fact number {number} is that otters hold hands while asleep.")
        service.process.kill()
        service.process.wait(30)
    with serving(tmp_path / "data") as service:
        deadline = time.monotonic() + 60
        while True:
            runs = get(f"{service.proxy}/v1/rag/runs?course=c")["runs"]
            if all(run["status"] == "complete" for run in runs) or time.monotonic() > deadline:
                break
            time.sleep(0.05)
        assert sorted(run["lesson"] for run in runs) == [f"lesson-{number}" for number in range(5)]
        asked = banyan(tmp_path / "data", "ask", "What do otters hold while asleep?", "--course", "c")
        assert "otters hold hands while asleep" in asked.stdout


def test_sample_course_is_indexed(tmp_path: Path) -> None:
    """With `--sample` the first question needs no further step, and the page's address is printed."""
    with serving(tmp_path / "data", "--sample") as service:
        asked = banyan(tmp_path / "data", "ask", "What is the median?", "--course", "thinking-with-data")
        assert "[1]" in asked.stdout, asked.stderr
        service.process.send_signal(signal.SIGTERM)
        printed, _ = service.process.communicate(timeout=30)
    assert f"Banyan is ready: {service.assistant}/" in printed


def test_services_run_apart(tmp_path: Path) -> None:
    """The assistant alone reaches the proxy alone over HTTP."""
    with (
        serving(tmp_path / "proxy", "proxy", "--sample") as proxy,
        serving(tmp_path / "assistant", "assistant", more={"BANYAN_PROXY_URL": proxy.proxy}) as assistant,
    ):
        body = {
            "course": "thinking-with-data",
            "lesson": "averages",
            "messages": [{"role": "user", "content": "What is the median?"}],
        }
        request = urllib.request.Request(
            f"{assistant.assistant}/api/v1/chat/completions",
            json.dumps(body).encode(),
            {"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            found = json.load(answer)
    assert found["citations"]
