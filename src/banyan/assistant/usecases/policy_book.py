"""What is in force everywhere, from memory, kept current with what other processes change."""

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Mapping
from contextlib import asynccontextmanager
from typing import Any

import structlog
from msgspec import Struct

from banyan.assistant.domain.policy import Effective, Level
from banyan.assistant.domain.policy_versions import Key, Kind, Pause, Preset, Version, preset_of, read_layer
from banyan.assistant.domain.resolving import NOTHING, Layer, Stack, over, resolve
from banyan.assistant.ports.policy_store import PolicyStore
from banyan.assistant.usecases.kept_current import kept_current
from banyan.kernel.clock import Clock
from banyan.kernel.errors import Conflict, InvalidInput

LOOK_SECONDS = 0.4
"""How often a change by another process is looked for; it is in force within this and the time of two queries."""
STALE_SECONDS = 5
"""After so long without a look, nobody is answered before one has succeeded: a switch may have been turned off."""
_TRIES = 20
_MEMO = 20_000
_PAUSED = "Paused by the course's staff."
_UNREADABLE = Layer({"enabled": False})
"""In place of what cannot be read: nobody knows any more what was meant, so the tutor is off there."""
log = structlog.get_logger(__name__)


class Installation(Struct, frozen=True):
    """What the operator's settings say: for every tenant, and for single ones on top of that."""

    everywhere: Layer = NOTHING
    tenants: Mapping[str, Layer] = {}

    def layer(self, tenant: str) -> Layer:
        """For one tenant."""
        special = self.tenants.get(tenant)
        return self.everywhere if special is None else over(self.everywhere, special)


class PolicyBook:
    """`Policies`, and the one place where versions are written. Use it within `running()`."""

    def __init__(self, store: PolicyStore, clock: Clock, installation: Installation | None = None) -> None:
        self._store = store
        self._clock = clock
        self._installation = installation or Installation()
        self._current: dict[Key, Version] = {}
        self._layers: dict[Key, Layer] = {}
        self._presets: dict[str, dict[str, Preset]] = {}
        self._memo: dict[tuple[str, str, str | None], Effective] = {}
        self._change = -1
        self._looked = float("-inf")
        self._turn = asyncio.Lock()
        self.fault = ""

    async def effective(self, tenant: str, course: str, lesson: str | None = None) -> Effective:
        """As the port says."""
        if asyncio.get_running_loop().time() - self._looked > STALE_SECONDS:
            await self.refresh()
        place = (tenant, course, lesson)
        found = self._memo.get(place)
        if found is None:
            if len(self._memo) >= _MEMO:
                self._memo.clear()
            found = self._memo[place] = self.resolved(tenant, course, lesson or "")
        return found

    def resolved(self, tenant: str, course: str, lesson: str, instead: Mapping[Key, Layer] | None = None) -> Effective:
        """What memory says is in force; with `instead`, what would be if these levels said something else."""
        pause = self.pause_of(tenant, course)
        prompts = {preset.title: preset.prompt for preset in self.presets(tenant)}
        return resolve(self.stack(tenant, course, lesson, instead), prompts, pause.reason if pause else "")

    def stack(self, tenant: str, course: str, lesson: str, instead: Mapping[Key, Layer] | None = None) -> Stack:
        """What each level says, down to the tenant, the course or the lesson."""
        stack = [(Level.INSTALLATION, self._installation.layer(tenant))]
        steps = [("", ""), (course, ""), (course, lesson)]
        for course_step, lesson_step in steps[: 3 if lesson else 2 if course else 1]:
            key = Key(tenant, Kind.POLICY, course_step, lesson_step)
            stack.append((key.level, (instead or {}).get(key) or self.layer(key)))
        return stack

    def above(self, key: Key) -> Stack:
        """What the levels above a level say."""
        return self.stack(key.tenant, key.course, key.item)[:-1]

    def layer(self, key: Key) -> Layer:
        """What one level says."""
        return self._layers.get(key, NOTHING)

    def version(self, key: Key) -> Version | None:
        """The newest; None where there never was one."""
        return self._current.get(key)

    def places(self, tenant: str) -> list[Key]:
        """Levels that say something, in every course of the tenant."""
        return [key for key in self._layers if key.tenant == tenant]

    def places_with(self, tenant: str, fields: Collection[str], value: str) -> list[str]:
        """Where any of the fields has the value, in words; in force or not."""
        found = [
            f"course {key.course!r}, lesson {key.item!r}"
            if key.item
            else f"course {key.course!r}"
            if key.course
            else ""
            for key, layer in self._layers.items()
            if key.tenant == tenant and any(layer.values.get(field) == value for field in fields)
        ]
        in_settings = any(self._installation.layer(tenant).values.get(field) == value for field in fields)
        return [
            *(["the settings of the installation"] if in_settings else []),
            *(one or "the tenant" for one in sorted(found)),
        ]

    def pause_of(self, tenant: str, course: str) -> Pause | None:
        """None where the course is not paused."""
        version = self._current.get(Key(tenant, Kind.PAUSE, course)) if course else None
        if version is None or version.body is None:
            return None
        return Pause(str(version.body.get("reason") or _PAUSED), version.at, version.by)

    def presets(self, tenant: str) -> list[Preset]:
        """By title."""
        return sorted(self._presets.get(tenant, {}).values(), key=lambda preset: preset.title)

    async def history(self, key: Key, limit: int) -> list[Version]:
        """The newest first."""
        return list(await self._store.history(key, limit))

    async def write(
        self,
        key: Key,
        decide: Callable[[], Mapping[str, Any] | None],
        by: str,
        *,
        expected: int | None = None,
        note: str = "",
    ) -> Version:
        """Adds what `decide` returns, which sees the newest state of everything; equal states are not added again.

        expected: the version that the caller has seen, 0 for none; None changes whatever is there.
        Raises: Conflict (`version_conflict`), and what `decide` raises; then nothing has changed.
        """
        async with self._turn:
            for _ in range(_TRIES):
                await self._refresh()
                before = self._current.get(key)
                number = 0 if before is None else before.number
                if expected is not None and expected != number:
                    raise Conflict(
                        f"This is at version {number} by now; read it again, then change that.",
                        code="version_conflict",
                        param="If-Match",
                    )
                body = decide()
                if before is not None and before.body == body:
                    return before
                version = Version(key, number + 1, body, self._clock.now(), by, note)
                if await self._store.add(version, self._change):
                    await self._refresh()
                    return version
        raise Conflict("Others change policies all the time; try again in a moment.", code="too_many_changes")

    async def refresh(self) -> None:
        """Takes over what has changed. Raises: Unavailable."""
        async with self._turn:
            await self._refresh()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Keeps memory current while the block runs. Raises: Unavailable when the database cannot be read at all."""
        async with kept_current(self, "policies", every=LOOK_SECONDS):
            yield

    async def _refresh(self) -> None:
        began = asyncio.get_running_loop().time()
        change, versions = await self._store.changes(self._change)
        if versions:
            for version in versions:
                self._take(version)
            self._memo.clear()
        self._change, self._looked = change, began

    def _take(self, version: Version) -> None:
        key = version.key
        self._current[key] = version
        if key.kind is Kind.POLICY:
            try:
                self._layers[key] = read_layer(version.body)
            except InvalidInput as error:
                log.error("policy-not-readable", tenant=key.tenant, course=key.course, error=error.message)
                self._layers[key] = _UNREADABLE
        elif key.kind is Kind.PRESET:
            presets = self._presets.setdefault(key.tenant, {})
            presets.pop(key.item, None)
            if version.body is not None:
                presets[key.item] = preset_of(version)
