"""Questions longer than the policy allows."""

from banyan.assistant.domain.circumstances import Circumstances
from banyan.assistant.domain.guarding import Action, Finding, Guardrail, Stage
from banyan.assistant.domain.notices import Notice, NoticeCode
from banyan.assistant.domain.snippets import snippet


def check(stage: Stage, text: str, about: Circumstances) -> Finding | None:
    """Counts characters, as the policy's `max_question_chars` does."""
    most = about.effective.policy.max_question_chars
    if len(text) <= most:
        return None
    message = f"Your question has {len(text):,} characters; shorten it to {most:,} at most."
    return Finding(Action.WITHHOLD, "Length", snippet(text), Notice(NoticeCode.LENGTH, message))


ENTRY = Guardrail(
    "length",
    "Questions longer than the policy's `max_question_chars`.",
    frozenset({Stage.QUESTION}),
    check,
    order=40,
)
