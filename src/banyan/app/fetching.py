"""The fetcher as the settings want it."""

from banyan.adapters.web.fetcher import Limits, WebFetcher
from banyan.app.settings import Settings
from banyan.kernel.pages import Fetcher


def open_fetcher(settings: Settings) -> Fetcher:
    """Nothing that is set makes it go where it must not."""
    return WebFetcher(Limits(size_bytes=settings.fetch_max_mb * 1_000_000, ports=frozenset(settings.fetch_ports)))
