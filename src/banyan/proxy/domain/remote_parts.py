"""What is known of a batch that a provider works on, part by part: a large one is more than one batch there."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec
from msgspec import Struct, structs

_BEYOND = 2**53


class Part(Struct, frozen=True, omit_defaults=True):
    """Lines that were submitted together.

    tag: by which the provider's batch is found. last: the number of its last line. lines: how many it has.
    since: seconds since 1970 just before it was submitted. hint: by what else it can be found.
    ref: None while nobody knows whether it arrived.
    stopped: it was asked to end. over: its answers are here.
    """

    tag: str
    last: int
    lines: int
    since: float
    hint: str = ""
    ref: str | None = None
    stopped: bool = False
    over: bool = False

    @property
    def sent(self) -> datetime:
        """`since` as a moment."""
        return datetime.fromtimestamp(self.since, UTC)


class Remote(Struct, frozen=True, omit_defaults=True):
    """The `remote` of a batch. closed: no more parts are submitted. over: nothing more comes from the provider."""

    deployment: str = ""
    parts: tuple[Part, ...] = ()
    closed: bool = False
    over: bool = False

    @property
    def last(self) -> int:
        """The number of the last line that was submitted or passed over."""
        return self.parts[-1].last if self.parts else 0

    @property
    def is_open(self) -> bool:
        """Whether answers are still to come."""
        return any(not part.over for part in self.parts)

    def after(self, part: Part) -> int:
        """The number behind which the part's lines begin."""
        place = self.parts.index(part)
        return self.parts[place - 1].last if place else 0

    def with_part(self, part: Part) -> "Remote":
        """The part instead of the one with its tag, or behind all others."""
        tags = [known.tag for known in self.parts]
        if part.tag not in tags:
            return structs.replace(self, parts=(*self.parts, part))
        return structs.replace(self, parts=tuple(part if known.tag == part.tag else known for known in self.parts))

    def without(self, part: Part) -> "Remote":
        """As if the part had never been submitted; it is the last one."""
        return structs.replace(self, parts=tuple(known for known in self.parts if known.tag != part.tag))

    def fields(self) -> dict[str, Any]:
        """To be kept with the batch."""
        found: dict[str, Any] = msgspec.to_builtins(self)
        return found


def read_remote(fields: Mapping[str, Any] | None, batch: str) -> Remote:
    """From what is kept; a batch that was submitted when a batch had one part still reads."""
    known = dict(fields or {})
    ref = known.pop("ref", None)
    found = msgspec.convert(known, Remote)
    return found if ref is None else found.with_part(Part(batch, _BEYOND, 0, 0, ref))
