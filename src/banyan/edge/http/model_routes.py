"""What the proxy has on offer."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field

from banyan.edge.http.access import ANYONE, RuledRoute, identity_of
from banyan.edge.http.registry_bodies import PriceBody, price_body
from banyan.kernel.identity import Identity
from banyan.proxy.usecases.list_models import ListModels, ModelCard

Caller = Annotated[Identity, Depends(identity_of)]


class ModelBody(BaseModel):
    """OpenAI's model object, and what the model can do.

    context_window, output_limit: tokens, null where nobody knows. zone: where the data goes; null where an alias has
    deployments in several. prices: null where they are unknown, or where they differ between an alias's deployments.
    """

    id: str
    object: str
    created: int
    owned_by: str
    capabilities: list[str]
    context_window: int | None
    output_limit: int | None
    zone: str | None
    prices: PriceBody | None
    dimensions: int | None = Field(None, description="Of the vectors, for models that make them.")
    deployments: list[str] | None = Field(None, description="Those of an alias.")


class ModelsBody(BaseModel):
    """OpenAI's list."""

    object: str
    data: list[ModelBody]


def model_routes(list_models: ListModels) -> APIRouter:
    """What can be asked for."""
    router = APIRouter(route_class=RuledRoute, tags=["models"], prefix="/v1/models")

    @router.get(
        "", openapi_extra=ANYONE, summary="Every model that can be asked for", response_model_exclude_unset=True
    )
    async def models(caller: Caller) -> ModelsBody:
        return ModelsBody(
            object="list", data=[model_body(card) for card in await list_models.all() if _allowed(caller, card.id)]
        )

    @router.get("/{id:path}", openapi_extra=ANYONE, summary="One model", response_model_exclude_unset=True)
    async def model(id: str, caller: Caller) -> ModelBody:
        caller.check_model(id)
        return model_body(await list_models.one(id))

    return router


def _allowed(caller: Identity, model: str) -> bool:
    return caller.grant is None or caller.grant.allows_model(model)


def model_body(card: ModelCard) -> ModelBody:
    """As the contract has it; also what the command line prints."""
    only_where_there_are_any: dict[str, Any] = {"dimensions": card.dimensions, "deployments": list(card.deployments)}
    return ModelBody(
        id=card.id,
        object="model",
        created=0,
        owned_by=card.owner,
        capabilities=list(card.capabilities),
        context_window=card.context_window,
        output_limit=card.output_limit,
        zone=card.zone,
        prices=price_body(card.price),
        **{name: value for name, value in only_where_there_are_any.items() if value},
    )
