"""The fetcher and the readers as the settings want them."""

from banyan.adapters.formats import FORMATS
from banyan.adapters.formats._apart import ApartReader
from banyan.adapters.web.fetcher import Limits, WebFetcher
from banyan.app.settings import Settings
from banyan.kernel.pages import Fetcher
from banyan.proxy.usecases.read_content import ReadContent


def open_fetcher(settings: Settings) -> Fetcher:
    """Nothing that is set makes it go where it must not."""
    return WebFetcher(Limits(size_bytes=settings.fetch_max_mb * 1_000_000, ports=frozenset(settings.fetch_ports)))


def open_reading(settings: Settings) -> ReadContent:
    """What reads content for the index."""
    domains = tuple(settings.fetch_domains) or None
    return ReadContent(FORMATS, ApartReader(), open_fetcher(settings), domains=domains)
