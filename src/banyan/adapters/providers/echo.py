"""Says what the user said: deterministic, for tests, benchmarks and the first contact."""

import re
from collections.abc import AsyncIterator

from banyan.kernel.ids import content_id
from banyan.proxy.domain.chat_answer import chunks, completion, usage, wants_usage
from banyan.proxy.domain.chat_request import last_question, read_conversation
from banyan.proxy.domain.deployments import LOCAL, Capabilities
from banyan.proxy.ports.chat_provider import ChatCall, ProviderEntry

_WORDS = re.compile(r"\S+\s*|\s+")
_NAME = "banyan/echo"


class EchoProvider:
    """Answers with the text of the last user message, a word at a time; a word counts as a token."""

    grounds_itself = False

    async def complete(self, call: ChatCall) -> bytes:
        """Equal requests get equal answers, byte for byte: `created` is always 0."""
        prompt, answer = _read(call.body)
        tokens = usage(prompt, len(answer.split()))
        return completion(id=_id(answer), created=0, model=call.model, content=answer, tokens=tokens)

    async def stream(self, call: ChatCall) -> AsyncIterator[bytes]:
        """One chunk per word, with the space behind it."""
        prompt, answer = _read(call.body)
        tokens = usage(prompt, len(answer.split())) if wants_usage(call.body) else None
        pieces = (word[0] for word in _WORDS.finditer(answer))
        for chunk in chunks(id=_id(answer), created=0, model=call.model, pieces=pieces, tokens=tokens):
            yield chunk

    def capabilities(self, model: str) -> Capabilities:
        """Text in, text out."""
        return Capabilities(tools=False, json_schema=False)

    async def models(self) -> list[str]:
        """The one."""
        return [_NAME]

    async def close(self) -> None:
        """Nothing is held."""


def _read(body: bytes) -> tuple[int, str]:
    messages = read_conversation(body)
    return sum(len(message.content.split()) for message in messages), last_question(messages)


def _id(answer: str) -> str:
    return f"chatcmpl-{content_id(_NAME, answer)}"


ENTRY = ProviderEntry(
    name=_NAME,
    summary="Says what the user said; needs nothing.",
    open=lambda needs: EchoProvider(),
    zone=LOCAL,
    free=True,
)
