"""The proxy keeps what its OpenAPI document promises, whatever is sent."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from proxy_house import open_proxy
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from banyan.edge.http.metrics import HttpMetrics
from banyan.edge.http.proxy_app import ProxyServices, proxy_api

EXAMPLES = 25
"""For each operation; together about half a minute."""
PROMISES = (
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
)


@contextmanager
def running_proxy(folder: Path) -> Iterator[str]:
    """The base URL of a proxy in a thread and a loop of its own, because the requests here block."""
    loop = asyncio.new_event_loop()
    address: list[str] = []
    started, stopped = threading.Event(), asyncio.Event()

    async def run() -> None:
        async with open_proxy(folder) as proxy:
            address.append(proxy.url)
            started.set()
            await stopped.wait()

    thread = threading.Thread(target=lambda: loop.run_until_complete(run()))
    thread.start()
    try:
        assert started.wait(20), "the proxy did not start"
        yield address[0]
    finally:
        loop.call_soon_threadsafe(stopped.set)
        thread.join()
        loop.close()


nothing: Any = None
services = ProxyServices(nothing, nothing, nothing, nothing, nothing, nothing, nothing, 10)
schema = schemathesis.openapi.from_dict(proxy_api(services, HttpMetrics("test")).openapi())


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with running_proxy(tmp_path_factory.mktemp("proxy")) as url:
        yield url


@schema.parametrize()
@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
def test_every_operation_keeps_its_promise(case: schemathesis.Case, url: str) -> None:
    """No failure of ours, and no status, type or shape of an answer that the document does not name."""
    case.call_and_validate(base_url=url, checks=list(PROMISES))
