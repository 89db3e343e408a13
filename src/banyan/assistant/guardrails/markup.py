"""Markup of answers that would load or run something: pictures from elsewhere, links that are programs, live tags."""

import re

from banyan.assistant.domain.circumstances import Circumstances
from banyan.assistant.domain.guarding import Action, Finding, Guardrail, Stage
from banyan.assistant.domain.snippets import snippet

_CODE = re.compile(r"(`{1,3})[^`\n]{1,600}\1")
_PICTURE = re.compile(r"!\[([^\]\n]{0,300})\](?:\([^)\n]{0,2000}\)?|\[[^\]\n]{0,100}\])")
_PROGRAM = re.compile(
    r"\[([^\]\n]{0,300})\]\(\s{0,9}<?\s{0,9}(?:javascript|vbscript|data|file)\s{0,9}:[^)\n]{0,2000}\)?"
    r"|<(?:javascript|vbscript|data|file):[^>\n]{0,2000}>",
    re.IGNORECASE,
)
_DEFINED = re.compile(
    r"^\s{0,3}\[[^\]\n]{1,100}\]:\s{0,9}<?(?:javascript|vbscript|data|file)\s{0,9}:.{0,2000}$",
    re.IGNORECASE | re.MULTILINE,
)
_TAG = re.compile(
    r"<(?=/?(?:script|iframe|object|embed|img|image|svg|style|link|meta|form|base|video|audio|source|input|button)\b)",
    re.IGNORECASE,
)


def check(stage: Stage, text: str, about: Circumstances) -> Finding | None:
    """Code is left as it is: it is shown, not run."""
    if about.in_code:
        return None
    safe = "".join(part if at % 2 else _disarmed(part) for at, part in enumerate(_parts(text)))
    return None if safe == text else Finding(Action.MASK, "Markup", snippet(text), text=safe)


def suspects(beginning: str, about: Circumstances) -> bool:
    """An open bracket, tag or piece of code; the mark of a citation is none."""
    return any(mark in _CITATIONS.sub("", beginning) for mark in ("[", "<", "`", "!"))


_CITATIONS = re.compile(r"\[\d{1,3}(?:, ?\d{1,3})*\](?!\()")


def _parts(text: str) -> list[str]:
    """Prose at even places, code at odd ones."""
    parts, at = [], 0
    for found in _CODE.finditer(text):
        parts += [text[at : found.start()], found[0]]
        at = found.end()
    return [*parts, text[at:]]


def _disarmed(text: str) -> str:
    text = _PROGRAM.sub(lambda found: found[1] or "", _PICTURE.sub(r"\1", text))
    return _TAG.sub("&lt;", _DEFINED.sub("", text))


ENTRY = Guardrail(
    "markup",
    "Pictures from elsewhere, links that run a program and live HTML in answers are made harmless.",
    frozenset({Stage.ANSWER}),
    check,
    order=80,
    suspects=suspects,
)
