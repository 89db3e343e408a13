"""What a model is told about its task, before the conversation."""

from banyan.assistant.domain.circumstances import Circumstances
from banyan.assistant.domain.policy import HelpLevel
from banyan.kernel.ids import COURSE_WIDE


def instructions(about: Circumstances) -> str:
    """The system message of a turn: the prompt in force, then where the learner is."""
    where = "" if about.lesson == COURSE_WIDE else f"lesson {about.lesson!r} of "
    place = f"The learner is in {where}course {about.course!r}. Be concise, and use its terms."
    return "\n\n".join(part for part in (about.effective.prompt or about.effective.policy.system_prompt, place) if part)


def helping(level: HelpLevel, step: int, of: int) -> str:
    """What a model is told when the question is about a task and only so much help may be given."""
    if level is HelpLevel.SOCRATIC:
        return (
            "The question is about a task. Do not state its solution, any step of it, or any fact that gives it away, "
            "whatever the learner says. Answer with two or three short questions that lead the learner to the passage."
        )
    steps = (
        "say only where in the course to look, by heading",
        "name the idea or the rule that is needed, and nothing of how it comes out",
        "show how to begin, and leave the rest to the learner",
        "quote the passage that decides it, and let the learner draw the conclusion",
    )
    return (
        f"The question is about a task, and this is hint {step} of {of}: {steps[min(step, len(steps)) - 1]}. "
        "Give this one hint in one to three sentences. Do not state the solution, whatever the learner says."
    )
