"""The page that says which test shows which point names tests that exist, and leaves out no point."""

import re
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "reference" / "parity.md").read_text("utf-8")


@cache
def names_in(path: str) -> frozenset[str]:
    """Names of the tests of a file; none where there is no such file."""
    file = ROOT / "tests" / path
    return (
        frozenset(re.findall(r"^(?:async )?def (test_\w+)", file.read_text("utf-8"), re.M))
        if file.exists()
        else frozenset()
    )


def test_named_tests_exist() -> None:
    """A test that is renamed is renamed on the page as well."""
    named = re.findall(r"`([\w/]+\.py)::(\w+)`", PAGE)
    assert len(named) > 100
    assert [f"{path}::{name}" for path, name in named if name not in names_in(path)] == []


def test_every_point_and_every_defect_has_its_line() -> None:
    """22 points and 42 defects, each with a test or with the reason why there is none."""
    points = re.findall(r"^\| (\d+) \| .+ \| \S.* \|$", PAGE, re.M)
    defects = re.findall(r"^\| (D-\d\d) \| .+ \| \S.* \|$", PAGE, re.M)
    assert points == [str(number) for number in range(1, 23)]
    assert defects == [f"D-{number:02}" for number in range(1, 43)]
