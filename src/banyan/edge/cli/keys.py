"""`banyan keys`: virtual keys, on the database itself."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any

import typer

from banyan.edge.cli.console import output, print_json, run
from banyan.edge.cli.tools import Tools

Data = Annotated[Path | None, typer.Option("--data", help="Data folder.", show_default="BANYAN_DATA or ./data")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
Tenant = Annotated[str, typer.Option("--tenant", help="Whose keys.")]
Several = list[str]


@dataclass(frozen=True, slots=True)
class Wish:
    """The options of `banyan keys create`."""

    name: str
    roles: Sequence[str]
    scopes: Sequence[str]
    models: Sequence[str]
    courses: Sequence[str]
    user: str | None
    all_tenants: bool
    days: float | None
    limits: tuple[int | None, int | None, int | None]


def key_commands(tools: Tools) -> typer.Typer:
    """The group of commands."""
    group = typer.Typer(help="Create, list, rotate and revoke keys.", no_args_is_help=True, rich_markup_mode=None)

    @group.command()
    def create(
        name: Annotated[str, typer.Argument(help="What the key is for.")],
        role: Annotated[Several, typer.Option(help="learner, instructor, moderator, service or admin.")] = ["service"],  # noqa: B006
        scope: Annotated[Several | None, typer.Option(help="What it may use.", show_default="all")] = None,
        model: Annotated[
            Several | None, typer.Option(help="A model it may ask, or `openai/*`.", show_default="all")
        ] = None,
        course: Annotated[Several | None, typer.Option(help="A course it may touch.", show_default="all")] = None,
        user: Annotated[str | None, typer.Option(help="The person it stands for.", show_default="NAME")] = None,
        days: Annotated[float | None, typer.Option(help="Days until it expires.", show_default="never")] = None,
        rpm: Annotated[int | None, typer.Option(help="Requests a minute.", show_default="no limit")] = None,
        tpm: Annotated[int | None, typer.Option(help="Tokens a minute.", show_default="no limit")] = None,
        parallel: Annotated[int | None, typer.Option(help="Calls at a time.", show_default="no limit")] = None,
        all_tenants: Annotated[bool, typer.Option("--all-tenants", help="May name the tenant it asks for.")] = False,
        tenant: Tenant = "default",
        data: Data = None,
        as_json: Json = False,
    ) -> None:
        """Create a key and print it, this once."""
        wish = Wish(name, role, scope or (), model or (), course or (), user, all_tenants, days, (rpm, tpm, parallel))
        run(_create(tools, wish, tenant, data, as_json))

    @group.command("list")
    def list_keys(tenant: Tenant = "default", data: Data = None, as_json: Json = False) -> None:
        """List the keys of a tenant, without their secrets."""
        run(_list(tools, tenant, data, as_json))

    @group.command()
    def rotate(
        id: Annotated[str, typer.Argument(help="The key's id, as `banyan keys list` shows it.")],
        overlap_hours: Annotated[float, typer.Option(help="For so long the old one works, too.")] = 24,
        tenant: Tenant = "default",
        data: Data = None,
        as_json: Json = False,
    ) -> None:
        """Give a key a new secret and print it, this once."""
        run(_rotate(tools, id, timedelta(hours=overlap_hours), tenant, data, as_json))

    @group.command()
    def revoke(
        id: Annotated[str, typer.Argument(help="The key's id, as `banyan keys list` shows it.")],
        tenant: Tenant = "default",
        data: Data = None,
        as_json: Json = False,
    ) -> None:
        """Let nobody in with a key any more."""
        run(_revoke(tools, id, tenant, data, as_json))

    return group


async def _create(tools: Tools, wish: Wish, tenant: str, data: Path | None, as_json: bool) -> None:
    from banyan.edge.http.claims import read_roles
    from banyan.proxy.domain.keys import KeyWish, Limits

    async with tools.open_desk(data) as desk:
        wanted = KeyWish(
            wish.name,
            read_roles(",".join(wish.roles), "--role"),
            frozenset(wish.scopes) or None,
            wish.user,
            frozenset(wish.models) or None,
            frozenset(wish.courses) or None,
            wish.all_tenants,
            Limits(*wish.limits),
            None if wish.days is None else desk.keys.now() + timedelta(days=wish.days),
        )
        key, secret = await desk.keys.create(_operator(tenant), wanted)
        _print_new(key, secret, desk.keys.now(), as_json)


async def _list(tools: Tools, tenant: str, data: Path | None, as_json: bool) -> None:
    from rich.table import Table

    async with tools.open_desk(data) as desk:
        now = desk.keys.now()
        shown = [_fields(key, now) for key in await desk.keys.list(tenant)]
    if as_json:
        print_json({"keys": shown})
        return
    table = Table("id", "name", "key", "status", "roles", "scopes", "last used")
    for key in shown:
        used = str(key["last_used_at"] or "never")[:16]
        begin = f"{key['prefix']}…"
        table.add_row(
            key["id"], key["name"], begin, key["status"], ", ".join(key["roles"]), ", ".join(key["scopes"]), used
        )
    output().print(table if shown else "There is no key; the service is open to this machine.")


async def _rotate(tools: Tools, id: str, overlap: timedelta, tenant: str, data: Path | None, as_json: bool) -> None:
    async with tools.open_desk(data) as desk:
        key, secret = await desk.keys.rotate(tenant, id, overlap)
        _print_new(key, secret, desk.keys.now(), as_json)


async def _revoke(tools: Tools, id: str, tenant: str, data: Path | None, as_json: bool) -> None:
    async with tools.open_desk(data) as desk:
        key = await desk.keys.revoke(tenant, id)
        now = desk.keys.now()
    if as_json:
        print_json(_fields(key, now))
    else:
        typer.echo(f"{key.id} ({key.name}) is revoked.")


def _operator(tenant: str) -> Any:
    from banyan.edge.http.access import OPERATOR
    from banyan.kernel.identity import Identity

    return Identity(tenant, OPERATOR.user, OPERATOR.roles)


def _print_new(key: Any, secret: str, now: Any, as_json: bool) -> None:
    if as_json:
        print_json({**_fields(key, now), "key": secret})
        return
    typer.echo(secret)
    typer.echo(f"{key.id} ({key.name}). The key above is not shown again; keep it where secrets are kept.", err=True)


def _fields(key: Any, now: Any) -> dict[str, Any]:
    from pydantic import TypeAdapter

    from banyan.edge.http.admin_keys import KeyBody, key_fields

    found: dict[str, Any] = TypeAdapter(KeyBody).dump_python(KeyBody(**key_fields(key, now)), mode="json")
    return found
