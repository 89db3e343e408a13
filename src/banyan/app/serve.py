"""`banyan serve`: both services, or one of them, in one process and one loop."""

import asyncio
import gc
import os
import sys
from contextlib import AsyncExitStack
from importlib import import_module
from socket import socket
from types import ModuleType
from typing import TYPE_CHECKING

import uvloop

from banyan.app.data_folder import Addresses, announced, held
from banyan.app.listening import address, bind, is_loopback, loopback_only, port
from banyan.app.logs import set_up_logs
from banyan.app.sample import index_sample
from banyan.app.servers import Doorway, serving, stop_signal
from banyan.app.settings import Settings, load_settings
from banyan.app.tracing import report_errors, send_what_is_left
from banyan.edge.cli.tools import Part, ServeOptions
from banyan.proxy.domain.keys import new_secret

if TYPE_CHECKING:
    from banyan.app.wiring import Services

PARTS: tuple[Part, ...] = ("assistant", "proxy")
_COLLECT_AFTER = (10_000, 20, 20)
"""Objects made before the youngest are looked through, and how often before the older ones are: requests leave few
cycles, and with Python's own 700 the search for them takes a twentieth of the processor time of a call."""


def serve(options: ServeOptions) -> None:
    """Runs until SIGTERM or SIGINT. Raises: InvalidInput, Conflict, Unavailable before anything is served."""
    settings = load_settings(
        data=options.data,
        host=options.host,
        assistant_port=options.assistant_port,
        proxy_port=options.proxy_port,
    )
    set_up_logs()
    if settings.sentry_dsn is not None:
        report_errors(settings.sentry_dsn.get_secret_value())
    parts = PARTS if options.part is None else (options.part,)
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(_serve(settings, parts, options.sample))
    finally:
        send_what_is_left()


async def _serve(settings: Settings, parts: tuple[Part, ...], sample: bool) -> None:
    async with AsyncExitStack() as stack:
        stop = stack.enter_context(stop_signal())
        if not is_loopback(settings.host):
            from banyan.app.keys import has_keys

            if not await has_keys(settings):
                loopback_only(settings.host)
        bound: dict[Part, socket] = {}
        for part in parts:
            stack.enter_context(held(settings.data, part))
            wanted = settings.assistant_port if part == "assistant" else settings.proxy_port
            bound[part] = stack.enter_context(bind(settings.host, wanted, f"--{part}-port"))

        doorways = {part: Doorway(f"ai-{part}") for part in parts}
        stop_serving = await stack.enter_async_context(serving({bound[part]: doorways[part] for part in parts}))
        for doorway in doorways.values():
            stack.callback(doorway.close)
        # Most of a start is importing; meanwhile the loop is free to say that the process is alive.
        wiring = await asyncio.to_thread(_import_the_rest)
        own_ports = frozenset(port(one) for one in bound.values())
        local_key = new_secret()
        services: Services = await stack.enter_async_context(
            wiring.open_services(settings, parts, own_ports, local_key)
        )
        # Running answers end before what they lean on is closed.
        stack.push_async_callback(stop_serving)
        for part in parts:
            doorways[part].open(services.applications[part])
        # What start-up made stays for good; collecting it again and again would only cost time.
        gc.freeze()
        gc.set_threshold(*_COLLECT_AFTER)
        if sample and services.workspace is not None:
            await index_sample(services.workspace)
        urls = {part: address(one) for part, one in bound.items()}
        addresses = Addresses(os.getpid(), urls.get("assistant"), urls.get("proxy"), local_key)
        stack.enter_context(announced(settings.data, addresses))
        _greet(addresses)
        await stop.wait()
        sys.stderr.write("Stopping; running answers may end.\n")


def _import_the_rest() -> ModuleType:
    for room in ("proxy_app", "assistant_app"):
        import_module(f"banyan.edge.http.{room}")
    return import_module("banyan.app.wiring")


def _greet(addresses: Addresses) -> None:
    lines = []
    if addresses.assistant:
        lines.append(f"Banyan is ready: {addresses.assistant}/")
    if addresses.proxy:
        lines.append(f"OpenAI-compatible API: {addresses.proxy}/v1")
    sys.stdout.write("\n".join(lines) + "\n")
    sys.stdout.flush()
