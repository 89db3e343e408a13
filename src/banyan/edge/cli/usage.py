"""`banyan usage`: what was spent, by whom and on what, read from the database itself."""

import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from banyan.edge.cli.console import notes, output, print_json, run, warn
from banyan.edge.cli.tools import Desk, Tools
from banyan.kernel.clock import SystemClock
from banyan.kernel.errors import InvalidInput
from banyan.kernel.money import Money, dollars
from banyan.proxy.domain.usage import GROUPS, UsageQuery, UsageSum, read_groups

if TYPE_CHECKING:
    from rich.table import Table

MOST = 10_000
"""Lines that are looked at, in the order of their names."""
EVERYBODY = "*"
_SPAN = re.compile(r"(\d{1,5})([hdw])", re.ASCII)
_UNITS = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}
_TIMES = "7d, 24h, 2w, 2026-01-31 or 2026-01-31T08:00"


@dataclass(frozen=True, slots=True)
class Question:
    """What was asked for. limit: lines of the table. form: `table`, `json` or `csv`."""

    query: UsageQuery
    groups: Sequence[str]
    limit: int
    form: str


def add_usage_command(program: typer.Typer, tools: Tools) -> None:
    """The one command."""

    @program.command("usage")
    def show_usage(
        by: Annotated[
            str, typer.Option(help=f"What to add up by, as a comma list: {', '.join(GROUPS)}.", show_default="model")
        ] = "model",
        since: Annotated[str, typer.Option(help=f"From when on: {_TIMES}, in UTC.", show_default="30d")] = "30d",
        until: Annotated[str | None, typer.Option(help="Before when, likewise.", show_default="now")] = None,
        model: Annotated[str | None, typer.Option(help="This model alone.", show_default="all")] = None,
        deployment: Annotated[str | None, typer.Option(help="This deployment alone.", show_default="all")] = None,
        provider: Annotated[str | None, typer.Option(help="This provider alone.", show_default="all")] = None,
        key: Annotated[str | None, typer.Option(help="The id of a key.", show_default="all")] = None,
        user: Annotated[str | None, typer.Option(help="This person alone.", show_default="all")] = None,
        course: Annotated[str | None, typer.Option(help="This course alone.", show_default="all")] = None,
        task: Annotated[str | None, typer.Option(help="This kind of task alone.", show_default="all")] = None,
        status: Annotated[
            str | None, typer.Option(help="How attempts ended, such as failed.", show_default="all")
        ] = None,
        tenant: Annotated[str, typer.Option("--tenant", help="Whose usage; `*` for all.")] = "default",
        limit: Annotated[int, typer.Option(help="Lines of the table; --json and --csv have all.", min=1)] = 50,
        data: Annotated[
            Path | None, typer.Option("--data", help="Data folder.", show_default="BANYAN_DATA or ./data")
        ] = None,
        as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
        as_csv: Annotated[bool, typer.Option("--csv", help="Print a table for spreadsheets.")] = False,
    ) -> None:
        """Add up what was spent, while a service runs or not."""
        if as_json and as_csv:
            raise typer.BadParameter("--json and --csv exclude each other; choose one")
        now = SystemClock().now()
        end = None if until is None else moment(until, now, "--until")
        filters = {
            "model": model,
            "deployment": deployment,
            "provider": provider,
            "key": key,
            "user": user,
            "course": course,
            "task": task,
            "status": _status(status),
        }
        query = UsageQuery(
            None if tenant == EVERYBODY else tenant,
            moment(since, now, "--since"),
            end,
            {name: value for name, value in filters.items() if value is not None},
        )
        try:
            groups = read_groups(by, "--by")
        except InvalidInput as error:
            raise typer.BadParameter(error.message) from error
        form = "json" if as_json else "csv" if as_csv else "table"
        run(_show(tools, Question(query, groups, limit, form), data))


def moment(text: str, now: datetime, option: str) -> datetime:
    """A time, or how long ago it was. Raises: BadParameter."""
    try:
        if span := _SPAN.fullmatch(text.strip()):
            return now - int(span[1]) * _UNITS[span[2]]
        found = datetime.fromisoformat(text.strip())
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise typer.BadParameter(f"{option} is {text[:50]!r}, which is no time; write {_TIMES}") from error


def _status(text: str | None) -> str | None:
    from banyan.proxy.domain.accounting import Status

    if text is not None and text not in set(Status):
        raise typer.BadParameter(f"--status is {text[:50]!r}; choose from {', '.join(Status)}")
    return text


async def _show(tools: Tools, question: Question, data: Path | None) -> None:
    from banyan.proxy.usecases.watch_charges import charge_alarms

    async with tools.open_desk(data) as desk:
        [total] = await desk.usage.sums(question.query, (), 1)
        lines = await desk.usage.sums(question.query, question.groups, MOST + 1) if question.groups else []
        names = await _key_names(desk, question)
        drifts = await charge_alarms(desk.usage, SystemClock().now(), desk.tolerance)
    truncated = len(lines) > MOST
    lines = lines[:MOST]
    if "day" not in question.groups:
        lines.sort(key=lambda line: (-line.cost, -line.attempts))
    if question.form == "table":
        _print_table(question, total, lines, names)
    else:
        _print_data(question, total, lines, truncated)
    for alarm in drifts:
        warn(alarm.message)
    if truncated:
        notes().print(f"Only the first {MOST} lines were looked at; narrow them down with filters.", markup=False)


async def _key_names(desk: Desk, question: Question) -> Mapping[str, str]:
    """What keys are for, by their ids."""
    tenant = question.query.tenant
    if "key" not in question.groups or tenant is None:
        return {}
    return {key.id: key.name for key in await desk.keys.list(tenant)}


def _print_data(question: Question, total: UsageSum, lines: Sequence[UsageSum], truncated: bool) -> None:
    from banyan.edge.http.usage_bodies import FIGURES, csv_text, figures, usage_line

    if question.form == "csv":
        rows = ([*line.group, *figures(line).values()] for line in lines or [total])
        sys.stdout.write(csv_text([*question.groups, *FIGURES], rows))
        return
    query = question.query
    print_json(
        {
            "tenant": query.tenant or EVERYBODY,
            "since": query.since and query.since.isoformat(),
            "until": query.until and query.until.isoformat(),
            "total": usage_line((), total),
            "lines": [usage_line(question.groups, line) for line in lines],
            "truncated": truncated,
        }
    )


def _print_table(question: Question, total: UsageSum, lines: Sequence[UsageSum], names: Mapping[str, str]) -> None:
    console, query = output(), question.query
    whose = "all tenants" if query.tenant is None else f"tenant {query.tenant}"
    end = "now" if query.until is None else f"{query.until:%Y-%m-%d %H:%M}"
    console.print(f"Usage of {whose}, {query.since:%Y-%m-%d %H:%M} to {end} (UTC)", markup=False)
    if not total.attempts:
        console.print("Nothing was asked in this time.", markup=False)
        return
    table = _table(question.groups)
    for line in lines[: question.limit]:
        table.add_row(*_group(question.groups, line, names), *_figures(line))
    if lines:
        table.add_section()
    table.add_row(*(["total"] + [""] * len(question.groups))[: max(1, len(question.groups))], *_figures(total))
    console.print(table)
    if len(lines) > question.limit:
        notes().print(f"{len(lines) - question.limit} more lines are not shown; --limit shows more.", markup=False)
    if total.unpriced:
        words = "attempts have no known price, and the spend leaves them out; `banyan doctor` says how to set one."
        notes().print(f"{total.unpriced} {words}", markup=False)


def _table(groups: Sequence[str]) -> "Table":
    from rich.table import Table

    table = Table(*(groups or ("",)))
    for name in ("spend", "attempts", "failed", "tokens in", "tokens out", "no price"):
        table.add_column(name, justify="right")
    return table


def _group(groups: Sequence[str], line: UsageSum, names: Mapping[str, str]) -> list[Any]:
    from rich.text import Text

    shown = []
    for name, value in zip(groups, line.group, strict=True):
        known = names.get(value or "") if name == "key" else None
        shown.append(Text(f"{known} ({value})" if known else value or "-"))
    return shown


def _figures(one: UsageSum) -> list[str]:
    counts = (one.attempts, one.failed, one.input_tokens, one.output_tokens, one.unpriced)
    return [_spend(one.cost), *(f"{count:,}" for count in counts)]


def _spend(cost: Money) -> str:
    amount = dollars(cost)
    return "<$0.0001" if 0 < cost < 100_000 else f"${amount:,.4f}"
