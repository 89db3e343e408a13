"""What is kept of policies, pauses and presets: every state that they were in."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any

from msgspec import Struct, json

from banyan.assistant.domain.policy import Level
from banyan.assistant.domain.policy_fields import FIELDS, read_value
from banyan.assistant.domain.resolving import NOTHING, Layer, Mark
from banyan.kernel.errors import InvalidInput


class Kind(StrEnum):
    """What a version is a version of."""

    POLICY = "policy"
    PAUSE = "pause"
    PRESET = "preset"


class Key(Struct, frozen=True):
    """item: of a policy the lesson, of a preset its id. course, item: "" where there is none."""

    tenant: str
    kind: Kind
    course: str = ""
    item: str = ""

    @property
    def level(self) -> Level:
        """Of a policy: where it stands."""
        return Level.LESSON if self.item else Level.COURSE if self.course else Level.TENANT


class Version(Struct, frozen=True):
    """One state, the first of a key being 1. body: None where it was taken away."""

    key: Key
    number: int
    body: Mapping[str, Any] | None
    at: datetime
    by: str
    note: str = ""


class Preset(Struct, frozen=True):
    """A prompt to choose by its title, which is unique in the tenant."""

    id: str
    title: str
    description: str
    prompt: str
    version: int
    at: datetime
    by: str

    @property
    def preview(self) -> str:
        """The description's line and the beginning of the prompt, for forms."""
        longest = 300
        cut = self.prompt if len(self.prompt) <= longest else f"{self.prompt[:longest]}..."
        return "\n".join(line for line in (self.description, cut) if line)


class Pause(Struct, frozen=True):
    """A course whose tutor rests until somebody of its staff lets it go on."""

    reason: str
    since: datetime
    by: str


def layer_body(layer: Layer) -> Mapping[str, Any]:
    """As it is stored, and equal to what comes back from there."""
    body: Mapping[str, Any] = json.decode(json.encode(layer))
    return body


def read_layer(body: Mapping[str, Any] | None) -> Layer:
    """What was stored. Fields of a newer program are left out. Raises: InvalidInput for what was not stored by us."""
    if body is None:
        return NOTHING
    try:
        values = {name: read_value(name, value) for name, value in body["values"].items() if name in FIELDS}
        return Layer(
            values,
            {name: _mark(mark) for name, mark in body["locks"].items() if name in FIELDS},
            {name: _mark(mark) for name, mark in body["marks"].items() if name in FIELDS},
            body["in_force"],
            body["kept"],
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise InvalidInput(
            f"A stored policy cannot be read ({error!r}); roll it back to a version that can."
        ) from error


def preset_of(version: Version) -> Preset:
    """The preset of a version that has a body."""
    body = version.body or {}
    return Preset(
        version.key.item, body["title"], body["description"], body["prompt"], version.number, version.at, version.by
    )


def _mark(body: Mapping[str, Any]) -> Mark:
    at = body["at"]
    return Mark(body["by"], None if at is None else datetime.fromisoformat(at))
