"""Looks at a page or file before anybody can cite it."""

import asyncio

from banyan.assistant.domain.circumstances import Circumstances
from banyan.assistant.usecases.guard import Guard

_PIECE, _OVERLAP = 4000, 300
"""Characters. Guardrails are made for passages; what they look for is shorter than the overlap."""
_HOSTILE = (
    "The text gives instructions to the tutor, or holds what must not be shown; the guardrail events say where. "
    "Use another one, or ask its author."
)


async def check_material(guard: Guard, about: Circumstances, text: str, *, source: str) -> str | None:
    """Why it may not be cited at all; None where it may. source: of the event."""
    return await asyncio.to_thread(_look, guard, about, text, source)


def _look(guard: Guard, about: Circumstances, text: str, source: str) -> str | None:
    for start in range(0, len(text), _PIECE):
        found = guard.material(about, text[start : start + _PIECE + _OVERLAP], source=source)
        if found.stopped:
            return found.notice.message if found.notice else _HOSTILE
    return None
