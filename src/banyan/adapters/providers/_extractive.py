"""How the built-in tutor answers a call: reads the index, and quotes."""

import asyncio
import re
import time
from collections.abc import AsyncIterator
from dataclasses import replace

from banyan.kernel.ids import new_id
from banyan.kernel.messages import Message
from banyan.proxy.domain.chat_answer import chunks, completion, usage, wants_usage
from banyan.proxy.domain.chat_request import read_conversation
from banyan.proxy.domain.deployments import Capabilities
from banyan.proxy.domain.grounding import citation_fields, unknown_course
from banyan.proxy.domain.knowledge import Scope
from banyan.proxy.domain.tutor.reply import Reply
from banyan.proxy.domain.tutor.tutor import Material, Need, ReadLesson, Steps, answer
from banyan.proxy.domain.withholding import Withheld
from banyan.proxy.ports.chat_provider import ChatCall
from banyan.proxy.ports.knowledge import Knowledge

_PIECES = re.compile(r".+?(?:\[\d+\]\s*|\n\s*|$)|\s+", re.DOTALL)
"""What is streamed at a time: up to the end of a quotation or a line. All of it is known at once, so that smaller
pieces would only cost time."""
_MAY_NOT_LOOK = (
    "I answer from the lessons of this course only, and the course is set up so that I may not look into them. "
    "Your teacher can change that."
)
_NO_COURSE = "I answer from an indexed course only; name one as `course` in the request."


class ExtractiveProvider:
    """Reads the index, lets the tutor decide, and writes its reply in OpenAI's shape. A word counts as a token."""

    grounds_itself = True

    def __init__(self, knowledge: Knowledge) -> None:
        self._knowledge = knowledge

    async def complete(self, call: ChatCall) -> bytes:
        """With a top-level `citations`, empty where nothing is quoted.

        Raises: InvalidInput; NotFound when nothing is indexed for the course.
        """
        messages = read_conversation(call.body)
        reply = await self._reply(messages, call)
        return completion(
            id=new_id("chatcmpl"),
            created=int(time.time()),
            model=call.model,
            content=reply.text,
            tokens=_usage(messages, reply),
            citations=[citation_fields(citation) for citation in reply.citations],
            **({} if reply.covered is None else {"covered": reply.covered}),
        )

    async def stream(self, call: ChatCall) -> AsyncIterator[bytes]:
        """The first chunk carries `citations`; then a quotation each. Raises: as `complete`, before the first chunk."""
        messages = read_conversation(call.body)
        reply = await self._reply(messages, call)
        for chunk in chunks(
            id=new_id("chatcmpl"),
            created=int(time.time()),
            model=call.model,
            pieces=(piece[0] for piece in _PIECES.finditer(reply.text)),
            tokens=_usage(messages, reply) if wants_usage(call.body) else None,
            citations=[citation_fields(citation) for citation in reply.citations],
            **({} if reply.covered is None else {"covered": reply.covered}),
        ):
            yield chunk

    def capabilities(self, model: str) -> Capabilities:
        """Text in, text out."""
        return Capabilities(tools=False, json_schema=False)

    async def models(self) -> list[str]:
        """The one."""
        return ["banyan/extractive"]

    async def close(self) -> None:
        """Nothing is held."""

    async def _reply(self, messages: list[Message], call: ChatCall) -> Reply:
        scope = call.scope
        if scope is None:
            return Reply(_NO_COURSE if call.caller.course is None else _MAY_NOT_LOOK)
        withheld = Withheld(call.withhold)
        course = scope.whole_course
        steps = answer(messages, scope.lesson)
        material: Material | None = None
        while True:
            # Scoring takes milliseconds, and a long lesson's summary tenths of a second: not on the loop.
            step = await asyncio.to_thread(_advance, steps, material)
            if isinstance(step, Reply):
                if not step.citations:  # asked only now: most turns do find something, and need not wait for it
                    await self._require(course)
                return step
            material = await self._read(course, step, withheld, call.rag.top_k)

    async def _require(self, course: Scope) -> None:
        if not await self._knowledge.knows(course):
            raise unknown_course(course.course)

    async def _read(self, course: Scope, need: Need, withheld: Withheld, top_k: int | None) -> Material:
        """top_k: passages of a search at most, of which the open lesson gets up to half."""
        lesson = None if need.lesson is None else replace(course, lesson=need.lesson)
        if isinstance(need, ReadLesson):
            return Material(withheld.without(await self._knowledge.lesson(lesson or course)))
        limit, of_lesson = need.limit, need.lesson_limit
        if top_k is not None:
            of_lesson = min(of_lesson, top_k // 2) if lesson is not None else 0
            limit = min(limit, top_k - of_lesson)
        found = await self._knowledge.search(
            course,
            need.query,
            limit=limit,
            mode=need.mode,
            with_sentences=True,
            beside=None if lesson is None or not of_lesson else (lesson, of_lesson),
        )
        return Material(withheld.without(found.passages), found.question)


def _advance(steps: Steps, material: Material | None) -> Need | Reply:
    """Takes the tutor one step further: to what it wants to read next, or to its reply."""
    try:
        return next(steps) if material is None else steps.send(material)
    except StopIteration as end:
        reply: Reply = end.value
        return reply


def _usage(messages: list[Message], reply: Reply) -> dict[str, int]:
    return usage(sum(len(message.content.split()) for message in messages), len(reply.text.split()))
