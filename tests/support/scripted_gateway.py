"""A model gateway that says what the test wrote down: the outside world of the tutor."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from banyan.assistant.domain.studying import Chunk, LessonStudy, StudyQuestion
from banyan.assistant.ports.model_gateway import (
    AnswerDone,
    AnswerEvent,
    CitationsFound,
    Embedded,
    LessonSummary,
    LessonText,
    OfferedModel,
    Question,
    TextDelta,
    UsageFigures,
    Used,
    Vector,
)
from banyan.kernel.errors import NotFound
from banyan.kernel.identity import Identity
from banyan.kernel.messages import Citation

CITATION = Citation(
    1, "stats", "mean", "c1", "Mean", ("Averages",), "averages", "A mean.", 0, 7, "lesson", "text", 0.5, version=1
)
TEXT = "A mean. It is a sum, divided."
DONE = AnswerDone("stop", "test/model", 5, 7)

UNUSED = UsageFigures((Used("banyan/extractive"),), breakers={"banyan/extractive": "closed"})
Step = AnswerEvent | Exception | asyncio.Event
"""An event is said, an exception raised, an `asyncio.Event` waited for."""


def says(*pieces: str) -> list[Step]:
    """A whole answer with one citation."""
    return [CitationsFound((CITATION,)), *(TextDelta(piece) for piece in pieces), DONE]


@dataclass
class ScriptedGateway:
    """Answers the n-th question by the n-th script, and any further one with the last.

    asked: the questions that arrived. cancelled: how many answers were closed before their end.
    """

    scripts: list[list[Step]] = field(default_factory=lambda: [says("A ", "mean [1].")])
    asked: list[Question] = field(default_factory=list)
    cancelled: int = 0
    is_healthy: bool = True
    questions: tuple[StudyQuestion, ...] = ()
    covered: bool | None = None
    window: int | None = None
    used: UsageFigures = UNUSED

    async def answer(self, question: Question) -> AsyncGenerator[AnswerEvent, None]:
        script = self.scripts[min(len(self.asked), len(self.scripts) - 1)]
        self.asked.append(question)
        ended = False
        try:
            for step in script:
                if isinstance(step, asyncio.Event):
                    await step.wait()
                elif isinstance(step, Exception):
                    raise step
                else:
                    ended = isinstance(step, AnswerDone)
                    yield step
        except (asyncio.CancelledError, GeneratorExit):
            self.cancelled += not ended
            raise

    async def courses(self, asker: Identity) -> Sequence[str]:
        return ["stats"] if asker.tenant != "elsewhere" else []

    async def lessons(self, asker: Identity, course: str) -> Sequence[LessonSummary]:
        if course not in await self.courses(asker):
            return []
        return [LessonSummary(course, lesson, lesson.title(), "Averages", 1, 1) for lesson in ("mean", "mode")]

    async def lesson(self, asker: Identity, course: str, lesson: str, source: str | None = None) -> LessonText:
        if not any(known.lesson == lesson for known in await self.lessons(asker, course)):
            raise NotFound("There is no such lesson; choose another.", code="unknown_lesson")
        block = {"kind": "paragraph", "level": 0, "start": 0, "end": len(TEXT), "anchor": "", "heading": []}
        return LessonText(course, lesson, lesson.title(), TEXT, 1, [block])

    async def covers(self, question: Question) -> bool | None:
        return self.covered

    async def window_of(self, model: str) -> int | None:
        return self.window

    async def zone_of(self, model: str) -> str | None:
        return "local" if model.startswith("banyan/") else "external"

    async def study(self, asker: Identity, course: str, lesson: str) -> LessonStudy:
        await self.lesson(asker, course, lesson)
        return LessonStudy(lesson.title(), "english", (CITATION,), (), self.questions)

    async def study_text(self, asker: Identity, chunks: Sequence[Chunk], title: str = "") -> LessonStudy:
        return LessonStudy(title, "english", (CITATION,), (), self.questions)

    async def search(
        self, asker: Identity, course: str, lesson: str | None, query: str, limit: int
    ) -> Sequence[Citation]:
        known = await self.lessons(asker, course)
        return [CITATION] if known and lesson in (None, "mean") and "mean" in query else []

    async def embed(self, asker: Identity, texts: Sequence[str]) -> Sequence[Vector]:
        return [[1.0, 0.0] for _ in texts]

    async def embed_as(self, asker: Identity, texts: Sequence[str], model: str | None) -> Embedded:
        return Embedded([[0.6, 0.8] for _ in texts], model or "test/vectors", sum(len(text.split()) for text in texts))

    async def models(self, asker: Identity) -> Sequence[OfferedModel]:
        return [
            OfferedModel("banyan/extractive", "banyan", chat=True, quotes=True, input_usd=0.0, output_usd=0.0),
            OfferedModel("test/model", "test", chat=True, context_window=8000, output_limit=1000),
            OfferedModel("test/vectors", "test", dimensions=2),
        ]

    async def usage(self, asker: Identity) -> UsageFigures:
        return self.used

    async def healthy(self) -> bool:
        return self.is_healthy

    async def close(self) -> None:
        return None


async def until(condition: Callable[[], Awaitable[bool]], seconds: float = 60) -> None:
    """Polls the condition until it holds."""
    async with asyncio.timeout(seconds):
        while True:
            if await condition():
                return
            await asyncio.sleep(0.005)
