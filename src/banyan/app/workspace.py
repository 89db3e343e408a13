"""The data folder for commands: opened here, or reached through the service that holds it."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from time import monotonic

from banyan.app.data_folder import Addresses, addresses_in, held, is_held
from banyan.app.logs import set_up_logs
from banyan.app.settings import load_settings
from banyan.edge.cli.tools import Workspace
from banyan.kernel.errors import Conflict

STARTING_SECONDS = 20
"""How long a service that holds the folder may take until it says where it listens."""


@asynccontextmanager
async def open_workspace(data: Path | None) -> AsyncIterator[Workspace]:
    """The workspace of the settings' data folder. Raises: Conflict when another command uses the folder."""
    settings = load_settings(data=data)
    set_up_logs(logging.WARNING)
    if is_held(settings.data, "proxy"):
        from banyan.app.remote import open_remote

        addresses = await service_addresses(settings.data)
        assert addresses.proxy is not None
        async with open_remote(addresses.proxy, addresses.key) as workspace:
            yield workspace
        return
    with held(settings.data, "proxy"):
        from banyan.app.wiring import open_proxy

        async with open_proxy(settings) as proxy:
            yield proxy.workspace


async def service_addresses(folder: Path) -> Addresses:
    """Where the service that holds the folder listens, with a proxy; waits for one that is just starting."""
    deadline = monotonic() + STARTING_SECONDS
    while monotonic() < deadline and is_held(folder, "proxy"):
        addresses = addresses_in(folder)
        if addresses is not None and addresses.proxy is not None:
            return addresses
        await asyncio.sleep(0.05)
    raise Conflict(
        f"Another command uses the data folder {folder}; wait until it has ended, then try again.",
        code="data_folder_in_use",
    )
