"""Keeps what learners say of themselves: they see it, change it and take it back."""

import asyncio
from collections.abc import Sequence

from banyan.assistant.domain.persona import Persona
from banyan.assistant.domain.personal_score import score
from banyan.assistant.domain.reading_personas import merge_persona
from banyan.assistant.ports.persona_store import KeptPersona, PersonaStore
from banyan.kernel.clock import Clock
from banyan.kernel.errors import NotAllowed
from banyan.kernel.identity import Identity, Role

_KEEPERS = frozenset({Role.ADMIN, Role.SERVICE})


class PersonaBook:
    """One's own persona, and for the roles admin and service that of anybody in the tenant.

    Every call raises NotAllowed for others', with one answer whether there is anything or not.
    """

    def __init__(self, store: PersonaStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def get(self, asker: Identity, user: str) -> Persona | None:
        """What material for the user is made by; None where nothing is known."""
        kept = await self.kept(asker, user)
        return None if kept is None else kept.persona

    async def kept(self, asker: Identity, user: str) -> KeptPersona | None:
        """The same with its version."""
        _check(asker, user)
        return await self._store.find(asker.tenant, user)

    async def history(self, asker: Identity, user: str) -> Sequence[KeptPersona]:
        """The last 20 states, the newest first."""
        _check(asker, user)
        return await self._store.history(asker.tenant, user)

    async def put(self, asker: Identity, user: str, persona: Persona) -> KeptPersona:
        """Takes the place of what was kept."""
        _check(asker, user)
        return await self._store.change(asker.tenant, user, lambda _: persona, self._clock.now(), asker.user)

    async def merge(self, asker: Identity, user: str, raw: object) -> KeptPersona:
        """Changes what a partial persona names, in any shape; a field that is null or empty is taken back.

        Raises: InvalidInput for what is no object.
        """
        _check(asker, user)
        merge_persona(Persona(), raw)  # refuses what is none before anything is locked
        return await self._store.change(
            asker.tenant, user, lambda kept: merge_persona(kept, raw), self._clock.now(), asker.user
        )

    async def delete(self, asker: Identity, user: str) -> bool:
        """Every state of it; whether there was one."""
        _check(asker, user)
        return await self._store.remove(asker.tenant, user)

    async def score(self, asker: Identity, user: str, text: str) -> dict[str, float]:
        """How far a text suits the user, as `personal_score.score`; all 0 where nothing is known."""
        persona = await self.get(asker, user)
        return await asyncio.to_thread(score, persona or Persona(), text)


def _check(asker: Identity, user: str) -> None:
    if user == asker.user:
        return
    narrowed = asker.grant is not None and asker.grant.courses is not None
    if narrowed or not asker.roles & _KEEPERS:
        raise NotAllowed("Personas of others are for the roles admin and service; ask for your own.")
