"""LEARN-X's Node clients, rebuilt from their description, against a running `banyan serve`."""

import shutil
import subprocess
from pathlib import Path

import pytest
from services import serving

HERE = Path(__file__).parent


def test_every_call_of_the_unmodified_clients_succeeds(tmp_path: Path) -> None:
    """A1: all 54 calls; the streams of the axios client stay empty by its own fault, and their breaker stays closed."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("not tested: LEARN-X's clients (node is missing)")
    with serving(tmp_path / "data") as service:
        command = [node, "clients.mjs", service.assistant]
        done = subprocess.run(command, cwd=HERE, capture_output=True, text=True, timeout=120)
    failures = [line for line in done.stdout.splitlines() if line.startswith("FAIL")]
    assert (failures, done.stderr) == ([], "")
    assert done.stdout.splitlines()[-1] == "54 of 54; breaker CLOSED"
