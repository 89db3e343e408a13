"""The port to whoever knows that somebody is kept out of a course just now."""

from typing import Protocol

from banyan.kernel.identity import Identity


class Door(Protocol):
    """Asked about learners with every request, so it answers from memory. Staff are not kept out here."""

    async def answers(self, caller: Identity, course: str | None = None, lesson: str | None = None) -> None:
        """Whether there may be an answer: in the course, or without one from a model alone.

        Raises: NotAllowed with the reason as its code; Unavailable where nobody can tell.
        """
        ...

    async def reads(self, caller: Identity, course: str) -> None:
        """Whether what is indexed of the course may be shown. Raises as `answers`."""
        ...


class OpenDoor:
    """Keeps nobody out: there is no assistant here that could say so."""

    async def answers(self, caller: Identity, course: str | None = None, lesson: str | None = None) -> None:
        """Nothing."""

    async def reads(self, caller: Identity, course: str) -> None:
        """Nothing."""


OPEN = OpenDoor()
