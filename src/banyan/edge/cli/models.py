"""`banyan models`: what can be asked for, and who would answer."""

from pathlib import Path
from typing import Annotated, Any

import typer

from banyan.edge.cli.console import notes, output, print_json, run
from banyan.edge.cli.tools import RouteQuestion, Tools

Data = Annotated[Path | None, typer.Option("--data", help="Data folder.", show_default="BANYAN_DATA or ./data")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


def model_commands(tools: Tools) -> typer.Typer:
    """The group of commands."""
    group = typer.Typer(name="models", help="See which models there are, and who would answer a call.")

    @group.command("list")
    def list_models(data: Data = None, as_json: Json = False) -> None:
        """List every alias, deployment and model, with prices in dollars per million tokens."""
        run(_list(tools, data, as_json))

    @group.command()
    def explain(
        model: Annotated[str, typer.Argument(metavar="ALIAS", help="An alias, a deployment, or provider/model.")],
        task: Annotated[str, typer.Option(help="Kind of task.")] = "chat",
        course: Annotated[str | None, typer.Option(help="A course, which may be bound to a data zone.")] = None,
        zone: Annotated[str | None, typer.Option(help="The only data zone to ask.")] = None,
        tools_needed: Annotated[bool, typer.Option("--tools", help="The call has tools.")] = False,
        json_schema: Annotated[bool, typer.Option("--json-schema", help="The answer has to fit a schema.")] = False,
        vision: Annotated[bool, typer.Option("--vision", help="The call has images.")] = False,
        embeddings: Annotated[bool, typer.Option("--embeddings", help="The call wants vectors.")] = False,
        tenant: Annotated[str, typer.Option("--tenant", help="Whose course.")] = "default",
        data: Data = None,
        as_json: Json = False,
    ) -> None:
        """Say who would be asked, in which order and why, before any call."""
        wanted = {"tools": tools_needed, "json_schema": json_schema, "vision": vision, "embeddings": embeddings}
        needs = frozenset(name for name, needed in wanted.items() if needed)
        run(_explain(tools, RouteQuestion(model, task, course, zone, needs, tenant), data, as_json))

    return group


async def _list(tools: Tools, data: Path | None, as_json: bool) -> None:
    from rich.table import Table

    async with tools.open_models(data) as models:
        found = await models.list()
    if as_json:
        print_json({"models": found})
        return
    table = Table("model", "zone", "input", "output", "context", "can", "asks")
    for model in found:
        prices = model["prices"] or {}
        table.add_row(
            model["id"],
            model["zone"] or "several",
            _dollars(prices.get("input")),
            _dollars(prices.get("output")),
            str(model["context_window"] or "?"),
            ", ".join(model["capabilities"]),
            ", ".join(model.get("deployments", ())),
        )
    output().print(table)


async def _explain(tools: Tools, question: RouteQuestion, data: Path | None, as_json: bool) -> None:
    from rich.table import Table

    async with tools.open_models(data) as models:
        found: dict[str, Any] = await models.explain(question)
    if as_json:
        print_json(found)
        return
    table = Table("", "deployment", "why", "zone", "input", "output", "breaker", "busy")
    for place, step in enumerate(found["order"], start=1):
        prices, health = step["price"] or {}, step["health"]
        table.add_row(
            str(place),
            step["deployment"],
            step["why"],
            step["zone"],
            _dollars(prices.get("input")),
            _dollars(prices.get("output")),
            health["breaker"] if models.running else "not running",
            str(health["busy"]),
        )
    if found["refusal"]:
        notes().print(found["refusal"], markup=False)
    else:
        output().print(table)
    for one in found["passed_over"]:
        output().print(f"{one['deployment']} is passed over: {one['why']}", markup=False)


def _dollars(amount: float | None) -> str:
    return "?" if amount is None else f"${amount:g}"
