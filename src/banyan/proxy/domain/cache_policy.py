"""Which calls may be answered from the cache, who may share the answer, and for how long it is kept."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import blake2b

import msgspec


class CacheMode(StrEnum):
    """What an operator allows. semantic: also the answer to the same question in other words."""

    OFF = "off"
    EXACT = "exact"
    SEMANTIC = "semantic"


class CacheWish(StrEnum):
    """What a caller asks for. on: whatever the temperature. refresh: a new answer, which is then kept."""

    USUAL = ""
    ON = "on"
    OFF = "off"
    REFRESH = "refresh"


@dataclass(frozen=True, slots=True)
class CacheRules:
    """ttl: seconds that answers are kept; ttls: those of single kinds of task.

    most_temperature: above it nothing is cached unless asked for.
    """

    mode: CacheMode = CacheMode.EXACT
    ttl: float = 300
    ttls: Mapping[str, float] = field(default_factory=dict)
    most_temperature: float = 1.0

    def seconds(self, task: str) -> float:
        """How long answers to this kind of task are kept; 0 for not at all."""
        return self.ttls.get(task, self.ttl)


@dataclass(frozen=True, slots=True)
class Cacheable:
    """A call that the cache may answer.

    shared: with everybody who may ask about the course. policy: digest of the rules that the request brings.
    exact: the temperature is 0, so that calls of tools may be kept as well.
    """

    shared: bool
    policy: str
    exact: bool


class _Turn(msgspec.Struct):
    role: str = ""
    tool_calls: msgspec.Raw = msgspec.Raw(b"null")


_turns = msgspec.json.Decoder(list[_Turn])
_raw_turns = msgspec.json.Decoder(list[msgspec.Raw])
_number = msgspec.json.Decoder(float)
_RULES = frozenset({"system", "developer"})
_TOOLS = frozenset({"tool", "function"})
_POLICY_FIELDS = ("persona", "policy")
_ABSENT = (b"null", b"false", b"[]", b"{}", b'""')
_KEPT_ELSEWHERE = ("store", "audio", "web_search_options")
"""The provider keeps the answer for this caller, it is sound, or it is of this very moment."""
_IMPERSONAL = frozenset(
    {
        "frequency_penalty",
        "logprobs",
        "max_completion_tokens",
        "max_tokens",
        "messages",
        "model",
        "n",
        "presence_penalty",
        "reasoning_effort",
        "response_format",
        "seed",
        "stop",
        "stream",
        "stream_options",
        "temperature",
        "top_logprobs",
        "top_p",
        "verbosity",
    }
)
"""What says nothing about who asks. Whatever is not named here keeps an answer to its user."""


def judge(
    parameters: Mapping[str, msgspec.Raw], *, grounded: bool, wish: CacheWish, rules: CacheRules
) -> Cacheable | None:
    """None where the call is none of the cache's business. grounded: a course is named."""
    if rules.mode is CacheMode.OFF or wish is CacheWish.OFF:
        return None
    try:
        given = _present(parameters, "temperature")
        temperature = None if given is None else _number.decode(given)
        exact = temperature == 0
        if wish is CacheWish.USUAL and not exact and not (grounded and (temperature or 0) <= rules.most_temperature):
            return None  # most calls end here, so what is looked at before is little
        messages = parameters["messages"]
        turns = _turns.decode(messages)
    except (KeyError, msgspec.DecodeError, UnicodeDecodeError):
        return None  # the provider says what is wrong with it
    if not _plain(parameters):
        return None
    if not exact and _uses_tools(parameters, turns):
        return None
    shared = grounded and len(turns) == 1 and turns[0].role == "user" and _IMPERSONAL.issuperset(parameters)
    return Cacheable(shared, "" if shared else _policy(parameters, messages, turns), exact)


def read_wish(value: str) -> CacheWish | None:
    """What `X-Banyan-Cache` says; None for what it cannot say."""
    value = value.strip().lower()
    return CacheWish(value) if value in (CacheWish.ON, CacheWish.OFF, CacheWish.REFRESH) else None


def _plain(parameters: Mapping[str, msgspec.Raw]) -> bool:
    if any(_present(parameters, name) is not None for name in _KEPT_ELSEWHERE):
        return False
    modalities = _present(parameters, "modalities")
    return modalities is None or b"audio" not in modalities


def _present(parameters: Mapping[str, msgspec.Raw], name: str) -> bytes | None:
    raw = parameters.get(name)
    return None if raw is None or bytes(raw) in _ABSENT else bytes(raw)


def _uses_tools(parameters: Mapping[str, msgspec.Raw], turns: list[_Turn]) -> bool:
    if any(_present(parameters, name) is not None for name in ("tools", "functions")):
        return True
    return any(turn.role in _TOOLS or bytes(turn.tool_calls) not in _ABSENT for turn in turns)


def _policy(parameters: Mapping[str, msgspec.Raw], messages: msgspec.Raw, turns: list[_Turn]) -> str:
    """Of the messages that give orders and of the fields that name them; the key holds all other messages too."""
    hasher = blake2b(digest_size=16)
    if any(turn.role in _RULES for turn in turns):
        for turn, raw in zip(turns, _raw_turns.decode(messages), strict=True):
            if turn.role in _RULES:
                hasher.update(b"%d:%b" % (len(raw), bytes(raw)))
    for name in _POLICY_FIELDS:
        value = _present(parameters, name) or b""
        hasher.update(b"%d:%b" % (len(value), value))
    return hasher.hexdigest()
