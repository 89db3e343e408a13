"""The routes of sessions and what was said in them."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from banyan.assistant.usecases.admit import Admit
from banyan.assistant.usecases.read_sessions import list_sessions, read_history, read_session
from banyan.assistant.usecases.start_session import start_session
from banyan.edge.http.access import ANYONE, RuledRoute, identity_of, within
from banyan.edge.http.assistant_bodies import (
    HistoryBody,
    NewSessionBody,
    SessionBody,
    SessionsBody,
    message_fields,
    session_fields,
)
from banyan.edge.http.assistant_services import AssistantServices
from banyan.edge.http.fields import Id, json_response
from banyan.kernel.identity import Identity

Asker = Annotated[Identity, Depends(identity_of)]
_TUTOR = within(ANYONE, "tutor")
Limit = Annotated[int, Query(ge=1, le=200)]
User = Annotated[Id | None, Query(description="Whose; others than the caller's own are for staff.")]


def session_routes(services: AssistantServices) -> APIRouter:
    """The routes, over the store."""
    router = APIRouter(route_class=RuledRoute, tags=["sessions"], prefix="/api/v1/sessions")
    store = services.store

    def admit() -> Admit:
        return services.ask.parts.admit

    @router.get("", openapi_extra=_TUTOR, response_model=SessionsBody, summary="Own sessions, last used first")
    async def sessions(
        asker: Asker,
        course: Annotated[Id | None, Query()] = None,
        lesson: Annotated[Id | None, Query()] = None,
        user: User = None,
        limit: Limit = 50,
    ) -> Response:
        """Own sessions, last used first."""
        if course is not None:
            await admit().check_reading(asker, course)
        found = await list_sessions(
            store, admit().platform, asker, user=user, course=course, lesson=lesson, limit=limit
        )
        shown = {
            course
            for course in {session.course for session in found if _allowed(asker, session.course)}
            if not await admit().is_closed(asker, course)
        }
        return json_response({"sessions": [session_fields(session) for session in found if session.course in shown]})

    @router.post(
        "",
        openapi_extra=_TUTOR,
        response_model=SessionBody,
        status_code=201,
        summary="Begin a new session on a lesson",
    )
    async def start(body: NewSessionBody, asker: Asker) -> Response:
        """Begins a new session on a lesson. Questions that name no session go there from now on."""
        await admit().check_reading(asker, body.course)
        session = await start_session(store, services.gateway, services.clock, asker, body.course, body.lesson)
        return json_response(session_fields(session), 201)

    @router.get(
        "/{course}/{lesson}/history",
        openapi_extra=_TUTOR,
        response_model=HistoryBody,
        summary="What was said in the current session on a lesson",
    )
    async def history(course: Id, lesson: Id, asker: Asker, user: User = None, limit: Limit = 30) -> Response:
        """The newest messages of the current session on a lesson, oldest first."""
        await admit().check_reading(asker, course)
        session, messages = await read_history(store, admit().platform, asker, course, lesson, user=user, limit=limit)
        shown = [message_fields(message) for message in messages]
        return json_response({"session": session and session.id, "messages": shown})

    @router.get(
        "/{session}/messages",
        openapi_extra=_TUTOR,
        response_model=HistoryBody,
        summary="What was said in one session",
    )
    async def messages(session: Id, asker: Asker, limit: Limit = 30) -> Response:
        """The newest messages of one session, current or not, oldest first."""
        found, said = await read_session(store, admit().platform, asker, session, limit=limit)
        await admit().check_reading(asker, found.course)
        return json_response({"session": found.id, "messages": [message_fields(message) for message in said]})

    return router


def _allowed(asker: Identity, course: str) -> bool:
    return asker.grant is None or asker.grant.allows_course(course)
