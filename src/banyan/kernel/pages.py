"""Web pages that somebody names by address, and the only way to get at one."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Known:
    """What a server said about the version of a page that is here already; empty where it said nothing."""

    etag: str = ""
    last_modified: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """A page as it was read, once.

    url: where it was found, after redirects. mime_type: without parameters, as its bytes confirm it.
    suffix: ending of files of that kind, with the dot. content: UTF-8 where it is text, whatever it was sent in.
    """

    url: str
    mime_type: str
    suffix: str
    content: bytes
    known: Known = Known()


class Fetcher(Protocol):
    """Fetches what an address leads to, if that is a public place that somebody may be led to."""

    def check(self, url: str, domains: Sequence[str] | None = None) -> None:
        """Refuses what can be refused by the address alone. domains: only they and what is below them; None for any.

        Raises: InvalidInput, NotAllowed, as `fetch`.
        """
        ...

    async def fetch(self, url: str, domains: Sequence[str] | None = None, known: Known | None = None) -> Page | None:
        """The page; None where it is still the one that is known.

        Raises: InvalidInput (`url_invalid`, `page_type`), TooLarge (`page_too_large`), NotAllowed (`url_not_allowed`,
        `url_not_public`, `domain_not_allowed`), UpstreamFailed (`page_unreachable`, `page_status`, `page_redirects`,
        `page_broken`), DeadlineExceeded (`page_timeout`).
        """
        ...
