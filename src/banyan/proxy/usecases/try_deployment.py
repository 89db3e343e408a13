"""Makes one tiny call to a deployment and says what happened, around its breaker and without a second try."""

import time
from dataclasses import dataclass, replace

import msgspec

from banyan.kernel.errors import BanyanError
from banyan.kernel.ids import new_id
from banyan.proxy.domain.accounting import Caller, Trace
from banyan.proxy.ports.chat_provider import ChatCall
from banyan.proxy.usecases.fleet import Fleet

_FIELDS = {
    "messages": msgspec.Raw(b'[{"role":"user","content":"Say ok."}]'),
    "max_tokens": msgspec.Raw(b"16"),
}
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

    def __init__(self, fleet: Fleet) -> None:
        self._fleet = fleet

    async def test(self, name: str, tenant: str, by: str) -> Trial:
        """Raises: NotFound for a name that nobody has."""
        member = self._fleet.member(name)
        patience = member.deployment.patience
        if patience.first_byte is None:
            patience = replace(patience, first_byte=_LONGEST_SECONDS)
        call = ChatCall(
            body=msgspec.json.encode({**_FIELDS, "model": member.deployment.model}),
            model=member.deployment.model,
            patience=patience,
            caller=Caller(tenant, by, task="test", request_id=new_id("req")),
            trace=Trace(deployment=name, why="test"),
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
