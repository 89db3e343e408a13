"""Shows and erases all that is held about one person, in SQL."""

from collections.abc import AsyncIterator, Mapping
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, delete, select, update

from banyan.adapters.storage.changes import mark_changed
from banyan.adapters.storage.engine import Database
from banyan.adapters.storage.person_rules import RULES, Fate, Rule
from banyan.adapters.storage.person_words import take_out_words

_PART = 500


class SqlPersons:
    """Implements `Persons`."""

    steps = len(RULES) + 1

    def __init__(self, database: Database) -> None:
        self._database = database

    async def rows(self, tenant: str, user: str) -> AsyncIterator[tuple[str, dict[str, Any]]]:
        """Names of tables, and rows of them that are about the person; each row once."""
        seen: set[tuple[Any, ...]] = set()
        for rule in RULES:
            if not rule.shown:
                continue
            after: tuple[Any, ...] | None = None
            while True:
                found = await self._database.read(_part, rule, tenant, user, after)
                for key, row in found:
                    mark = (rule.table.name, *key)
                    if mark not in seen:
                        seen.add(mark)
                        yield str(rule.table.name), row
                if len(found) < _PART:
                    break
                after = found[-1][0]

    async def erase(self, tenant: str, user: str, pseudonym: str, step: int) -> Mapping[str, int]:
        """One step of `steps`; may be repeated. Returns tables and how many rows were changed."""
        if step == 0:
            return await self._database.write(take_out_words, tenant, user)
        return await self._database.write(_erase, RULES[step - 1], tenant, user, pseudonym)


def _part(
    connection: Connection, rule: Rule, tenant: str, user: str, after: tuple[Any, ...] | None
) -> list[tuple[tuple[Any, ...], dict[str, Any]]]:
    from sqlalchemy import tuple_

    table = rule.table
    keys = list(table.primary_key.columns)
    query = select(table).where(rule.rows(connection, tenant, user)).order_by(*keys).limit(_PART)
    if after is not None:
        query = query.where(tuple_(*keys) > tuple_(*after))
    found = []
    for row in connection.execute(query):
        fields = dict(row._mapping)
        key = tuple(fields[column.name] for column in keys)
        found.append((key, _shown(rule, fields, user)))
    return found


def _shown(rule: Rule, fields: dict[str, Any], user: str) -> dict[str, Any]:
    if rule.fate is Fate.MEMBER:
        members = msgspec.json.decode(fields[rule.column])
        fields = {**fields, rule.column: [one for one in members if _is(one, user)]}
    shown = {}
    for name, value in fields.items():
        if name in rule.hidden or name == "tenant":
            continue
        if isinstance(value, bytes):
            value = value.decode("utf-8", "replace")
        elif name.endswith("_json") and isinstance(value, str):
            value = msgspec.json.decode(value)
        shown[str(name).removesuffix("_json")] = value
    return shown


def _erase(connection: Connection, rule: Rule, tenant: str, user: str, pseudonym: str) -> dict[str, int]:
    table = rule.table
    where = rule.rows(connection, tenant, user)
    if rule.fate is Fate.DELETE:
        count = connection.execute(delete(table).where(where)).rowcount
    elif rule.fate is Fate.RENAME:
        values = {rule.column: pseudonym, **rule.cleared}
        count = connection.execute(update(table).where(where).values(values)).rowcount
    else:
        count = _without(connection, rule, where, user)
    if count and rule.topic:
        mark_changed(connection, rule.topic)
    return {str(table.name): count}


def _without(connection: Connection, rule: Rule, where: Any, user: str) -> int:
    table, count = rule.table, 0
    keys = list(table.primary_key.columns)
    for row in connection.execute(select(*keys, table.c[rule.column]).where(where).with_for_update()).all():
        *key, text = row
        before = msgspec.json.decode(text)
        after = [one for one in before if not _is(one, user)]
        if len(after) == len(before):
            continue
        mine = [column == value for column, value in zip(keys, key, strict=True)]
        changed = {rule.column: msgspec.json.encode(after).decode()}
        connection.execute(update(table).where(*mine).values(changed))
        count += 1
    return count


def _is(member: Any, user: str) -> bool:
    return member == user or (isinstance(member, dict) and member.get("user") == user)


class SqlRetention:
    """Deletes what is older than it may be."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def courses(self) -> list[tuple[str, str]]:
        """Tenants and courses with any conversation."""
        from banyan.adapters.storage.conversation_tables import sessions

        query = select(sessions.c.tenant, sessions.c.course).distinct()
        return await self._database.read(lambda connection: [(row[0], row[1]) for row in connection.execute(query)])

    async def conversations(self, tenant: str, course: str, before: datetime) -> int:
        """Sessions that were last used before, with all that hangs on them, and the course's log."""
        return await self._database.write(_old_conversations, tenant, course, before)

    async def leftovers(self, log: datetime | None, runs: datetime, keys: datetime, now: datetime) -> dict[str, int]:
        """Log rows, index runs that something newer replaced, and idempotency keys and charges, from before.

        now: tables that jobs wrote go when they have expired by then.
        """
        return await self._database.write(_leftovers, log, runs, keys, now)


def _old_conversations(connection: Connection, tenant: str, course: str, before: datetime) -> int:
    from banyan.adapters.storage.conversation_tables import sessions
    from banyan.adapters.storage.turn_tables import guardrail_events, turn_log

    old = (sessions.c.tenant == tenant, sessions.c.course == course, sessions.c.updated < before)
    count = connection.execute(delete(sessions).where(*old)).rowcount
    for table in (guardrail_events, turn_log):
        connection.execute(delete(table).where(table.c.tenant == tenant, table.c.course == course, table.c.at < before))
    return count


def _leftovers(
    connection: Connection, log: datetime | None, before: datetime, keys: datetime, now: datetime
) -> dict[str, int]:
    from banyan.adapters.storage.conversation_tables import charges, turns
    from banyan.adapters.storage.job_tables import job_files
    from banyan.adapters.storage.library_tables import runs, versions
    from banyan.adapters.storage.turn_tables import guardrail_events, turn_log

    counts = {}
    if log is not None:
        for table in (guardrail_events, turn_log):
            counts[table.name] = connection.execute(delete(table).where(table.c.at < log)).rowcount
    used = select(versions.c.id).where(versions.c.id == runs.c.version_id)
    replaced = (runs.c.ended_at < before, ~used.exists())
    counts["runs"] = connection.execute(delete(runs).where(*replaced)).rowcount
    counts["turns"] = connection.execute(delete(turns).where(turns.c.expires < keys)).rowcount
    counts["charges"] = connection.execute(delete(charges).where(charges.c.at < keys)).rowcount
    counts["job_files"] = connection.execute(delete(job_files).where(job_files.c.expires < now)).rowcount
    return counts
