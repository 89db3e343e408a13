"""`banyan reports`: what there is to ask, and answers, read from the database itself."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
import typer

from banyan.edge.cli.console import notes, output, print_json, run
from banyan.edge.cli.tools import Tools

if TYPE_CHECKING:
    from banyan.assistant.usecases.show_report import Shown

_FILTERS = ("course", "lesson", "from", "to", "user", "status", "source", "event_type")


def add_report_command(program: typer.Typer, tools: Tools) -> None:
    """The one command."""

    @program.command("reports")
    def show_report(
        name: Annotated[
            str | None, typer.Argument(help="A report's name or title; the list of them without it.")
        ] = None,
        course: Annotated[str | None, typer.Option(help="This course alone.", show_default="all")] = None,
        lesson: Annotated[str | None, typer.Option(help="This lesson alone.", show_default="all")] = None,
        since: Annotated[
            str | None, typer.Option("--from", help="First day, as 2026-01-31, in UTC.", show_default="the first")
        ] = None,
        until: Annotated[
            str | None, typer.Option("--to", help="Last day, which is included.", show_default="the last")
        ] = None,
        user: Annotated[str | None, typer.Option(help="This person alone.", show_default="all")] = None,
        status: Annotated[str | None, typer.Option(help="Of external sources.", show_default="the report's")] = None,
        source: Annotated[str | None, typer.Option(help="Of guardrail events.", show_default="all")] = None,
        event_type: Annotated[str | None, typer.Option(help="Of guardrail events.", show_default="all")] = None,
        tenant: Annotated[str, typer.Option("--tenant", help="Whose reports.")] = "default",
        data: Annotated[
            Path | None, typer.Option("--data", help="Data folder.", show_default="BANYAN_DATA or ./data")
        ] = None,
        as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
        as_csv: Annotated[bool, typer.Option("--csv", help="Print a table for spreadsheets.")] = False,
    ) -> None:
        """List reports, or answer one, while a service runs or not."""
        if as_json and as_csv:
            raise typer.BadParameter("--json and --csv exclude each other; choose one")
        values = (course, lesson, since, until, user, status, source, event_type)
        given = [(key, value) for key, value in zip(_FILTERS, values, strict=True) if value is not None]
        form = "json" if as_json else "csv" if as_csv else "table"
        if name is not None:
            run(_show(tools, name, given, tenant, data, form))
        elif given:
            raise typer.BadParameter("filters belong to a report; name one")
        else:
            _list(form)


def _list(form: str) -> None:
    from rich.table import Table
    from rich.text import Text

    from banyan.assistant.usecases.show_report import reports
    from banyan.edge.http.report_bodies import report_fields
    from banyan.edge.http.usage_bodies import csv_text

    found = reports()
    lines = [(one.name, one.title, ", ".join(of.name for of in one.filters)) for one in found]
    if form == "json":
        print_json({"reports": msgspec.to_builtins([report_fields(one) for one in found])})
    elif form == "csv":
        sys.stdout.write(csv_text(("name", "title", "filters"), lines))
    else:
        table = Table("name", "title", "filters")
        for line in lines:
            table.add_row(*map(Text, line))
        output().print(table)


async def _show(
    tools: Tools, name: str, given: Sequence[tuple[str, str]], tenant: str, data: Path | None, form: str
) -> None:
    from banyan.edge.http.report_bodies import shown_csv, shown_fields
    from banyan.kernel.identity import Identity, Role

    operator = Identity(tenant, "local", frozenset({Role.ADMIN}))
    async with tools.open_reports(data) as desk:
        shown = await desk.show(operator, name, given)
    if form == "json":
        print_json(msgspec.to_builtins({"tenant": tenant, **shown_fields(shown)}))
        return
    if form == "csv":
        sys.stdout.write(shown_csv(shown))
    else:
        _print_table(shown)
    for note in shown.notes:
        notes().print(note, markup=False)


def _print_table(shown: "Shown") -> None:
    from rich.table import Table
    from rich.text import Text

    from banyan.edge.http.report_bodies import shown_fields

    fields = shown_fields(shown)
    if not fields["rows"]:
        output().print("Nothing was found.", markup=False)
        return
    table = Table(*(column["label"] for column in fields["columns"]))
    for row in fields["rows"]:
        table.add_row(*(Text(_cell(value)) for value in row.values()))
    output().print(table)


def _cell(value: Any) -> str:
    return f"{value:%Y-%m-%d %H:%M:%S}" if hasattr(value, "year") else "" if value is None else str(value)
