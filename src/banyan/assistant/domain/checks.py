"""What is said about an answer beside its text."""

from typing import Literal

from msgspec import Struct

from banyan.kernel.messages import Citation

Kind = Literal["number", "date", "name"]


class Unsupported(Struct, frozen=True):
    """Something that an answer states and no cited passage contains. start, end: code points of the answer."""

    text: str
    start: int
    end: int
    kind: Kind


class Hint(Struct, frozen=True):
    """Which hint of how many this is; the first is 1."""

    step: int
    of: int


class Checks(Struct, frozen=True, omit_defaults=True):
    """What came of looking at an answer. covered: whether the course supports it; None where nobody can tell."""

    unsupported: tuple[Unsupported, ...] = ()
    covered: bool | None = None
    hint: Hint | None = None


UNCHECKED = Checks()
"""Nothing to be said."""


class Checked(Struct, frozen=True):
    """A whole answer, looked at: the citations that it uses and that hold, cut down to what it rests on."""

    citations: tuple[Citation, ...]
    checks: Checks
