"""Which deployments and aliases there are: those of the file and those of the database, kept current while it runs."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

import structlog

from banyan.kernel.clock import Clock
from banyan.kernel.errors import BanyanError, Conflict, InvalidInput, NotFound
from banyan.proxy.domain.deployments import USUAL_PATIENCE, Alias, Deployment, Patience
from banyan.proxy.domain.registry import CourseZone, Kind, Table, Version
from banyan.proxy.ports.registry_store import RegistryStore
from banyan.proxy.usecases.fleet import Faults, Fleet
from banyan.proxy.usecases.fleet_tables import checked_name, read_alias, read_deployment, unmasked

LOOK_SECONDS = 0.5
"""How often a change by another process is looked for; it is in force within this and the time of two queries."""
_TRIES = 3
log = structlog.get_logger(__name__)
Tables = Mapping[str, Table]


@dataclass(frozen=True, slots=True)
class Standing:
    """What is in force under a name. version: None where it stands in the file alone.

    hides_file: the file has it too, and does not count. fault: why it is not in use, "" where it is.
    """

    kind: Kind
    name: str
    table: Table
    version: Version | None = None
    hides_file: bool = False
    fault: str = ""


class Registry:
    """files: the tables of `banyan.toml`, by name; what the database has under the same name wins."""

    def __init__(
        self,
        fleet: Fleet,
        store: RegistryStore,
        clock: Clock,
        *,
        deployments: Tables,
        aliases: Tables,
        patience: Patience = USUAL_PATIENCE,
    ) -> None:
        self._fleet = fleet
        self._store = store
        self._clock = clock
        self._files = {Kind.DEPLOYMENT: dict(deployments), Kind.ALIAS: dict(aliases)}
        self._patience = patience
        self._current: dict[tuple[Kind, str], Version] = {}
        self._zones: dict[tuple[str, str], CourseZone] = {}
        self._faults: Faults = {}
        self._change = -1
        self._turn = asyncio.Lock()
        self._trouble = ""

    @property
    def fault(self) -> str:
        """What is not as it should be, in a sentence; "" where all is well."""
        if self._trouble or not self._faults:
            return self._trouble
        return "; ".join(f"{kind} {name}: {fault}" for (kind, name), fault in sorted(self._faults.items()))

    def zone_of(self, tenant: str, course: str) -> str | None:
        """The only zone for calls with the course; None where any will do. Costs no wait."""
        found = self._zones.get((tenant, course))
        return None if found is None else found.zone

    def zone(self, tenant: str, course: str) -> CourseZone:
        """With when and who. Raises: NotFound."""
        found = self._zones.get((tenant, course))
        if found is None:
            raise NotFound(f"The course {course[:100]!r} is bound to no data zone; it may use all.", code="no_zone")
        return found

    def zones(self, tenant: str) -> list[CourseZone]:
        """Of the tenant's courses."""
        return [zone for zone in self._zones.values() if zone.tenant == tenant]

    async def put_zone(self, tenant: str, course: str, zone: str, by: str) -> CourseZone:
        """From now on no call with the course leaves the zone, in any process after a moment."""
        bound = CourseZone(tenant, course, zone, self._clock.now(), by)
        await self._store.put_zone(bound)
        await self.refresh()
        return bound

    async def remove_zone(self, tenant: str, course: str) -> None:
        """Calls with the course may go anywhere again. Raises: NotFound."""
        if not await self._store.remove_zone(tenant, course):
            raise NotFound(f"The course {course[:100]!r} is bound to no data zone; it may use all.", code="no_zone")
        await self.refresh()

    def all(self, kind: Kind) -> list[Standing]:
        """Sorted by name."""
        stored = {name for (of, name), version in self._current.items() if of is kind and version.table is not None}
        return [self.one(kind, name) for name in sorted({*self._files[kind], *stored})]

    def one(self, kind: Kind, name: str) -> Standing:
        """Raises: NotFound."""
        version = self._current.get((kind, name))
        in_file = self._files[kind].get(name)
        fault = self._faults.get((kind.value, name), "")
        if version is not None and version.table is not None:
            return Standing(kind, name, version.table, version, in_file is not None, fault)
        if in_file is not None:
            return Standing(kind, name, in_file, version, False, fault)
        raise self._unknown(kind, name)

    async def version(self, kind: Kind, name: str, number: int) -> Version:
        """One that was or is. Raises: NotFound."""
        for version in await self._store.history(kind, name):
            if version.number == number:
                return version
        raise NotFound(f"The {kind} {name[:100]!r} has no version {number}; look at its history.", code="no_version")

    async def history(self, kind: Kind, name: str) -> list[Version]:
        """The newest first; empty for what stands in the file alone. Raises: NotFound."""
        found = list(await self._store.history(kind, name))
        if not found and name not in self._files[kind]:
            raise self._unknown(kind, name)
        return found

    async def put(
        self, kind: Kind, name: str, table: Table, by: str, *, expected: int | None = None, note: str = "put"
    ) -> Standing:
        """expected: the version that the caller has seen, 0 for none; None changes whatever is there.

        Raises: InvalidInput where it cannot be; Conflict (`version_conflict`); and then nothing has changed.
        """
        checked_name(name, f"a{'n' if kind is Kind.ALIAS else ''} {kind}")
        for _ in range(_TRIES - 1 if expected is None else 0):
            try:
                return await self._put(kind, name, table, by, None, note)
            except Conflict:
                continue  # another process was faster, and the caller does not mind
        return await self._put(kind, name, table, by, expected, note)

    async def _put(self, kind: Kind, name: str, table: Table, by: str, expected: int | None, note: str) -> Standing:
        async with self._turn:
            await self._refresh()
            before = self._current.get((kind, name))
            _check_expected(kind, name, before, expected)
            stored = before.table if before is not None and before.table is not None else self._files[kind].get(name)
            number = 1 if before is None else before.number + 1
            version = Version(kind, name, number, unmasked(table, stored), self._clock.now(), by, note)
            self._try(version)
            await self._store.add(version)
            await self._refresh()
        return self.one(kind, name)

    async def remove(self, kind: Kind, name: str, by: str, *, expected: int | None = None) -> Version:
        """What the file has under the name counts again. Raises: NotFound, Conflict, InvalidInput where it is used."""
        async with self._turn:
            await self._refresh()
            before = self._current.get((kind, name))
            if before is None or before.table is None:
                if name in self._files[kind]:
                    raise Conflict(
                        f"The {kind} {name!r} stands in banyan.toml alone; take it out there, or put another over it.",
                        code="set_in_file",
                    )
                raise self._unknown(kind, name)
            _check_expected(kind, name, before, expected)
            version = Version(kind, name, before.number + 1, None, self._clock.now(), by, "delete")
            self._try(version)
            await self._store.add(version)
            await self._refresh()
        return version

    async def roll_back(self, kind: Kind, name: str, number: int, by: str, *, expected: int | None = None) -> Standing:
        """A new version that equals an old one. Raises: NotFound, and as `put`."""
        old = await self.version(kind, name, number)
        if old.table is None:
            raise InvalidInput(f"Version {number} says that it was taken away; delete it instead.", param="version")
        return await self.put(kind, name, old.table, by, expected=expected, note=f"back to version {number}")

    async def refresh(self) -> None:
        """Takes over what has changed. Raises: Unavailable."""
        async with self._turn:
            await self._refresh()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Keeps the fleet current while the block runs.

        Raises: Unavailable when the database cannot be read at all; InvalidInput for what is wrong in the file.
        """
        self._fleet.apply(*self._read({}, None))
        await self.refresh()
        task = asyncio.create_task(self._keep_current(), name="keep deployments current")
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _keep_current(self) -> None:
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            try:
                await self.refresh()
                self._trouble = ""
            except BanyanError as error:
                if not self._trouble:
                    log.warning("deployments-not-read", error=error.message)
                self._trouble = f"Deployments are those of a moment ago: {error.message}"

    async def _refresh(self) -> None:
        change = await self._store.change()
        if change == self._change:
            return
        current = {(version.kind, version.name): version for version in await self._store.current()}
        zones = {(zone.tenant, zone.course): zone for zone in await self._store.zones()}
        faults: Faults = {}
        deployments, aliases = self._read(current, faults)
        self._fleet.apply(deployments, aliases, faults)
        for (kind, name), fault in faults.items():
            if self._faults.get((kind, name)) != fault:
                log.warning("left-out", kind=kind, name=name, error=fault)
        self._current, self._zones, self._faults, self._change = current, zones, faults, change

    def _try(self, version: Version) -> None:
        """Raises: InvalidInput where the version itself, or what leans on it, would not work any more."""
        current = {**self._current, (version.kind, version.name): version}
        faults: Faults = {}
        deployments, aliases = self._read(current, faults)
        faults |= self._fleet.check(deployments, aliases)
        own = faults.get((version.kind.value, version.name))
        fresh = [fault for key, fault in sorted(faults.items()) if key not in self._faults]
        if own is not None or fresh:
            raise InvalidInput(own or fresh[0], code=f"invalid_{version.kind}")

    def _read(
        self, current: Mapping[tuple[Kind, str], Version], faults: Faults | None
    ) -> tuple[list[Deployment], list[Alias]]:
        """What the file and the database say together. faults: as for `Fleet.apply`."""
        entries = self._fleet.entries
        deployments, aliases = [], []
        for kind in Kind:
            tables = dict(self._files[kind])
            tables |= {name: one.table for (of, name), one in current.items() if of is kind and one.table is not None}
            for name, table in tables.items():
                try:
                    if kind is Kind.ALIAS:
                        aliases.append(read_alias(name, table))
                    else:
                        deployments.append(read_deployment(name, table, entries, self._patience))
                except InvalidInput as error:
                    if faults is None:
                        raise
                    faults[kind.value, name] = error.message
        return deployments, aliases

    def _unknown(self, kind: Kind, name: str) -> NotFound:
        named = ", ".join(one.name for one in self.all(kind)) or "none so far"
        return NotFound(f"There is no {kind} {name[:100]!r}; there is: {named}.", code=f"unknown_{kind}")


def _check_expected(kind: Kind, name: str, before: Version | None, expected: int | None) -> None:
    number = 0 if before is None else before.number
    if expected is not None and expected != number:
        raise Conflict(
            f"The {kind} {name!r} is at version {number} by now; read it again, then change that.",
            code="version_conflict",
            param="If-Match",
        )
