"""Which transactions of the library come one after the other: those that change the same course."""

from collections.abc import Sequence

from sqlalchemy import Connection, select

from banyan.adapters.storage.engine import lock
from banyan.adapters.storage.library_rows import batches
from banyan.adapters.storage.library_tables import sources, versions


def lock_course(connection: Connection, tenant: str, course: str) -> None:
    """Holds the course until the transaction ends."""
    lock(connection, "course", tenant, course)


def lock_courses_of(connection: Connection, of_versions: Sequence[int]) -> None:
    """Holds the courses of those versions, always in the same order, so that no two transactions wait in a ring."""
    if connection.dialect.name != "postgresql":
        return
    places: set[tuple[str, str]] = set()
    for part in batches(of_versions, 500):
        where = select(sources.c.tenant, sources.c.course).join(versions, versions.c.source_id == sources.c.id)
        found = connection.execute(where.where(versions.c.id.in_(part)).distinct())
        places.update((tenant, course) for tenant, course in found)
    for tenant, course in sorted(places):
        lock_course(connection, tenant, course)
