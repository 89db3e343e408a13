"""`/v1/persons`: what the proxy holds about a person, for the assistant that runs apart from it, and for operators."""

from collections.abc import AsyncIterator, Mapping
from typing import Annotated, Any, Protocol

import msgspec
from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel
from starlette.responses import Response, StreamingResponse

from banyan.edge.http.access import STAFF, RuledRoute, identity_of, within
from banyan.edge.http.fields import Id, json_response
from banyan.kernel.errors import NotAllowed
from banyan.kernel.identity import Identity, Role
from banyan.kernel.ids import new_id

Caller = Annotated[Identity, Depends(identity_of)]
_RULE = within(STAFF, "tutor")
_LINES = "application/x-ndjson"


class HeldPersons(Protocol):
    """All that this process and its database hold about people."""

    async def settle(self) -> None:
        """Brings what is in spools and memory into the tables."""
        ...

    def rows(self, tenant: str, user: str) -> AsyncIterator[tuple[str, dict[str, Any]]]:
        """Names of tables, and rows."""
        ...

    async def erase_now(self, tenant: str, user: str, pseudonym: str) -> Mapping[str, int]:
        """Counts by place; may be repeated."""
        ...


class ErasedBody(BaseModel):
    """counts: rows that were deleted or lost the name, by table or place."""

    user: str
    pseudonym: str
    counts: dict[str, int]


def proxy_person_routes(persons: HeldPersons) -> APIRouter:
    """Of the proxy."""
    router = APIRouter(route_class=RuledRoute, tags=["people"], prefix="/v1/persons/{user}")

    @router.get(
        "/export",
        openapi_extra=_RULE,
        summary="All that the proxy holds about a person",
        response_class=StreamingResponse,
        responses={200: {"content": {_LINES: {"schema": {"type": "string"}}}, "description": "One record a line."}},
    )
    async def export(user: Id, caller: Caller) -> Response:
        """A line for each record, `{table, row}`; the last one is `{"complete": true}`."""
        _check(caller)
        await persons.settle()
        return StreamingResponse(_lines(persons, caller.tenant, user), media_type=_LINES)

    @router.delete("", openapi_extra=_RULE, response_model=ErasedBody, summary="Erase a person from the proxy")
    async def erase(
        user: Id,
        caller: Caller,
        pseudonym: Annotated[
            str | None,
            Query(pattern=r"^erased_[0-9A-Za-z_-]{1,80}$", description="Of an erasure that has begun elsewhere."),
        ] = None,
    ) -> Response:
        """Once over everything; calls that are under way may write after it, so do it twice. The assistant's does."""
        _check(caller)
        name = pseudonym or new_id("erased")
        counts = await persons.erase_now(caller.tenant, user, name)
        return json_response({"user": user, "pseudonym": name, "counts": dict(counts)})

    return router


def _check(caller: Identity) -> None:
    narrowed = caller.grant is not None and caller.grant.courses is not None
    if not caller.roles & {Role.ADMIN, Role.SERVICE} or narrowed:
        raise NotAllowed("What is held about people is for the roles admin and service; ask whoever runs the service.")


async def _lines(persons: HeldPersons, tenant: str, user: str) -> AsyncIterator[bytes]:
    async for table, row in persons.rows(tenant, user):
        yield msgspec.json.encode({"table": table, "row": row}) + b"\n"
    yield b'{"complete":true}\n'
