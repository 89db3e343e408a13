"""Start-up and memory of `banyan serve`: time to the first `/health`, and resident memory with the model loaded.

The baseline of the same run is an empty uvicorn application, which shows what the machine and the server alone cost.

    .venv/bin/python bench/serve.py
"""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Sequence
from pathlib import Path

EMPTY_APP = """
import sys, uvicorn
async def app(scope, receive, send):
    if scope["type"] == "http":
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"ok"})
uvicorn.run(app, port=int(sys.argv[1]), log_level="error", lifespan="off")
"""


def free_port() -> int:
    """A port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def running(command: Sequence[str], url: str) -> Iterator[tuple[subprocess.Popen[bytes], float]]:
    """The process and the seconds until `url` answered; the process is ended afterwards."""
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        while True:
            with contextlib.suppress(OSError), urllib.request.urlopen(url, timeout=1):
                break
            if process.poll() is not None or time.perf_counter() - start > 30:
                raise SystemExit(f"{command[0]} did not answer {url}.")
            time.sleep(0.01)
        yield process, time.perf_counter() - start
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


def resident_megabytes(pid: int) -> float:
    """Resident memory now, from /proc."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def post(url: str, body: bytes) -> None:
    """One JSON request whose answer is read and dropped."""
    request = urllib.request.Request(url, body, {"Content-Type": "application/json"})
    urllib.request.urlopen(request, timeout=120).read()


def main() -> None:
    """Prints one line per figure."""
    banyan = str(Path(sys.executable).with_name("banyan"))
    starts, baselines = [], []
    for _ in range(5):
        port = free_port()
        with running([sys.executable, "-c", EMPTY_APP, str(port)], f"http://127.0.0.1:{port}/") as (_, seconds):
            baselines.append(seconds)
        assistant, proxy = free_port(), free_port()
        with tempfile.TemporaryDirectory() as data:
            command = [banyan, "serve", "--data", data]
            command += ["--assistant-port", str(assistant), "--proxy-port", str(proxy)]
            with running(command, f"http://127.0.0.1:{proxy}/health") as (process, seconds):
                starts.append(seconds)
                embed = f"http://127.0.0.1:{proxy}/v1/embeddings"
                post(embed, b'{"input": "warm", "model": "banyan/minilm"}')
                loaded = resident_megabytes(process.pid)
    start, baseline = sorted(starts)[2], sorted(baselines)[2]
    print(f"first /health after {start:.2f} s (median of 5; worst {max(starts):.2f} s; goal 2 s)")
    print(f"empty uvicorn app  {baseline:.2f} s, ratio {start / baseline:.1f}")
    print(f"resident memory with the model loaded: {loaded:.0f} MB (goal 350 MB)")


if __name__ == "__main__":
    main()
