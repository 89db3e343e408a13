"""The assistant keeps what its OpenAPI document promises, whatever is sent."""

from collections.abc import Iterator

import pytest
import schemathesis
from assistant_world import assistant
from hypothesis import HealthCheck, settings
from schemathesis.specs.openapi.checks import positive_data_acceptance
from threaded import in_a_thread

from banyan.app.reference import described

EXAMPLES = 8
"""For each operation; a hundred and thirty of them take about a minute."""
PATIENCE = 60
"""Seconds for one answer: a machine that is slow breaks no promise."""

schema = schemathesis.openapi.from_dict(described("assistant"))


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with in_a_thread(assistant(tmp_path_factory.mktemp("assistant"))) as url:
        yield url


@schema.parametrize()
@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
def test_every_operation_keeps_its_promise(case: schemathesis.Case, url: str) -> None:
    """No failure of ours, no status, type or shape of an answer that the document does not name."""
    # That a user's last message must say something, what an address is, and the fields of a policy under all their
    # names are beyond what a schema can express, as is that an exam ends after it has begun, and what material can be
    # made of.
    path = case.operation.path
    beyond = (
        "/chat/completions",
        "/content/{type}",
        "/content/classify",
        "/document/extract-text",
        "/document/process",
        "/documents",
        "/external-sources",
        "/jobs",
        "/jobs/estimate",
        "/lock",
        "/roster",
        "/search/semantic",
        "/search/vector",
        "/charts/{chart}",
        "/exports/{format}",
        "/cards",
        "/reviews",
    )
    asks = path.endswith(beyond) or "/config" in path or "LEARN-X" in case.operation.definition.raw.get("tags", ())
    case.call_and_validate(base_url=url, timeout=PATIENCE, excluded_checks=[positive_data_acceptance] if asks else [])
