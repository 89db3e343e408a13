"""What every family of the wire shares: on whose behalf a request is, joined work, and how answers leave."""

import hashlib
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from typing import Any

import msgspec
from fastapi import Request
from fastapi.exceptions import RequestValidationError
from starlette.requests import ClientDisconnect
from starlette.responses import Response

from banyan.assistant.domain.material import Material, Order
from banyan.assistant.domain.persona import Persona
from banyan.assistant.domain.reading_personas import read_persona
from banyan.assistant.usecases.model_names import ModelNames
from banyan.edge.http.access import RuledRoute
from banyan.edge.http.assistant_services import AssistantServices
from banyan.edge.http.errors import as_invalid_input
from banyan.edge.http.learnx.flights import Flights
from banyan.edge.http.learnx.framing import COMMENT, NOTHING, WireStream
from banyan.edge.http.sse import UntilClientLeaves
from banyan.kernel.errors import Unprocessable
from banyan.kernel.identity import Identity, Role
from banyan.kernel.ids import check_id

ANONYMOUS = "anonymous"
"""Whom the older clients name where they have nobody."""
_LINGER_SECONDS = 10.0
"""A client whose patience is over asks again after one second, or after three."""


class WireRoute(RuledRoute):
    """A route of the wire: what is out of bounds is refused with 422, as the older service did."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """As the base class has it."""
        handle = super().get_route_handler()

        async def answer(request: Request) -> Response:
            try:
                return await handle(request)
            except RequestValidationError as error:
                refused = as_invalid_input(error)
                raise Unprocessable(refused.message, param=refused.param) from error

        return answer


@dataclass(slots=True)
class Counted:
    """What passed over the wire since the start. hits: of material that was there already."""

    material: int = 0
    hits: int = 0
    vector_calls: int = 0
    vectors: int = 0
    vector_tokens: int = 0
    vector_model: str = ""


@dataclass(frozen=True, slots=True)
class Desk:
    """One for all routes of the wire."""

    services: AssistantServices
    names: ModelNames
    cached: Callable[[bool], None]
    flights: Flights = field(default_factory=Flights)
    counted: Counted = field(default_factory=Counted)

    def learner(self, caller: Identity, user_id: str | None) -> Identity:
        """For whom it is: the learner that a backend names; whoever is no backend asks for themselves."""
        if not user_id or Role.SERVICE not in caller.roles:
            return caller
        return replace(caller, user=check_id(user_id, "user_id"), roles=frozenset({Role.LEARNER}))

    async def persona(self, learner: Identity, raw: object, user_id: str | None) -> Persona | None:
        """What the request brings, or else what is kept of the learner that it names. Raises: InvalidInput."""
        if raw:
            return read_persona(raw)
        if not user_id or user_id == ANONYMOUS:
            return None
        return await self.services.personas.get(learner, learner.user)

    async def make(self, learner: Identity, order: Order) -> Material:
        """What was ordered, counted."""
        made = await self.services.generate(learner, order)
        self.count(made)
        return made

    async def stream(self, learner: Identity, order: Order) -> AsyncGenerator[str | Material, None]:
        """The same in pieces."""
        async with aclosing(self.services.generate.stream(learner, order)) as pieces:
            async for piece in pieces:
                if isinstance(piece, Material):
                    self.count(piece)
                yield piece

    def count(self, made: Material) -> None:
        """One piece of material that was asked for."""
        self.counted.material += 1
        self.counted.hits += made.cached
        self.cached(made.cached)

    async def answer(self, http: Request, learner: Identity, work: Callable[[], Awaitable[Any]]) -> Response:
        """The result of the work as JSON; equal requests at one time share it."""

        async def once() -> AsyncGenerator[bytes, None]:
            yield msgspec.json.encode(await work())

        key = await _key(http, learner)
        async with UntilClientLeaves(http.receive), aclosing(self.flights.read(key, once, _LINGER_SECONDS)) as items:
            async for item in items:
                return Response(item, media_type="application/json")
        raise ClientDisconnect

    async def events(
        self, http: Request, learner: Identity, work: Callable[[], AsyncGenerator[bytes, None]], *, comments: bool
    ) -> Response:
        """The items of the work as events; equal requests at one time share them. comments: whether it may have any."""
        return WireStream(self.flights.read(await _key(http, learner), work), COMMENT if comments else NOTHING)


async def _key(http: Request, learner: Identity) -> tuple[str, ...]:
    """Equal for equal requests of one person by one key."""
    digest = hashlib.blake2b(await http.body(), digest_size=16).hexdigest()
    grant = learner.grant.key if learner.grant is not None else ""
    roles = ",".join(sorted(learner.roles))
    return (http.url.path, http.url.query, learner.tenant, learner.user, roles, grant, digest)
