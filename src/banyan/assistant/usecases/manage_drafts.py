"""Shows drafts to those who teach the course, and has them changed, reviewed, published, withdrawn and deleted."""

from collections.abc import Awaitable, Callable, Sequence

from msgspec import structs

from banyan.assistant.domain.draft_checks import check_edit
from banyan.assistant.domain.drafts import (
    Body,
    Draft,
    DraftKind,
    Move,
    State,
    check_editable,
    check_version,
    moved,
)
from banyan.assistant.ports.draft_store import DraftStore, Saving
from banyan.assistant.ports.platform import LearningPlatform
from banyan.assistant.usecases.require_staff import require_staff
from banyan.kernel.clock import Clock
from banyan.kernel.errors import Conflict, NotAllowed, NotFound
from banyan.kernel.identity import Identity


class ManageDrafts:
    """The use case. changed: told when something that learners may be answered from has changed."""

    def __init__(
        self,
        store: DraftStore,
        platform: LearningPlatform,
        clock: Clock,
        changed: Callable[[], Awaitable[None]],
    ) -> None:
        self._store = store
        self._platform = platform
        self._clock = clock
        self._changed = changed

    async def list(
        self,
        asker: Identity,
        kind: DraftKind,
        *,
        course: str | None,
        lesson: str | None,
        state: State | None,
        limit: int,
    ) -> Sequence[Draft]:
        """Those of the courses that the caller teaches. Raises: NotAllowed where a course is named that is not."""
        if course is not None:
            await require_staff(self._platform, asker, course)
        found = await self._store.drafts(asker.tenant, kind, course=course, lesson=lesson, state=state, limit=limit)
        if course is not None:
            return found
        taught = {name: await self._teaches(asker, name) for name in {draft.course for draft in found}}
        return [draft for draft in found if taught[draft.course]]

    async def one(self, asker: Identity, kind: DraftKind, id: str) -> Draft:
        """Raises: NotFound also for drafts of courses that the caller does not teach."""
        draft = await self._store.draft(asker.tenant, id)
        if draft is None or draft.kind is not kind or not await self._teaches(asker, draft.course):
            raise NotFound(f"There is no draft {id[:100]!r}; choose one from the list.", code="unknown_draft")
        return draft

    async def edit(
        self,
        asker: Identity,
        kind: DraftKind,
        id: str,
        expected: int,
        edited: Callable[[Draft], tuple[str, Body]],
    ) -> Draft:
        """edited: the draft to its new title and body. What was reviewed has to be reviewed again.

        Raises: NotFound, Conflict (`version_conflict`, `wrong_state`), InvalidInput.
        """
        draft = await self.one(asker, kind, id)
        check_version(draft, expected)
        check_editable(draft)
        title, body = edited(draft)
        check_edit(draft.body, body)
        return await self._put(asker, structs.replace(draft, title=title, body=body, state=State.DRAFT))

    async def move(self, asker: Identity, kind: DraftKind, id: str, move: Move, expected: int | None) -> Draft:
        """Raises: NotFound, Conflict (`version_conflict`, `wrong_state`)."""
        draft = await self.one(asker, kind, id)
        check_version(draft, expected)
        after = await self._put(asker, structs.replace(draft, state=moved(draft.state, move)))
        await self._changed()
        return after

    async def remove(self, asker: Identity, kind: DraftKind, id: str) -> None:
        """Raises: NotFound."""
        await self.one(asker, kind, id)
        await self._store.remove(asker.tenant, id)
        await self._changed()

    async def savings(self, asker: Identity, course: str) -> Sequence[Saving]:
        """What published answers saved. Raises: NotAllowed."""
        await require_staff(self._platform, asker, course)
        return await self._store.savings(asker.tenant, course)

    async def _put(self, asker: Identity, draft: Draft) -> Draft:
        after = structs.replace(draft, version=draft.version + 1, updated=self._clock.now(), updated_by=asker.user)
        if not await self._store.put(after):
            raise Conflict("Somebody else has changed the draft meanwhile; read it again.", code="version_conflict")
        return after

    async def _teaches(self, asker: Identity, course: str) -> bool:
        try:
            await require_staff(self._platform, asker, course)
        except NotAllowed:
            return False
        return True
