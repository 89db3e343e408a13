"""The statements of reports on pages beside lessons."""

from collections.abc import Callable, Mapping, Sequence

from sqlalchemy import ColumnElement, Connection, select

from banyan.adapters.storage.external_source_tables import external_sources
from banyan.assistant.domain.reporting import Row, Wanted

Statement = Callable[[Connection, Wanted, int], Sequence[Row]]


def errors(connection: Connection, wanted: Wanted, limit: int) -> Sequence[Row]:
    """By status, those fetched last first."""
    columns = external_sources.c
    query = (
        select(columns.course, columns.lesson, columns.title, columns.url, columns.status, columns.fetched)
        .add_columns(columns.error)
        .where(*_of(wanted), *(columns[name].in_(values) for name, values in wanted.chosen.items()))
        .order_by(columns.status.desc(), columns.fetched.desc().nulls_last(), columns.id)
        .limit(limit)
    )
    return connection.execute(query).all()


def summary(connection: Connection, wanted: Wanted, limit: int) -> Sequence[Row]:
    """The newest pages."""
    columns = external_sources.c
    query = (
        select(columns.url, columns.status, columns.course, columns.lesson)
        .where(*_of(wanted))
        .order_by(columns.created.desc(), columns.id.desc())
        .limit(limit)
    )
    return connection.execute(query).all()


def _of(wanted: Wanted) -> list[ColumnElement[bool]]:
    columns = external_sources.c
    found: list[ColumnElement[bool]] = [columns.tenant == wanted.tenant]
    if wanted.courses is not None:
        found.append(columns.course.in_(wanted.courses))
    if wanted.lesson is not None:
        found.append(columns.lesson == wanted.lesson)
    return found


STATEMENTS: Mapping[str, Statement] = {
    "external-sources-errors": errors,
    "external-sources-summary": summary,
}
