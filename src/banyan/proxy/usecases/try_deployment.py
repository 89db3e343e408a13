"""Makes one tiny call to a deployment and says what happened, around its breaker and without a second try."""

import asyncio
import time
from dataclasses import dataclass, replace

import msgspec

from banyan.kernel.errors import BanyanError, DeadlineExceeded
from banyan.kernel.ids import new_id
from banyan.proxy.domain.accounting import Caller, Trace
from banyan.proxy.domain.deployments import Deployment
from banyan.proxy.ports.chat_provider import ChatCall
from banyan.proxy.usecases.embed import Embed, EmbedRequest
from banyan.proxy.usecases.embed_chain import EmbedChain
from banyan.proxy.usecases.embedders import Embedders
from banyan.proxy.usecases.fleet import Accounts, Fleet

_FIELDS = {
    "messages": msgspec.Raw(b'[{"role":"user","content":"Say ok."}]'),
    "max_tokens": msgspec.Raw(b"16"),
}
_TEXT = "Say ok."
_LONGEST_ANSWER = 200
_LONGEST_SECONDS = 30


@dataclass(frozen=True, slots=True)
class Trial:
    """model: as the answer names it. error: None where it went well."""

    seconds: float
    model: str = ""
    answer: str | None = None
    error: BanyanError | None = None


class _Message(msgspec.Struct):
    content: str | None = None


class _Choice(msgspec.Struct):
    message: _Message


class _Answer(msgspec.Struct):
    choices: list[_Choice]
    model: str = ""


class TryDeployment:
    """The call is metered like every other one, on the account of whoever tries."""

    def __init__(self, fleet: Fleet, embedders: Embedders, accounts: Accounts) -> None:
        self._fleet = fleet
        self._embedders = embedders
        self._accounts = accounts

    async def test(self, name: str, tenant: str, by: str) -> Trial:
        """A chat, or vectors of a model that makes nothing else. Raises: NotFound for a name that nobody has."""
        member = self._fleet.member(name)
        patience = member.deployment.patience
        if patience.first_byte is None:
            patience = replace(patience, first_byte=_LONGEST_SECONDS)
        caller, trace = Caller(tenant, by, task="test", request_id=new_id("req")), Trace(deployment=name, why="test")
        if member.capabilities.embeddings and not member.capabilities.chat:
            return await self._embed(member.deployment, patience.first_byte, caller, trace)
        call = ChatCall(
            body=msgspec.json.encode({**_FIELDS, "model": member.deployment.model}),
            model=member.deployment.model,
            patience=patience,
            caller=caller,
            trace=trace,
            fields=_FIELDS,
        )
        began = time.monotonic()
        try:
            body = await member.paid.complete(call)
            answer = msgspec.json.decode(body, type=_Answer)
        except BanyanError as error:
            return Trial(time.monotonic() - began, error=error)
        text = answer.choices[0].message.content if answer.choices else None
        return Trial(time.monotonic() - began, answer.model, None if text is None else text[:_LONGEST_ANSWER])

    async def _embed(self, deployment: Deployment, seconds: float | None, caller: Caller, trace: Trace) -> Trial:
        chain = EmbedChain(self._accounts, caller, Embed(EmbedRequest(_TEXT)), len(_TEXT) + 2, trace)
        began = time.monotonic()
        try:
            async with asyncio.timeout(seconds), self._embedders.bare(deployment) as embedder:
                found = await chain.once(deployment, embedder)
        except TimeoutError:
            late = DeadlineExceeded(f"{deployment.name} gave no vectors within {seconds} s; look at its server.")
            return Trial(time.monotonic() - began, error=late)
        except BanyanError as error:
            return Trial(time.monotonic() - began, error=error)
        return Trial(time.monotonic() - began, deployment.model, f"{found.vectors.shape[1]} dimensions")
