"""The lock file fits the project, and would install the same anywhere."""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]


def locked_versions() -> dict[str, str]:
    """Name and version of each locked distribution."""
    lines = (ROOT / "requirements.lock").read_text("utf-8").splitlines()
    pins = (re.match(r"([\w.-]+)(?:\[[^]]*\])?==([^ ;]+)", line) for line in lines)
    return {canonicalize_name(pin[1]): pin[2] for pin in pins if pin}


def test_lock_satisfies_the_project() -> None:
    """Each requirement of pyproject.toml is locked at a version that it allows; `make lock` renews the lock."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    requirements = [
        Requirement(line) for line in project["project"]["dependencies"] + project["dependency-groups"]["dev"]
    ]
    locked = locked_versions()
    absent = [str(need) for need in requirements if canonicalize_name(need.name) not in locked]
    unmet = [
        str(need)
        for need in requirements
        if str(need) not in absent and not need.specifier.contains(locked[canonicalize_name(need.name)])
    ]
    assert (absent, unmet) == ([], [])


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-llama.lock"])
def test_lock_has_hashes_and_no_addresses(name: str) -> None:
    """Every pin carries hashes, and no line names a package index or a path of one machine."""
    text = (ROOT / name).read_text("utf-8")
    pins = re.split(r"\n(?=[\w.-]+(?:\[[^]]*\])?==)", text)
    assert [pin.splitlines()[0] for pin in pins if "--hash=sha256:" not in pin] == []
    assert re.findall(r"https?://|file://|--index-url|--find-links", text) == []
