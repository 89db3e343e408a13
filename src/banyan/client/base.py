"""What both clients are made with, and what they do without waiting."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx

from banyan.client.breaker import Breaker, BreakerOptions
from banyan.client.calls import Call, Service
from banyan.client.errors import BanyanError, StreamCut, answered, parsed
from banyan.client.events import DONE
from banyan.client.options import Retries, Timeouts


@dataclass(frozen=True, slots=True)
class Setup:
    """base_url, proxy_url: of the assistant and the proxy. api_key: or what gives one before each request.
    user, roles: for whom a trusted backend speaks. breaker: None never stops calling.
    """

    base_url: str
    proxy_url: str | None = None
    api_key: str | Callable[[], str] | None = None
    user: str | None = None
    roles: Sequence[str] = ()
    timeouts: Timeouts = field(default_factory=Timeouts)
    retries: Retries = field(default_factory=Retries)
    breaker: BreakerOptions | None = field(default_factory=BreakerOptions)

    def breakers(self) -> dict[Service, Breaker | None]:
        """One for each service."""
        if self.breaker is None:
            return {"assistant": None, "proxy": None}
        return {"assistant": Breaker(self.breaker), "proxy": Breaker(self.breaker)}

    def request(self, client: httpx.Client | httpx.AsyncClient, call: Call, accept: str) -> httpx.Request:
        """Raises: BanyanError (`no_proxy_url`)."""
        base = self.base_url if call.service == "assistant" else self.proxy_url
        if base is None:
            raise BanyanError("This call goes to the proxy; give its address as `proxy_url`.", code="no_proxy_url")
        return client.build_request(
            call.method,
            base.rstrip("/") + call.path,
            params=call.query or None,
            json=call.body,
            headers=self._headers(call, accept),
            timeout=self.timeouts.for_httpx(),
        )

    def _headers(self, call: Call, accept: str) -> Mapping[str, str]:
        key = self.api_key() if callable(self.api_key) else self.api_key
        found = {
            "Accept": accept,
            "Authorization": f"Bearer {key}" if key else None,
            "Idempotency-Key": call.key,
            "X-Banyan-User": self.user,
            "X-Banyan-Roles": ",".join(self.roles) or None,
        }
        return {name: value for name, value in found.items() if value is not None}


def begun(request: httpx.Request, limits: Timeouts) -> None:
    """The answer has begun: from now on it is the time between two pieces that counts."""
    request.extensions["timeout"]["read"] = limits.idle


def body_of(response: httpx.Response) -> Any:
    """What a success holds: JSON, else text. Raises: BanyanError for anything that is no success."""
    if not response.is_success:
        raise answered(response)
    body = parsed(response.text)
    return response.text if body is None else body


def last_event(data: str | None) -> None:
    """What was left when the bytes ended. Raises: StreamCut, unless it is the end marker without its blank line."""
    if data != DONE:
        raise StreamCut("The stream ended before its end marker; ask again.", code="stream_cut")
