"""Reads addresses of pages so that there is one way to understand each."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote, urljoin, urlsplit

import idna

from banyan.adapters.web.addresses import read_address
from banyan.kernel.errors import InvalidInput, NotAllowed, UpstreamFailed

_LONGEST = 2000
_USUAL = {"http": 80, "https": 443}
_FORBIDDEN = re.compile(r"[\x00-\x20\x7f-\x9f\\<>\"^`{|}\u2028\u2029]")
_LABELS = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)(?:\.(?!-)[a-z0-9_-]{1,63}(?<!-))*")
_NUMBER = re.compile(r"(?:0x[0-9a-f]*|\d+)")
_LONGEST_HOST = 253


@dataclass(frozen=True, slots=True)
class Location:
    """An address in its one form. host: lower case, in ASCII, without a full stop at its end or brackets."""

    scheme: str
    host: str
    port: int
    path: str
    query: str

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = "" if self.port == _USUAL[self.scheme] else f":{self.port}"
        query = f"?{self.query}" if self.query else ""
        return f"{self.scheme}://{host}{port}{self.path}{query}"


def read_location(url: str, ports: frozenset[int]) -> Location:
    """ports: beside 80 and 443. The fragment is left out. Raises: InvalidInput, NotAllowed."""
    url = url.strip()
    if not url or len(url) > _LONGEST:
        raise _invalid(f"An address has 1 to {_LONGEST} characters; correct it.")
    if _FORBIDDEN.search(url):
        raise _invalid("The address has characters that no address has; copy it again from the browser.")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise _invalid("This is no web address; copy it again from the browser.") from error
    if parts.scheme not in _USUAL:
        raise NotAllowed("Only http and https addresses are fetched; use one of them.", code="url_not_allowed")
    if "@" in parts.netloc:
        raise NotAllowed("The address has a name or password in it; use one without.", code="url_not_allowed")
    port = _USUAL[parts.scheme] if port is None else port
    if port not in ports and port not in _USUAL.values():
        raise NotAllowed(
            f"Pages on port {port} are not fetched; use an address without a port.", code="url_not_allowed"
        )
    path = quote(parts.path or "/", safe="/%:@!$&'()*+,;=~-._[]")
    query = quote(parts.query, safe="/?%:@!$&'()*+,;=~-._[]")
    return Location(parts.scheme, _host(parts.hostname or ""), port, path, query)


def follow(here: Location, target: str, ports: frozenset[int]) -> Location:
    """Where a redirect leads. Raises: as `read_location`, and UpstreamFailed for a step from https to http."""
    there = read_location(urljoin(str(here), target.strip()), ports)
    if here.scheme == "https" and there.scheme == "http":
        raise UpstreamFailed(
            f"{here.host} leads from https to http, which is not followed; name the page that it leads to.",
            code="page_redirects",
        )
    return there


def check_domain(host: str, domains: Sequence[str] | None) -> None:
    """Returns where the host is one of the domains or below one. Raises: NotAllowed (`domain_not_allowed`)."""
    if domains is None:
        return
    for domain in domains:
        allowed = _domain(domain)
        if allowed and (host == allowed or host.endswith(f".{allowed}")):
            return
    listed = ", ".join(domains[:5]) or "none"
    raise NotAllowed(
        f"Pages of {host} may not be used here (allowed: {listed}); ask whoever runs the service to allow the domain.",
        code="domain_not_allowed",
    )


def _domain(domain: str) -> str:
    """As an operator writes it: `Example.org.`, `.example.org` and `*.example.org` are all one."""
    try:
        return _host(domain.strip().lower().removeprefix("*.").removeprefix("."))
    except (InvalidInput, NotAllowed):
        return ""


def _host(name: str) -> str:
    name = name.removesuffix(".")
    address = read_address(name)
    if address is not None:
        return address.compressed
    try:
        ascii_name = name.lower() if name.isascii() else idna.encode(name, uts46=True).decode()
    except (idna.IDNAError, UnicodeError) as error:
        raise _invalid("The host in the address is no name; copy it again from the browser.") from error
    if not _LABELS.fullmatch(ascii_name) or len(ascii_name) > _LONGEST_HOST:
        raise _invalid("The host in the address is no name; copy it again from the browser.")
    if _NUMBER.fullmatch(ascii_name.rpartition(".")[2]):  # 127.1, 0x7f000001: what systems read as an address
        raise NotAllowed("The host is a number in disguise; use its name.", code="url_not_allowed")
    return ascii_name


def _invalid(message: str) -> InvalidInput:
    return InvalidInput(message, code="url_invalid", param="url")
