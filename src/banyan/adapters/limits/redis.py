"""Gauges on Redis: one script decides for all subjects of a call, by the clock of Redis."""

import asyncio
from collections.abc import Sequence
from typing import Any

from redis.exceptions import RedisError

from banyan.kernel.errors import Unavailable
from banyan.proxy.domain.rate_limit import MINUTE, Level, Subject
from banyan.proxy.ports.shared_gauges import Taken

LEASE_SECONDS = 60
"""After so long a call of a process that died has no place any more."""
_KEPT_SECONDS = 180
_AT_ONCE = 8

# A subject has two keys: a hash of when its buckets are full, and a sorted set of calls by the end of their lease.
# Arguments: tokens, call, lease, minute, how long to keep; then three for each subject, -1 where nothing limits it.
_TAKE = """
local t = redis.call('TIME')
local now = tonumber(t[1]) + tonumber(t[2]) / 1000000
local tokens, call, lease = tonumber(ARGV[1]), ARGV[2], tonumber(ARGV[3])
local minute, kept = tonumber(ARGV[4]), tonumber(ARGV[5])
local levels, admitted = {}, 1
for i = 1, #KEYS / 2 do
  local bucket, calls = KEYS[2 * i - 1], KEYS[2 * i]
  local rpm, tpm, parallel = tonumber(ARGV[3 * i + 3]), tonumber(ARGV[3 * i + 4]), tonumber(ARGV[3 * i + 5])
  local full = redis.call('HMGET', bucket, 'r', 't')
  local r = math.max(0, (tonumber(full[1]) or 0) - now)
  local k = math.max(0, (tonumber(full[2]) or 0) - now)
  redis.call('ZREMRANGEBYSCORE', calls, '-inf', now)
  local active = redis.call('ZCARD', calls)
  if parallel >= 0 and active >= parallel then admitted = 0 end
  if rpm >= 0 and r + minute / rpm - minute > 0.000001 then admitted = 0 end
  if tpm >= 0 and k + tokens * minute / tpm - minute > 0.000001 then admitted = 0 end
  levels[i] = {string.format('%.6f', r), string.format('%.6f', k), active}
end
if admitted == 1 then
  for i = 1, #KEYS / 2 do
    local bucket, calls = KEYS[2 * i - 1], KEYS[2 * i]
    local rpm, tpm = tonumber(ARGV[3 * i + 3]), tonumber(ARGV[3 * i + 4])
    if rpm >= 0 then
      redis.call('HSET', bucket, 'r', string.format('%.6f', now + tonumber(levels[i][1]) + minute / rpm))
    end
    if tpm >= 0 then
      redis.call('HSET', bucket, 't', string.format('%.6f', now + tonumber(levels[i][2]) + tokens * minute / tpm))
    end
    redis.call('ZADD', calls, now + lease, call)
    redis.call('EXPIRE', bucket, kept)
    redis.call('EXPIRE', calls, kept)
  end
end
return {admitted, levels}
"""
_GIVE = """
local more, call, minute = tonumber(ARGV[1]), ARGV[2], tonumber(ARGV[3])
for i = 1, #KEYS / 2 do
  local bucket, calls = KEYS[2 * i - 1], KEYS[2 * i]
  local tpm = tonumber(ARGV[i + 3])
  local full = tonumber(redis.call('HGET', bucket, 't') or '')
  if tpm >= 0 and full then
    redis.call('HSET', bucket, 't', string.format('%.6f', full + more * minute / tpm))
  end
  redis.call('ZREM', calls, call)
end
"""
_KEEP = """
local t = redis.call('TIME')
for i = 1, #KEYS / 2 do
  redis.call('ZADD', KEYS[2 * i], 'XX', tonumber(t[1]) + tonumber(ARGV[2]), ARGV[1])
  redis.call('EXPIRE', KEYS[2 * i], tonumber(ARGV[3]))
end
"""


class RedisGauges:
    """Implements `SharedGauges`. client: of redis-py; whoever opened it closes it."""

    def __init__(self, client: Any) -> None:
        self._take = client.register_script(_TAKE)
        self._give = client.register_script(_GIVE)
        self._keep = client.register_script(_KEEP)
        # A burst of calls would open as many connections, which takes longer than the scripts themselves.
        self._turns = asyncio.Semaphore(_AT_ONCE)

    async def take(self, subjects: Sequence[Subject], tokens: int, call: str) -> Taken:
        """As the port says."""
        limits: list[float] = []
        for subject in subjects:
            wanted = subject.limits
            limits += [_number(one) for one in (wanted.requests_per_minute, wanted.tokens_per_minute, wanted.parallel)]
        arguments = [tokens, call, LEASE_SECONDS, MINUTE, _KEPT_SECONDS, *limits]
        admitted, levels = await self._run(self._take, subjects, arguments)
        return Taken(tuple(Level(float(one[0]), float(one[1]), int(one[2])) for one in levels), bool(admitted))

    async def give(self, subjects: Sequence[Subject], more: int, call: str) -> None:
        """As the port says."""
        limits = [_number(subject.limits.tokens_per_minute) for subject in subjects]
        await self._run(self._give, subjects, [more, call, MINUTE, *limits])

    async def keep(self, subjects: Sequence[Subject], call: str) -> None:
        """As the port says."""
        await self._run(self._keep, subjects, [call, LEASE_SECONDS, _KEPT_SECONDS])

    async def _run(self, script: Any, subjects: Sequence[Subject], arguments: Sequence[Any]) -> Any:
        keys = [key for subject in subjects for key in _keys(subject)]
        try:
            async with self._turns:
                return await script(keys=keys, args=list(arguments))
        except (RedisError, OSError) as error:
            raise Unavailable(f"Redis does not answer ({error}); check REDIS_URL and the server.") from error


def _keys(subject: Subject) -> tuple[str, str]:
    return f"banyan:limit:{subject.name}", f"banyan:calls:{subject.name}"


def _number(limit: int | None) -> int:
    return -1 if limit is None else limit
