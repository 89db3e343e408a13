"""What operators have set up at run time: deployments and aliases as they wrote them, version by version."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from banyan.kernel.errors import InvalidInput

_WORD = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
Table = Mapping[str, Any]
"""A deployment or an alias as an operator writes it, in `banyan.toml` or as JSON. Holds secrets."""


class Kind(StrEnum):
    """What can be set up."""

    DEPLOYMENT = "deployment"
    ALIAS = "alias"


@dataclass(frozen=True, slots=True)
class Version:
    """One state of a name. number: 1 for the first. table: None where it was taken away.

    by: who did it. note: what was done, in a word or two.
    """

    kind: Kind
    name: str
    number: int
    table: Table | None
    at: datetime
    by: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class CourseZone:
    """The only data zone to which calls with a course may go."""

    tenant: str
    course: str
    zone: str
    at: datetime
    by: str


def is_word(text: str) -> bool:
    """Whether it can be a kind of task or a zone."""
    return _WORD.fullmatch(text) is not None


def checked_zone(zone: object) -> str:
    """The zone, if it can be the name of one. Raises: InvalidInput."""
    if not isinstance(zone, str) or not is_word(zone):
        raise InvalidInput("A data zone is one word of small letters, such as local; correct it.", param="zone")
    return zone
