"""Spans for OpenTelemetry and error reports for Sentry, where they are configured; otherwise nothing is loaded."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from banyan import __version__

if TYPE_CHECKING:
    from banyan.adapters.telemetry.spans import Spans

_REPORTED = frozenset(
    {"contexts", "environment", "event_id", "level", "modules", "platform", "release", "sdk", "tags", "timestamp"}
)
"""Of an error report, beside kind and place."""
_ENDPOINTS = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")


@dataclass(frozen=True, slots=True)
class Tracing:
    """spans: None where no endpoint is configured."""

    spans: "Spans | None" = None

    def around(self, application: Any, service: str) -> Any:
        """The application with spans, or as it is."""
        return application if self.spans is None else self.spans.around(application, service)


@asynccontextmanager
async def open_tracing() -> AsyncIterator[Tracing]:
    """By OpenTelemetry's own variables; what is left is sent when the block ends."""
    if not any(os.environ.get(name) for name in _ENDPOINTS) or os.environ.get("OTEL_SDK_DISABLED") == "true":
        yield Tracing()
        return
    from banyan.adapters.telemetry.spans import Spans

    spans = Spans(os.environ.get("OTEL_SERVICE_NAME", "banyan"), __version__)
    try:
        yield Tracing(spans)
    finally:
        await asyncio.to_thread(spans.close)


def report_errors(dsn: str) -> None:
    """Sends exceptions that nobody expected to Sentry: their kind and place, and nothing that people wrote."""
    import sentry_sdk

    sentry_sdk.init(
        dsn,
        release=__version__,
        default_integrations=False,
        auto_enabling_integrations=False,
        send_default_pii=False,
        include_local_variables=False,
        max_request_body_size="never",
        before_send=_kind_and_place,
    )


def _kind_and_place(event: Any, hint: Any) -> Any:
    """The event without words: messages repeat what failed, as a database's do the values that it was given."""
    exceptions = event.get("exception", {}).get("values", ())
    kept = [{name: value for name, value in one.items() if name != "value"} for one in exceptions]
    return {name: value for name, value in event.items() if name in _REPORTED} | {"exception": {"values": kept}}


def send_what_is_left() -> None:
    """Before the process ends; two seconds at most. Nothing where no report was set up."""
    sentry = sys.modules.get("sentry_sdk")
    if sentry is not None:
        sentry.flush(timeout=2)
