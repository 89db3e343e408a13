"""Who is asked next in a chain of deployments, by how the one before failed."""

from dataclasses import dataclass
from typing import Protocol

from banyan.kernel.errors import BanyanError
from banyan.proxy.domain.deployments import Alias, Capabilities
from banyan.proxy.domain.failures import Failure, kind_of
from banyan.proxy.domain.routing import may_follow


class Linked(Protocol):
    """One deployment of a chain, whatever it is asked for.

    longer: asked only after a prompt was too long. free: costs nothing, whatever is asked. quotes: answers from the
    course by itself, so that no prompt is too long.
    """

    @property
    def name(self) -> str:
        """The deployment's."""
        ...

    @property
    def capabilities(self) -> Capabilities:
        """What it can do."""
        ...

    @property
    def longer(self) -> bool:
        """As said above."""
        ...

    @property
    def free(self) -> bool:
        """As said above."""
        ...

    @property
    def quotes(self) -> bool:
        """As said above."""
        ...


@dataclass(frozen=True, slots=True)
class Failed:
    """What a chain has to go on from."""

    link: Linked
    error: BanyanError
    failure: Failure

    @property
    def why(self) -> str:
        """Why somebody else is asked, for people."""
        return f"{self.link.name}: {self.failure}"


def is_next(link: Linked, failed: Failed | None) -> bool:
    """Whether this one is asked. failed: None at the beginning."""
    if failed is None:
        return not link.longer
    if failed.failure is Failure.BUDGET:
        return link.free
    if failed.failure is Failure.CONTEXT_LENGTH:
        window, before = link.capabilities.context_window, failed.link.capabilities.context_window
        return link.longer or link.quotes or (window is not None and before is not None and window > before)
    if failed.failure is Failure.INCAPABLE and link.quotes:
        return False  # quoted sentences are no answer to a request that is wrong
    return not link.longer


def judged(link: Linked, error: BanyanError, before: Failed | None, alias: Alias | None) -> Failed:
    """What the failure of a link leaves to go on from. Raises: the error itself, where nobody else may be asked."""
    failure = kind_of(error)
    if not may_follow(failure, alias):
        raise error
    if failure in (Failure.OPEN, Failure.INCAPABLE) and before is not None:
        return before  # nobody was asked: what failed before says more
    return Failed(link, error, failure)
