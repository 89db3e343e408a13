"""The people of a course."""

from msgspec import Struct

from banyan.kernel.identity import STAFF


class Member(Struct, frozen=True, omit_defaults=True):
    """role: of `kernel.identity.Role`. name: as classmates know them, "" where nobody told; so with minor and None."""

    user: str
    name: str = ""
    role: str = "learner"
    minor: bool | None = None

    @property
    def is_staff(self) -> bool:
        """Whether they are of the course's staff."""
        return self.role in STAFF


Roster = dict[str, Member]
"""By user."""
