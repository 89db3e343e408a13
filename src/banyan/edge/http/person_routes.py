"""The routes of a person's data: all that is held about them, and its end."""

from collections.abc import AsyncIterator
from typing import Annotated, Any, Protocol

import msgspec
from fastapi import APIRouter, Depends
from pydantic import BaseModel
from starlette.responses import Response, StreamingResponse

from banyan.edge.http.access import ANYONE, RuledRoute, identity_of, within
from banyan.edge.http.fields import Id, json_response
from banyan.edge.http.job_bodies import JobBody, job_fields
from banyan.jobs.usecases.manage_jobs import ManageJobs
from banyan.kernel.clock import Clock
from banyan.kernel.errors import NotAllowed
from banyan.kernel.identity import Identity, Role

Caller = Annotated[Identity, Depends(identity_of)]
_RULE = within(ANYONE, "tutor")


class Persons(Protocol):
    """All that is held about people. settle: as of erasing."""

    async def settle(self) -> None:
        """Brings what is in spools and memory into the tables."""
        ...

    def rows(self, tenant: str, user: str) -> AsyncIterator[tuple[str, dict[str, Any]]]:
        """Names of tables, and rows."""
        ...


class ExportBody(BaseModel):
    """records: `{table, row}`, in no order that matters; complete: false where the export broke off."""

    tenant: str
    user: str
    exported_at: str
    records: list[dict[str, Any]]
    complete: bool


def person_routes(persons: Persons, jobs: ManageJobs, clock: Clock) -> APIRouter:
    """Of the assistant."""
    router = APIRouter(route_class=RuledRoute, tags=["people"], prefix="/api/v1/users/{user}")

    @router.get("/export", openapi_extra=_RULE, response_model=ExportBody, summary="All that is held about a person")
    async def export(user: Id, caller: Caller) -> Response:
        """One's own; of others for the roles admin and service."""
        _check(caller, user)
        await persons.settle()
        rows = persons.rows(caller.tenant, user)
        # The first one is waited for, so that what stands in the way is an error and no torn answer.
        first = await anext(rows, None)
        head = {"tenant": caller.tenant, "user": user, "exported_at": clock.now().isoformat()}
        return StreamingResponse(_stream(head, first, rows), media_type="application/json")

    @router.delete("", openapi_extra=_RULE, response_model=JobBody, status_code=202, summary="Erase a person")
    async def erase(user: Id, caller: Caller) -> Response:
        """A job, whose result is the proof."""
        _check(caller, user)
        return json_response(job_fields(await jobs.submit(caller, "erase_person", {"user": user})), 202)

    return router


def _check(caller: Identity, user: str) -> None:
    if user == caller.user:
        return
    narrowed = caller.grant is not None and caller.grant.courses is not None
    if not caller.roles & {Role.ADMIN, Role.SERVICE} or narrowed:
        raise NotAllowed("What is held about others is for the roles admin and service; ask for your own.")


async def _stream(
    head: dict[str, str], first: tuple[str, dict[str, Any]] | None, rows: AsyncIterator[tuple[str, dict[str, Any]]]
) -> AsyncIterator[bytes]:
    yield msgspec.json.encode(head)[:-1] + b',"records":['
    if first is not None:
        yield _record(*first)
    async for table, row in rows:
        yield b"," + _record(table, row)
    # A cut answer is no JSON, so nobody takes half of it for the whole.
    yield b'],"complete":true}'


def _record(table: str, row: dict[str, Any]) -> bytes:
    return msgspec.json.encode({"table": table, "row": row})
