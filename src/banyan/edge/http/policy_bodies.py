"""The JSON of policies, pauses and presets."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from banyan.assistant.domain.legacy_policy import KEPT, legacy_view, read_fields
from banyan.assistant.domain.policy import Effective, Lock
from banyan.assistant.domain.policy_changes import Wish
from banyan.assistant.domain.policy_fields import FIELDS, shown_value
from banyan.assistant.domain.policy_versions import Key, Pause, Preset, Version, read_layer
from banyan.assistant.domain.resolving import NOTHING, Layer, Mark, prompt_of
from banyan.assistant.usecases.change_policy import Foresight
from banyan.kernel.errors import InvalidInput

_SHOWN_ONLY = ("level", "lesson", "changed_at", "changed_by", "legacy", "notes")
_MOST_LOCKS = 200


class MarkBody(BaseModel):
    """Who and when; both null for what stands in the settings."""

    by: str | None
    at: datetime | None


class LockBody(MarkBody):
    """Of the level that took the field out of the hands of those below."""

    level: str


class WishBody(BaseModel):
    """Fields of a policy, in `values` or beside it, by their names here or in LMS Settings and AI Assistant Config.

    A field that is absent or null is inherited; 0, false and "" are values. What an answer says can be sent back.
    """

    model_config = ConfigDict(extra="allow")

    values: dict[str, Any] | None = None
    locks: list[str] | dict[str, Any] | None = Field(
        None, description="Fields in which levels below have no say. null leaves the locks as they are."
    )
    kept: dict[str, Any] | None = Field(None, description="Settings of older systems that decide nothing here.")
    version: int | None = Field(
        None, ge=0, strict=True, description="As `If-Match`: the version that is to be changed."
    )

    def wish(self, key: Key, *, merge: bool, paused: bool) -> Wish:
        """Faults of single fields are within it. Raises: InvalidInput."""
        extra = {name: value for name, value in (self.model_extra or {}).items() if name not in _SHOWN_ONLY}
        if self.locks is not None and len(self.locks) > _MOST_LOCKS:
            raise InvalidInput("There are fewer fields than these locks; correct them.", param="locks")
        given = {**extra, **(self.kept or {}), **(self.values or {})}
        is_config = None if self.values is None else False
        written = read_fields(given, key.level, key.course, paused, is_config)
        return Wish(written, None if self.locks is None else tuple(dict.fromkeys(self.locks)), merge)


class LevelBody(BaseModel):
    """What one level says. version: 0 where nothing was ever said.

    enable_overrides: false keeps all of it, and nothing of it counts.
    kept: settings of older systems that decide nothing here; notes: what does.
    legacy: the same in the names of LMS Settings, or below the tenant of AI Assistant Config.
    """

    level: str
    course: str | None
    lesson: str | None
    version: int
    changed_at: datetime | None
    changed_by: str | None
    enable_overrides: bool
    values: dict[str, Any]
    locks: dict[str, MarkBody]
    kept: dict[str, Any]
    notes: dict[str, str]
    legacy: dict[str, Any]


class FieldBody(BaseModel):
    """A field in force. locked: at `lock.level`; levels below have no say."""

    value: Any
    level: str
    by: str | None
    at: datetime | None
    locked: bool
    lock: LockBody | None


class PauseBody(BaseModel):
    """Whether the course is paused; the rest is null where it is not."""

    paused: bool
    reason: str | None = None
    since: datetime | None = None
    by: str | None = None


class EffectiveBody(BaseModel):
    """What is in force, and why.

    enabled: neither switched off nor paused. prompt_from: the field that the prompt comes from.
    """

    course: str | None
    lesson: str | None
    version: str
    enabled: bool
    paused: PauseBody
    prompt: str
    prompt_from: str | None
    values: dict[str, FieldBody]


class ChangeBody(BaseModel):
    """A field, or `prompt`, that would be another one.

    course: null for the tenant as such. itself: it is so for the course, or the tenant, as such too.
    """

    field: str
    before: Any
    after: Any
    before_level: str
    after_level: str
    course: str | None
    itself: bool
    lessons: list[str]


class RefusedBody(BaseModel):
    """A part of the wish that would not be accepted."""

    field: str | None
    code: str
    message: str


class ForesightBody(BaseModel):
    """What a wish would do; nothing was changed. complete: false where not every course was looked at."""

    changes: list[ChangeBody]
    refused: list[RefusedBody]
    notes: dict[str, str]
    complete: bool


class LevelVersionBody(BaseModel):
    """One state of a level."""

    version: int
    at: datetime
    by: str
    note: str
    enable_overrides: bool
    values: dict[str, Any]
    locks: dict[str, MarkBody]


class LevelHistoryBody(BaseModel):
    """The newest first."""

    data: list[LevelVersionBody]


class BackBody(BaseModel):
    """To which version; 0 is nothing set at all."""

    model_config = ConfigDict(extra="forbid")

    version: int = Field(ge=0, le=2**31 - 1, strict=True)


class PauseWish(BaseModel):
    """Why, for the course's staff; learners are told that there is a break."""

    model_config = ConfigDict(extra="forbid")

    reason: Annotated[str, Field(max_length=500, pattern=r"^[^\x00]*$")] = ""


class PresetWish(BaseModel):
    """A prompt and its title, which no other preset of the tenant has."""

    model_config = ConfigDict(extra="forbid")

    title: Annotated[
        str, Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]*[^\x00-\x1f\x7f\s][^\x00-\x1f\x7f]*$")
    ]
    description: Annotated[str, Field(max_length=2000, pattern=r"^[^\x00]*$")] = ""
    prompt: Annotated[str, Field(min_length=1, max_length=20_000, pattern=r"^[^\x00]*$")]


class PresetBody(BaseModel):
    """A preset. preview: for forms; worked out from the rest."""

    id: str
    title: str
    description: str
    prompt: str
    preview: str
    version: int
    changed_at: datetime
    changed_by: str


class PresetsBody(BaseModel):
    """By title."""

    presets: list[PresetBody]


class PresetVersionBody(BaseModel):
    """One state of a preset; its fields are null where it was deleted."""

    version: int
    at: datetime
    by: str
    note: str
    title: str | None
    description: str | None
    prompt: str | None


class PresetHistoryBody(BaseModel):
    """The newest first."""

    data: list[PresetVersionBody]


class AssistantBody(BaseModel):
    """What anybody may know of the tutor in a course.

    code: why it does not answer, as in a chat's `notice`; null where it does. reason: the same in words.
    streaming: whether panels may stream.
    """

    course: str
    enabled: bool
    code: str | None
    reason: str | None
    streaming: bool
    mode: str


def level_body(
    key: Key, version: Version | None, layer: Layer, pause: Pause | None, presets: Sequence[Preset]
) -> LevelBody:
    """The newest version of a level."""
    chosen = next((preset for preset in presets if preset.title == layer.values.get("prompt_preset")), None)
    return LevelBody(
        level=key.level.value,
        course=key.course or None,
        lesson=key.item or None,
        version=0 if version is None else version.number,
        changed_at=None if version is None else version.at,
        changed_by=None if version is None else version.by,
        enable_overrides=layer.in_force,
        values=_values(layer),
        locks=_marks(layer.locks),
        kept=dict(layer.kept),
        notes={name: why for name, why in KEPT.items() if name in layer.kept},
        legacy=legacy_view(layer, key.level, key.course, pause is not None, chosen),
    )


def level_version_body(version: Version) -> LevelVersionBody:
    """Of one that cannot be read, nothing is shown but who and when."""
    try:
        layer = read_layer(version.body)
    except InvalidInput:
        layer = NOTHING
    return LevelVersionBody(
        version=version.number,
        at=version.at,
        by=version.by,
        note=version.note,
        enable_overrides=layer.in_force,
        values=_values(layer),
        locks=_marks(layer.locks),
    )


def effective_body(key: Key, effective: Effective, pause: Pause | None, presets: Sequence[Preset]) -> EffectiveBody:
    """With where every value comes from."""
    policy = effective.policy
    source = prompt_of(policy, {preset.title: preset.prompt for preset in presets})[1]
    return EffectiveBody(
        course=key.course or None,
        lesson=key.item or None,
        version=effective.version,
        enabled=policy.enabled and pause is None,
        paused=pause_body(pause),
        prompt=effective.prompt,
        prompt_from=source or None,
        values={
            name: FieldBody(
                value=shown_value(getattr(policy, name)),
                level=origin.level.value,
                by=origin.by or None,
                at=origin.at,
                locked=origin.locked,
                lock=_lock(origin.lock),
            )
            for name, origin in effective.origins.items()
        },
    )


def foresight_body(foresight: Foresight, complete: bool) -> ForesightBody:
    """As the contract has it."""
    return ForesightBody(
        changes=[
            ChangeBody(
                field=effect.difference.field,
                before=shown_value(effect.difference.before),
                after=shown_value(effect.difference.after),
                before_level=effect.difference.before_level,
                after_level=effect.difference.after_level,
                course=effect.course or None,
                itself="" in effect.lessons,
                lessons=[lesson for lesson in effect.lessons if lesson],
            )
            for effect in foresight.effects
        ],
        refused=[RefusedBody(field=error.param, code=error.code, message=error.message) for error in foresight.refused],
        notes=dict(foresight.notes),
        complete=complete,
    )


def pause_body(pause: Pause | None) -> PauseBody:
    """As the contract has it."""
    if pause is None:
        return PauseBody(paused=False)
    return PauseBody(paused=True, reason=pause.reason, since=pause.since, by=pause.by)


def preset_body(preset: Preset) -> PresetBody:
    """As the contract has it."""
    return PresetBody(
        id=preset.id,
        title=preset.title,
        description=preset.description,
        prompt=preset.prompt,
        preview=preset.preview,
        version=preset.version,
        changed_at=preset.at,
        changed_by=preset.by,
    )


def preset_version_body(version: Version) -> PresetVersionBody:
    """As the contract has it."""
    body: Mapping[str, Any] = version.body or {}
    return PresetVersionBody(
        version=version.number,
        at=version.at,
        by=version.by,
        note=version.note,
        title=body.get("title"),
        description=body.get("description"),
        prompt=body.get("prompt"),
    )


def _values(layer: Layer) -> dict[str, Any]:
    return {name: shown_value(layer.values[name]) for name in FIELDS if name in layer.values}


def _marks(marks: Mapping[str, Mark]) -> dict[str, MarkBody]:
    return {name: MarkBody(by=mark.by or None, at=mark.at) for name, mark in marks.items()}


def _lock(lock: Lock | None) -> LockBody | None:
    return None if lock is None else LockBody(level=lock.level.value, by=lock.by or None, at=lock.at)
