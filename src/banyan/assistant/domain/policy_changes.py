"""From what somebody wishes to a new state of a level, and what that would change below it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct

from banyan.assistant.domain.legacy_policy import Written
from banyan.assistant.domain.policy import Effective, Level, Lock
from banyan.assistant.domain.policy_fields import FIELDS, known_field
from banyan.assistant.domain.policy_names import guardrail_fault
from banyan.assistant.domain.resolving import Layer, Mark
from banyan.kernel.errors import BanyanError, InvalidInput, NotAllowed, NotFound


class Wish(Struct, frozen=True):
    """What a level shall say. locks: None leaves them; those who know the older names alone know of none.

    merge: fields that are not named stay as they are; else they are inherited from now on.
    """

    written: Written
    locks: tuple[str, ...] | None = None
    merge: bool = False


class Difference(Struct, frozen=True):
    """A field, or `prompt` for the one in force, before and after. Levels: where the value comes from."""

    field: str
    before: Any
    after: Any
    before_level: str
    after_level: str


PRESET_FIELDS = ("prompt_preset", "default_preset")


def changed(
    before: Layer,
    wish: Wish,
    level: Level,
    above: Mapping[str, Lock],
    titles: Sequence[str],
    by: str,
    now: datetime,
    guardrails: Mapping[str, bool] | None = None,
) -> tuple[Layer, list[BanyanError]]:
    """The level after the wish, and what is refused of it. above: locks of higher levels. titles: of presets.

    guardrails: by name, whether they are required; None takes any name.

    A value that stays as it was is not refused, so that what was read can be written back.
    """
    refused = list(wish.written.faults)
    values = dict(before.values) if wish.merge else {}
    for name, value in wish.written.values.items():
        if value is None:
            values.pop(name, None)
        else:
            values[name] = value
    for name in sorted({*values, *before.values}, key=list(FIELDS).index):
        fault = None
        if name in values and values[name] != before.values.get(name, _ABSENT):
            fault = _fault(name, values[name], above, titles) or guardrail_fault(name, values[name], guardrails)
        if fault is not None:
            refused.append(fault)
            values.pop(name)
            if name in before.values:
                values[name] = before.values[name]
    mark = Mark(by, now)
    same = {name for name in values if before.values.get(name, _ABSENT) == values[name]}
    layer = Layer(
        values,
        _locks(before, wish, level, mark, refused),
        {name: before.marks.get(name, mark) if name in same else mark for name in values},
        _in_force(before, wish),
        {**(before.kept if wish.merge else {}), **wish.written.kept},
    )
    return layer, refused


_ABSENT = object()


def _fault(name: str, value: Any, above: Mapping[str, Lock], titles: Sequence[str]) -> BanyanError | None:
    lock = above.get(name)
    if lock is not None:
        who = f" by {lock.by}" if lock.by else ""
        when = f" on {lock.at:%Y-%m-%d}" if lock.at else ""
        return NotAllowed(
            f"`{name}` was locked at the level {lock.level}{who}{when}; leave it out, or have it unlocked there.",
            code="field_locked",
            param=name,
        )
    if name in PRESET_FIELDS and value and value not in titles:
        there = ", ".join(titles) or "none so far"
        return NotFound(f"There is no preset {value[:100]!r}; there is: {there}.", code="unknown_preset", param=name)
    return None


def _locks(before: Layer, wish: Wish, level: Level, mark: Mark, refused: list[BanyanError]) -> Mapping[str, Mark]:
    if wish.locks is None:
        return before.locks
    found: dict[str, Mark] = {}
    for name in wish.locks:
        try:
            known_field(name)
            if level is Level.LESSON:
                raise InvalidInput(
                    "Nothing is below a lesson, so nothing can be locked there; lock it in the course.", param="locks"
                )
        except InvalidInput as error:
            refused.append(error)
        else:
            found[name] = before.locks.get(name, mark)
    return found


def _in_force(before: Layer, wish: Wish) -> bool:
    if wish.written.in_force is not None:
        return wish.written.in_force
    return before.in_force if wish.merge else True


def differences(before: Effective, after: Effective) -> list[Difference]:
    """Every field whose effective value is another one, and the prompt."""
    found = [
        Difference(name, one, other, before.origins[name].level, after.origins[name].level)
        for name in FIELDS
        if (one := getattr(before.policy, name)) != (other := getattr(after.policy, name))
    ]
    if before.prompt != after.prompt:
        found.append(Difference("prompt", before.prompt, after.prompt, "", ""))
    return found
