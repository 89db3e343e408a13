"""Who somebody is in a course."""

from msgspec import Struct

from banyan.kernel.identity import Identity


class Standing(Struct, frozen=True):
    """A person in one course.

    sees: the lesson in question is open to them. teaches: may see and change what belongs to the course's staff.
    name: as classmates know them, "" where nobody told. minor: None where nobody told.
    reason: why the lesson is not open; "" where it is.
    """

    asker: Identity
    sees: bool = True
    teaches: bool = False
    name: str = ""
    minor: bool | None = None
    reason: str = ""
