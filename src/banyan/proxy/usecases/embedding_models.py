"""Finds who gives a text its vectors: this service's own models, deployments, aliases, and `provider/model`."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from banyan.kernel.errors import NotAllowed, NotFound
from banyan.proxy.domain.deployments import LOCAL, USUAL_PATIENCE, Alias, Capabilities, Deployment, Patience
from banyan.proxy.domain.model_name import choices
from banyan.proxy.domain.routing import Wish
from banyan.proxy.ports.embedder import Embedder, Input
from banyan.proxy.usecases.embedders import Embedders
from banyan.proxy.usecases.fleet import NO_VECTORS, Fleet
from banyan.proxy.wrappers.guarded import Guarded

_BY_NAME = "asked for by name"
_AT_HOME = Capabilities(chat=False, stream=False, tools=False, json_schema=False, embeddings=True)


def _nothing(texts: Sequence[Input]) -> bool:
    return False


@dataclass(frozen=True, slots=True)
class EmbedLink:
    """One deployment of a chain, as `Linked` has it. guard: None for what never leaves this process.

    knows: whether it can give the vectors of these texts without asking anybody.
    """

    deployment: Deployment
    embedder: Embedder
    why: str = _BY_NAME
    guard: Guarded | None = None
    knows: Callable[[Sequence[Input]], bool] = _nothing
    capabilities: Capabilities = _AT_HOME
    longer: bool = False
    free: bool = False
    quotes: bool = False

    @property
    def name(self) -> str:
        """The deployment's."""
        return self.deployment.name

    @property
    def patience(self) -> Patience:
        """How long it is waited for."""
        return self.deployment.patience


@dataclass(frozen=True, slots=True)
class EmbedRoute:
    """links: in the order in which they are asked; at least one. alias: None where a model was asked for by its name.

    deadline: seconds for all tries together; None for no bound, which is for what runs here.
    """

    links: tuple[EmbedLink, ...]
    alias: Alias | None = None

    @property
    def deadline(self) -> float | None:
        """As said above."""
        return None if self.links[0].guard is None else self.links[0].patience.total

    @contextmanager
    def held(self) -> Iterator[None]:
        """Nobody in it is closed while the block runs."""
        with ExitStack() as stack:
            for link in self.links:
                if link.guard is not None:
                    stack.enter_context(link.guard.held())
            yield


class EmbeddingModels:
    """own: this service's embedders, by every name that they go by; the first is used where a request names none.

    A deployment or an alias with one of these names comes before them.
    """

    def __init__(self, own: Mapping[str, Embedder], fleet: Fleet, embedders: Embedders) -> None:
        self._own = dict(own)
        self._fleet = fleet
        self.embedders = embedders

    @property
    def default(self) -> str:
        """The name of the model that answers where none is named."""
        return next(iter(self._own))

    def route(self, model: str, wish: Wish) -> EmbedRoute:
        """Who is asked. wish: with the need `VECTORS`.

        Raises: NotFound, naming what there is to choose from; NotAllowed where the data zone forbids it, where nobody
            behind the alias makes vectors, or where they make different ones.
        """
        fleet = self._fleet
        if model in self._own and model not in fleet.aliases and model not in fleet.deployments:
            return self._at_home(model, wish.zone)
        try:
            chosen = fleet.explain(model, wish).choices
        except NotFound as error:
            raise self._unknown(model) from error
        except NotAllowed as error:
            if error.code == NO_VECTORS:
                raise self._unknown(model) from error
            raise
        links = []
        for choice in chosen:
            member = fleet.member(choice.deployment)
            embedder = self.embedders.of(member)
            if embedder is not None:
                links.append(
                    EmbedLink(
                        member.deployment,
                        embedder,
                        choice.why,
                        member.guard,
                        embedder.knows,
                        member.capabilities,
                        choice.longer,
                        member.free,
                    )
                )
        if not links:
            raise self._unknown(model)
        return EmbedRoute(tuple(links), fleet.aliases.get(model))

    def check_alike(self, route: EmbedRoute) -> None:
        """What answers have shown since. Raises: as `Fleet.check_alike`."""
        if route.alias is not None:
            self._fleet.check_alike(route.alias)

    def _at_home(self, model: str, zone: str | None) -> EmbedRoute:
        if zone not in (None, LOCAL):
            raise NotAllowed(
                f"The texts are to stay in the zone {zone!r}, and the model is in {LOCAL!r}; choose another model.",
                code="zone_not_allowed",
                param="model",
            )
        embedder = self._own[model]
        at = Deployment(model, "banyan", embedder.name, zone=LOCAL, patience=USUAL_PATIENCE)
        return EmbedRoute((EmbedLink(at, embedder),))

    def _unknown(self, model: str) -> NotFound:
        fleet = self._fleet
        named = [name for name in sorted(fleet.deployments) if fleet.member(name).capabilities.embeddings]
        able = set(named)
        named += [
            alias.name for alias in fleet.aliases.values() if any(target.deployment in able for target in alias.targets)
        ]
        upstream = [name for name in fleet.providers if fleet.entries[name].embeddings is not None]
        words = ", ".join([*self._own, *named, *([choices(upstream)] if upstream else [])])
        return NotFound(
            f"There is no embedding model {model[:100]!r} here; use one of {words}.",
            code="model_not_found",
            param="model",
        )
