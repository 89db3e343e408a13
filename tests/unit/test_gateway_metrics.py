"""The figures for people on call."""

from attempts import attempt
from prometheus_client.parser import text_string_to_metric_families

from banyan.adapters.telemetry.gateway_metrics import GatewayMetrics
from banyan.adapters.telemetry.watched import AllOf, WatchedLedger
from banyan.edge.http.metrics import COURSE, MOST_LABELS, SESSION, HttpMetrics
from banyan.kernel.money import money
from banyan.proxy.domain.accounting import Attempt, Status
from banyan.proxy.ports.telemetry import Unwatched


def figures(text: bytes) -> dict[tuple[str, ...], float]:
    """Every sample by its name and label values, in the order of the labels' names."""
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text.decode())
        for sample in family.samples
    }


def test_attempts_are_counted_with_tokens_spend_and_first_token() -> None:
    """By deployment, status and reason; spend in dollars."""
    metrics = GatewayMetrics()
    for _ in range(2):
        metrics.attempt_finished(attempt("a", cost=money("0.01")))
    metrics.attempt_finished(attempt("b", cost=None, status=Status.CUT, reason="x: outage", first_token=20.0))
    found = figures(metrics.text())
    assert found["banyan_attempts_total", "openai/gpt-4o", "first choice", "ok"] == 2
    assert found["banyan_attempts_total", "openai/gpt-4o", "x: outage", "cut"] == 1
    assert found["banyan_spend_dollars_total", "openai/gpt-4o"] == 0.02
    assert found["banyan_tokens_total", "openai/gpt-4o", "input"] == 300
    assert found["banyan_unpriced_attempts_total", "openai/gpt-4o"] == 1
    assert found["banyan_first_token_seconds_bucket", "openai/gpt-4o", "0.25"] == 2
    assert found["banyan_first_token_seconds_bucket", "openai/gpt-4o", "20"] == 3
    assert found["banyan_first_token_seconds_count", "openai/gpt-4o"] == 3


def test_a_failed_or_cached_attempt_is_not_unpriced() -> None:
    """It cost nothing that anybody could know."""
    metrics = GatewayMetrics()
    metrics.attempt_finished(attempt("a", cost=None, status=Status.FAILED))
    metrics.attempt_finished(attempt("b", cost=None, status=Status.CACHED))
    assert figures(metrics.text())["banyan_unpriced_attempts_total", "openai/gpt-4o"] == 0


def test_breakers_cache_refusals_and_batches_are_shown() -> None:
    """Each with its labels; gauges are read when somebody looks."""
    waiting = [3.0]
    metrics = GatewayMetrics({"queue": ("Waiting.", lambda: waiting[0]), "gone_total": ("Gone.", lambda: 2)})
    metrics.breaker_changed("gpt", "open")
    metrics.cache("hit", "quiz")
    metrics.refused("budget", "school")
    metrics.embedded(32)
    metrics.set_alarms({"retiring": 1})
    waiting[0] = 4.0
    found = figures(metrics.text())
    assert found["banyan_breaker_state", "gpt"] == 2
    assert found["banyan_cache_total", "hit", "quiz"] == 1
    assert found["banyan_refused_total", "budget", "school"] == 1
    assert found["ai_embedding_batch_size_bucket", "32"] == 1
    assert found["banyan_alarms", "retiring"] == 1
    assert (found["queue",], found["gone_total",]) == (4, 2)


def test_labels_are_bounded() -> None:
    """Beyond the limit values share `other`, and nothing grows with their number."""
    metrics = GatewayMetrics(tenants=2, deployments=2, reasons=2)
    for number in range(10):
        metrics.refused("rate", f"tenant {number}")
        metrics.attempt_finished(attempt("a", deployment=f"d{number}", reason=f"r{number}"))
    found = figures(metrics.text())
    assert found["banyan_refused_total", "rate", "other"] == 8
    assert found["banyan_attempts_total", "other", "other", "ok"] == 8
    assert sum(name[0] == "banyan_attempts_total" for name in found) == 3


class Noted:
    def __init__(self) -> None:
        self.begun: list[str] = []
        self.finished: list[str] = []

    def begin(self, attempt: Attempt) -> None:
        self.begun.append(attempt.id)

    def finish(self, attempt: Attempt) -> None:
        self.finished.append(attempt.id)


def test_a_watched_ledger_tells_what_is_under_way() -> None:
    """One more at the beginning, one less at the end; an answer from the cache never was."""
    metrics, ledger = GatewayMetrics(), Noted()
    watched = WatchedLedger(ledger, AllOf((metrics, Unwatched())))
    watched.begin(attempt("a"))
    watched.begin(attempt("b"))
    watched.finish(attempt("a"))
    watched.finish(attempt("c", status=Status.CACHED, cache="hit"))
    found = figures(metrics.text())
    assert found["banyan_in_flight", "openai/gpt-4o"] == 1
    assert found["banyan_attempts_total", "openai/gpt-4o", "first choice", "cached"] == 1
    assert (ledger.begun, ledger.finished) == (["a", "b"], ["a", "c"])


def test_chat_requests_are_counted_by_course_and_sessions_while_they_are_active() -> None:
    """Under the names that dashboards know; courses beyond the limit are one."""
    metrics = HttpMetrics("ai-assistant", [GatewayMetrics().text])
    for number in range(MOST_LABELS + 5):
        scope = {"banyan.route": "/v1/chat/completions", COURSE: f"course {number}", SESSION: f"session {number % 3}"}
        metrics.observe(scope, 200, 0.2)
    metrics.observe({"banyan.route": "/health"}, 200, 0.1)
    found = figures(metrics.text())
    assert found["ai_chat_requests_total", "course 1", "ai-assistant"] == 1
    assert found["ai_chat_requests_total", "other", "ai-assistant"] == 5
    assert found["ai_chat_request_duration_seconds_count", "ai-assistant"] == MOST_LABELS + 5
    assert found["ai_active_sessions",] == 3
    assert found["ai_embedding_batch_size_count",] == 0
