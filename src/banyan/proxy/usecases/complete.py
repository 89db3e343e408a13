"""Answers a chat completion, grounded in a course where one is named."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any, cast

import msgspec

from banyan.kernel.messages import Citation
from banyan.proxy.domain.chat_request import ChatRequest, last_question, read_conversation
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
from banyan.proxy.ports.chat_provider import ChatCall, ChatProvider
from banyan.proxy.ports.knowledge import Knowledge
from banyan.proxy.usecases.route_model import ModelRoutes

_PASSAGE_BUDGET = 12_000
"""Characters, about 3,000 tokens: fits the small context windows of local models beside a conversation."""
_LONGEST_QUERY = 8_000
"""Characters of a question that are searched for; nobody asks more, but some paste more."""


class Complete:
    """default_model: answers where the caller names none. top_k: how many passages ground an answer."""

    def __init__(self, routes: ModelRoutes, knowledge: Knowledge, *, default_model: str, top_k: int) -> None:
        self._routes = routes
        self._knowledge = knowledge
        self.default_model = default_model
        self._top_k = top_k

    async def complete(self, tenant: str, request: ChatRequest) -> bytes:
        """The `chat.completion` object as JSON, with `citations` where a course was named.

        Raises: NotFound (of the model or the course), InvalidInput, and what `ChatProvider.complete` raises.
        """
        provider, call, citations = await self._prepare(tenant, request)
        answer = await provider.complete(call)
        return answer if citations is None else with_cited(answer, citations)

    async def stream(self, tenant: str, request: ChatRequest) -> AsyncGenerator[bytes, None]:
        """`chat.completion.chunk` objects as JSON; the first one carries every citation that may be used.

        Raises: as `complete`, before the first item or between items. Closing it cancels the upstream call.
        """
        provider, call, citations = await self._prepare(tenant, request)
        # Providers write their streams as generators; closing one is what cancels the upstream call.
        chunks = cast(AsyncGenerator[bytes, None], provider.stream(call))
        async with aclosing(chunks):
            async for chunk in chunks:
                if citations is not None:
                    chunk, citations = with_citations(chunk, citations), None
                yield chunk

    async def _prepare(self, tenant: str, request: ChatRequest) -> tuple[ChatProvider, ChatCall, list[Citation] | None]:
        provider, model = self._routes.find(request.model or self.default_model)
        if request.course is None:
            return provider, ChatCall(request.body_for(model), model, request.stream), None
        scope = Scope(tenant, request.course, request.lesson)
        if provider.grounds_itself:
            return provider, ChatCall(request.body_for(model), model, request.stream, scope), None
        passages = await self._passages(scope, request)
        fields: Any = {**with_system_message(request.fields, grounding_text(passages)), "model": model}
        call = ChatCall(msgspec.json.encode(fields), model, request.stream)
        return provider, call, citations_of(passages)

    async def _passages(self, scope: Scope, request: ChatRequest) -> list[Passage]:
        question = last_question(read_conversation(request.body_for("")))[:_LONGEST_QUERY]
        course = Scope(scope.tenant, scope.course)
        of_lesson: tuple[Passage, ...] = ()
        if scope.lesson is not None:
            of_lesson = (await self._knowledge.search(scope, question, limit=self._top_k)).passages
        of_course = (await self._knowledge.search(course, question, limit=self._top_k)).passages
        if not of_course and not await self._knowledge.knows(course):
            raise unknown_course(scope.course)
        return choose_passages(of_lesson, of_course, limit=self._top_k, budget=_PASSAGE_BUDGET)
