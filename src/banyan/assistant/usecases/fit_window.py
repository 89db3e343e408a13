"""Asks again with less where a model turns out to have no room for the conversation."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace
from typing import Protocol

from banyan.assistant.domain.notices import Notice, NoticeCode
from banyan.assistant.ports.model_gateway import AnswerEvent, Question
from banyan.assistant.usecases.stoppable import Stopped
from banyan.kernel.errors import BanyanError

TOO_LONG = Notice(NoticeCode.LENGTH, "Your question is longer than the model that answers here can read. Shorten it.")
_CODE = "context_length_exceeded"


class Asks(Protocol):
    """What gives an answer."""

    def answer(self, question: Question) -> AsyncGenerator[AnswerEvent, None]:
        """As `ModelGateway.answer`."""
        ...


async def fitted(gateway: Asks, question: Question) -> AsyncGenerator[AnswerEvent, None]:
    """As `ModelGateway.answer`; a window that nobody knew of is met with the question alone, with fewer passages.

    Raises: Stopped with a notice where that is too long as well; else what the gateway raises.
    """
    smallest = replace(question, messages=question.messages[-1:], rag=replace(question.rag, top_k=1))
    for one, last in ((question, False), (smallest, True)):
        begun = False
        try:
            async with aclosing(gateway.answer(one)) as events:
                async for event in events:
                    begun = True
                    yield event
                return
        except BanyanError as error:
            if begun or error.code != _CODE:
                raise
            if last:
                raise Stopped(TOO_LONG) from error
