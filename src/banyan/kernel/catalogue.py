"""A catalogue: a sorted list of module names, each of which offers one `ENTRY`."""

from collections.abc import Iterator, Sequence
from importlib import import_module
from typing import Generic, TypeVar, cast

from banyan.kernel.errors import NotFound

Entry = TypeVar("Entry")


class Catalogue(Generic[Entry]):
    """The entries of one room, imported when first asked for.

    room: `__name__` of the package that holds the modules.
    names: module names, sorted; the only list of them in the code base.
    """

    def __init__(self, room: str, names: Sequence[str]) -> None:
        if list(names) != sorted(set(names)):
            raise ValueError(f"The names in the catalogue of {room} must be sorted and unique.")
        self._room = room
        self.names = tuple(names)

    def __getitem__(self, name: str) -> Entry:
        """Raises: NotFound, naming what there is to choose from."""
        if name not in self.names:
            raise NotFound(f"There is no {name!r} here; choose one of {', '.join(self.names)}.")
        return cast(Entry, import_module(f"{self._room}.{name}").ENTRY)

    def __iter__(self) -> Iterator[str]:
        return iter(self.names)
