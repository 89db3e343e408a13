"""What Prometheus reads: requests and their duration by route, status and tenant."""

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from starlette.types import Scope

from banyan.edge.http.access import IDENTITY, ROUTE

_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120)
"""Seconds: from a look-up in the index to the longest answers of reasoning models."""
_CLIENT_LEFT = 499
"""nginx's word for a client that did not wait for the answer."""


class HttpMetrics:
    """One registry per application, so that two of them in a process do not mix."""

    def __init__(self, service: str) -> None:
        self._registry = CollectorRegistry()
        labels = ("service", "route", "status", "tenant")
        self._service = service
        self._requests = Counter("banyan_http_requests", "Requests answered.", labels, registry=self._registry)
        self._seconds = Histogram(
            "banyan_http_request_seconds",
            "Seconds from the first byte of a request to the last byte of its answer.",
            labels,
            registry=self._registry,
            buckets=_BUCKETS,
        )
        self._reranked = Counter(
            "ai_rerank_requests",
            "Searches that were to be reranked, by outcome: done, or failed and answered in the former order.",
            ("service", "outcome"),
            registry=self._registry,
        )
        # Finding a label's figures costs more than changing them, so they are kept.
        self._counted: dict[tuple[str, int, str], tuple[Counter, Histogram]] = {}

    def observe(self, scope: Scope, status: int, seconds: float) -> None:
        """An `Observe` for the gate. Paths of no route share one label, so that strangers cannot make new ones."""
        route = str(scope.get(ROUTE) or getattr(scope.get("route"), "path", "none"))
        identity = scope.get(IDENTITY)
        key = (route, status or _CLIENT_LEFT, "" if identity is None else identity.tenant)
        counted = self._counted.get(key)
        if counted is None:
            labels = (self._service, *key)
            counted = self._counted[key] = (self._requests.labels(*labels), self._seconds.labels(*labels))
        counted[0].inc()
        counted[1].observe(seconds)

    def reranked(self, outcome: str) -> None:
        """Counts one reranking, `done` or `failed`."""
        self._reranked.labels(self._service, outcome).inc()

    def text(self) -> bytes:
        """Everything in Prometheus' text format."""
        return generate_latest(self._registry)
