"""Puts a course's passages into the prompt of a model that cannot look them up itself, and cites them."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from typing import cast

import structlog
from msgspec import structs

from banyan.kernel.messages import Citation
from banyan.proxy.domain.chat_request import last_question, read_conversation, whole_number
from banyan.proxy.domain.clipping import clipped
from banyan.proxy.domain.grounding import (
    RULES_BYTES,
    choose_passages,
    citations_of,
    grounding_text,
    unknown_course,
    with_citations,
    with_cited,
    with_dropped,
    with_system_message,
)
from banyan.proxy.domain.knowledge import Passage, Scope
from banyan.proxy.domain.screening import Dropped, Screening
from banyan.proxy.domain.withholding import Withheld
from banyan.proxy.ports.chat_provider import ChatCall, ChatProvider
from banyan.proxy.ports.knowledge import Knowledge
from banyan.proxy.wrappers.wrapper import Wrapper

_PASSAGE_BUDGET = 12_000
"""Characters, about 3,000 tokens: fits the small context windows of local models beside a conversation."""
_LONGEST_QUERY = 8_000
"""Characters of a question that are searched for; nobody asks more, but some paste more."""
_BYTES_PER_TOKEN = 3
"""Few enough to be on the safe side; text has four on average."""
_USUAL_OUTPUT = 512
"""Tokens of the window that are left to the answer where the request does not say."""
_LEAST_PASSAGE = 200
"""Characters: below this a passage says nothing, so that the model may as well refuse the prompt."""
_log = structlog.get_logger(__name__)


class Grounded(Wrapper):
    """top_k: how many passages ground an answer, where the call does not say. screening: keeps some from the model."""

    def __init__(
        self, provider: ChatProvider, knowledge: Knowledge, *, top_k: int, screening: Screening | None = None
    ) -> None:
        super().__init__(provider)
        self.grounds_itself = True
        self._knowledge = knowledge
        self._top_k = top_k
        self._screening = screening or Screening(None)

    async def complete(self, call: ChatCall) -> bytes:
        """As the port says, with the citations that the answer uses. Raises also: NotFound for an unknown course."""
        if call.scope is None:
            return await self._provider.complete(call)
        call, citations, dropped = await self._ground(call, call.scope)
        return with_dropped(with_cited(await self._provider.complete(call), citations), dropped)

    def stream(self, call: ChatCall) -> AsyncIterator[bytes]:
        """As the port says; the first chunk carries every citation that may be used. Raises as `complete`."""
        return self._provider.stream(call) if call.scope is None else self._grounded(call, call.scope)

    async def _grounded(self, call: ChatCall, scope: Scope) -> AsyncIterator[bytes]:
        citations: list[Citation] | None = None
        call, citations, dropped = await self._ground(call, scope)
        # Providers write their streams as generators; closing one is what cancels the upstream call.
        async with aclosing(cast(AsyncGenerator[bytes, None], self._provider.stream(call))) as chunks:
            async for chunk in chunks:
                if citations is not None:
                    chunk, citations = with_dropped(with_citations(chunk, citations), dropped), None
                yield chunk

    async def _ground(self, call: ChatCall, scope: Scope) -> tuple[ChatCall, list[Citation], list[Dropped]]:
        passages, dropped = await self._passages(scope, call)
        text = grounding_text(passages, general=call.rag.general)
        grounded = call.with_fields(with_system_message(call.fields, text))
        return structs.replace(grounded, scope=None), citations_of(passages), dropped

    async def _passages(self, scope: Scope, call: ChatCall) -> tuple[list[Passage], list[Dropped]]:
        question = last_question(read_conversation(call.body))[:_LONGEST_QUERY]
        top_k = call.rag.top_k or self._top_k
        course = scope.whole_course
        places = [course] if scope.lesson is None else [course, scope]
        found_in = await asyncio.gather(*(self._knowledge.search(one, question, limit=top_k) for one in places))
        of_course, of_lesson = found_in[0].passages, found_in[-1].passages if scope.lesson is not None else ()
        if not of_course and not await self._knowledge.knows(course):
            raise unknown_course(scope.course)
        found = {passage.chunk_id: passage for passage in (*of_lesson, *of_course)}
        dropped: list[Dropped] = []
        if call.rag.screen:
            kept, dropped = await asyncio.to_thread(self._screening, list(found.values()))
            found = {passage.chunk_id: passage for passage in kept}
            for one in dropped:
                _log.warning("passage-kept-from-model", **{name: one.fields[name] for name in _LOGGED})
        left = Withheld(call.withhold).without
        budget = _budget(call)
        most = min(call.rag.snippet_chars or budget, max(budget, _LEAST_PASSAGE))

        def ready(passages: tuple[Passage, ...]) -> list[Passage]:
            return [clipped(one, question, most) for one in left([p for p in passages if p.chunk_id in found])]

        return choose_passages(ready(of_lesson), ready(of_course), limit=top_k, budget=budget), dropped


_LOGGED = ("course", "lesson", "chunk_id", "source")


def _budget(call: ChatCall) -> int:
    """Characters of passages that the model's window has room for beside the conversation and the answer."""
    if call.window is None:
        return _PASSAGE_BUDGET
    asked = (whole_number(call.fields, name) for name in ("max_completion_tokens", "max_tokens"))
    output = next((tokens for tokens in asked if tokens), min(_USUAL_OUTPUT, call.window // 4))
    rest = (call.window - output) * _BYTES_PER_TOKEN - len(call.body) - RULES_BYTES
    return max(0, min(_PASSAGE_BUDGET, rest))
