"""Puts a course's passages into the prompt of a model that cannot look them up itself, and cites them."""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from typing import cast

from msgspec import structs

from banyan.kernel.messages import Citation
from banyan.proxy.domain.chat_request import last_question, read_conversation
from banyan.proxy.domain.grounding import (
    choose_passages,
    citations_of,
    grounding_text,
    unknown_course,
    with_citations,
    with_cited,
    with_system_message,
)
from banyan.proxy.domain.knowledge import Passage, Scope
from banyan.proxy.domain.withholding import Withheld
from banyan.proxy.ports.chat_provider import ChatCall, ChatProvider
from banyan.proxy.ports.knowledge import Knowledge
from banyan.proxy.wrappers.wrapper import Wrapper

_PASSAGE_BUDGET = 12_000
"""Characters, about 3,000 tokens: fits the small context windows of local models beside a conversation."""
_LONGEST_QUERY = 8_000
"""Characters of a question that are searched for; nobody asks more, but some paste more."""


class Grounded(Wrapper):
    """top_k: how many passages ground an answer."""

    def __init__(self, provider: ChatProvider, knowledge: Knowledge, *, top_k: int) -> None:
        super().__init__(provider)
        self.grounds_itself = True
        self._knowledge = knowledge
        self._top_k = top_k

    async def complete(self, call: ChatCall) -> bytes:
        """As the port says, with the citations that the answer uses. Raises also: NotFound for an unknown course."""
        if call.scope is None:
            return await self._provider.complete(call)
        call, citations = await self._ground(call, call.scope)
        return with_cited(await self._provider.complete(call), citations)

    def stream(self, call: ChatCall) -> AsyncIterator[bytes]:
        """As the port says; the first chunk carries every citation that may be used. Raises as `complete`."""
        return self._provider.stream(call) if call.scope is None else self._grounded(call, call.scope)

    async def _grounded(self, call: ChatCall, scope: Scope) -> AsyncIterator[bytes]:
        citations: list[Citation] | None = None
        call, citations = await self._ground(call, scope)
        # Providers write their streams as generators; closing one is what cancels the upstream call.
        async with aclosing(cast(AsyncGenerator[bytes, None], self._provider.stream(call))) as chunks:
            async for chunk in chunks:
                if citations is not None:
                    chunk, citations = with_citations(chunk, citations), None
                yield chunk

    async def _ground(self, call: ChatCall, scope: Scope) -> tuple[ChatCall, list[Citation]]:
        passages = await self._passages(scope, call)
        grounded = call.with_fields(with_system_message(call.fields, grounding_text(passages)))
        return structs.replace(grounded, scope=None), citations_of(passages)

    async def _passages(self, scope: Scope, call: ChatCall) -> list[Passage]:
        question = last_question(read_conversation(call.body))[:_LONGEST_QUERY]
        course = scope.whole_course
        of_lesson: tuple[Passage, ...] = ()
        if scope.lesson is not None:
            of_lesson = (await self._knowledge.search(scope, question, limit=self._top_k)).passages
        of_course = (await self._knowledge.search(course, question, limit=self._top_k)).passages
        if not of_course and not await self._knowledge.knows(course):
            raise unknown_course(scope.course)
        left = Withheld(call.withhold).without
        return choose_passages(left(of_lesson), left(of_course), limit=self._top_k, budget=_PASSAGE_BUDGET)
