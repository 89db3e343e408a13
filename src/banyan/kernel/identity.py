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
class Grant:
    """What a virtual key allows beyond its roles. key: its id. models, courses: None for all of them.

    A model ending in `*` stands for every name that begins so (`openai/*`). scopes: kinds of use, such as `chat`.
    """

    key: str
    scopes: frozenset[str] = frozenset()
    models: frozenset[str] | None = None
    courses: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class Identity:
    """One caller within one tenant. `user` is the learning platform's name for the person.

    grant: of the key that was shown; None in the open mode, where nothing is narrowed.
    """

    tenant: str
    user: str
    roles: frozenset[Role]
    grant: Grant | None = None

    @property
    def is_staff(self) -> bool:
        """Whether any role goes beyond that of a learner."""
        return bool(self.roles & STAFF)
