"""Embeds on a caller's account: limits, data zone, fallbacks, budgets and ledger, as for chat."""

from dataclasses import replace

from banyan.kernel.errors import NotAllowed
from banyan.proxy.domain.accounting import Caller, Trace
from banyan.proxy.domain.estimates import probable
from banyan.proxy.domain.pricing import Tokens
from banyan.proxy.domain.routing import Wish
from banyan.proxy.ports.rate_limits import Ask, RateLimits
from banyan.proxy.usecases.embed import Embed, EmbedRequest, EmbedResult
from banyan.proxy.usecases.embed_chain import EmbedChain
from banyan.proxy.usecases.embedding_models import EmbeddingModels
from banyan.proxy.usecases.fleet import VECTORS, Accounts
from banyan.proxy.usecases.refusals import note_zone_refusal


class EmbedFor:
    """What comes from a provider is paid for, what is remembered is not."""

    def __init__(self, models: EmbeddingModels, limits: RateLimits, accounts: Accounts) -> None:
        self.models = models
        self._limits = limits
        self.accounts = accounts

    async def embed(self, caller: Caller, request: EmbedRequest, trace: Trace) -> EmbedResult:
        """One vector per input. Raises: as `Embed`; NotFound, NotAllowed, RateLimited, QuotaExceeded; Unavailable for
        an unknown price where a budget applies.
        """
        request = replace(request, model=request.model or self.models.default)
        work = Embed(request)
        size = _most_tokens(request.input)
        wish = Wish(caller.task, caller.zone, frozenset({VECTORS}), Tokens(input=probable(size)))
        try:
            route = self.models.route(str(request.model), wish)
        except NotAllowed as error:
            note_zone_refusal(self.accounts.telemetry, caller, error)
            raise
        work.check(route.links[0].embedder.dimensions)
        with route.held():
            admission = await self._limits.enter(Ask(caller, probable(size)))
            try:
                if admission is not None:
                    trace.headers.update(admission.headers)
                found = await EmbedChain(self.accounts, caller, work, size, trace).ask(route)
                self.models.check_alike(route)
                return work.result(found)
            finally:
                if admission is not None:
                    admission.leave(Tokens(trace.input))


def _most_tokens(value: object) -> int:
    """A bound: a text has no more tokens than bytes, and some that the model adds."""
    if isinstance(value, str):
        return len(value.encode("utf-8", "surrogatepass")) + 2
    if not isinstance(value, list):
        return 0
    return sum(_most_tokens(entry) if isinstance(entry, str | list) else 1 for entry in value) + 2
