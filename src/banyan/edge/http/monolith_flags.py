"""The two questions that the monolith's lesson page asks before it shows the panel, as that page asks them."""

from enum import StrEnum
from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field

from banyan.assistant.domain.policy import Mode
from banyan.assistant.usecases.show_assistant import Shown
from banyan.edge.http.access import PUBLIC, RuledRoute
from banyan.edge.http.assistant_services import AssistantServices
from banyan.edge.http.fields import Id
from banyan.edge.http.guests import asker_or_guest

_METHOD = "/api/method/lms.lms.api"
_MODES = {Mode.HEURISTIC: "Demo Mode", Mode.PROVIDER: "External AI Service"}


class LmsField(StrEnum):
    """The settings that anybody may read; of LMS Settings, nothing else is known here."""

    ENABLED = "enable_lesson_assistant"
    MODE = "assistant_mode"
    STREAMING = "assistant_enable_streaming"


class CourseWish(BaseModel):
    """Which course is meant."""

    course: Id


class FieldWish(BaseModel):
    """Which setting is meant."""

    field: LmsField


class FlagBody(BaseModel):
    """Frappe wraps what a method returns."""

    message: bool


class SettingBody(BaseModel):
    """Frappe wraps what a method returns; its switches are 0 and 1."""

    message: Annotated[int | str, Field(union_mode="left_to_right")]


def monolith_flags(services: AssistantServices) -> APIRouter:
    """The routes. The page asks by POST, others by GET."""
    router = APIRouter(route_class=RuledRoute, tags=["monolith"])
    show = services.policy.show

    async def enabled(course: str, request: Request) -> FlagBody:
        return FlagBody(message=(await show(await asker_or_guest(request), course)).enabled)

    async def setting(field: LmsField, request: Request) -> SettingBody:
        return SettingBody(message=_value(field, await show.everywhere(await asker_or_guest(request))))

    flag, settings = f"{_METHOD}.is_assistant_enabled", f"{_METHOD}.get_lms_setting"

    @router.get(flag, openapi_extra=PUBLIC, summary="Whether the tutor answers in the course, as the monolith says it")
    async def is_assistant_enabled(course: Annotated[Id, Query()], request: Request) -> FlagBody:
        """As `GET /api/v1/courses/COURSE/assistant`: false for a pause too, and where nothing can be found out."""
        return await enabled(course, request)

    @router.post(flag, openapi_extra=PUBLIC, summary="The same, for a page that asks by POST; changes nothing")
    async def is_assistant_enabled_by_post(body: CourseWish, request: Request) -> FlagBody:
        """As by GET."""
        return await enabled(body.course, request)

    @router.get(settings, openapi_extra=PUBLIC, summary="One of three settings, as the monolith says it")
    async def get_lms_setting(field: Annotated[LmsField, Query()], request: Request) -> SettingBody:
        """What courses inherit. Switched off where nothing can be found out."""
        return await setting(field, request)

    @router.post(settings, openapi_extra=PUBLIC, summary="The same, for a page that asks by POST; changes nothing")
    async def get_lms_setting_by_post(body: FieldWish, request: Request) -> SettingBody:
        """As by GET."""
        return await setting(body.field, request)

    return router


def _value(field: LmsField, shown: Shown) -> int | str:
    if field is LmsField.MODE:
        return _MODES[shown.mode]
    return int(shown.enabled if field is LmsField.ENABLED else shown.streaming)
