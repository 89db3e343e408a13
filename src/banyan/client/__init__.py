"""The Python client: both services over HTTP, for other programs; `Banyan`, or `AsyncBanyan` in a loop."""

from banyan.client.async_client import AsyncBanyan
from banyan.client.breaker import BreakerOptions
from banyan.client.errors import BanyanError, BreakerOpen, NetworkError, StreamCut, TimedOut
from banyan.client.events import ChatEnd, ChatEvent, ContentEvent, Meta, Notice, Text, Whole
from banyan.client.options import Retries, Timeouts
from banyan.client.sync_client import Banyan

__all__ = [
    "AsyncBanyan",
    "Banyan",
    "BanyanError",
    "BreakerOpen",
    "BreakerOptions",
    "ChatEnd",
    "ChatEvent",
    "ContentEvent",
    "Meta",
    "NetworkError",
    "Notice",
    "Retries",
    "StreamCut",
    "Text",
    "TimedOut",
    "Timeouts",
    "Whole",
]
