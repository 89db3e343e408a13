"""The routes of external sources: pages that a course's staff name."""

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, Field, StrictBool
from starlette.responses import Response

from banyan.assistant.domain.external_sources import LEAST_INTERVAL, ExternalSource, SourceStatus
from banyan.assistant.usecases.manage_sources import Change
from banyan.edge.http.access import STAFF, RuledRoute, identity_of, within
from banyan.edge.http.assistant_services import AssistantServices
from banyan.edge.http.fields import Id, Name, json_response
from banyan.kernel.identity import Identity

Asker = Annotated[Identity, Depends(identity_of)]
_STAFF = within(STAFF, "tutor")
_YEAR = 366 * 86_400
Interval = Annotated[
    Literal[0] | Annotated[int, Field(ge=LEAST_INTERVAL, le=_YEAR)],
    Field(description="Seconds between two fetches; 0: not by itself."),
]


class SourceBody(BaseModel):
    """A page to be cited in a lesson, or in all of a course."""

    course: Id
    lesson: Id | None = Field(None, description="Absent for the whole course.")
    url: str = Field(max_length=2000)
    title: Name | None = Field(None, description="What citations call it; the page's own title where absent.")
    allowed: StrictBool = Field(True, description="A source that is not allowed is never fetched.")
    refresh_interval: Interval = 0


class SourceChange(BaseModel):
    """What is absent stays as it is."""

    title: Name | None = None
    allowed: StrictBool | None = None
    refresh_interval: Interval | None = None


class SourceAnswer(BaseModel):
    """A source and what came of its last fetch. content_text: at most 5,000 characters."""

    id: str
    course: str
    lesson: str | None
    title: str
    url: str
    allowed: bool
    refresh_interval: int
    status: SourceStatus
    error: str | None
    error_code: str | None
    mime_type: str | None
    found_at: str | None = Field(description="Where redirects led.")
    content_text: str
    chunks: int
    last_fetched_at: datetime | None
    next_fetch_at: datetime | None
    fetching: bool
    modified: datetime


class SourcesAnswer(BaseModel):
    """Newest modified first, at most 200."""

    sources: list[SourceAnswer]


class FetchBody(BaseModel):
    """wait: answer when it is done, instead of at once."""

    wait: StrictBool = False


class FetchAllBody(BaseModel):
    """lesson: of its sources alone, instead of all of the course."""

    lesson: Id | None = None
    wait: StrictBool = False


def external_source_routes(services: AssistantServices) -> APIRouter:
    """The routes; for the staff of a course."""
    router = APIRouter(route_class=RuledRoute, tags=["external sources"], prefix="/api/v1")

    @router.get(
        "/external-sources", openapi_extra=_STAFF, response_model=SourcesAnswer, summary="External sources of a course"
    )
    async def listed(
        asker: Asker, course: Annotated[Id, Query()], lesson: Annotated[Id | None, Query()] = None
    ) -> Response:
        """External sources of a course, or of a lesson alone."""
        found = await services.material.sources.listed(asker, course, lesson)
        return json_response({"sources": [_fields(source) for source in found]})

    @router.post(
        "/external-sources",
        openapi_extra=_STAFF,
        response_model=SourceAnswer,
        status_code=201,
        summary="Name an external source",
    )
    async def add(body: SourceBody, asker: Asker) -> Response:
        """Names a page. It is fetched when somebody asks for it, or at once where it has a refresh interval."""
        source = await services.material.sources.add(
            asker,
            body.course,
            body.lesson or "",
            body.url,
            title=body.title or "",
            allowed=body.allowed,
            interval=body.refresh_interval,
        )
        return json_response(_fields(source), 201)

    @router.post(
        "/courses/{course}/external-sources/fetch",
        openapi_extra=_STAFF,
        response_model=SourcesAnswer,
        summary="Fetch all of a course",
    )
    async def fetch_all(course: Id, body: FetchAllBody, asker: Asker) -> Response:
        """Fetches every source that is allowed; those that did not change are left as they are."""
        found = await services.material.sources.fetch_all(asker, course, body.lesson, wait=body.wait)
        return json_response({"sources": [_fields(source) for source in found]})

    @router.get(
        "/external-sources/{id}", openapi_extra=_STAFF, response_model=SourceAnswer, summary="One external source"
    )
    async def get(id: Id, asker: Asker) -> Response:
        """One external source."""
        return json_response(_fields(await services.material.sources.get(asker, id)))

    @router.patch(
        "/external-sources/{id}", openapi_extra=_STAFF, response_model=SourceAnswer, summary="Change an external source"
    )
    async def change(id: Id, body: SourceChange, asker: Asker) -> Response:
        """Changes it; one that is no longer allowed is gone from every answer."""
        change = Change(body.title, body.allowed, body.refresh_interval)
        return json_response(_fields(await services.material.sources.change(asker, id, change)))

    @router.delete("/external-sources/{id}", openapi_extra=_STAFF, status_code=204, summary="Remove an external source")
    async def remove(id: Id, asker: Asker) -> Response:
        """Removes it and all its passages."""
        await services.material.sources.remove(asker, id)
        return Response(status_code=204)

    @router.post(
        "/external-sources/{id}/fetch", openapi_extra=_STAFF, response_model=SourceAnswer, summary="Fetch one now"
    )
    async def fetch(id: Id, body: FetchBody, asker: Asker) -> Response:
        """Fetches one now."""
        return json_response(_fields(await services.material.sources.fetch(asker, id, wait=body.wait)))

    return router


def _fields(source: ExternalSource) -> dict[str, Any]:
    """As `SourceAnswer`."""
    return {
        "id": source.id,
        "course": source.course,
        "lesson": source.lesson or None,
        "title": source.title,
        "url": source.url,
        "allowed": source.allowed,
        "refresh_interval": source.interval,
        "status": source.status,
        "error": source.error or None,
        "error_code": source.error_code or None,
        "mime_type": source.mime_type or None,
        "found_at": source.found_at or None,
        "content_text": source.excerpt,
        "chunks": source.chunks,
        "last_fetched_at": source.fetched,
        "next_fetch_at": source.due,
        "fetching": bool(source.claim),
        "modified": source.modified,
    }
