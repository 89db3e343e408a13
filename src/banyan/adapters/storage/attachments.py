"""What is known of files beside lessons, in SQL."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, delete, insert, select

from banyan.adapters.storage.engine import Database, lock
from banyan.adapters.storage.external_source_tables import attachments
from banyan.assistant.domain.attachments import Attachment, AttachmentStatus

_C = attachments.c


class SqlAttachments:
    """The store on SQLite and PostgreSQL; each method is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def put(self, attachment: Attachment) -> None:
        """As the port says."""
        await self._database.write(_put, attachment)

    async def listed(self, tenant: str, course: str, lesson: str) -> Sequence[Attachment]:
        """As the port says."""
        where = and_(_C.tenant == tenant, _C.course == course, _C.lesson == lesson)
        return await self._database.read(_select, where)

    async def get(self, tenant: str, id: str) -> Attachment | None:
        """As the port says."""
        found = await self._database.read(_select, and_(_C.tenant == tenant, _C.id == id))
        return found[0] if found else None

    async def remove(self, tenant: str, id: str) -> bool:
        """As the port says."""
        return await self._database.write(_remove, tenant, id)


def _put(connection: Connection, attachment: Attachment) -> None:
    lock(connection, "attachments", attachment.tenant, attachment.course)
    values: dict[str, Any] = {name: getattr(attachment, name) for name in attachment.__struct_fields__}
    values["status"] = attachment.status.value
    names = ("tenant", "course", "lesson", "file_name")
    same = and_(*(_C[name] == values[name] for name in names))
    connection.execute(delete(attachments).where(same))
    connection.execute(insert(attachments).values(values))


def _select(connection: Connection, where: ColumnElement[bool]) -> list[Attachment]:
    rows = connection.execute(select(attachments).where(where).order_by(_C.file_name)).mappings()
    return [Attachment(**{**row, "status": AttachmentStatus(row["status"])}) for row in rows]


def _remove(connection: Connection, tenant: str, id: str) -> bool:
    return connection.execute(delete(attachments).where(_C.tenant == tenant, _C.id == id)).rowcount > 0
