"""Wires rate limits: on Redis where there is one, else in the process."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from banyan.edge.http.health import Finding, Probe
from banyan.proxy.usecases.key_ring import KeyRing
from banyan.proxy.usecases.limit_calls import LimitCalls

if TYPE_CHECKING:
    from banyan.app.redis_client import SharedRedis


@asynccontextmanager
async def open_limits(ring: KeyRing, redis: "SharedRedis | None") -> AsyncIterator[LimitCalls]:
    """Limits, running."""
    shared = None
    if redis is not None:
        from banyan.adapters.limits.redis import RedisGauges  # half a second, which only its users should pay

        shared = RedisGauges(redis)
    limits = LimitCalls(ring.subjects, shared)
    async with limits.running():
        yield limits


def limits_probe(limits: LimitCalls) -> Probe:
    """Whether limits are counted over all processes; calls are let in either way."""

    async def look() -> Finding:
        return Finding("degraded", limits.fault) if limits.fault else Finding("ok")

    return look
