"""Quizzes of teachers: the same questions past the same gate, in the form in which drafts are kept."""

from collections.abc import Iterable

from msgspec import structs

from banyan.assistant.content.quiz import ProposedQuiz, laid_out, read
from banyan.assistant.domain.drafts import QuizQuestion
from banyan.assistant.domain.item_gate import Gate
from banyan.assistant.domain.material import GateReport, Level, Order, Question, Quiz, level_of
from banyan.assistant.domain.quizzing import Difficulty
from banyan.assistant.domain.sources import Source
from banyan.assistant.domain.studying import StudyQuestion
from banyan.kernel.ids import content_id


def quiz_of(found: Iterable[StudyQuestion], count: int, difficulty: Difficulty) -> list[QuizQuestion]:
    """Up to so many questions with four options. Equal input, equal quiz; right answers stand in any place."""
    level = level_of(difficulty) or Level.INTERMEDIATE
    kinds: dict[str, str] = {}
    candidates = []
    for one in found:
        question = laid_out(one, "multiple_choice", level)
        id = content_id(one.kind, one.prompt, one.answer)
        kinds[id] = one.kind
        candidates.append(structs.replace(question, id=id))
    return [_drafted(one, kinds[one.id]) for one in Gate[Question](count).fill(candidates).chosen]


def quiz_read(made: ProposedQuiz, source: Source, count: int) -> tuple[list[QuizQuestion], GateReport]:
    """A model's questions that stand on the lesson, and what became of the others."""
    composed = read(made, source, Order(type="quiz", count=count, kinds=("multiple_choice",)))
    assert isinstance(composed.body, Quiz), "a quiz is read as one"
    return [_drafted(one, "choice") for one in composed.body.questions], composed.gate


def _drafted(one: Question, kind: str) -> QuizQuestion:
    return QuizQuestion(one.id, kind, one.question, one.options, one.answer, one.answer_text, one.citation)
