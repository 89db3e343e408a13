"""Questions that have nothing to do with the course, by what the course itself says."""

from banyan.assistant.domain.circumstances import Circumstances
from banyan.assistant.domain.course_talk import is_course_talk
from banyan.assistant.domain.guarding import Action, Finding, Guardrail, Stage
from banyan.assistant.domain.notices import Notice, NoticeCode
from banyan.assistant.domain.policy import OffTopic
from banyan.assistant.domain.snippets import snippet

NAME = "off_topic"
NOTICE = Notice(
    NoticeCode.OFF_TOPIC, "This is about something else than the course, so it was not answered. Ask about the course."
)


def check(stage: Stage, text: str, about: Circumstances) -> Finding | None:
    """Nothing where the course covers the question or nobody could tell, and nothing for talk about the course."""
    policy = about.effective.policy.off_topic
    if about.covered is not False or policy is OffTopic.ALLOW or is_course_talk(text):
        return None
    if policy is OffTopic.TELL:
        return Finding(Action.NOTE, "Off-topic", snippet(text))
    return Finding(Action.WITHHOLD, "Off-topic", snippet(text), NOTICE)


ENTRY = Guardrail(
    NAME,
    "Questions that the course does not cover; the policy's `off_topic` says what becomes of them.",
    frozenset({Stage.SUBJECT}),
    check,
    order=90,
)
