"""The daily series, as dashboards draw them."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Chart:
    """kind: how a day's values become one. style: `Bar` or `Line`. folder: its name in the monolith.

    private: days with fewer than five learners are shown to admins alone.
    """

    name: str
    title: str
    folder: str
    kind: str
    style: str
    colour: str
    unit: str
    measures: str
    private: bool = False


_ALL = (
    Chart(
        "assistant-cost",
        "AI Assistant Cost (Sum)",
        "ai_assistant_cost",
        "Sum",
        "Bar",
        "#2AC769",
        "dollars",
        "What turns of the day cost, as the cost cap counts it.",
        private=True,
    ),
    Chart(
        "embedded-chunks",
        "Embedded Chunks (Daily)",
        "ai_embeddings_embedded",
        "Count",
        "Line",
        "#7B61FF",
        "chunks",
        "Chunks that were indexed on the day, are still published, and have vectors by now.",
    ),
    Chart(
        "guardrail-events",
        "AI Guardrail Events",
        "ai_guardrail_events",
        "Count",
        "Line",
        "#FF7A2F",
        "events",
        "What guardrails found.",
    ),
    Chart(
        "proxy-avg-latency",
        "AI Proxy Avg Latency",
        "ai_proxy_latency",
        "Average",
        "Line",
        "#F2994A",
        "milliseconds",
        "How long turns took in which a model was asked; 0 on days without any.",
    ),
    Chart(
        "proxy-errors",
        "AI Proxy Errors",
        "ai_proxy_errors",
        "Count",
        "Line",
        "#EB5757",
        "turns",
        "Turns that failed.",
    ),
    Chart(
        "proxy-requests",
        "AI Proxy Requests",
        "ai_proxy_requests",
        "Count",
        "Line",
        "#4463F0",
        "turns",
        "Turns in which a model was asked.",
    ),
)
CHARTS: Mapping[str, Chart] = {chart.name: chart for chart in _ALL}
