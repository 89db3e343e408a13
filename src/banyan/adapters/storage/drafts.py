"""Drafts in SQL."""

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, delete, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from banyan.adapters.storage.changes import last_change, mark_changed
from banyan.adapters.storage.dependents import forget_dependent, record_dependent
from banyan.adapters.storage.engine import Database
from banyan.adapters.storage.teaching_tables import drafts, faq_savings
from banyan.assistant.domain.drafts import Body, Draft, DraftKind, State, citations_of
from banyan.assistant.ports.draft_store import Saving
from banyan.kernel.money import Money

_TOPIC = "drafts"
_BODY: msgspec.json.Decoder[Body] = msgspec.json.Decoder(Body)
_NOTES = msgspec.json.Decoder(tuple[str, ...])
_DEPENDENT = {DraftKind.FAQ: "faq", DraftKind.LESSON: "draft", DraftKind.QUIZ: "quiz"}
"""What each kind is called in the list of what no longer holds."""
_COUNTED = ("calls", "prompt_tokens", "completion_tokens", "cost", "unpriced")


class SqlDrafts:
    """The store of drafts on SQLite and PostgreSQL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, draft: Draft) -> None:
        """As the port says."""
        await self._database.write(_add, draft)

    async def draft(self, tenant: str, id: str) -> Draft | None:
        """As the port says."""
        found = await self._database.read(drafts_where, (drafts.c.tenant == tenant) & (drafts.c.id == id), 1)
        return found[0] if found else None

    async def drafts(
        self,
        tenant: str,
        kind: DraftKind,
        *,
        course: str | None = None,
        lesson: str | None = None,
        state: State | None = None,
        limit: int,
    ) -> Sequence[Draft]:
        """As the port says."""
        wanted = (drafts.c.tenant == tenant) & (drafts.c.kind == kind.value)
        for column, value in (("course", course), ("lesson", lesson), ("state", state and state.value)):
            if value is not None:
                wanted &= drafts.c[column] == value
        return await self._database.read(drafts_where, wanted, limit)

    async def put(self, draft: Draft) -> bool:
        """As the port says."""
        return await self._database.write(put_draft, draft)

    async def remove(self, tenant: str, id: str) -> bool:
        """As the port says."""
        return await self._database.write(_remove, tenant, id)

    async def change(self) -> int:
        """As the port says."""
        return await self._database.read(last_change, _TOPIC)

    async def published_faqs(self) -> Sequence[Draft]:
        """As the port says."""
        wanted = (drafts.c.kind == DraftKind.FAQ.value) & (drafts.c.state == State.PUBLISHED.value)
        return await self._database.read(drafts_where, wanted, None)

    async def add_savings(self, savings: Sequence[Saving]) -> None:
        """As the port says."""
        await self._database.write(_add_savings, savings)

    async def savings(self, tenant: str, course: str) -> Sequence[Saving]:
        """As the port says."""
        return await self._database.read(_savings, tenant, course)


def _add(connection: Connection, draft: Draft) -> None:
    connection.execute(insert(drafts).values(**_columns(draft)))
    _rests(connection, draft)
    mark_changed(connection, _TOPIC)


def put_draft(connection: Connection, draft: Draft) -> bool:
    """The next version, where nobody was quicker."""
    before = (drafts.c.tenant == draft.tenant) & (drafts.c.id == draft.id) & (drafts.c.version == draft.version - 1)
    if not connection.execute(update(drafts).where(before).values(**_columns(draft))).rowcount:
        return False
    _rests(connection, draft)
    mark_changed(connection, _TOPIC)
    return True


def _rests(connection: Connection, draft: Draft) -> None:
    """Notes what the draft rests on now."""
    about = (draft.tenant, _DEPENDENT[draft.kind], draft.id, draft.course)
    record_dependent(connection, *about, citations_of(draft.body), draft.updated, title=draft.title)


def _remove(connection: Connection, tenant: str, id: str) -> bool:
    for kind in _DEPENDENT.values():
        forget_dependent(connection, tenant, kind, id)
    gone = connection.execute(delete(drafts).where(drafts.c.tenant == tenant, drafts.c.id == id)).rowcount
    mark_changed(connection, _TOPIC)
    return bool(gone)


def drafts_where(connection: Connection, wanted: Any, limit: int | None) -> list[Draft]:
    """The newest first. limit: None for all."""
    query = select(drafts).where(wanted).order_by(drafts.c.created.desc(), drafts.c.id.desc())
    return [_draft(row) for row in connection.execute(query if limit is None else query.limit(limit))]


def _columns(draft: Draft) -> dict[str, Any]:
    values = {
        column.name: getattr(draft, column.name) for column in drafts.columns if not column.name.endswith("_json")
    }
    return {
        **values,
        "kind": draft.kind.value,
        "state": draft.state.value,
        "body_json": msgspec.json.encode(draft.body).decode(),
        "notes_json": msgspec.json.encode(draft.notes).decode(),
    }


def _draft(row: Row[Any]) -> Draft:
    values = dict(row._mapping)
    body, notes = _BODY.decode(values.pop("body_json")), _NOTES.decode(values.pop("notes_json"))
    return Draft(
        **{**values, "kind": DraftKind(row.kind), "state": State(row.state)},
        body=body,
        notes=notes,
    )


def _add_savings(connection: Connection, savings: Sequence[Saving]) -> None:
    made: Any = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    # In one order, so that two processes that add to the same rows never wait for each other in a ring.
    for saving in sorted(savings, key=lambda one: (one.tenant, one.course, one.lesson, one.item, one.day)):
        row = made(faq_savings).values(**msgspec.structs.asdict(saving))
        grown = {name: faq_savings.c[name] + getattr(saving, name) for name in _COUNTED}
        connection.execute(row.on_conflict_do_update(index_elements=list(faq_savings.primary_key.columns), set_=grown))


def _savings(connection: Connection, tenant: str, course: str) -> list[Saving]:
    wanted = (faq_savings.c.tenant == tenant) & (faq_savings.c.course == course)
    rows = connection.execute(select(faq_savings).where(wanted).order_by(faq_savings.c.day.desc(), faq_savings.c.item))
    return [Saving(**{**row._mapping, "cost": Money(row.cost)}) for row in rows]
