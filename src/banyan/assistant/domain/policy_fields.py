"""The fields of a policy one by one: reading a value that somebody wrote, and showing it."""

import difflib
from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, get_args, get_origin

import msgspec
from msgspec import Meta, Struct
from msgspec.structs import fields

from banyan.assistant.domain.policy import Mode, Policy
from banyan.kernel.errors import InvalidInput
from banyan.kernel.money import dollars, money


class Field(Struct, frozen=True):
    """kind: bool, int, Decimal, str, tuple or an enumeration. annotated: the same with its bounds.

    least, most: of a number, and of the length of a text; None where there is no bound.
    takes: what it takes, in words, where its kind does not say that.
    """

    name: str
    kind: type
    annotated: Any
    default: Any
    description: str
    least: int | None = None
    most: int | None = None
    takes: str = ""

    @property
    def choices(self) -> tuple[str, ...]:
        """Of an enumeration."""
        return tuple(str(choice) for choice in getattr(self.kind, "__members__", {}).values())


MODES: Mapping[str, Mode] = {
    "": Mode.HEURISTIC,
    "demo mode": Mode.HEURISTIC,
    "heuristic": Mode.HEURISTIC,
    "external ai service": Mode.PROVIDER,
    "proxy": Mode.PROVIDER,
    "provider": Mode.PROVIDER,
}
"""Every word for a mode in both of the older vocabularies and in ours, in lower case."""

_TRUTH = {0: False, 1: True, "0": False, "1": True}


def _field(info: Any) -> Field:
    kind, metas = info.type, []
    while True:
        if hasattr(kind, "__metadata__"):
            metas += [meta for meta in kind.__metadata__ if isinstance(meta, Meta)]
            kind = kind.__origin__
        elif type(None) in get_args(kind):
            kind = next(one for one in get_args(kind) if one is not type(None))
        else:
            break
    told = next((meta.description for meta in metas if meta.description), "")
    bounds = {"least": ("ge", "min_length"), "most": ("le", "max_length")}
    found = {
        name: next((value for meta in metas for key in keys if (value := getattr(meta, key)) is not None), None)
        for name, keys in bounds.items()
    }
    if kind is Decimal:
        found["least"] = 0
    takes = next((meta.extra["takes"] for meta in metas if meta.extra and "takes" in meta.extra), "")
    return Field(info.name, get_origin(kind) or kind, info.type, info.default, told or "", **found, takes=takes)


FIELDS: Mapping[str, Field] = {info.name: _field(info) for info in fields(Policy)}


def read_value(name: str, value: Any) -> Any:
    """The value as `Policy` has it. Raises: InvalidInput (`unknown_field`, `invalid_policy`)."""
    field = known_field(name)
    try:
        read: Any = msgspec.convert(_simplified(field, value), field.annotated)
        if isinstance(read, Decimal):
            read = dollars(money(read)).normalize()
    except (msgspec.ValidationError, InvalidOperation, InvalidInput) as error:
        raise InvalidInput(
            f"`{name}` takes {expected(field)}; correct it.", code="invalid_policy", param=name
        ) from error
    if any("\x00" in text for text in (read if isinstance(read, tuple) else (read,)) if isinstance(text, str)):
        raise InvalidInput(f"`{name}` has the character U+0000 in it; leave it out.", code="invalid_policy", param=name)
    return read


def known_field(name: str, others: Iterable[str] = ()) -> Field:
    """others: further names that would have been understood. Raises: InvalidInput (`unknown_field`)."""
    if name in FIELDS:
        return FIELDS[name]
    near = difflib.get_close_matches(name, [*FIELDS, *others], n=1, cutoff=0.5)
    advice = f"did you mean {near[0]!r}?" if near else f"choose from {', '.join(FIELDS)}."
    raise InvalidInput(f"{name[:100]!r} is no field of a policy; {advice}", code="unknown_field", param=name[:100])


def shown_value(value: Any) -> Any:
    """As JSON has it; amounts as numbers."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return msgspec.to_builtins(value)


def expected(field: Field) -> str:
    """What a field takes, in words."""
    if field.takes:
        return field.takes
    if field.choices:
        return " or ".join((", ".join(field.choices[:-1]), field.choices[-1]))
    bounds = "" if field.least is None else f" of at least {field.least}"
    if field.most is not None:
        bounds = f" of at most {field.most}" if field.least is None else f" from {field.least} to {field.most}"
    if field.kind is bool:
        return "true or false"
    if field.kind is int:
        return f"a whole number{bounds}"
    if field.kind is Decimal:
        return "an amount of dollars, 0 or more"
    if field.kind is tuple:
        return "a list of names, each of at most 200 characters"
    return f"a text of at most {field.most} characters" if field.most is not None else "a text"


def _simplified(field: Field, value: Any) -> Any:
    """Numbers and truths as other systems write them: 1 and "1" for true, "5" for 5."""
    if field.kind is bool and isinstance(value, int | str) and not isinstance(value, bool):
        return _TRUTH.get(value, value)
    if field.kind is int:
        if isinstance(value, float) and value.is_integer():
            return int(value)
        if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 20:
            return int(value)
    if field.kind is Mode and isinstance(value, str):
        return MODES.get(value.strip().lower(), value)
    if field.kind is tuple and isinstance(value, tuple):
        return list(value)
    return value
