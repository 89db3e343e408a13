"""`/api/v1/config` and the same below courses and lessons: what is decided there, and what is in force."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from banyan.assistant.domain.policy_versions import Key, Kind
from banyan.assistant.ports.model_gateway import ModelGateway
from banyan.assistant.usecases.change_policy import HISTORY
from banyan.assistant.usecases.require_staff import require_staff, require_tenant_staff
from banyan.edge.http.access import STAFF, RuledRoute, identity_of, within
from banyan.edge.http.assistant_services import AssistantServices
from banyan.edge.http.fields import Id
from banyan.edge.http.policy_bodies import (
    BackBody,
    EffectiveBody,
    ForesightBody,
    LevelBody,
    LevelHistoryBody,
    WishBody,
    effective_body,
    foresight_body,
    level_body,
    level_version_body,
)
from banyan.edge.http.policy_services import PolicyServices
from banyan.edge.http.versions import IfMatch, actor, expected_version
from banyan.kernel.identity import Identity

Asker = Annotated[Identity, Depends(identity_of)]
_RULE = within(STAFF, "tutor")
_MOST_COURSES = 200
"""Courses of a tenant whose lessons are listed for a what-if: each is a question to the proxy."""


def policy_routes(services: AssistantServices) -> APIRouter:
    """The routes of all three levels."""
    router = APIRouter(route_class=RuledRoute, tags=["policy"])
    platform = services.policy.platform

    async def of_tenant(asker: Asker) -> Key:
        require_tenant_staff(asker)
        return Key(asker.tenant, Kind.POLICY)

    async def of_course(course: Id, asker: Asker) -> Key:
        await require_staff(platform, asker, course)
        return Key(asker.tenant, Kind.POLICY, course)

    async def of_lesson(course: Id, lesson: Id, asker: Asker) -> Key:
        return Key(asker.tenant, Kind.POLICY, (await of_course(course, asker)).course, lesson)

    for path, key_of, name in (
        ("/api/v1/config", of_tenant, "the tenant"),
        ("/api/v1/courses/{course}/config", of_course, "a course"),
        ("/api/v1/courses/{course}/lessons/{lesson}/config", of_lesson, "a lesson"),
    ):
        _level(router, services.policy, services.gateway, path, key_of, name)
    return router


def _level(
    router: APIRouter,
    policy: PolicyServices,
    gateway: ModelGateway,
    path: str,
    key_of: Callable[..., Awaitable[Key]],
    name: str,
) -> None:
    Place = Annotated[Key, Depends(key_of)]

    def paused(key: Key) -> bool:
        return policy.book.pause_of(key.tenant, key.course) is not None

    def shown(key: Key, response: Response) -> LevelBody:
        book = policy.book
        version, pause = book.version(key), book.pause_of(key.tenant, key.course)
        found = level_body(key, version, book.layer(key), pause, book.presets(key.tenant))
        response.headers["ETag"] = f'"{found.version}"'
        return found

    async def change(
        key: Key, body: WishBody, asker: Identity, if_match: str, response: Response, merge: bool
    ) -> LevelBody:
        expected = expected_version(if_match)
        wish = body.wish(key, merge=merge, paused=paused(key))
        seen = body.version if expected is None else expected
        await policy.change.put(key, wish, actor(asker), expected=seen)
        return shown(key, response)

    @router.get(path, openapi_extra=_RULE, summary=f"What {name} decides about the tutor")
    async def get(key: Place, response: Response) -> LevelBody:
        await policy.book.refresh()
        return shown(key, response)

    @router.put(path, openapi_extra=_RULE, summary=f"Decide for {name}; what is left out is inherited")
    async def put(body: WishBody, key: Place, asker: Asker, response: Response, if_match: IfMatch = "*") -> LevelBody:
        """All or nothing. A field that is locked above is refused, and so is a name that nobody knows."""
        return await change(key, body, asker, if_match, response, False)

    @router.patch(path, openapi_extra=_RULE, summary=f"Change single fields for {name}; null inherits")
    async def patch(body: WishBody, key: Place, asker: Asker, response: Response, if_match: IfMatch = "*") -> LevelBody:
        """As PUT, and what is left out stays as it is."""
        return await change(key, body, asker, if_match, response, True)

    @router.get(f"{path}/effective", openapi_extra=_RULE, summary=f"What is in force for {name}, and why")
    async def effective(key: Place, response: Response) -> EffectiveBody:
        """Every value with the level that set it, when and by whom; the prompt; and whether the course is paused."""
        book = policy.book
        found = await book.effective(key.tenant, key.course, key.item or None)
        response.headers["ETag"] = f'"{found.version}"'
        return effective_body(key, found, book.pause_of(key.tenant, key.course), book.presets(key.tenant))

    @router.post(f"{path}/what-if", openapi_extra=_RULE, summary=f"What a change for {name} would do; changes nothing")
    async def what_if(
        body: WishBody,
        key: Place,
        asker: Asker,
        merge: Annotated[bool, Query(description="The body is meant for PATCH, not for PUT.")] = False,
    ) -> ForesightBody:
        """Which values in force would be others, in which lessons, and which parts would be refused."""
        wish = body.wish(key, merge=merge, paused=paused(key))
        below, complete = await _below(gateway, asker, key)
        return foresight_body(await policy.change.foresee(key, wish, actor(asker), below), complete)

    @router.get(
        f"{path}/history", openapi_extra=_RULE, summary=f"Every version of {name}'s decisions, with who and when"
    )
    async def history(key: Place, limit: Annotated[int, Query(ge=1, le=HISTORY)] = 50) -> LevelHistoryBody:
        versions = await policy.book.history(key, limit)
        return LevelHistoryBody(data=[level_version_body(version) for version in versions])

    @router.post(f"{path}/rollback", openapi_extra=_RULE, summary=f"Make an old version the newest one of {name}")
    async def roll_back(
        body: BackBody, key: Place, asker: Asker, response: Response, if_match: IfMatch = "*"
    ) -> LevelBody:
        await policy.change.roll_back(key, body.version, actor(asker), expected=expected_version(if_match))
        return shown(key, response)


async def _below(gateway: ModelGateway, asker: Identity, key: Key) -> tuple[dict[str, list[str]], bool]:
    """Lessons by course that are below the level, and whether these are all."""
    if key.item:
        return {}, True
    courses: Any = [key.course] if key.course else list(await gateway.courses(asker))
    looked_at = courses[:_MOST_COURSES]
    below = {course: [row.lesson for row in await gateway.lessons(asker, course)] for course in looked_at}
    return below, len(looked_at) == len(courses)
