"""The assistant keeps what its OpenAPI document promises, whatever is sent."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from assistant_world import assistant
from hypothesis import HealthCheck, settings
from schemathesis.specs.openapi.checks import positive_data_acceptance

from banyan.edge.http.assistant_app import assistant_api
from banyan.edge.http.assistant_services import AssistantServices
from banyan.edge.http.metrics import HttpMetrics

EXAMPLES = 25
"""For each operation; together about ten seconds."""

nothing: Any = None
schema = schemathesis.openapi.from_dict(
    assistant_api(AssistantServices(nothing, nothing, nothing, nothing), HttpMetrics("test")).openapi()
)


@contextmanager
def running_assistant(folder: Path) -> Iterator[str]:
    """The base URL of an assistant in a thread and a loop of its own, because the requests here block."""
    loop = asyncio.new_event_loop()
    address: asyncio.Future[str] = loop.create_future()
    started, stopped = threading.Event(), asyncio.Event()

    async def run() -> None:
        async with assistant(folder) as world:
            address.set_result(world.url)
            started.set()
            await stopped.wait()

    thread = threading.Thread(target=lambda: loop.run_until_complete(run()))
    thread.start()
    try:
        assert started.wait(20), "the assistant did not start"
        yield address.result()
    finally:
        loop.call_soon_threadsafe(stopped.set)
        thread.join()
        loop.close()


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with running_assistant(tmp_path_factory.mktemp("assistant")) as url:
        yield url


@schema.parametrize()
@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
def test_every_operation_keeps_its_promise(case: schemathesis.Case, url: str) -> None:
    """No failure of ours, no status, type or shape of an answer that the document does not name."""
    # That the last message of a user must say something is beyond what a schema can express.
    asks = case.operation.path.endswith("/chat/completions")
    case.call_and_validate(base_url=url, excluded_checks=[positive_data_acceptance] if asks else [])
