"""Where events go: one line each on standard error, so that standard output belongs to results."""

import logging
import sys
from typing import Any

import structlog

_TAGS = ("event", "request_id")
"""What an error report says beside the exception, so that it can be found in the log."""


def set_up_logs(level: int = logging.INFO) -> None:
    """Sends our own events, and warnings of libraries, to standard error."""
    logging.basicConfig(stream=sys.stderr, level=max(level, logging.WARNING), format="%(name)s: %(message)s")
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(level),
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _report,
            structlog.processors.format_exc_info,
            structlog.processors.KeyValueRenderer(key_order=["timestamp", "level", "event"]),
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )


def _report(logger: Any, method: str, event: Any) -> Any:
    """Hands an exception that is being logged to Sentry, where that was set up; it is not even imported elsewhere."""
    sentry = sys.modules.get("sentry_sdk")
    if sentry is not None and event.get("exc_info"):
        tags = {name: str(event[name]) for name in _TAGS if event.get(name)}
        sentry.capture_exception(None if event["exc_info"] is True else event["exc_info"], tags=tags)
    return event
