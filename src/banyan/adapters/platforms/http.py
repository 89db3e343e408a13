"""Any platform that serves three paths of ours, described in docs/how-to/ask-the-lms-who-may.md."""

from collections.abc import Sequence
from typing import Any, TypeVar

import msgspec

from banyan.adapters.platforms._asked import AskedPlatform
from banyan.adapters.platforms._lms import Lms, needed_url
from banyan.adapters.platforms._remembered import Known, Remembered
from banyan.assistant.domain.standing import Standing
from banyan.assistant.ports.platform import LearningPlatform, Look, PlatformEntry, PlatformNeeds
from banyan.kernel.identity import Identity

Answer = TypeVar("Answer")
_UNKNOWN = "The learning platform knows no such lesson for you."


class _Said(msgspec.Struct, frozen=True):
    enrolled: bool
    teaches: bool
    visible: bool
    name: str = ""
    minor: bool | None = None
    reason: str = ""


class _Names(msgspec.Struct):
    names: list[str]


class _Health(msgspec.Struct):
    status: str


class _Paths:
    """Implements `Judge`."""

    def __init__(self, lms: Lms, memory: Remembered) -> None:
        self._lms = lms
        self._memory = memory

    async def standing(self, asker: Identity, course: str, lesson: str | None) -> Known[Standing]:
        """Staff are those whom both the platform and their token call so."""
        query = {"user": asker.user, "course": course, **({} if lesson is None else {"lesson": lesson})}
        known = await self._memory.get(
            ("standing", asker.user, course, lesson), lambda: self._said(query), is_yes=lambda said: _opens(said)
        )
        said = known.value
        if said is None:
            return Known(Standing(asker, sees=False, reason=_UNKNOWN, enrolled=False), known.fault)
        found = Standing(
            asker,
            sees=said.visible,
            teaches=said.teaches and asker.is_staff,
            name=said.name,
            minor=said.minor,
            reason="" if said.visible else said.reason,
            enrolled=said.enrolled,
        )
        return Known(found, known.fault)

    async def names(self, course: str) -> Sequence[str]:
        """Nobody's where there is no such course."""
        found = await self._get("/banyan/names", {"course": course}, _Names)
        return () if found is None else tuple(name for name in found.names if name)

    async def look(self) -> Look:
        """Whether it serves its health."""
        if await self._get("/banyan/health", {}, _Health) is None:
            self._lms.fail("The learning platform has no /banyan/health (404); check LMS_API_URL.")
        return Look("It answers, and takes our key.")

    async def _said(self, query: dict[str, str]) -> _Said | None:
        return await self._get("/banyan/standing", query, _Said)

    async def _get(self, path: str, query: dict[str, str], kind: type[Answer]) -> Answer | None:
        """None for what the platform does not know, which it says in JSON: any web server answers 404 with a page."""
        reply = await self._lms.get(path, query)
        if reply.status == 404:
            self._lms.read(reply, dict[str, Any])
            return None
        if reply.status in (401, 403):
            self._lms.refuse_key(reply.status)
        if reply.status != 200:
            self._lms.fail(f"The learning platform refuses our question ({reply.status}); look at its log.")
        return self._lms.read(reply, kind)


def _opens(said: _Said | None) -> bool:
    return said is not None and (said.visible or said.teaches)


def _open(needs: PlatformNeeds) -> LearningPlatform:
    needed_url(needs.lms)
    lms = Lms(needs.lms, f"Bearer {needs.lms.key}" if needs.lms.key else "")
    memory = Remembered(needs.lms)
    return AskedPlatform(needs, lms, memory, _Paths(lms, memory))


ENTRY = PlatformEntry("http", "Any platform that serves `/banyan/standing` at `LMS_API_URL`.", _open, asks=True)
