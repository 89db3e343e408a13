"""Secrets: keys, passwords, cards and accounts are neither sent nor stored, and are covered in answers."""

import re

from banyan.assistant.domain.circumstances import Circumstances
from banyan.assistant.domain.guarding import Action, Finding, Guardrail, Stage
from banyan.assistant.domain.notices import Notice, NoticeCode
from banyan.assistant.domain.secret_text import secrets_in, without_secrets
from banyan.assistant.domain.snippets import snippet

_STEPS = {
    "password": "Change that password if it is a real one",
    "card number": "Tell your bank if it is a real card",
    "account number": "It is not needed for an answer",
}

_MARKS = re.compile(r"\[\d{1,3}(?:, ?\d{1,3})*\]")
_BEGINS = re.compile(
    r"-----BEGIN|://|\b(?:pass\w*|pwd|pw|kennwort|mot de passe|contrase|senha|parola|token|secret|api.?key|bearer)\b|"
    r"(?<![A-Za-z0-9])(?:(?:sk|pk|rk|gh[pousr]|hf|gsk|npm|xai|xox\w|glpat|pypi|key|AKIA|ASIA|AIza|eyJ|whsec)[-_\w]*)\Z",
    re.IGNORECASE,
)


def check(stage: Stage, text: str, about: Circumstances) -> Finding | None:
    """Questions are withheld, answers go on without the secret."""
    found = secrets_in(text)
    if stage is Stage.ANSWER:
        found = [one for one in found if text[one.start : one.end] not in about.material]
    if not found:
        return None
    kind = found[0].kind
    if stage is Stage.ANSWER:
        notice = Notice(NoticeCode.MASKED, f"Something that looks like a {_named(kind)} was covered in this answer.")
        return Finding(Action.MASK, "Sensitive", snippet(text, found[0].start), notice, without_secrets(text))
    step = _STEPS.get(kind, "Revoke it if it is a real one")
    message = (
        f"Your question has what looks like a {_named(kind)}, so it was neither sent nor stored. {step}, and ask again "
        "without it."
    )
    return Finding(Action.WITHHOLD, "Sensitive", snippet(text, found[0].start), Notice(NoticeCode.BLOCKED, message))


def suspects(beginning: str, about: Circumstances) -> bool:
    """A digit, or the beginning of a word that a secret follows."""
    return any(c.isdigit() for c in _MARKS.sub("", beginning)) or _BEGINS.search(beginning) is not None


def _named(kind: str) -> str:
    return {"api key": "key of a service", "token": "token or key"}.get(kind, kind)


ENTRY = Guardrail(
    "sensitive",
    "Keys, tokens, passwords, private keys, card and account numbers.",
    frozenset({Stage.QUESTION, Stage.ANSWER}),
    check,
    order=20,
    suspects=suspects,
)
