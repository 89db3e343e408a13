"""Who is asking."""

from dataclasses import dataclass
from enum import StrEnum

DEFAULT_TENANT = "default"


class Role(StrEnum):
    """What a caller may be; a caller can be several."""

    LEARNER = "learner"
    INSTRUCTOR = "instructor"
    MODERATOR = "moderator"
    ADMIN = "admin"
    SERVICE = "service"


STAFF = frozenset({Role.INSTRUCTOR, Role.MODERATOR, Role.ADMIN, Role.SERVICE})


@dataclass(frozen=True, slots=True)
class Identity:
    """One caller within one tenant. `user` is the learning platform's name for the person."""

    tenant: str
    user: str
    roles: frozenset[Role]

    @property
    def is_staff(self) -> bool:
        """Whether any role goes beyond that of a learner."""
        return bool(self.roles & STAFF)
