"""The examples of the README and the tutorial run as they stand there, against a real service."""

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from services import Service, environment, serving

ROOT = Path(__file__).parents[2]
PAGES = [
    "docs/how-to/ask-the-lms-who-may.md",
    "docs/how-to/draft-quizzes-and-summaries.md",
    "docs/how-to/turn-chats-into-faqs.md",
    "docs/how-to/review-with-spaced-repetition.md",
    "docs/how-to/take-material-away.md",
    "README.md",
    "docs/tutorial/first-course.md",
    "docs/how-to/decide-how-the-tutor-behaves.md",
    "docs/how-to/index-a-course.md",
    "docs/how-to/limit-questions-and-lock-exams.md",
    "docs/how-to/make-study-material.md",
    "docs/how-to/make-vectors.md",
    "docs/how-to/moderate-texts.md",
    "docs/how-to/read-documents.md",
    "docs/how-to/read-reports.md",
    "docs/how-to/responses-api.md",
    "docs/how-to/route-models.md",
    "docs/how-to/say-who-material-is-for.md",
    "docs/how-to/tune-search.md",
    "docs/how-to/use-the-python-client.md",
]
EXAMPLE = re.compile(r"^```(sh|python)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service with the sample course, as `make run` starts it."""
    with serving(tmp_path_factory.mktemp("docs") / "data", "--sample") as running:
        yield running


@pytest.mark.parametrize("page", PAGES)
def test_examples_run(page: str, service: Service, tmp_path: Path) -> None:
    """Every shell and Python block of the page succeeds, in order; `console` blocks only show."""
    assert shutil.which("curl"), "The examples use curl; install it."
    examples = EXAMPLE.findall((ROOT / page).read_text("utf-8"))
    assert examples
    for language, code in examples:
        code = code.replace("http://127.0.0.1:8002", service.proxy).replace("http://127.0.0.1:8001", service.assistant)
        code = code.replace(".venv/bin/", f"{Path(sys.executable).parent}/")
        command = ["sh", "-eu", "-c", code] if language == "sh" else [sys.executable, "-c", code]
        done = subprocess.run(
            command, cwd=tmp_path, env=environment(service.data), capture_output=True, text=True, timeout=60
        )
        assert done.returncode == 0, f"{code}\n{done.stdout}\n{done.stderr}"
        assert not re.search(r'"error": ?\{', done.stdout), f"{code}\n{done.stdout}"
        if re.search(r"\b(ask|completions)\b", code) and "world cup" not in code:
            assert "[1]" in done.stdout, f"{code}\n{done.stdout}"
