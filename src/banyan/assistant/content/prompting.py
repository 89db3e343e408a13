"""Prompts: versioned templates, in which whatever others wrote is delimited data that cannot close its own tag."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import FileSystemLoader, StrictUndefined
from jinja2.sandbox import SandboxedEnvironment

from banyan.assistant.domain.content_types import ContentType
from banyan.assistant.domain.framing import Framing
from banyan.assistant.domain.material import Order
from banyan.assistant.domain.words import content
from banyan.kernel.messages import Citation

_SYSTEM = "_system.v1"
_MOST_TEXT = 24_000
"""Characters of a source that a model is given: about 6,000 tokens."""
_HISTORY = 8
_TAG = re.compile(r"<(?=\s*/?\s*(?:source|passage|learner|message)\b)", re.IGNORECASE)
_QUOTE = '"'


@dataclass(frozen=True, slots=True)
class Prompt:
    """system: the rules, with nothing in it that others wrote. version: of the template. cut: whether passages lack."""

    system: str
    user: str
    version: str
    cut: bool = False


@cache
def _environment() -> SandboxedEnvironment:
    return SandboxedEnvironment(
        loader=FileSystemLoader(Path(__file__).parent / "prompts"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=False,  # it is no HTML; `_data` takes away what could close a tag
    )


def prompt_for(kind: ContentType, order: Order, framing: Framing, title: str, passages: Sequence[Citation]) -> Prompt:
    """passages: of the source, numbered; of a long one those that matter most."""
    shown = chosen(passages, order)
    names: dict[str, Any] = {
        "streams": kind.streams,
        "guidance": framing.guidance,
        "level": order.level.value,
        "language": _data(order.language),
        "topic": _data(" / ".join(filter(None, (order.topic, order.subtopic)))),
        "focus": _data(", ".join(order.focus)),
        "purpose": _data(order.purpose),
        "feedback": _data(order.feedback),
        "profile": _data(framing.profile) if framing.personal else "",
        "title": _data(title).replace(_QUOTE, "'"),
        "passages": [{"index": one.index, "text": _data(one.quote)} for one in shown],
        "count": order.count or kind.usual or None,
        "kinds": order.kinds or kind.kinds[: 1 if kind.name == "quiz" else None],
        "style": order.style or (kind.styles[0] if kind.styles else ""),
        "max_words": order.max_words,
        "explanations": order.explanations,
        "examples": order.examples,
        "practice": order.practice,
        "parts": [framing.heading(part) for part in framing.category.parts],
        "message": _data(order.message),
        "history": [{"role": one.role, "content": _data(one.content)} for one in order.history[-_HISTORY:]],
        "page": order.page,
        "selection": _data(order.selection),
    }
    system, user = (
        _environment().get_template(f"{name}.jinja").render(names).strip() for name in (_SYSTEM, kind.prompt)
    )
    return Prompt(system, user, kind.prompt, len(shown) < len(passages))


def chosen(passages: Sequence[Citation], order: Order) -> Sequence[Citation]:
    """All, or of a long text the first and those nearest to the topic or message, in reading order."""
    if sum(len(one.quote) for one in passages) <= _MOST_TEXT:
        return passages
    wanted = frozenset(content(" ".join((order.topic, order.subtopic, order.message, *order.focus))))
    even = max(1, len(passages) * len(passages[0].quote) // _MOST_TEXT)

    def rank(place: int) -> tuple[float, int, int]:
        shared = len(wanted & frozenset(content(passages[place].quote)))
        return -shared, place % even, place

    kept: set[int] = set()
    room = _MOST_TEXT
    for place in [0, *sorted(range(1, len(passages)), key=rank)]:
        if len(passages[place].quote) <= room:
            kept.add(place)
            room -= len(passages[place].quote)
    return [passages[place] for place in sorted(kept)]


def _data(text: str) -> str:
    """What others wrote, as it may stand between tags."""
    return _TAG.sub("‹", text)
