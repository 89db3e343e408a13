"""The key of a cached answer. There is none without its partition: who may be given the answer, and what made it."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import lru_cache
from hashlib import blake2b

import msgspec

_DIGEST_BYTES = 20
_UNKEYED = frozenset({"model", "stream", "stream_options"})
"""Said by the partition, or of no influence on what is answered."""


@dataclass(frozen=True, slots=True)
class Audience:
    """Who may be given the answer: one user of one key, or (both None) whoever may ask about the course."""

    key: str | None = None
    user: str | None = None


EVERYBODY = Audience()


@dataclass(frozen=True, slots=True)
class Partition:
    """What keeps answers apart. Every field is part of every key, also one that is added here later.

    policy: digest of the persona and the rules that the request brings. index: the state of the course's index.
    model: as asked for. answerers: the deployments that it stood for, so that a changed alias is asked anew.
    readers: whether the answer may rest on what is for staff alone.
    rag: what the caller decides about passages.
    """

    tenant: str
    audience: Audience
    course: str | None
    chapter: str | None
    lesson: str | None
    index: str
    policy: str
    task: str
    zone: str | None
    model: str
    answerers: tuple[str, ...]
    readers: str = ""
    rag: str = ""


_NAMES = tuple(field.name for field in fields(Partition))


def answer_key(partition: Partition, parameters: Mapping[str, msgspec.Raw], secret: bytes) -> str:
    """A key that begins with `key_prefix` of tenant and course, and tells nobody without the secret what was asked.

    parameters: the top level of the request, by the bytes of its values, so that nothing is encoded again: a
        request that differs in blanks has another key. `null` is as good as absent. secret: up to 64 bytes.
    """
    hasher = blake2b(digest_size=_DIGEST_BYTES, key=secret)
    pieces = [_framed(getattr(partition, name)) for name in _NAMES]
    for name in sorted(parameters):
        if name not in _UNKEYED and (value := bytes(parameters[name])) != b"null":
            pieces.append(_framed(name))
            pieces.append(b"%d:%b" % (len(value), value))
    hasher.update(b"".join(pieces))
    return key_prefix(partition.tenant, partition.course) + hasher.hexdigest()


@lru_cache(maxsize=4096)
def key_prefix(tenant: str, course: str | None = None) -> str:
    """What the keys of a course begin with; without one, those of calls that name none."""
    return f"{tenant_prefix(tenant)}{'-' if course is None else _short(course)}:"


def tenant_prefix(tenant: str) -> str:
    """What all keys of a tenant begin with."""
    return f"banyan:answer:{_short(tenant)}:"


def _short(name: str) -> str:
    return blake2b(name.encode("utf-8", "surrogatepass"), digest_size=10).hexdigest()


def _framed(value: str | Audience | tuple[str, ...] | None) -> bytes:
    """Bytes from which the value could be read again, so that no two partitions have the same."""
    if value is None:
        return b"-"
    if isinstance(value, str):
        data = value.encode("utf-8", "surrogatepass")
        return b"%d:%b" % (len(data), data)
    if isinstance(value, Audience):
        return b"(%b%b)" % (_framed(value.key), _framed(value.user))
    return b"[%b]" % b"".join(map(_framed, value))
