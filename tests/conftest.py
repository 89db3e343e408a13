"""What several suites share."""

import asyncio
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from private_servers import database_url as database_url
from private_servers import house_url as house_url
from private_servers import migrated_postgres_url as migrated_postgres_url
from private_servers import postgres_server as postgres_server
from private_servers import postgres_template as postgres_template
from private_servers import postgres_url as postgres_url
from private_servers import redis_server as redis_server
from private_servers import redis_url as redis_url
from private_servers import vector_postgres_url as vector_postgres_url

from banyan.adapters.embedders.minilm import MiniLM

# How long an example takes says more about the machine than about the code.
settings.register_profile("banyan", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("banyan")


@pytest.fixture(scope="session")
def models_folder() -> Path:
    """Where the built model is kept between runs, so that it is built at most once."""
    return Path(sys.prefix) / "share" / "banyan" / "models"


@pytest.fixture(scope="session")
def minilm(models_folder: Path) -> Iterator[MiniLM]:
    """The embedder as it is shipped; usable from every test's own loop."""
    embedder = MiniLM([models_folder])
    yield embedder
    loop = asyncio.new_event_loop()
    loop.run_until_complete(embedder.close())
    loop.close()
