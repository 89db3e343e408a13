"""What a model is told about its task, before the conversation."""

from banyan.assistant.domain.circumstances import Circumstances


def instructions(about: Circumstances) -> str:
    """The system message of a turn: the prompt in force, then where the learner is."""
    place = f"The learner is in lesson {about.lesson!r} of course {about.course!r}. Be concise, and use its terms."
    return "\n\n".join(part for part in (about.effective.prompt or about.effective.policy.system_prompt, place) if part)
