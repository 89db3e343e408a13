"""What Prometheus reads: requests and their duration by route, status and tenant."""

import time
from collections.abc import Callable, Sequence
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from starlette.types import Scope

from banyan.edge.http.access import IDENTITY, ROUTE

_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120)
"""Seconds: from a look-up in the index to the longest answers of reasoning models."""
COURSE = "banyan.course"
"""Key under which chat endpoints leave the course of a request in the ASGI scope, for the metrics."""
SESSION = "banyan.session"
"""Key under which they leave the session, where there is one."""
MOST_LABELS = 100
"""Courses, and tenants, that keep a name of their own; the rest share `other`, so that figures stay few."""
ACTIVE_SECONDS = 15 * 60
"""A session counts as active for so long after its last question."""
_MOST_SESSIONS = 100_000
_CHAT = frozenset({"/v1/chat/completions", "/v1/responses", "/api/v1/chat/completions"})
_OUR_FAULT = 500
_CLIENT_LEFT = 499
"""nginx's word for a client that did not wait for the answer."""


class Brief:
    """Counts for whoever reads no Prometheus; all of them finite from the first moment."""

    def __init__(self) -> None:
        self._requests = self._errors = 0
        self._seconds = 0.0
        self._minute = [0] * 60
        self._second = 0
        self.asked = self.hits = 0

    def add(self, status: int, seconds: float) -> None:
        """One answer."""
        self._requests += 1
        self._errors += status >= _OUR_FAULT
        self._seconds += seconds
        self._minute[self._now() % 60] += 1

    def figures(self) -> dict[str, Any]:
        """As `Figures` of `service_routes`."""
        self._now()
        return {
            "requests_total": self._requests,
            "requests_per_minute": float(sum(self._minute)),
            "average_response_time": self._seconds / self._requests if self._requests else 0.0,
            "error_rate": self._errors / self._requests if self._requests else 0.0,
            "cache_hit_rate": self.hits / self.asked if self.asked else 0.0,
        }

    def _now(self) -> int:
        """The current second; the counts of those that have gone by in silence are 0."""
        now = int(time.monotonic())
        for second in range(max(self._second, now - 60) + 1, now + 1):
            self._minute[second % 60] = 0
        self._second = now
        return now


class HttpMetrics:
    """One registry per application, so that two of them in a process do not mix.

    more: whose figures, in Prometheus' text format, are shown beside.
    """

    def __init__(self, service: str, more: Sequence[Callable[[], bytes]] = ()) -> None:
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
        self._more = tuple(more)
        self._chats = Counter("ai_chat_requests", "Chat requests.", ("service", "course"), registry=self._registry)
        self._chat_seconds = Histogram(
            "ai_chat_request_duration_seconds",
            "Seconds from the first byte of a chat request to the last byte of its answer.",
            ("service",),
            registry=self._registry,
            buckets=_BUCKETS,
        ).labels(service)
        words = "Sessions that were asked something in the last 15 minutes."
        sessions = Gauge("ai_active_sessions", words, registry=self._registry)
        sessions.set_function(self._active_sessions)
        self._sessions: dict[tuple[str, str], float] = {}
        self._courses: dict[str, Counter] = {}
        self._tenants: set[str] = set()
        self._brief = Brief()
        # Finding a label's figures costs more than changing them, so they are kept.
        self._counted: dict[tuple[str, int, str], tuple[Counter, Histogram]] = {}

    def observe(self, scope: Scope, status: int, seconds: float) -> None:
        """An `Observe` for the gate. Paths of no route share one label, so that strangers cannot make new ones."""
        route = str(scope.get(ROUTE) or getattr(scope.get("route"), "path", "none"))
        identity = scope.get(IDENTITY)
        tenant = "" if identity is None else identity.tenant
        if route in _CHAT:
            self._observe_chat(scope, tenant, seconds)
        key = (route, status or _CLIENT_LEFT, self._tenant_label(tenant))
        counted = self._counted.get(key)
        if counted is None:
            labels = (self._service, *key)
            counted = self._counted[key] = (self._requests.labels(*labels), self._seconds.labels(*labels))
        counted[0].inc()
        counted[1].observe(seconds)
        self._brief.add(status, seconds)

    def summary(self) -> dict[str, Any]:
        """The few figures that `/metrics` shows as JSON."""
        return self._brief.figures()

    def cached(self, hit: bool) -> None:
        """Counts one piece of study material that was asked for. hit: whether it was there already."""
        self._brief.asked += 1
        self._brief.hits += hit

    def reranked(self, outcome: str) -> None:
        """Counts one reranking, `done` or `failed`."""
        self._reranked.labels(self._service, outcome).inc()

    def text(self) -> bytes:
        """Everything in Prometheus' text format."""
        return b"".join((generate_latest(self._registry), *(more() for more in self._more)))

    def _observe_chat(self, scope: Scope, tenant: str, seconds: float) -> None:
        course = scope.get(COURSE) or ""
        counter = self._courses.get(course)
        if counter is None:
            label = course if len(self._courses) < MOST_LABELS else "other"
            counter = self._chats.labels(self._service, label)
            if label == course:
                self._courses[course] = counter
        counter.inc()
        self._chat_seconds.observe(seconds)
        session = scope.get(SESSION)
        if session and (len(self._sessions) < _MOST_SESSIONS or self._active_sessions() < _MOST_SESSIONS):
            self._sessions[tenant, session] = time.monotonic()

    def _active_sessions(self) -> int:
        oldest = time.monotonic() - ACTIVE_SECONDS
        self._sessions = {session: at for session, at in self._sessions.items() if at > oldest}
        return len(self._sessions)

    def _tenant_label(self, tenant: str) -> str:
        if tenant in self._tenants:
            return tenant
        if len(self._tenants) >= MOST_LABELS:
            return "other"
        self._tenants.add(tenant)
        return tenant
