"""Reads a persona from any of the shapes that platforms send, and writes it in the five groups of the wire."""

import re
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

import msgspec

from banyan.assistant.domain.persona import Persona
from banyan.assistant.domain.persona_names import (
    EXAMPLES,
    FIELD_OF,
    GROUPS,
    IGNORED,
    IN_GROUP,
    LANGUAGES,
    NAMES,
    VALUE_OF,
    Group,
    bare,
)
from banyan.assistant.domain.persona_text import MOST_ITEMS, flag, many, number, one_line, share
from banyan.kernel.errors import InvalidInput

_MOST_OTHER, _MOST_KEYS, _DEEPEST = 30, 200, 3
_MOST_TEXT = 64_000
"""Characters of a group that came as JSON text."""
_LISTS = frozenset(one.name for one in msgspec.structs.fields(Persona) if one.default == ())
_TAG = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,3}")


def read_persona(raw: object) -> Persona:
    """The persona that was meant, from the five groups (by either set of names), the flat shapes, or a mixture.

    Texts are cleaned to one line of at most 200 characters, lists to 20 items of 100; values outside of a field's own
    are kept as text in `other`, at most 30. Orders to a model and what cannot be kept are left out.
    Raises: InvalidInput for what is no object.
    """
    return merge_persona(Persona(), raw)


def merge_persona(persona: Persona, raw: object) -> Persona:
    """The persona with what a partial one says; null or empty takes a field back, a null group says nothing.

    Raises: InvalidInput.
    """
    if not isinstance(raw, Mapping):
        raise InvalidInput("A persona is an object of fields or groups; send one, or {}.", param="persona")
    said: dict[str, list[tuple[int, str, object]]] = {}
    other = dict(persona.other)
    for group, key, value in _entries(raw, None, _DEEPEST):
        name = bare(key)
        field = IN_GROUP.get((group, name)) if group else None
        field = field or FIELD_OF.get(name)
        if field is not None:
            order = NAMES[field].index(name) if name in NAMES[field] else -1
            said.setdefault(field, []).append((order, key, value))
        elif name not in IGNORED:
            _keep(other, key, value)
    changed: dict[str, Any] = {}
    for field, values in said.items():
        values.sort(key=lambda one: one[0])
        _settle(field, values, changed, other)
    changed["other"] = dict(islice(other.items(), _MOST_OTHER))
    return msgspec.structs.replace(persona, **changed)


def as_wire(persona: Persona) -> dict[str, Any]:
    """The five groups in the names of the wire's table, without what nobody said; `read_persona` reads it back."""
    groups: dict[Group, dict[str, Any]] = {
        Group.PROFESSIONAL: {
            "currentStatus": persona.role,
            "role": persona.role,
            "fieldOfStudy": persona.field,
            "aspiredIndustry": persona.industry,
            "industry": persona.industry,
            "careerAspirations": list(persona.goals),
            "experienceYears": persona.experience_years,
            "technicalLevel": persona.level,
            "domainExpertise": list(persona.expertise),
        },
        Group.INTERESTS: {
            "primary": list(persona.interests),
            "secondary": list(persona.secondary_interests),
            "learningTopics": list(persona.topics),
        },
        Group.STYLE: {
            "primary": persona.style,
            "secondary": persona.second_style,
            "preferenceStrength": persona.style_strength,
        },
        Group.CONTENT: {
            "density": persona.density,
            "examplesPerConcept": persona.examples_per_concept,
            "summaryStyle": persona.summary_style,
            "detailTolerance": persona.detail,
            "repetitionPreference": persona.repetition,
            "language": persona.language,
            "accessibility": list(persona.accessibility),
        },
        Group.TONE: {
            "style": persona.tone,
            "encouragementLevel": persona.encouragement,
            "humorAppropriate": persona.humor,
            "technicalComfort": persona.technical_comfort,
        },
    }
    told: dict[str, Any] = {
        group.value: {name: value for name, value in fields.items() if value not in ("", [], None)}
        for group, fields in groups.items()
    }
    return {**told, "other": dict(persona.other)} if persona.other else told


def _entries(raw: Mapping[Any, Any], group: Group | None, depth: int) -> Iterator[tuple[Group | None, str, object]]:
    for key, value in islice(raw.items(), _MOST_KEYS):
        named = GROUPS.get(bare(str(key)))
        inner = _object_in(value) if named is not None else value
        if isinstance(inner, Mapping) and bare(str(key)) not in ("accessibility", "accessibilityneeds", "a11y"):
            if depth > 0:
                yield from _entries(inner, named or group, depth - 1)
        elif not (value is None and named is not None and group is None):
            yield group, str(key), value


def _object_in(value: object) -> object:
    """A group that came as the text of JSON, as some databases hand it out."""
    if isinstance(value, str) and value.lstrip()[:1] == "{" and len(value) <= _MOST_TEXT:
        try:
            return msgspec.json.decode(value)
        except (msgspec.DecodeError, RecursionError):
            return value
    return value


def _settle(field: str, values: list[tuple[int, str, object]], changed: dict[str, Any], other: dict[str, str]) -> None:
    """Decides what a field becomes of all that was said of it."""
    if field in _LISTS:
        items: dict[str, str] = {}
        for _, _, value in values:
            items.update({one.casefold(): one for one in many(value) if one.casefold() not in items})
        if items or all(_empty(value) for _, _, value in values):
            changed[field] = tuple(items.values())[:MOST_ITEMS]
        return
    for _, key, sent in values:
        value = ", ".join(many(sent)) if isinstance(sent, list | tuple) else sent
        read = _read(field, value)
        if read is None:
            _keep(other, key, value, known=True)
        elif field not in changed:
            changed[field] = read
        elif read != changed[field] and field in ("role", "industry", "field"):
            _keep(other, key, value)
    if field not in changed and all(_empty(value) for _, _, value in values):
        changed[field] = getattr(Persona(), field)


def _read(field: str, value: object) -> Any:
    """None where the value is none of the field's."""
    if field in VALUE_OF:
        return VALUE_OF[field].get(bare(value)) if isinstance(value, str) else None
    match field:
        case "experience_years":
            years = number(value)
            return years if years is not None and 0 <= years <= 80 else None
        case "style_strength" | "technical_comfort":
            return share(value)
        case "examples_per_concept":
            count = EXAMPLES.get(bare(value)) if isinstance(value, str) else None
            found = number(value) if count is None else count
            return None if found is None or found < 0 else int(min(5, max(1, found)))
        case "humor":
            return flag(value)
        case "language":
            word = one_line(value, 40)
            return LANGUAGES.get(word.casefold()) or (word if _TAG.fullmatch(word) else None)
        case _:
            return one_line(value) or None


def _keep(other: dict[str, str], key: str, value: object, *, known: bool = False) -> None:
    """As text under its own name; empty takes it back. known: of a field, so an empty one says nothing of `other`."""
    name = re.sub(r"\W+", "_", key[:60]).strip("_")
    if isinstance(value, bool):
        text = "" if known else "yes" if value else "no"
    else:
        text = one_line(value) if not isinstance(value, list | tuple) else one_line(", ".join(many(value)))
    if not one_line(name.replace("_", " ")) or bare(name) in IGNORED:
        return
    if text:
        if name in other or len(other) < _MOST_OTHER:
            other[name] = text
    elif _empty(value) and not known:
        other.pop(name, None)


def _empty(value: object) -> bool:
    return value is None or (isinstance(value, str | list | tuple | Mapping) and not value)
