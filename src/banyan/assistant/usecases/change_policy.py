"""Changes what a level says, goes back to what it said, and shows beforehand what a change would do."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from msgspec import Struct

from banyan.assistant.domain.legacy_policy import Written
from banyan.assistant.domain.policy_changes import Difference, Wish, changed, differences
from banyan.assistant.domain.policy_versions import Key, Kind, Pause, Version, layer_body, read_layer
from banyan.assistant.domain.resolving import Layer, locks_of
from banyan.assistant.guardrails import GUARDRAILS
from banyan.assistant.usecases.policy_book import PolicyBook
from banyan.kernel.clock import Clock
from banyan.kernel.errors import BanyanError, NotFound

REQUIRED: Mapping[str, bool] = {name: GUARDRAILS[name].required for name in GUARDRAILS}
"""Guardrails by name, and whether policy cannot switch them off."""
HISTORY = 200
"""Versions that a history shows."""


class Effect(Struct, frozen=True):
    """One difference, and where: the lessons of one course; none for the course, or the tenant, as such."""

    course: str
    lessons: tuple[str, ...]
    difference: Difference


class Foresight(Struct, frozen=True):
    """What a wish would do. refused: why a part of it would not be accepted; the rest is foreseen without it."""

    effects: tuple[Effect, ...]
    refused: tuple[BanyanError, ...]
    notes: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ChangePolicy:
    """The use case. Who may is asked before."""

    book: PolicyBook
    clock: Clock

    async def put(self, key: Key, wish: Wish, by: str, *, expected: int | None = None, note: str = "") -> Version:
        """Raises: InvalidInput, NotAllowed (`field_locked`), NotFound (`unknown_preset`), Conflict; all or nothing."""

        def decide() -> Mapping[str, Any]:
            layer, refused = self._changed(key, wish, by)
            if refused:
                raise refused[0]
            return layer_body(layer)

        return await self.book.write(
            key, decide, by, expected=expected, note=note or ("patch" if wish.merge else "put")
        )

    async def roll_back(self, key: Key, number: int, by: str, *, expected: int | None = None) -> Version:
        """A new version that says what an old one did; 0 says nothing. Raises: NotFound, and as `put`."""
        old = Layer() if number == 0 else read_layer((await self._version(key, number)).body)
        wish = Wish(Written(old.values, old.kept, old.in_force, ()), tuple(old.locks))
        return await self.put(key, wish, by, expected=expected, note=f"back to version {number}")

    async def foresee(self, key: Key, wish: Wish, by: str, below: Mapping[str, Sequence[str]]) -> Foresight:
        """below: lessons by course that the change may concern, beside those that have something of their own."""
        await self.book.refresh()
        layer, refused = self._changed(key, wish, by)
        effects: list[Effect] = []
        for course in sorted({key.course} if key.course else {"", *below, *self._courses(key.tenant)}):
            lessons = {*below.get(course, ()), *self._lessons(key.tenant, course)}
            effects += self._effects(key, layer, course, {key.item} if key.item else {"", *lessons})
        return Foresight(tuple(effects), tuple(refused), wish.written.notes)

    async def pause(self, tenant: str, course: str, reason: str, by: str) -> Pause:
        """From now on the tutor rests in the course, in any process after a moment."""
        await self.book.write(Key(tenant, Kind.PAUSE, course), lambda: {"reason": reason}, by, note="pause")
        paused = self.book.pause_of(tenant, course)
        assert paused is not None
        return paused

    async def resume(self, tenant: str, course: str, by: str) -> bool:
        """Whether it was paused."""
        if self.book.pause_of(tenant, course) is None:
            await self.book.refresh()
            if self.book.pause_of(tenant, course) is None:
                return False
        await self.book.write(Key(tenant, Kind.PAUSE, course), lambda: None, by, note="resume")
        return True

    def _changed(self, key: Key, wish: Wish, by: str) -> tuple[Layer, list[BanyanError]]:
        titles = [preset.title for preset in self.book.presets(key.tenant)]
        above = locks_of(self.book.above(key))
        return changed(self.book.layer(key), wish, key.level, above, titles, by, self.clock.now(), REQUIRED)

    def _effects(self, key: Key, layer: Layer, course: str, lessons: set[str]) -> list[Effect]:
        where: dict[str, tuple[Difference, list[str]]] = {}
        for lesson in sorted(lessons):
            before = self.book.resolved(key.tenant, course, lesson)
            after = self.book.resolved(key.tenant, course, lesson, {key: layer})
            for one in differences(before, after):
                where.setdefault(repr(one), (one, []))[1].append(lesson)
        return [Effect(course, tuple(found), one) for one, found in where.values()]

    def _courses(self, tenant: str) -> set[str]:
        return {key.course for key in self.book.places(tenant) if key.course}

    def _lessons(self, tenant: str, course: str) -> set[str]:
        return {key.item for key in self.book.places(tenant) if key.course == course and key.item}

    async def _version(self, key: Key, number: int) -> Version:
        for version in await self.book.history(key, HISTORY):
            if version.number == number:
                return version
        raise NotFound(f"There is no version {number} here; look at the history.", code="no_version", param="version")
