"""The proxy keeps what its OpenAPI document promises, whatever is sent."""

from collections.abc import Iterator

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
from threaded import in_a_thread

from banyan.app.reference import described
from banyan.edge.http.access import trust_headers

EXAMPLES = 10
"""For each operation; together about a quarter of a minute."""
PATIENCE = 60
"""Seconds for one answer: a machine that is slow breaks no promise."""
PROMISES = (
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
)


schema = schemathesis.openapi.from_dict(described("proxy"))


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with in_a_thread(open_proxy(tmp_path_factory.mktemp("proxy"), authenticate=trust_headers)) as url:
        yield url


@schema.parametrize()
@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
def test_every_operation_keeps_its_promise(case: schemathesis.Case, url: str) -> None:
    """No failure of ours, and no status, type or shape of an answer that the document does not name."""
    case.call_and_validate(base_url=url, timeout=PATIENCE, checks=list(PROMISES))
