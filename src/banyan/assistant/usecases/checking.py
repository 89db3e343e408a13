"""Looks at an answer while it is given: its citations, its marks, what supports it and how much help it is."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, field

from banyan.assistant.domain.checks import Checked, Checks
from banyan.assistant.domain.circumstances import Circumstances
from banyan.assistant.domain.citing import cited
from banyan.assistant.domain.mark_filter import MarkFilter
from banyan.assistant.domain.notices import Notice, NoticeCode
from banyan.assistant.domain.quoting import narrowed, statements
from banyan.assistant.domain.sessions import Turn
from banyan.assistant.domain.supporting import is_covered, unsupported
from banyan.assistant.ports.model_gateway import (
    AnswerDone,
    AnswerEvent,
    CitationsFound,
    ModelGateway,
    Question,
    TextDelta,
)
from banyan.assistant.usecases.guard import Guard
from banyan.assistant.usecases.guarded_answer import guarded_answer
from banyan.assistant.usecases.lesson_texts import LessonTexts
from banyan.kernel.identity import Identity
from banyan.kernel.messages import Citation

_DROPPED = Notice(
    NoticeCode.CITATIONS_DROPPED, "A source has changed while you asked, so it is no longer cited. Ask again to see it."
)

_NOT_COVERED = Notice(
    NoticeCode.NOT_COVERED, "The course does not cover this, so the answer does not rest on it. Ask your teacher."
)
_UNSUPPORTED = Notice(
    NoticeCode.UNSUPPORTED, "Parts of this answer do not stand in the passages that it cites. Check them there."
)


def quotes_only(model: str) -> bool:
    """Whether the model is the built-in tutor, which says nothing of its own."""
    return model.rpartition("/")[2] == "extractive"


@dataclass(frozen=True, slots=True)
class Checking:
    """The use case."""

    texts: LessonTexts = field(default_factory=LessonTexts)

    async def answer(
        self, gateway: ModelGateway, guard: Guard, about: Circumstances, question: Question, turn: Turn
    ) -> AsyncGenerator[AnswerEvent | Notice | Checked, None]:
        """As `guarded_answer`. `Checked` stands right before the end of an answer that came to its end."""
        said: list[str] = []
        offered: tuple[Citation, ...] = ()
        marks = MarkFilter()
        covered: bool | None = None
        told = dropped = False
        async with aclosing(guarded_answer(gateway, guard, about, question)) as events:
            try:
                async for event in events:
                    match event:
                        case CitationsFound(found, covered):
                            offered = await self._holding(gateway, question.asker, found)
                            dropped = len(offered) < len(found)
                            marks.allow(one.index for one in offered)
                            yield CitationsFound(offered, covered)
                        case TextDelta(text):
                            if kept := marks.feed(text):
                                said.append(kept)
                                yield TextDelta(kept)
                        case Notice():
                            told = True
                            yield event
                        case AnswerDone():
                            if rest := marks.end():
                                said.append(rest)
                                yield TextDelta(rest)
                            checked, notice = _checked(event, question, "".join(said), offered, covered)
                            if notice is None and dropped:
                                notice = _DROPPED
                            if notice is not None and not told:
                                yield notice
                            yield checked
                            yield event
            except Exception:
                if rest := marks.end():
                    yield TextDelta(rest)
                raise

    async def _holding(
        self, gateway: ModelGateway, asker: Identity, found: tuple[Citation, ...]
    ) -> tuple[Citation, ...]:
        looked = [await self.texts.held(gateway, asker, one) for one in found]
        return tuple(one for one in looked if one is not None)


def _checked(
    done: AnswerDone, question: Question, answer: str, offered: tuple[Citation, ...], covered: bool | None
) -> tuple[Checked, Notice | None]:
    """What is known of a whole answer, and what the learner is told about it."""
    used = cited(offered, answer)
    if quotes_only(done.model):
        return Checked(used, Checks(covered=covered)), _NOT_COVERED if covered is False else None
    asked = question.messages[-1].content
    covered = is_covered(asked, answer, [one.quote for one in used], [one.quote for one in offered])
    if covered is False:
        return Checked((), Checks(covered=False)), _NOT_COVERED
    sources = [" ".join((one.title, *one.heading, one.quote)) for one in used]
    flags = unsupported(answer, [*sources, asked])
    by_number = statements(answer)
    kept = tuple(narrowed(one, by_number.get(one.index, ())) for one in used)
    return Checked(kept, Checks(flags, covered)), _UNSUPPORTED if flags else None
