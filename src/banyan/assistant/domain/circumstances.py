"""Everything around one question that decisions look at."""

from msgspec import Struct

from banyan.assistant.domain.policy import Effective
from banyan.assistant.domain.standing import Standing


class Circumstances(Struct, frozen=True):
    """Who asks about what, and what is in force there.

    now: seconds since 1970. names: people of the course's roster.
    material: what the learner wrote and what may be cited to them, for looking at the answer; "" before there is one.
    covered: whether the course covers what was asked, None where nobody looked or can tell.
    in_code: what is looked at stands in a block of code.
    """

    tenant: str
    user: str
    course: str
    lesson: str
    standing: Standing
    effective: Effective
    now: float
    names: tuple[str, ...] = ()
    material: str = ""
    in_code: bool = False
    covered: bool | None = None
    request_id: str = ""
