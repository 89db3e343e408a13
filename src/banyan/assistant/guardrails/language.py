"""Questions in a language that the policy does not name are withheld where it can be told for certain."""

from banyan.assistant.domain.circumstances import Circumstances
from banyan.assistant.domain.guarding import Action, Finding, Guardrail, Stage
from banyan.assistant.domain.language_of import language_of
from banyan.assistant.domain.notices import Notice, NoticeCode
from banyan.assistant.domain.snippets import snippet


def check(stage: Stage, text: str, about: Circumstances) -> Finding | None:
    """Nothing where the policy names no languages, or the text's cannot be told."""
    allowed = {name.lower().partition("-")[0] for name in about.effective.policy.languages}
    found = language_of(text) if allowed else ""
    if not found or found in allowed:
        return None
    message = f"Please ask in {' or '.join(sorted(allowed))}: this course answers in no other language."
    return Finding(Action.WITHHOLD, "Language", snippet(text), Notice(NoticeCode.LANGUAGE, message))


ENTRY = Guardrail(
    "language",
    "Questions in a language that the policy's `languages` does not name.",
    frozenset({Stage.QUESTION}),
    check,
    order=50,
)
