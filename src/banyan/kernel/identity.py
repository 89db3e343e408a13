"""Who is asking."""

from dataclasses import dataclass
from enum import StrEnum

from banyan.kernel.errors import NotAllowed

DEFAULT_TENANT = "default"


class Role(StrEnum):
    """What a caller may be; a caller can be several."""

    LEARNER = "learner"
    INSTRUCTOR = "instructor"
    MODERATOR = "moderator"
    ADMIN = "admin"
    SERVICE = "service"


STAFF = frozenset({Role.INSTRUCTOR, Role.MODERATOR, Role.ADMIN, Role.SERVICE})
EVERYWHERE = frozenset({Role.MODERATOR, Role.ADMIN, Role.SERVICE})
"""Staff of every course of the tenant."""
SCOPES = ("admin", "batches", "chat", "embeddings", "metrics", "rag", "tutor")
"""Kinds of use that a key may be narrowed to; `chat` is every endpoint that asks a model, `tutor` the assistant."""


@dataclass(frozen=True, slots=True)
class Grant:
    """What a virtual key allows beyond its roles. key: its id. models, courses: None for all of them.

    A model ending in `*` stands for every name that begins so (`openai/*`). scopes: of `SCOPES`.
    all_tenants: whether a backend may name the tenant for which it asks.
    is_token: whether it was a browser's token that was shown, and not the key behind it.
    """

    key: str
    scopes: frozenset[str] = frozenset()
    models: frozenset[str] | None = None
    courses: frozenset[str] | None = None
    all_tenants: bool = False
    is_token: bool = False

    def allows_model(self, name: str) -> bool:
        """name: as the caller writes it, an alias or `provider/model`."""
        if self.models is None or name in self.models:
            return True
        return any(one.endswith("*") and name.startswith(one[:-1]) for one in self.models)

    def allows_course(self, course: str) -> bool:
        """Whether the key may touch anything of the course."""
        return self.courses is None or course in self.courses


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

    def check_course(self, course: str) -> None:
        """Raises: NotAllowed (`course_not_allowed`) where the key is not for the course."""
        if self.grant is not None and not self.grant.allows_course(course):
            raise NotAllowed(
                f"This key is not for course {course[:100]!r}; use one that is, or ask whoever runs the service.",
                code="course_not_allowed",
                param="course",
            )

    def check_model(self, model: str) -> None:
        """Raises: NotAllowed (`model_not_allowed`) where the key is not for the model."""
        if self.grant is not None and not self.grant.allows_model(model):
            raise NotAllowed(
                f"This key is not for model {model[:100]!r}; choose one from GET /v1/models.",
                code="model_not_allowed",
                param="model",
            )
