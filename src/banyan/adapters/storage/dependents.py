"""What rests on words of a course, in the SQL database.

A quote is kept once, however much rests on it, together with the text in which it was last looked for.
"""

from collections.abc import Sequence
from datetime import datetime
from hashlib import blake2b
from typing import Any

from sqlalchemy import (
    Column,
    Connection,
    Index,
    Integer,
    String,
    Table,
    Text,
    bindparam,
    delete,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

from banyan.adapters.storage.engine import Database
from banyan.adapters.storage.tables import Moment, metadata
from banyan.assistant.domain.stale import CitedQuote, Dependent, Texts, state_of
from banyan.kernel.ids import new_id
from banyan.kernel.messages import Citation

_BATCH = 500

cited_quotes = Table(
    "cited_quotes",
    metadata,
    Column("tenant", String, primary_key=True),
    Column("course", String, primary_key=True),
    Column("lesson", String, primary_key=True),
    Column("source", String, primary_key=True),
    Column("hash", String, primary_key=True, comment="of the words and of where they stood"),
    Column("quote", Text, nullable=False),
    Column("start", Integer, nullable=False),
    Column("end", Integer, nullable=False),
    Column("version", Integer, nullable=False),
    Column("state", String, nullable=False, comment="holds, moved or gone"),
    Column("now_start", Integer),
    Column("looked_in", String, nullable=False, comment="names the text in which it was looked for last"),
    Index(None, "tenant", "course", "state"),
)

dependents = Table(
    "dependents",
    metadata,
    Column("tenant", String, primary_key=True),
    Column("id", String, primary_key=True),
    Column("kind", String, nullable=False),
    Column("item", String, nullable=False),
    Column("course", String, nullable=False),
    Column("title", String, nullable=False),
    Column("at", Moment, nullable=False),
    Column("dismissed", Moment),
    Column("dismissed_by", String),
    Index(None, "tenant", "kind", "item", unique=True),
    Index(None, "tenant", "course", "at"),
)

dependent_quotes = Table(
    "dependent_quotes",
    metadata,
    Column("tenant", String, primary_key=True),
    Column("dependent", String, primary_key=True),
    Column("lesson", String, primary_key=True),
    Column("source", String, primary_key=True),
    Column("hash", String, primary_key=True),
    Index(None, "tenant", "lesson", "hash"),
)


_ADD, _ADD_USES = insert(dependents), insert(dependent_quotes)
_ADD_QUOTES: dict[str, Any] = {
    "sqlite": sqlite.insert(cited_quotes).on_conflict_do_nothing(),
    "postgresql": postgresql.insert(cited_quotes).on_conflict_do_nothing(),
}
_IDS = select(dependents.c.id).where(
    dependents.c.tenant == bindparam("tenant"),
    dependents.c.kind == bindparam("kind"),
    dependents.c.item == bindparam("item"),
)


def record_dependent(
    connection: Connection,
    tenant: str,
    kind: str,
    item: str,
    course: str,
    citations: Sequence[Citation],
    now: datetime,
    *,
    title: str = "",
) -> None:
    """Notes what the item rests on, in place of what it rested on before; without citations it rests on nothing."""
    forget_dependent(connection, tenant, kind, item)
    if not citations:
        return
    id = new_id("dep")
    mine = {"tenant": tenant, "id": id, "kind": kind, "item": item, "course": course, "title": title[:200], "at": now}
    connection.execute(_ADD, mine)
    rows = {(one.lesson, one.source, _hash(one)): one for one in citations}
    quotes = [
        {
            "tenant": tenant,
            "course": course,
            "lesson": lesson,
            "source": source,
            "hash": digest,
            "quote": one.quote,
            "start": one.start,
            "end": one.end,
            "version": one.version,
            "state": "holds",
            "looked_in": "",
        }
        for (lesson, source, digest), one in rows.items()
    ]
    connection.execute(_ADD_QUOTES[connection.dialect.name], quotes)
    uses = [
        {"tenant": tenant, "dependent": id, "lesson": place[0], "source": place[1], "hash": place[2]} for place in rows
    ]
    connection.execute(_ADD_USES, uses)


def forget_dependent(connection: Connection, tenant: str, kind: str, item: str) -> None:
    """The item is gone, or rests on something else now."""
    ids = list(connection.execute(_IDS, {"tenant": tenant, "kind": kind, "item": item}).scalars())
    if ids:
        mine = (dependents.c.tenant == tenant) & (dependents.c.kind == kind) & (dependents.c.item == item)
        used = (dependent_quotes.c.tenant == tenant) & dependent_quotes.c.dependent.in_(ids)
        connection.execute(delete(dependent_quotes).where(used))
        connection.execute(delete(dependents).where(mine))


def _hash(citation: Citation) -> str:
    words = f"{citation.start}:{citation.quote}".encode("utf-8", "surrogatepass")
    return blake2b(words, digest_size=16).hexdigest()


class SqlDependents:
    """The port over the three tables."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def sources(self, tenant: str, course: str, lesson: str | None) -> Sequence[tuple[str, str]]:
        """As the port says."""
        return await self._database.read(_sources, tenant, course, lesson)

    async def look(self, tenant: str, course: str, texts: Texts) -> None:
        """As the port says."""
        for (lesson, source), (name, text) in texts.items():
            due = await self._database.read(_due, tenant, course, lesson, source, name)
            while due:
                found = [(row.hash, *state_of(row.quote, row.start, text)) for row in due]
                await self._database.write(_settle, tenant, course, lesson, source, name, found)
                due = await self._database.read(_due, tenant, course, lesson, source, name)

    async def stale(
        self, tenant: str, course: str, lesson: str | None, kind: str | None, *, moved: bool, limit: int
    ) -> Sequence[Dependent]:
        """As the port says."""
        return await self._database.read(_stale, tenant, course, lesson, kind, moved, limit)

    async def course_of(self, tenant: str, id: str) -> str | None:
        """As the port says."""
        return await self._database.read(_course_of, tenant, id)

    async def dismiss(self, tenant: str, id: str, by: str, now: datetime) -> None:
        """As the port says."""
        await self._database.write(_dismiss, tenant, id, by, now)


def _sources(connection: Connection, tenant: str, course: str, lesson: str | None) -> list[tuple[str, str]]:
    columns = cited_quotes.c
    query = select(columns.lesson, columns.source).where(columns.tenant == tenant, columns.course == course)
    if lesson is not None:
        query = query.where(columns.lesson == lesson)
    return [(row.lesson, row.source) for row in connection.execute(query.distinct())]


def _of_source(tenant: str, course: str, lesson: str, source: str) -> Any:
    columns = cited_quotes.c
    of_course = (columns.tenant == tenant) & (columns.course == course)
    return of_course & (columns.lesson == lesson) & (columns.source == source)


def _due(connection: Connection, tenant: str, course: str, lesson: str, source: str, name: str) -> Sequence[Any]:
    columns = cited_quotes.c
    query = select(columns.hash, columns.quote, columns.start)
    here = _of_source(tenant, course, lesson, source)
    return connection.execute(query.where(here, columns.looked_in != name).limit(_BATCH)).all()


def _settle(
    connection: Connection,
    tenant: str,
    course: str,
    lesson: str,
    source: str,
    name: str,
    found: Sequence[tuple[str, str, int | None]],
) -> None:
    here = _of_source(tenant, course, lesson, source)
    for digest, state, at in found:
        one = update(cited_quotes).where(here, cited_quotes.c.hash == digest)
        connection.execute(one.values(state=state, now_start=at, looked_in=name))


def _stale(
    connection: Connection, tenant: str, course: str, lesson: str | None, kind: str | None, moved: bool, limit: int
) -> list[Dependent]:
    quote, use, one = cited_quotes.c, dependent_quotes.c, dependents.c
    states = [quote.state == "gone", *([quote.state == "moved"] if moved else [])]
    same = (use.lesson == quote.lesson) & (use.source == quote.source) & (use.hash == quote.hash)
    wanted = (
        select(one.id, one.at)
        .join(dependent_quotes, (use.tenant == one.tenant) & (use.dependent == one.id))
        .join(cited_quotes, (quote.tenant == use.tenant) & (quote.course == one.course) & same)
        .where(one.tenant == tenant, one.course == course, one.dismissed.is_(None), or_(*states))
    )
    if lesson is not None:
        wanted = wanted.where(quote.lesson == lesson)
    if kind is not None:
        wanted = wanted.where(one.kind == kind)
    ids = [row.id for row in connection.execute(wanted.distinct().order_by(one.at.desc()).limit(limit))]
    if not ids:
        return []
    rows = connection.execute(
        select(dependents, *(column for column in cited_quotes.c if column.name not in dependents.c))
        .join(dependent_quotes, (use.tenant == one.tenant) & (use.dependent == one.id))
        .join(cited_quotes, (quote.tenant == use.tenant) & (quote.course == one.course) & same)
        .where(one.tenant == tenant, one.id.in_(ids), quote.state != "holds")
        .order_by(one.at.desc(), quote.start)
    )
    found: dict[str, Dependent] = {}
    for row in rows:
        size = row.end - row.start
        now = None if row.now_start is None else (row.now_start, row.now_start + size)
        cited = CitedQuote(row.lesson, row.source, row.quote, row.start, row.end, row.version, row.state, now)
        seen = found.get(row.id)
        quotes = (*(seen.quotes if seen else ()), cited)
        found[row.id] = Dependent(row.id, row.kind, row.item, row.course, row.title, row.at, quotes)
    return list(found.values())


def _course_of(connection: Connection, tenant: str, id: str) -> str | None:
    query = select(dependents.c.course).where(dependents.c.tenant == tenant, dependents.c.id == id)
    return connection.execute(query).scalar_one_or_none()


def _dismiss(connection: Connection, tenant: str, id: str, by: str, now: datetime) -> None:
    mine = (dependents.c.tenant == tenant) & (dependents.c.id == id)
    connection.execute(update(dependents).where(mine).values(dismissed=now, dismissed_by=by))
