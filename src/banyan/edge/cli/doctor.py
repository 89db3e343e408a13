"""`banyan doctor`: what is ready, what is missing, and what to do about it."""

from dataclasses import asdict
from pathlib import Path

from banyan.edge.cli.console import output, print_json
from banyan.edge.cli.tools import Check, Tools

_STYLES = {"ok": "green", "warn": "yellow", "fail": "bold red"}


async def doctor(tools: Tools, data: Path | None, as_json: bool) -> bool:
    """Prints every check; whether nothing failed (a warning is no failure)."""
    checks = await tools.examine(data)
    healthy = all(check.state != "fail" for check in checks)
    if as_json:
        print_json({"healthy": healthy, "checks": [asdict(check) for check in checks]})
    else:
        _print(checks)
    return healthy


def _print(checks: list[Check]) -> None:
    from rich.text import Text

    console = output()
    width = max(len(check.name) for check in checks)
    for check in checks:
        state = Text(f"{check.state:<5}", style=_STYLES[check.state])
        console.print(state + Text(f"{check.name:<{width}}  {check.found}"))
        if check.advice:
            console.print(Text(f"{'':<{5 + width}}  -> {check.advice}"))
