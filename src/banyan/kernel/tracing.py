"""How a call's trace travels with it to the services it calls."""

from collections.abc import Mapping
from contextvars import ContextVar

NO_TRACE: Mapping[str, str] = {}

outgoing: ContextVar[Mapping[str, str]] = ContextVar("outgoing", default=NO_TRACE)
"""Headers, such as `traceparent`, for every request that is made on behalf of the current call."""
