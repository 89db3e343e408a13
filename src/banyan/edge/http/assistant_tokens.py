"""POST /api/v1/tokens: a learning platform fetches a token for the browser of whoever is signed in there.

Whoever holds a key of their own fetches one for themselves, so that the browser need not keep the key.
"""

from datetime import datetime, timedelta
from typing import Annotated, Literal

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field

from banyan.edge.http.access import ANYONE, RuledRoute, identity_of, within
from banyan.edge.http.assistant_services import AssistantServices
from banyan.edge.http.browser_tokens import LONGEST
from banyan.edge.http.fields import Id
from banyan.kernel.errors import NotAllowed
from banyan.kernel.identity import Grant, Identity, Role
from banyan.proxy.domain.keys import is_backend, named


class TokenWish(BaseModel):
    """For whom the token is to be."""

    user: Id | None = Field(None, description="The person; whoever the key stands for where absent.")
    roles: list[Role] | None = Field(
        None, min_length=1, description="Of the person: a learner where absent, and for oneself those of the key."
    )
    courses: list[Id] | None = Field(None, max_length=1000, description="Only these; all of the key where absent.")
    seconds: int = Field(3600, ge=1, le=int(LONGEST.total_seconds()))


class TokenAnswer(BaseModel):
    """What the browser sends as `Authorization: Bearer TOKEN` to the assistant."""

    token: str
    token_type: Literal["Bearer"] = "Bearer"
    expires_in: int
    expires_at: datetime


def token_routes(services: AssistantServices) -> APIRouter:
    """The one route."""
    router = APIRouter(route_class=RuledRoute, tags=["tokens"])

    @router.post(
        "/api/v1/tokens",
        openapi_extra=within(ANYONE, "tutor"),
        status_code=201,
        summary="Fetch a short-lived token for a browser",
    )
    async def issue(wish: TokenWish, asker: Annotated[Identity, Depends(identity_of)]) -> TokenAnswer:
        """A token names one person, and ends with the key that fetched it, after an hour at the latest.

        Only a backend's key fetches one for somebody else, and no token fetches another: it would never end.
        """
        if asker.grant is not None and asker.grant.is_token:
            raise NotAllowed("A token fetches no other one; show the key itself.")
        if not is_backend(asker) and wish.user not in (None, asker.user):
            raise NotAllowed("Only a key with the role service or admin fetches tokens for others; leave out `user`.")
        for course in wish.courses or ():
            asker.check_course(course)
        bearer = named(asker, wish.user, None if wish.roles is None else frozenset(wish.roles), None)
        courses = None if wish.courses is None else frozenset(wish.courses)
        bearer = Identity(bearer.tenant, bearer.user, bearer.roles, Grant("", courses=courses))
        lifetime = timedelta(seconds=wish.seconds)
        token = services.tokens.issue(asker, bearer, lifetime)
        return TokenAnswer(token=token, expires_in=wish.seconds, expires_at=services.clock.now() + lifetime)

    return router
