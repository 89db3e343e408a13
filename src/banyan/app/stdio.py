"""`banyan mcp`: the tutor for a desktop program that starts it and speaks to it over standard input and output."""

import asyncio
import logging
import os
import sys
from contextlib import AsyncExitStack
from typing import Any

import uvloop

from banyan.app.data_folder import addresses_in, held, is_held
from banyan.app.gateway_workspace import person
from banyan.app.logs import set_up_logs
from banyan.app.servers import stop_signal
from banyan.app.settings import Settings, load_settings
from banyan.app.workspace import service_addresses
from banyan.edge.cli.tools import McpOptions
from banyan.edge.mcp.relay import Find, Relay, Target
from banyan.edge.mcp.server import create_server, server_over
from banyan.edge.mcp.services import Caller
from banyan.kernel.errors import Conflict, Unavailable
from banyan.kernel.ids import check_id


def speak(options: McpOptions) -> None:
    """Until standard input ends, or SIGTERM or SIGINT. Raises: InvalidInput, Conflict before anything is said."""
    for value, name in ((options.user, "--user"), (options.course, "--course")):
        if value:
            check_id(value, name)
    settings = load_settings(data=options.data)
    set_up_logs(logging.WARNING)
    logging.getLogger("mcp").setLevel(logging.ERROR)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        stopped = runner.run(_speak(settings, options))
    if stopped:  # a thread still waits for standard input, and nothing else would end it
        sys.stderr.flush()
        os._exit(0)


async def _speak(settings: Settings, options: McpOptions) -> bool:
    """Whether a signal ended it."""
    async with AsyncExitStack() as stack:
        stop = stack.enter_context(stop_signal())
        server = await _server(settings, options, stack)
        served = asyncio.create_task(_serve(server), name="serve standard input")
        waiting = asyncio.create_task(stop.wait(), name="wait for a signal")
        await asyncio.wait((served, waiting), return_when=asyncio.FIRST_COMPLETED)
        stopped = not served.done()
        for task in (served, waiting):
            task.cancel()
        if stopped:
            await asyncio.wait((served,), timeout=1)
        else:
            await served
        return stopped


async def _server(settings: Settings, options: McpOptions, stack: AsyncExitStack) -> Any:
    if options.url:
        return server_over(Relay(_there(options), options.course))
    if is_held(settings.data, "proxy"):
        await _serving(settings)
        return server_over(Relay(_here(settings, options), options.course))
    from banyan.app.machines import machines_of
    from banyan.app.wiring import open_tutor

    stack.enter_context(held(settings.data, "proxy"))
    services = await stack.enter_async_context(open_tutor(settings))
    caller = Caller(person(options.user), options.course)
    return create_server(await machines_of(services, settings), lambda _: caller)


async def _serve(server: Any) -> None:
    from mcp.server.stdio import stdio_server

    async with stdio_server() as (read, write):
        await server.run(read, write, server.create_initialization_options())


def _there(options: McpOptions) -> Find:
    """The assistant that the options name."""
    headers = {"Authorization": f"Bearer {options.key}"} if options.key else {}
    if options.user:
        headers["X-Banyan-User"] = options.user
    target = Target(options.url.rstrip("/"), headers)

    async def find() -> Target:
        return target

    return find


def _here(settings: Settings, options: McpOptions) -> Find:
    """The service that holds the data folder, wherever it listens by now."""
    named = {"X-Banyan-User": options.user, "X-Banyan-Roles": "learner"} if options.user else {}

    async def find() -> Target:
        addresses = addresses_in(settings.data)
        if addresses is None or addresses.assistant is None:
            raise Unavailable(f"Nothing serves the data folder {settings.data} just now; start `banyan serve`.")
        return Target(addresses.assistant, {"X-API-Key": addresses.key, **named})

    return find


async def _serving(settings: Settings) -> None:
    """Returns when a service with an assistant holds the folder. Raises: Conflict."""
    sentence = (
        f"Another command uses the data folder {settings.data}, and it serves no assistant; start `banyan serve` "
        "instead of it, or name an assistant that runs with --url."
    )
    try:
        addresses = await service_addresses(settings.data)
    except Conflict as error:
        raise Conflict(sentence, code="data_folder_in_use") from error
    if addresses.assistant is None:
        raise Conflict(sentence, code="data_folder_in_use")
