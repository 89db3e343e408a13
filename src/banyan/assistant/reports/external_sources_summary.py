"""Where pages beside lessons come from, and what became of them."""

from collections import Counter
from collections.abc import Sequence
from urllib.parse import urlsplit

from banyan.assistant.domain.external_sources import SourceStatus
from banyan.assistant.domain.reporting import BY_COURSE, About, Column, Report, Row, count

_COUNTED = {
    SourceStatus.NEW: "new",
    SourceStatus.FETCHED: "fetched",
    SourceStatus.INDEXED: "indexed",
    SourceStatus.UNCHANGED: "indexed",
    SourceStatus.ERROR: "error",
    SourceStatus.QUARANTINED: "error",
}


def arrange(rows: Sequence[Row], about: About) -> Sequence[Row]:
    """rows: address, status, course and lesson of each page. By host, the one with most pages first."""
    counts: dict[str, Counter[str]] = {}
    lessons: dict[str, set[tuple[str, str]]] = {}
    for url, status, course, lesson in rows:
        host = _host(url)
        counts.setdefault(host, Counter())[_COUNTED[SourceStatus(status)]] += 1
        lessons.setdefault(host, set()).update([(course, lesson)] if lesson else [])
    found = [
        (host, sum(of.values()), of["new"], of["fetched"], of["indexed"], of["error"], len(lessons[host]))
        for host, of in counts.items()
    ]
    return sorted(found, key=lambda row: (-row[1], -row[4], row[0]))


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or "(unknown)"
    except ValueError:
        return "(unknown)"


ENTRY = Report(
    "external-sources-summary",
    "AI External Sources Summary",
    "The newest 2,000 pages by host. Pages that had not changed count as indexed, quarantined ones as errors; "
    "`lessons` counts those that have a page of the host.",
    (
        Column("domain", "Domain"),
        count("total", "Total"),
        count("new", "New"),
        count("fetched", "Fetched"),
        count("indexed", "Indexed"),
        count("error", "Error"),
        count("lessons", "Lessons"),
    ),
    (BY_COURSE,),
    arrange=arrange,
    most=2000,
)
