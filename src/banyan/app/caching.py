"""Opens the cache of answers where the settings want it."""

from hashlib import blake2b
from typing import TYPE_CHECKING

from banyan.adapters.caches.memory import MemoryCache
from banyan.adapters.storage.engine import Database
from banyan.adapters.storage.keys import SqlKeys
from banyan.app.settings import Settings
from banyan.edge.http.health import Finding, Probe
from banyan.proxy.domain.cache_policy import CacheMode, CacheRules
from banyan.proxy.ports.answer_cache import AnswerCache
from banyan.proxy.ports.embedder import Embedder
from banyan.proxy.ports.index_versions import IndexVersions
from banyan.proxy.ports.ledger import Ledger
from banyan.proxy.ports.telemetry import Telemetry
from banyan.proxy.wrappers.cached import Answers
from banyan.proxy.wrappers.nearby import Nearby

if TYPE_CHECKING:
    from banyan.app.redis_client import SharedRedis

_MEGABYTE = 1024 * 1024
_PURPOSE = b"banyan answers"


async def open_answers(
    settings: Settings,
    database: Database,
    versions: IndexVersions,
    ledger: Ledger,
    telemetry: Telemetry,
    redis: "SharedRedis | None",
    embedder: Embedder,
) -> Answers | None:
    """The cache, in Redis where there is one; None where it is switched off. Close it before the database.

    embedder: of questions, where similar ones may share an answer.
    """
    if settings.cache is CacheMode.OFF:
        return None
    # All processes that share the Redis share the database too, and so the secret.
    secret = blake2b(await SqlKeys(database).signing_secret(), person=_PURPOSE).digest()
    nearby = Nearby(embedder, settings.cache_similarity) if settings.cache is CacheMode.SEMANTIC else None
    store, rules = open_cache(settings, redis), cache_rules(settings)
    return Answers(store, versions, ledger, secret, rules, telemetry, nearby)


def open_cache(settings: Settings, redis: "SharedRedis | None") -> AnswerCache:
    """Where answers are kept."""
    if redis is None:
        return MemoryCache(settings.cache_megabytes * _MEGABYTE)
    from banyan.adapters.caches.redis import RedisCache  # as the client: only its users pay for the import

    return RedisCache(redis, seconds=settings.cache_redis_timeout)


def cache_rules(settings: Settings) -> CacheRules:
    """What may be cached, and for how long."""
    return CacheRules(settings.cache, settings.cache_ttl, settings.cache_ttls, settings.cache_temperature)


def cache_probe(cache: AnswerCache, nearby: Nearby | None = None) -> Probe:
    """Whether answers can be kept; without it every call goes to a model, which still answers."""

    async def look() -> Finding:
        fault = cache.fault
        if fault is None and nearby is not None and nearby.fault is not None:
            return Finding(
                "degraded", f"Only the very same questions are answered from the cache, for now: {nearby.fault}"
            )
        if fault is None:
            return Finding("ok")
        return Finding(
            "degraded", f"Nothing is answered from the cache, since Redis is left alone for a while: {fault}."
        )

    return look
