"""Which sources and chunks the filters of a search admit.

They are looked up here, not in the engine, because here they are always those of the published version: a chapter or a
`metadata` may change while every chunk stays as it is.
"""

from collections.abc import Sequence
from dataclasses import replace

import msgspec
from sqlalchemy import Connection, Select, bindparam, func, select

from banyan.adapters.storage.library_rows import PUBLISHED, batches, within
from banyan.adapters.storage.library_tables import chunks, sources, versions
from banyan.proxy.domain.knowledge import Scope
from banyan.proxy.domain.search_options import Filters
from banyan.proxy.ports.vector_store import Only

_decode = msgspec.json.Decoder(dict).decode


def admitted(connection: Connection, scope: Scope, filters: Filters) -> Only:
    """What of the scope may be found: a set may be empty, and both are None where everything may be found."""
    if filters.admit_everything() and (not scope.for_learners or not _has_staff_only(connection, scope)):
        return Only()
    conditions = [within(scope)]
    if filters.source_types:
        conditions.append(versions.c.source_type.in_(sorted(filters.source_types)))
    if filters.lessons:
        conditions.append(sources.c.lesson.in_(sorted(filters.lessons)))
    if filters.chapter is not None:
        conditions.append(versions.c.chapter == filters.chapter)
    columns = [versions.c.id, sources.c.lesson, sources.c.source]
    if filters.metadata:
        columns.append(versions.c.metadata_json)
    statement = select(*columns).join_from(sources, versions, PUBLISHED).where(*conditions)
    rows = connection.execute(statement).all()
    if filters.metadata:
        rows = [row for row in rows if filters.admit(_decode(row.metadata_json))]
    if filters.pages is not None:
        return Only(ids=_on_pages(connection, [row.id for row in rows], filters.pages))
    if rows and len(rows) == connection.execute(_count(replace(scope, for_learners=False))).scalar_one():
        return Only()  # the engine is quicker without a condition that all meet
    return Only(sources=frozenset((row.lesson, row.source) for row in rows))


_STAFF_ONLY = (
    select(sources.c.id)
    .where(
        sources.c.tenant == bindparam("tenant"),
        sources.c.course == bindparam("course"),
        sources.c.published.is_not(None),
        sources.c.staff_only.is_(True),
    )
    .limit(1)
)


def _has_staff_only(connection: Connection, scope: Scope) -> bool:
    """Whether anything of the course is hidden from learners; in most there is nothing."""
    return connection.execute(_STAFF_ONLY, {"tenant": scope.tenant, "course": scope.course}).first() is not None


def _count(scope: Scope) -> Select[int]:
    return select(func.count()).select_from(sources).where(within(scope), sources.c.published.is_not(None))


def _on_pages(connection: Connection, of_versions: Sequence[int], pages: tuple[int, int]) -> frozenset[str]:
    found: set[str] = set()
    for part in batches(of_versions, 500):
        statement = select(chunks.c.id).where(chunks.c.version_id.in_(part), chunks.c.page.between(*pages))
        found.update(connection.execute(statement).scalars())
    return frozenset(found)
