"""Prompts that are written once and chosen by title."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from banyan.assistant.domain.policy_changes import PRESET_FIELDS
from banyan.assistant.domain.policy_versions import Key, Kind, Preset, Version
from banyan.assistant.usecases.policy_book import PolicyBook
from banyan.kernel.errors import Conflict, NotFound
from banyan.kernel.ids import new_id


@dataclass(frozen=True, slots=True)
class ManagePresets:
    """The use case. Who may is asked before."""

    book: PolicyBook

    def all(self, tenant: str) -> list[Preset]:
        """By title."""
        return self.book.presets(tenant)

    def one(self, tenant: str, preset: str) -> Preset:
        """Raises: NotFound (`unknown_preset`)."""
        for found in self.book.presets(tenant):
            if found.id == preset:
                return found
        raise NotFound("There is no such preset; choose one from /api/v1/presets.", code="unknown_preset")

    async def create(self, tenant: str, title: str, description: str, prompt: str, by: str) -> Preset:
        """Raises: Conflict (`preset_exists`)."""
        return await self._put(tenant, new_id("prs"), title, description, prompt, by, expected=0)

    async def change(
        self, tenant: str, preset: str, title: str, description: str, prompt: str, by: str, expected: int | None = None
    ) -> Preset:
        """Raises: NotFound; Conflict (`preset_exists`, `preset_in_use` for a new title, `version_conflict`)."""
        return await self._put(tenant, preset, title, description, prompt, by, expected=expected)

    async def remove(self, tenant: str, preset: str, by: str, expected: int | None = None) -> None:
        """Raises: NotFound; Conflict (`preset_in_use`, naming where; `version_conflict`)."""

        def decide() -> None:
            self._check_unused(tenant, self.one(tenant, preset).title, "deleted")

        self.one(tenant, preset)
        await self.book.write(_key(tenant, preset), decide, by, expected=expected, note="delete")

    async def history(self, tenant: str, preset: str, limit: int) -> list[Version]:
        """The newest first, also of one that is gone. Raises: NotFound."""
        found = await self.book.history(_key(tenant, preset), limit)
        if not found:
            raise NotFound("There is no such preset; choose one from /api/v1/presets.", code="unknown_preset")
        return found

    async def _put(
        self, tenant: str, preset: str, title: str, description: str, prompt: str, by: str, expected: int | None
    ) -> Preset:
        new = expected == 0

        def decide() -> Mapping[str, Any]:
            before = None if new else self.one(tenant, preset)
            if any(other.title == title and other.id != preset for other in self.book.presets(tenant)):
                raise Conflict(
                    f"There is a preset {title!r} already; choose another title.", code="preset_exists", param="title"
                )
            if before is not None and before.title != title:
                self._check_unused(tenant, before.title, "renamed")
            return {"title": title, "description": description, "prompt": prompt}

        await self.book.write(_key(tenant, preset), decide, by, expected=expected, note="create" if new else "put")
        return self.one(tenant, preset)

    def _check_unused(self, tenant: str, title: str, verb: str) -> None:
        places = self.book.places_with(tenant, PRESET_FIELDS, title)
        if places:
            shown = ", ".join(places[:_SHOWN]) + (f" and {len(places) - _SHOWN} more" if len(places) > _SHOWN else "")
            raise Conflict(
                f"The preset {title!r} cannot be {verb}: it is chosen in {shown}; choose another one there first.",
                code="preset_in_use",
            )


_SHOWN = 10


def _key(tenant: str, preset: str) -> Key:
    return Key(tenant, Kind.PRESET, item=preset)
