"""What anybody may know about the tutor in a course: whether it answers, and why it does not."""

from collections.abc import Awaitable
from dataclasses import dataclass

import structlog
from msgspec import Struct

from banyan.assistant.domain.admission import refusal
from banyan.assistant.domain.notices import Notice
from banyan.assistant.domain.policy import Mode
from banyan.assistant.domain.standing import Standing
from banyan.assistant.usecases.admit import Admit
from banyan.kernel.errors import BanyanError
from banyan.kernel.identity import DEFAULT_TENANT, Identity

_log = structlog.get_logger(__name__)


class Shown(Struct, frozen=True):
    """code, reason: of what keeps it from answering; "" where it answers."""

    enabled: bool
    code: str = ""
    reason: str = ""
    streaming: bool = False
    mode: Mode = Mode.HEURISTIC


UNKNOWN = Shown(False, "unavailable", "The assistant cannot be reached right now. Please try again later.")


@dataclass(frozen=True, slots=True)
class ShowAssistant:
    """The use case. Fails closed: where something cannot be found out, the tutor does not answer."""

    admit: Admit

    async def __call__(self, asker: Identity | None, course: str) -> Shown:
        """asker: None for a guest, who is shown what is so for everybody of the tenant `default`."""
        return await self._closed_on_failure(self._look(asker, course), course)

    async def everywhere(self, asker: Identity | None) -> Shown:
        """For no course in particular: what the courses of the tenant inherit."""
        return await self._closed_on_failure(self._look_above(asker), "")

    async def _closed_on_failure(self, look: Awaitable[Shown], course: str) -> Shown:
        try:
            return await look
        except BanyanError as error:
            _log.warning("assistant-not-shown", course=course, error=error.message)
            return UNKNOWN
        except Exception:  # noqa: BLE001 - whatever it is, the answer is no
            _log.exception("assistant-not-shown", course=course)
            return UNKNOWN

    async def _look_above(self, asker: Identity | None) -> Shown:
        policy = (await self.admit.policies.effective(asker.tenant if asker else DEFAULT_TENANT, "")).policy
        return Shown(policy.enabled, streaming=policy.enable_streaming, mode=policy.mode)

    async def _look(self, asker: Identity | None, course: str) -> Shown:
        admit = self.admit
        effective = await admit.policies.effective(asker.tenant if asker else DEFAULT_TENANT, course)
        if asker is None:
            notice = refusal(effective, Standing(_GUEST), None)
        else:
            asker.check_course(course)
            standing, now = await admit.platform.standing(asker, course), admit.clock.now()
            lock = None if standing.teaches else await admit.locks.lock_for(asker.tenant, course, asker.user, now)
            notice = refusal(effective, standing, lock)
        return _shown(notice, effective.policy.enable_streaming, effective.policy.mode)


_GUEST = Identity(DEFAULT_TENANT, "guest", frozenset())


def _shown(notice: Notice | None, streaming: bool, mode: Mode) -> Shown:
    if notice is not None:
        return Shown(False, notice.code.value, notice.message, streaming, mode)
    return Shown(True, streaming=streaming, mode=mode)
