"""Makes the material that a LEARN-X job orders of a file, and writes it where its clients look."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from banyan.assistant.content.markdown import as_markdown
from banyan.assistant.domain.material import Cards, Examples, Material, Order, Quiz, level_of
from banyan.assistant.domain.queue_messages import NOT_OWNER, ContentJob
from banyan.assistant.domain.reading_personas import read_persona
from banyan.assistant.domain.studying import Chunk
from banyan.assistant.ports.course_files import CourseFiles
from banyan.assistant.usecases.process_course_file import owned
from banyan.kernel.errors import InvalidInput, NotAllowed, NotFound, Unavailable
from banyan.kernel.identity import Identity, Role

Generate = Callable[[Identity, Order], Awaitable[Material]]
MOST_CHUNKS = 400
_TYPES = {
    **{"flashcard": "flashcards", "cards": "flashcards", "quizzes": "quiz", "quiz_questions": "quiz"},
    **{"summaries": "summary", "outlines": "outline", "example": "examples", "explanations": "explanation"},
    **{"practice_exercises": "practice", "introductions": "introduction"},
}
_COUNTS = ("count", "{}_count", "{}Count", "num_{}", "num{}", "number_of_{}")
_STYLES = {"short": "brief", "brief": "brief", "medium": "key_points", "long": "comprehensive"}
_MOST_ITEMS = 50
_LETTERS = "ABCDEFGH"


@dataclass(frozen=True, slots=True)
class FillGenerationJob:
    """The use case. types: that can be made. Done twice it leaves one result."""

    files: CourseFiles
    generate: Generate
    types: frozenset[str]
    tenant: str

    async def __call__(self, task: ContentJob) -> None:
        """Raises: InvalidInput, NotFound, NotAllowed for good; Unavailable, while the file is being read."""
        job = await self.files.job(task.job)
        if job is None:
            raise NotFound("There is no such generation job; it may have been removed.", code="unknown_job")
        if job.user != task.user:
            raise NotAllowed("The generation job belongs to somebody else.", code=NOT_OWNER)
        try:
            file = await owned(self.files, task.file, task.user)
        except NotAllowed as error:  # which fails this job, and touches nothing of the file's owner
            raise InvalidInput(error.message, code="file_of_somebody_else") from error
        type = _TYPES.get(task.output, task.output)
        if type not in self.types:
            known = ", ".join(sorted(self.types))
            raise InvalidInput(f"There is no output type {task.output[:60]!r}; order one of {known}.")
        chunks = await self.files.chunks(file.id, None, MOST_CHUNKS)
        if not chunks:
            if file.status in ("pending", "processing"):
                raise Unavailable("The file is still being read.", code="file_not_ready")
            raise InvalidInput("The file has no text to make anything of; upload one that has.", code="file_empty")
        given = await self.files.persona(task.user, task.persona)
        order = Order(
            type=type,
            chunks=tuple(Chunk(str(one.id), one.content) for one in chunks),
            topic=file.name,
            persona=read_persona(given) if given is not None else None,
            **_wishes(type, task.options),
        )
        maker = Identity(self.tenant, str(task.user), frozenset({Role.INSTRUCTOR}))
        made = await self.generate(maker, order)
        await self.files.put_result(job, file.id, task.output, result_of(made))


def result_of(made: Material) -> dict[str, Any]:
    """As JSON: the readable text, the items as LEARN-X's clients name them, and how it was made."""
    shown: dict[str, Any] = {}
    match made.body:
        case Quiz(questions):
            shown["questions"] = [
                {
                    "id": one.id,
                    "question": one.question,
                    "type": one.kind,
                    "options": dict(zip(_LETTERS, one.options, strict=False)) or None,
                    "answer": _LETTERS[one.answer - 1] if one.answer else one.answer_text,
                    "explanation": one.explanation,
                    "difficulty": one.difficulty,
                }
                for one in questions
            ]
        case Cards(cards):
            shown["flashcards"] = [
                {"id": one.id, "front": one.front, "back": one.back, "difficulty": one.difficulty, "tags": one.tags}
                for one in cards
            ]
        case Examples(examples):
            shown["examples"] = [one.text for one in examples]
    return {
        "type": made.type,
        "title": made.title,
        "content": as_markdown(made.body),
        **shown,
        "material": msgspec.to_builtins(made.body),
        "model": made.model,
        "usage": {"prompt_tokens": made.prompt_tokens, "completion_tokens": made.completion_tokens},
        "gate": msgspec.to_builtins(made.gate),
        "notes": list(made.notes),
        "personalization": made.personalization,
        "metrics": made.metrics,
    }


def _wishes(type: str, options: Mapping[str, Any]) -> dict[str, Any]:
    """Count, level and style, by whichever of their names they came; what says nothing is left to the usual."""
    wishes: dict[str, Any] = {}
    names = {type, type.rstrip("s"), "question" if type == "quiz" else type, "questions" if type == "quiz" else type}
    for name in (pattern.format(one) for pattern in _COUNTS for one in sorted(names)):
        value = options.get(name)
        if isinstance(value, int | str) and str(value).isdigit() and int(value):
            wishes["count"] = min(int(value), _MOST_ITEMS)
            break
    for name in (f"{type}_difficulty", f"{type}Difficulty", "difficulty"):
        level = level_of(str(options.get(name) or ""))
        if options.get(name) and level is not None:
            wishes["level"] = level
            break
    style = _STYLES.get(str(options.get("summary_length") or options.get("summaryLength") or "").lower())
    if type == "summary" and style:
        wishes["style"] = style
    return wishes
