"""The route that shows what guardrails found."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, Field
from starlette.responses import Response

from banyan.assistant.ports.turn_log import EventQuery, GuardrailEvent
from banyan.assistant.usecases.read_events import read_events
from banyan.edge.http.access import STAFF, RuledRoute, identity_of, within
from banyan.edge.http.assistant_services import AssistantServices
from banyan.edge.http.fields import Id, Moment, Name, json_response
from banyan.kernel.identity import Identity


class EventBody(BaseModel):
    """One finding."""

    id: str
    time: datetime
    user: str = Field(description="Empty where nobody is behind the text, such as a page that was fetched.")
    course: str
    lesson: str
    source: str = Field(description="`chat`, `external`, `content` or `attachment`.")
    guardrail: str
    stage: str = Field(description="`question`, `passage` or `answer`.")
    action: str = Field(description="`note`, `mask`, `withhold` or `answer`.")
    event_type: str
    snippet: str = Field(description="At most 240 characters; what must not be stored is masked.")
    alert: bool
    request_id: str


class EventsBody(BaseModel):
    """The newest first, at most 500."""

    events: list[EventBody]


def event_routes(services: AssistantServices) -> APIRouter:
    """The route, over the log."""
    router = APIRouter(route_class=RuledRoute, tags=["guardrails"])

    @router.get(
        "/api/v1/guardrail-events",
        openapi_extra=within(STAFF, "tutor"),
        response_model=EventsBody,
        summary="What guardrails found",
    )
    async def events(
        asker: Annotated[Identity, Depends(identity_of)],
        course: Annotated[Id | None, Query(description="Instructors have to name one that they teach.")] = None,
        lesson: Annotated[Id | None, Query()] = None,
        source: Annotated[Name | None, Query()] = None,
        event_type: Annotated[Name | None, Query()] = None,
        user: Annotated[Id | None, Query()] = None,
        since: Annotated[Moment | None, Query(alias="from", description="Within, with a time zone.")] = None,
        until: Annotated[Moment | None, Query(alias="to", description="Not within.")] = None,
    ) -> Response:
        """The newest 500 that match, the newest first."""
        wanted = EventQuery(None, lesson, source, event_type, user, since, until)
        found = await read_events(services.turns.platform, services.turns.log, asker, course, wanted)
        return json_response({"events": [event_fields(event) for event in found]})

    return router


def event_fields(event: GuardrailEvent) -> dict[str, object]:
    """As `EventBody`."""
    finding = event.finding
    return {
        "id": event.id,
        "time": event.at,
        "user": event.user,
        "course": event.course,
        "lesson": event.lesson,
        "source": event.source,
        "guardrail": event.guardrail,
        "stage": event.stage,
        "action": finding.action,
        "event_type": finding.event_type,
        "snippet": finding.snippet,
        "alert": finding.alert,
        "request_id": event.request_id,
    }
