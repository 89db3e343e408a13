"""Says what somebody used, and how the providers do: for whoever is no operator, too."""

import time
from collections.abc import Mapping
from typing import Any

from banyan.kernel.identity import Identity
from banyan.kernel.money import dollars
from banyan.proxy.domain.usage import UsageQuery, UsageSum
from banyan.proxy.ports.usage import Usage
from banyan.proxy.usecases.fleet import Fleet

_MOST = 1000
_ORDER = ("closed", "half_open", "open")


class ShowUsage:
    """The use case. Breakers are those of this process."""

    def __init__(self, usage: Usage, fleet: Fleet) -> None:
        self._usage = usage
        self._fleet = fleet

    async def __call__(self, asker: Identity) -> dict[str, Any]:
        """`{providers, models, breakers, users}`: of the asker's own use, of the whole tenant's for staff.

        providers, models: `{name, attempts, failed, tokens, seconds, usd}` each; providers that nobody asked yet have
        zeros. users: at most a thousand are counted. Raises: Unavailable.
        """
        query = UsageQuery(asker.tenant, filters={} if asker.is_staff else {"user": asker.user})
        by_provider, by_model, by_user = [
            await self._usage.sums(query, (name,), _MOST) for name in ("provider", "model", "user")
        ]
        breakers = self._breakers()
        providers = {line["name"]: line for line in map(_line, by_provider)}
        for name in breakers:
            providers.setdefault(name, _line(None, name))
        return {
            "providers": [providers[name] for name in sorted(providers)],
            "models": [_line(one) for one in by_model],
            "breakers": breakers,
            "users": len(by_user),
        }

    def _breakers(self) -> Mapping[str, str]:
        now = time.monotonic()
        found = dict.fromkeys(sorted(self._fleet.providers), _ORDER[0])
        for member in self._fleet.members.values():
            name, state = member.deployment.provider, member.guard.breaker.state(now).value
            found[name] = max(found.get(name, state), state, key=_ORDER.index)
        return found


def _line(one: UsageSum | None, name: str = "") -> dict[str, Any]:
    if one is None:
        return {"name": name, "attempts": 0, "failed": 0, "tokens": 0, "seconds": 0.0, "usd": 0.0}
    return {
        "name": one.group[0] or "",
        "attempts": one.attempts,
        "failed": one.failed,
        "tokens": one.input_tokens + one.output_tokens,
        "seconds": one.seconds,
        "usd": float(dollars(one.cost)),
    }
