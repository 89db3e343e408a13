"""The port to where deployments, aliases and the zones of courses are kept."""

from collections.abc import Sequence
from typing import Protocol

from banyan.proxy.domain.registry import CourseZone, Kind, Version


class RegistryStore(Protocol):
    """Versions are only ever added. Every method raises Unavailable when the store cannot be reached."""

    async def change(self) -> int:
        """A number that grows with every change, by whichever process; cheap."""
        ...

    async def current(self) -> Sequence[Version]:
        """The newest version of every name, also of those that were taken away."""
        ...

    async def history(self, kind: Kind, name: str) -> Sequence[Version]:
        """Every version of a name, the newest first."""
        ...

    async def add(self, version: Version) -> None:
        """Raises: Conflict (`version_conflict`) where its number is not the one after the newest."""
        ...

    async def zones(self) -> Sequence[CourseZone]:
        """Of every course that has one, in every tenant."""
        ...

    async def put_zone(self, zone: CourseZone) -> None:
        """Instead of the one that the course had."""
        ...

    async def remove_zone(self, tenant: str, course: str) -> bool:
        """Whether there was one."""
        ...
