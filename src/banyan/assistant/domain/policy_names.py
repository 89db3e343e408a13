"""Which names of guardrails a policy may hold."""

from collections.abc import Mapping, Sequence

from banyan.kernel.errors import InvalidInput

OFF, ORDER = "guardrails_off", "guardrail_order"
_LOCKS = frozenset({"exam", "exam_lock", "exam_locks", "assessment_lock"})


def guardrail_fault(field: str, value: Sequence[str], guardrails: Mapping[str, bool] | None) -> InvalidInput | None:
    """What is wrong with such a list. guardrails: name to whether it is required; None takes any."""
    if field not in (OFF, ORDER) or guardrails is None:
        return None
    for name in value:
        if name in _LOCKS:
            return _refused(
                field,
                "An exam lock is no guardrail, and no policy switches it off; lift it with DELETE "
                "/api/v1/courses/COURSE/lock when the exam is over.",
            )
        if name not in guardrails:
            free = [one for one, required in guardrails.items() if not required or field == ORDER]
            return _refused(field, f"There is no guardrail {name[:100]!r}; choose from {', '.join(sorted(free))}.")
        if field == OFF and guardrails[name]:
            message = f"The guardrail {name!r} cannot be switched off: a learner in need is always heard. Leave it out."
            return _refused(field, message)
    return None


def _refused(field: str, message: str) -> InvalidInput:
    return InvalidInput(message, code="invalid_policy", param=field)
