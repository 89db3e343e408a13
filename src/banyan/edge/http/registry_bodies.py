"""The JSON of deployments, aliases, zones and explanations."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from banyan.kernel.money import Money, dollars
from banyan.proxy.domain.pricing import Price
from banyan.proxy.domain.registry import CourseZone, Version
from banyan.proxy.usecases.explain_route import Explanation, Health, Step
from banyan.proxy.usecases.fleet_tables import masked
from banyan.proxy.usecases.registry import Standing


class EntryBody(BaseModel):
    """What is in force under a name. definition: as it is written and PUT, with secrets covered.

    version: 0 for what only ever stood in the file. fault: why it is not in use.
    """

    name: str
    source: Literal["file", "database"]
    version: int
    changed_at: datetime | None
    changed_by: str | None
    hides_file: bool
    fault: str | None
    definition: dict[str, Any]


class EntriesBody(BaseModel):
    """By name."""

    data: list[EntryBody]


class VersionBody(BaseModel):
    """One state of a name. definition: null where it was taken away."""

    name: str
    version: int
    at: datetime
    by: str
    note: str
    definition: dict[str, Any] | None


class HistoryBody(BaseModel):
    """The newest first."""

    data: list[VersionBody]


class RollbackBody(BaseModel):
    """To which version."""

    model_config = ConfigDict(extra="forbid")

    version: int = Field(ge=1, le=2**31 - 1)


class TrialBody(BaseModel):
    """How one tiny call to a deployment went. code: of the error, where it failed."""

    deployment: str
    ok: bool
    milliseconds: int
    model: str | None = None
    answer: str | None = None
    code: str | None = None
    message: str | None = None


class ZoneWish(BaseModel):
    """The only zone that calls with the course may go to, such as `local`."""

    model_config = ConfigDict(extra="forbid")

    zone: str


class ZoneBody(BaseModel):
    """Which zone, since when and by whom."""

    course: str
    zone: str
    changed_at: datetime
    changed_by: str


class ZonesBody(BaseModel):
    """Of every course that has one."""

    data: list[ZoneBody]


class PriceBody(BaseModel):
    """Dollars per million tokens."""

    input: float
    output: float
    cached_input: float | None = None


class HealthBody(BaseModel):
    """How a deployment does, as this process sees it. waits, rests: seconds until it is asked again.

    busy: calls under way. latency: seconds until the first byte, smoothed; null before the first answer.
    """

    deployment: str
    breaker: Literal["closed", "open", "half_open"]
    waits: float
    rests: float
    busy: int
    latency: float | None


class HealthsBody(BaseModel):
    """By name."""

    data: list[HealthBody]


class StepBody(BaseModel):
    """One deployment in the order in which they are asked. price: null where nobody knows it."""

    deployment: str
    model: str
    why: str
    only_for_long_prompts: bool
    zone: str
    price: PriceBody | None
    health: HealthBody


class PassedOverBody(BaseModel):
    """One that is not asked, and why not."""

    deployment: str
    why: str


class ExplanationBody(BaseModel):
    """Who would be asked. strategy: null where the model is no alias. refusal: why nobody would be, else null."""

    model: str
    strategy: str | None
    zone: str | None
    order: list[StepBody]
    passed_over: list[PassedOverBody]
    refusal: str | None


def entry_body(standing: Standing) -> EntryBody:
    """Secrets covered."""
    version = standing.version
    stored = version is not None and version.table is not None
    return EntryBody(
        name=standing.name,
        source="database" if stored else "file",
        version=0 if version is None else version.number,
        changed_at=None if version is None else version.at,
        changed_by=None if version is None else version.by,
        hides_file=standing.hides_file,
        fault=standing.fault or None,
        definition=masked(standing.table),
    )


def version_body(version: Version) -> VersionBody:
    """Secrets covered."""
    return VersionBody(
        name=version.name,
        version=version.number,
        at=version.at,
        by=version.by,
        note=version.note,
        definition=None if version.table is None else masked(version.table),
    )


def zone_body(zone: CourseZone) -> ZoneBody:
    """As the contract has it."""
    return ZoneBody(course=zone.course, zone=zone.zone, changed_at=zone.at, changed_by=zone.by)


def price_body(price: Price | None) -> PriceBody | None:
    """None where nobody knows."""
    if price is None:
        return None
    cached = price.cached_input
    return PriceBody(
        input=_dollars(price.input),
        output=_dollars(price.output),
        cached_input=None if cached is None else _dollars(cached),
    )


def health_body(health: Health) -> HealthBody:
    """As the contract has it."""
    fields = ("deployment", "breaker", "waits", "rests", "busy", "latency")
    return HealthBody(**{name: getattr(health, name) for name in fields})


def explanation_body(found: Explanation) -> ExplanationBody:
    """As the contract has it; also what the command line prints."""
    return ExplanationBody(
        model=found.model,
        strategy=None if found.strategy is None else found.strategy.value,
        zone=found.zone,
        order=[_step(step) for step in found.steps],
        passed_over=[PassedOverBody(deployment=one.deployment, why=one.why) for one in found.passed_over],
        refusal=found.refusal or None,
    )


def definition(body: Mapping[str, Any]) -> Mapping[str, Any]:
    """What was PUT, without the fields that are null."""
    return {key: value for key, value in body.items() if value is not None}


def _step(step: Step) -> StepBody:
    return StepBody(
        deployment=step.deployment,
        model=step.model,
        why=step.why,
        only_for_long_prompts=step.longer,
        zone=step.zone,
        price=price_body(step.price),
        health=health_body(step.health),
    )


def _dollars(amount: Money) -> float:
    return float(dollars(amount))
