"""How commands print: results on standard output, everything else on standard error."""

import asyncio
import json
import sys
from collections.abc import Coroutine
from typing import Any, TypeVar

import uvloop
from rich.console import Console

Result = TypeVar("Result")


def output() -> Console:
    """For results that people read; wraps only on a terminal."""
    return Console(highlight=False, soft_wrap=not sys.stdout.isatty())


def notes() -> Console:
    """For progress, warnings and errors."""
    return Console(stderr=True, highlight=False, soft_wrap=not sys.stderr.isatty())


def warn(sentence: str) -> None:
    """One warning, as it is."""
    notes().print(f"warning: {sentence}", markup=False, style="yellow")


def fail(sentence: str) -> None:
    """One error, as it is."""
    notes().print(f"error: {sentence}", markup=False, style="red")


def print_json(value: Any) -> None:
    """One JSON object on standard output, for programs."""
    sys.stdout.write(json.dumps(value, ensure_ascii=True, indent=2) + "\n")


def run(work: Coroutine[Any, Any, Result]) -> Result:
    """Runs a command's coroutine; an interrupt cancels it and lets it clean up."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(work)
