"""Answers that recite the tutor's own instructions end there."""

import re
from functools import lru_cache

from banyan.assistant.domain.circumstances import Circumstances
from banyan.assistant.domain.guarding import Action, Finding, Guardrail, Stage
from banyan.assistant.domain.instructing import instructions
from banyan.assistant.domain.notices import Notice, NoticeCode
from banyan.assistant.domain.snippets import snippet

_LONGEST_SHARED = 10
"""Words in a row: fewer are shared by chance, as "be concise and use the terms of the course"."""
_BEGINNING = 4
_WORD = re.compile(r"\w+")
_NOTICE = Notice(NoticeCode.BLOCKED, "The rest of this answer was withheld, because it repeated internal instructions.")


def check(stage: Stage, text: str, about: Circumstances) -> Finding | None:
    """Ten words in a row of the instructions, which neither the learner nor the course has said in this turn."""
    told = _runs(instructions(about), _LONGEST_SHARED)
    shared = _runs(text, _LONGEST_SHARED) & told
    if not shared or shared <= _runs(about.material, _LONGEST_SHARED):
        return None
    return Finding(Action.WITHHOLD, "Leak", snippet(text), _NOTICE)


def suspects(beginning: str, about: Circumstances) -> bool:
    """Four words in a row."""
    return not _runs(beginning, _BEGINNING).isdisjoint(_runs(instructions(about), _BEGINNING))


@lru_cache(maxsize=256)
def _runs(text: str, length: int) -> frozenset[tuple[str, ...]]:
    words = [word.casefold() for word in _WORD.findall(text)]
    return frozenset(tuple(words[at : at + length]) for at in range(len(words) - length + 1))


ENTRY = Guardrail(
    "leak",
    "Answers that recite the instructions of the tutor.",
    frozenset({Stage.ANSWER}),
    check,
    order=70,
    suspects=suspects,
)
