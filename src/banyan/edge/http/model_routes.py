"""What the proxy has on offer."""

from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel

from banyan.edge.http.access import ANYONE, RuledRoute, identity_of
from banyan.kernel.identity import Identity
from banyan.proxy.usecases.list_models import ListModels, ModelCard

Caller = Annotated[Identity, Depends(identity_of)]


class ModelBody(BaseModel):
    """OpenAI's model object, and what the model can do."""

    id: str
    object: str = "model"
    created: int = 0
    owned_by: str
    capabilities: list[str]
    dimensions: int | None = None


class ModelsBody(BaseModel):
    """OpenAI's list."""

    object: str = "list"
    data: list[ModelBody]


def model_routes(list_models: ListModels) -> APIRouter:
    """What can be asked for."""
    router = APIRouter(route_class=RuledRoute, tags=["models"], prefix="/v1/models")

    @router.get("", openapi_extra=ANYONE, summary="Every model that can be asked for", response_model_exclude_none=True)
    async def models(caller: Caller) -> ModelsBody:
        return ModelsBody(data=[_body(card) for card in await list_models.all() if _allowed(caller, card.id)])

    @router.get("/{id:path}", openapi_extra=ANYONE, summary="One model", response_model_exclude_none=True)
    async def model(id: str, caller: Caller) -> ModelBody:
        caller.check_model(id)
        return _body(await list_models.one(id))

    return router


def _allowed(caller: Identity, model: str) -> bool:
    return caller.grant is None or caller.grant.allows_model(model)


def _body(card: ModelCard) -> ModelBody:
    return ModelBody(id=card.id, owned_by=card.owner, capabilities=list(card.capabilities), dimensions=card.dimensions)
