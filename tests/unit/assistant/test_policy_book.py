"""Policies in memory: current, and never trusted for long when the store is away."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime

import pytest

from banyan.assistant.domain.policy_versions import Key, Kind, Version, layer_body
from banyan.assistant.domain.resolving import Layer
from banyan.assistant.usecases import policy_book
from banyan.assistant.usecases.policy_book import PolicyBook
from banyan.kernel.clock import SystemClock
from banyan.kernel.errors import Conflict, Unavailable

COURSE = Key("default", Kind.POLICY, "stats")


class Store:
    """A store in memory that several books may share, and that can be away."""

    def __init__(self) -> None:
        self.versions: list[Version] = []
        self.away = False
        self.busy = 0

    async def changes(self, after: int) -> tuple[int, Sequence[Version]]:
        if self.away:
            raise Unavailable("The database is away; try again.")
        return len(self.versions), self.versions[max(after, 0) :]

    async def history(self, key: Key, limit: int) -> Sequence[Version]:
        return [version for version in reversed(self.versions) if version.key == key][:limit]

    async def add(self, version: Version, seen: int) -> bool:
        if self.busy:  # somebody else is quicker, with something of their own
            self.busy -= 1
            other = Key("default", Kind.PAUSE, f"other-{len(self.versions)}")
            self.versions.append(Version(other, 1, {"reason": ""}, datetime.now(UTC), "ben"))
        if seen != len(self.versions):
            return False
        self.versions.append(version)
        return True


def off() -> Layer:
    return Layer({"enabled": False})


async def test_nobody_is_answered_from_memory_that_has_grown_old(monkeypatch: pytest.MonkeyPatch) -> None:
    """While the store is away, a switch may have been turned off: after a few seconds that is an error."""
    store = Store()
    book = PolicyBook(store, SystemClock())
    await book.refresh()
    store.away = True
    assert (await book.effective("default", "stats")).policy.enabled
    monkeypatch.setattr(policy_book, "STALE_SECONDS", 0)
    await asyncio.sleep(0)
    with pytest.raises(Unavailable):
        await book.effective("default", "stats")


async def test_a_change_that_others_overtake_is_decided_anew() -> None:
    """What is written follows from the newest state of everything, however many write at once."""
    store = Store()
    store.busy = 3
    book = PolicyBook(store, SystemClock())
    seen: list[int] = []

    def decide() -> object:
        seen.append(len(store.versions))
        return layer_body(off())

    version = await book.write(COURSE, decide, "ann")  # type: ignore[arg-type]
    assert (version.number, seen) == (1, [0, 1, 2, 3])
    assert not (await book.effective("default", "stats", "mean")).policy.enabled
    assert (await book.effective("default", "another")).policy.enabled


async def test_equal_states_are_one_version_and_stale_ones_a_conflict() -> None:
    """Sending the same again adds nothing."""
    store = Store()
    book = PolicyBook(store, SystemClock())
    for _ in range(2):
        assert (await book.write(COURSE, lambda: layer_body(off()), "ann")).number == 1
    with pytest.raises(Conflict, match="at version 1"):
        await book.write(COURSE, lambda: None, "ann", expected=0)


async def test_the_answer_is_the_same_object_until_something_changes() -> None:
    """Resolving is done once for each lesson and state."""
    book = PolicyBook(Store(), SystemClock())
    first = await book.effective("default", "stats", "mean")
    assert await book.effective("default", "stats", "mean") is first
    await book.write(COURSE, lambda: layer_body(off()), "ann")
    assert await book.effective("default", "stats", "mean") is not first
