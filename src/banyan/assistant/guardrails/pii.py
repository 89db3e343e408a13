"""Who people are: pseudonyms toward providers outside the trusted zones, and nobody else's data in answers."""

from banyan.assistant.domain.circumstances import Circumstances
from banyan.assistant.domain.guarding import Action, Finding, Guardrail, Stage
from banyan.assistant.domain.notices import Notice, NoticeCode
from banyan.assistant.domain.personal import Person, begins_name, personal_in
from banyan.assistant.domain.pseudonyms import Pseudonyms
from banyan.assistant.domain.snippets import snippet

_IN_ANSWERS = frozenset({"PERSON", "EMAIL", "PHONE", "ID"})
_EXAMPLES = ("@example.", "@domain.", "@email.", "@test.")
_NOTICE = Notice(NoticeCode.MASKED, "Somebody's personal data was covered in this answer.")


def check(stage: Stage, text: str, about: Circumstances) -> Finding | None:
    """What an answer says of people of whom neither the learner nor the course has spoken in this turn is covered."""
    own = about.standing.name.casefold()
    found = [one for one in personal_in(text, about.names) if _foreign(one, text[one.start : one.end], own, about)]
    if not found:
        return None
    for one in reversed(found):
        text = f"{text[: one.start]}[{one.kind.lower()}]{text[one.end :]}"
    return Finding(Action.MASK, "PII", snippet(Pseudonyms(about.names).hide(text)), _NOTICE, text)


def suspects(beginning: str, about: Circumstances) -> bool:
    """An at sign, a number that may become a telephone's, or the beginning of a name."""
    return "@" in beginning or sum(map(str.isdigit, beginning)) > 5 or begins_name(beginning, about.names)


def _foreign(one: Person, real: str, own: str, about: Circumstances) -> bool:
    if one.kind not in _IN_ANSWERS or any(example in real for example in _EXAMPLES):
        return False
    return real.casefold() not in about.material.casefold() and real.casefold() not in own


ENTRY = Guardrail(
    "pii",
    "E-mail addresses, telephone numbers, addresses, ids and names of the roster: pseudonyms toward models outside the "
    "policy's `trusted_zones`, and other people's in answers.",
    frozenset({Stage.ANSWER}),
    check,
    order=60,
    suspects=suspects,
)
