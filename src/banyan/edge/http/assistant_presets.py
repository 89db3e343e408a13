"""`/api/v1/presets`: prompts to choose by title."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from banyan.assistant.domain.policy_versions import Preset
from banyan.assistant.usecases.change_policy import HISTORY
from banyan.assistant.usecases.require_staff import require_tenant_staff
from banyan.edge.http.access import STAFF, RuledRoute, identity_of, within
from banyan.edge.http.assistant_services import AssistantServices
from banyan.edge.http.fields import Id
from banyan.edge.http.policy_bodies import (
    PresetBody,
    PresetHistoryBody,
    PresetsBody,
    PresetWish,
    preset_body,
    preset_version_body,
)
from banyan.edge.http.versions import IfMatch, actor, expected_version
from banyan.kernel.identity import Identity

_RULE = within(STAFF, "tutor")


def keeper_of(asker: Annotated[Identity, Depends(identity_of)]) -> Identity:
    """Presets are the tenant's; its instructors read and choose them. Raises: NotAllowed."""
    require_tenant_staff(asker)
    return asker


Reader = Annotated[Identity, Depends(identity_of)]
Keeper = Annotated[Identity, Depends(keeper_of)]


def preset_routes(services: AssistantServices) -> APIRouter:
    """The routes, over the use case."""
    router = APIRouter(route_class=RuledRoute, tags=["policy"], prefix="/api/v1/presets")
    policy = services.policy

    def tagged(preset: Preset, response: Response) -> PresetBody:
        response.headers["ETag"] = f'"{preset.version}"'
        return preset_body(preset)

    @router.get("", openapi_extra=_RULE, summary="Prompts to choose from")
    async def presets(reader: Reader) -> PresetsBody:
        await policy.book.refresh()
        return PresetsBody(presets=[preset_body(preset) for preset in policy.presets.all(reader.tenant)])

    @router.post("", openapi_extra=_RULE, status_code=201, summary="Write a prompt to choose from")
    async def create(body: PresetWish, keeper: Keeper, response: Response) -> PresetBody:
        made = await policy.presets.create(keeper.tenant, body.title, body.description, body.prompt, actor(keeper))
        return tagged(made, response)

    @router.get("/{preset}", openapi_extra=_RULE, summary="One preset")
    async def show(preset: Id, reader: Reader, response: Response) -> PresetBody:
        await policy.book.refresh()
        return tagged(policy.presets.one(reader.tenant, preset), response)

    @router.put("/{preset}", openapi_extra=_RULE, summary="Change a preset, wherever it is chosen")
    async def change(
        preset: Id, body: PresetWish, keeper: Keeper, response: Response, if_match: IfMatch = "*"
    ) -> PresetBody:
        """A new title is refused while the old one is chosen somewhere."""
        found = await policy.presets.change(
            keeper.tenant,
            preset,
            body.title,
            body.description,
            body.prompt,
            actor(keeper),
            expected_version(if_match),
        )
        return tagged(found, response)

    @router.delete("/{preset}", openapi_extra=_RULE, status_code=204, summary="Delete a preset that nobody chooses")
    async def delete(preset: Id, keeper: Keeper, if_match: IfMatch = "*") -> None:
        await policy.presets.remove(keeper.tenant, preset, actor(keeper), expected_version(if_match))

    @router.get("/{preset}/history", openapi_extra=_RULE, summary="Every version of a preset, with who and when")
    async def history(
        preset: Id, reader: Reader, limit: Annotated[int, Query(ge=1, le=HISTORY)] = 50
    ) -> PresetHistoryBody:
        versions = await policy.presets.history(reader.tenant, preset, limit)
        return PresetHistoryBody(data=[preset_version_body(version) for version in versions])

    return router
