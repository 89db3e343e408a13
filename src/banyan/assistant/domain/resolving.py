"""What is in force in a place: every field by the most specific level that may set it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
from msgspec import Struct

from banyan.assistant.domain.policy import BUILT_IN, Effective, Level, Lock, Origin, Policy, Values
from banyan.assistant.domain.policy_fields import FIELDS
from banyan.kernel.ids import content_id


class Mark(Struct, frozen=True):
    """Who set something, and when."""

    by: str = ""
    at: datetime | None = None


class Layer(Struct, frozen=True):
    """What one level says. A field that `values` has not is inherited; 0, false and "" are values.

    locks: fields that levels below have no say in, with or without a value here. marks: who set each value last.
    in_force: False keeps all of it, and nothing of it counts.
    kept: what older systems had set that decides nothing here.
    """

    values: Values = {}
    locks: Mapping[str, Mark] = {}
    marks: Mapping[str, Mark] = {}
    in_force: bool = True
    kept: Mapping[str, Any] = {}


NOTHING = Layer()
Stack = Sequence[tuple[Level, Layer]]
"""Levels with what they say, the most general first."""

_FREE = {name: Origin(Level.BUILT_IN) for name in FIELDS}


def resolve(stack: Stack, presets: Mapping[str, str] | None = None, paused: str = "") -> Effective:
    """What is in force below all of the levels. presets: prompts by title.

    `enabled` is a switch on every level: what is off above cannot be switched on below.
    """
    values: dict[str, Any] = {}
    origins: dict[str, Origin] = dict(_FREE)
    locks: dict[str, Lock] = {}
    for level, layer in stack:
        if not layer.in_force:
            continue
        for name, value in layer.values.items():
            if name in locks or (name == "enabled" and values.get(name) is False):
                continue
            mark = layer.marks.get(name, _NOBODY)
            values[name] = value
            origins[name] = Origin(level, mark.by, mark.at)
        for name, mark in layer.locks.items():
            locks.setdefault(name, Lock(level, mark.by, mark.at))
    for name, lock in locks.items():
        origin = origins[name]
        origins[name] = Origin(origin.level, origin.by, origin.at, lock)
    policy = Policy(**values) if values else BUILT_IN
    prompt = prompt_of(policy, presets or {})[0]
    version = content_id(msgspec.json.encode((policy, origins, prompt, paused)).decode())
    return Effective(policy, origins, version, prompt, paused)


_NOBODY = Mark()


def prompt_of(policy: Policy, presets: Mapping[str, str]) -> tuple[str, str]:
    """The prompt, and the field that it comes from; both empty where there is none.

    An explicit prompt wins over any preset, the preset that was chosen over the default one.
    """
    if policy.system_prompt:
        return policy.system_prompt, "system_prompt"
    for field in ("prompt_preset", "default_preset"):
        prompt = presets.get(getattr(policy, field) or "", "")
        if prompt:
            return prompt, field
    return "", ""


def locks_of(stack: Stack) -> dict[str, Lock]:
    """Fields that nobody below these levels may set."""
    locks: dict[str, Lock] = {}
    for level, layer in stack:
        if layer.in_force:
            for name, mark in layer.locks.items():
                locks.setdefault(name, Lock(level, mark.by, mark.at))
    return locks


def over(general: Layer, special: Layer) -> Layer:
    """Two layers of one level as one; the special one's values win, and all locks hold."""
    return Layer(
        {**general.values, **special.values},
        {**general.locks, **special.locks},
        {**general.marks, **special.marks},
        kept={**general.kept, **special.kept},
    )
