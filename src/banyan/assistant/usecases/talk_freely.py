"""Answers messages that are about no course, with the guardrails around them; backends bring their own prompts."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace

from banyan.assistant.domain.admission import refusal
from banyan.assistant.domain.circumstances import Circumstances
from banyan.assistant.domain.standing import Standing
from banyan.assistant.ports.model_gateway import AnswerDone, ModelGateway, Question, Sampling, TextDelta
from banyan.assistant.usecases.draft_lesson import model_for
from banyan.assistant.usecases.guarded_answer import guarded_answer
from banyan.assistant.usecases.keep_door import KeepDoor
from banyan.assistant.usecases.parts import Parts
from banyan.assistant.usecases.raise_alarm import raise_alarm
from banyan.kernel.errors import NotAllowed
from banyan.kernel.identity import Identity
from banyan.kernel.messages import Message


@dataclass(frozen=True, slots=True)
class TalkFreely:
    """The use case. model: where neither the caller nor the policy names one."""

    gateway: ModelGateway
    parts: Parts
    door: KeepDoor
    model: str

    async def usual(self, asker: Identity, wanted: str | None) -> str:
        """Who would answer."""
        return model_for(await self.parts.admit.policies.effective(asker.tenant, "", None), wanted, self.model)

    async def __call__(
        self, asker: Identity, messages: Sequence[Message], model: str, sampling: Sampling
    ) -> AsyncGenerator[TextDelta | AnswerDone, None]:
        """The text in pieces, then its end. messages: the last one is the asker's.

        Raises: NotAllowed with a notice's code where the assistant is closed to the asker, or a guardrail says no; what
        the gateway raises.
        """
        await self.door.answers(asker)
        effective = await self.parts.admit.policies.effective(asker.tenant, "", None)
        standing = Standing(asker, teaches=asker.is_staff, enrolled=True)
        notice = refusal(effective, standing, None)
        if notice is not None:
            raise NotAllowed(notice.message, code=notice.code.value)
        now = self.parts.admit.clock.now().timestamp()
        about = Circumstances(asker.tenant, asker.user, "", "", standing, effective, now)
        guarded = self.parts.guard.question(about, messages[-1].content)
        await raise_alarm(self.parts.notifier, about, guarded.alerts)
        if guarded.stopped:
            if not guarded.answer:
                told = guarded.notice
                said = "This cannot be passed on; write it in other words." if told is None else told.message
                raise NotAllowed(said, code="blocked" if told is None else told.code.value, param="messages")
            yield TextDelta(guarded.answer)
            yield AnswerDone("stop", model, 0, 0)
            return
        asked = [*messages[:-1], replace(messages[-1], content=guarded.text)]
        question = Question(asker, "", None, asked, model, grounded=False, sampling=sampling)
        answer = guarded_answer(self.gateway, self.parts.guard, about, question)
        async with aclosing(answer) as events:
            async for event in events:
                if isinstance(event, TextDelta | AnswerDone):
                    yield event
