"""`banyan jobs`: what works in the background, on the database itself; and `banyan worker`."""

from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from banyan.edge.cli.console import output, print_json, run
from banyan.edge.cli.tools import Tools
from banyan.kernel.errors import NotFound

Data = Annotated[Path | None, typer.Option("--data", help="Data folder.", show_default="BANYAN_DATA or ./data")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
Tenant = Annotated[str, typer.Option("--tenant", help="Whose jobs.")]
Id = Annotated[str, typer.Argument(help="The job's id, as `banyan jobs list` shows it.")]


def job_commands(tools: Tools) -> typer.Typer:
    """The group of commands."""
    group = typer.Typer(help="List, show and cancel jobs.", no_args_is_help=True, rich_markup_mode=None)

    @group.command("list")
    def list_jobs(
        course: Annotated[str | None, typer.Option(help="This course alone.", show_default="all")] = None,
        kind: Annotated[str | None, typer.Option(help="This kind alone.", show_default="all")] = None,
        limit: Annotated[int, typer.Option(help="The newest so many.", min=1, max=1000)] = 50,
        tenant: Tenant = "default",
        data: Data = None,
        as_json: Json = False,
    ) -> None:
        """List jobs, newest first."""
        run(_list(tools, tenant, course, kind, limit, data, as_json))

    @group.command()
    def show(id: Id, tenant: Tenant = "default", data: Data = None, as_json: Json = False) -> None:
        """Show a job."""
        run(_show(tools, tenant, id, data, as_json, cancel=False))

    @group.command()
    def cancel(id: Id, tenant: Tenant = "default", data: Data = None, as_json: Json = False) -> None:
        """Cancel a job; what it has done stays."""
        run(_show(tools, tenant, id, data, as_json, cancel=True))

    return group


def add_worker_command(program: typer.Typer, tools: Tools) -> None:
    """The one command."""

    @program.command()
    def worker(
        data: Data = None,
        parallel: Annotated[
            int | None, typer.Option(help="Jobs at a time.", min=1, max=100, show_default="jobs_parallel")
        ] = None,
    ) -> None:
        """Work on jobs, and on the queues of PGMQ_DATABASE_URL where it is set, without serving.

        Next to services it shares their database and vector server.
        """
        tools.work(data, parallel)


async def _list(
    tools: Tools, tenant: str, course: str | None, kind: str | None, limit: int, data: Path | None, as_json: bool
) -> None:
    from rich.table import Table
    from rich.text import Text

    from banyan.edge.http.job_bodies import job_fields

    async with tools.open_jobs(data) as desk:
        found = await desk.store.page(tenant, limit=limit, course=course, kind=kind)
    if as_json:
        print_json({"tenant": tenant, "jobs": msgspec.to_builtins([job_fields(job) for job in found])})
        return
    if not found:
        output().print("There are no jobs.", markup=False)
        return
    table = Table("id", "kind", "course", "state", "done", "created", "error")
    for job in found:
        done = f"{job.done}/{job.total}" if job.total else ""
        cells = (job.id, job.kind, job.course, job.state, done, f"{job.created:%Y-%m-%d %H:%M}", job.error or "")
        table.add_row(*map(Text, cells))
    output().print(table)


async def _show(tools: Tools, tenant: str, id: str, data: Path | None, as_json: bool, *, cancel: bool) -> None:
    from banyan.edge.http.job_bodies import job_fields

    async with tools.open_jobs(data) as desk:
        if cancel:
            job = await desk.store.cancel(tenant, id, desk.clock.now())
        else:
            job = await desk.store.get(tenant, id)
    if job is None:
        raise NotFound(f"There is no job {id!r} of tenant {tenant!r}; `banyan jobs list` shows those there are.")
    fields: dict[str, Any] = msgspec.to_builtins(job_fields(job))
    if as_json:
        print_json(fields)
        return
    for name, value in fields.items():
        if value not in (None, "", {}):
            output().print(f"{name}: {value}", markup=False)
