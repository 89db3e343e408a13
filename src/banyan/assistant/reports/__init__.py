"""One question and the shape of its answer per file; the statements stand in `adapters/storage/report_*.py`."""

from banyan.assistant.domain.reporting import Report
from banyan.kernel.catalogue import Catalogue

REPORTS: Catalogue[Report] = Catalogue(
    __name__,
    [
        "chat_lesson_detail",
        "chat_usage",
        "cost_by_course",
        "cost_by_learner",
        "embeddings_coverage",
        "external_sources_errors",
        "external_sources_summary",
        "faq_deflection",
        "first_turn_bounce",
        "guardrail_events",
        "help_levels",
        "hot_spots",
        "misconceptions",
        "proxy_errors_by_status",
        "proxy_summary",
        "unanswered",
    ],
)
