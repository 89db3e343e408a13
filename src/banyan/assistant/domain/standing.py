"""Who somebody is in a course."""

from dataclasses import replace

from msgspec import Struct

from banyan.kernel.identity import STAFF, Identity, Role


class Standing(Struct, frozen=True):
    """A person in one course.

    sees: the lesson in question is open to them. teaches: may see and change what belongs to the course's staff.
    name: as classmates know them, "" where nobody told. minor: None where nobody told.
    reason: why the lesson is not open; "" where it is.
    enrolled: whether they are of the course, None where nobody told.
    """

    asker: Identity
    sees: bool = True
    teaches: bool = False
    name: str = ""
    minor: bool | None = None
    reason: str = ""
    enrolled: bool | None = None

    @property
    def reader(self) -> Identity:
        """As whom they read the course's material: who does not teach it sees what learners see."""
        return self.asker if self.teaches else replace(self.asker, roles=self.asker.roles - STAFF | {Role.LEARNER})


def believed(asker: Identity, course: str) -> Standing:
    """Who somebody is where only their token or their backend tells: a course that it names is theirs."""
    named = asker.grant is not None and asker.grant.courses is not None and course in asker.grant.courses
    return Standing(asker, teaches=asker.is_staff, enrolled=True if named else None)
