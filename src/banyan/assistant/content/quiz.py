"""Quizzes: questions of six kinds, each with one right answer and the sentence that has it."""

import random
from collections.abc import Iterable, Iterator
from typing import Any

from msgspec import Struct

from banyan.assistant.domain.content_types import Composed, ContentType
from banyan.assistant.domain.item_gate import OPTIONS, Gate, distractors, folded
from banyan.assistant.domain.material import Level, Order, Question, Quiz
from banyan.assistant.domain.sources import Source
from banyan.assistant.domain.studied import interleaved, suited
from banyan.assistant.domain.studying import LessonStudy, StudyQuestion
from banyan.kernel.ids import content_id

MADE_OF = {
    "multiple_choice": ("definition", "cloze"),
    "true_false": ("true_false",),
    "short_answer": ("short_answer",),
    "scenario": ("scenario",),
    "problem_solving": ("problem_solving",),
    "cloze": ("cloze",),
}
"""A kind to the kinds of found questions that it is made of, the best first."""
_CHOSEN = ("multiple_choice", "cloze")
_TRUTHS = ("True", "False")


class Proposed(Struct, frozen=True):
    """A question as a model writes it.

    answer: an option word for word, its number from 1 or its letter; True or False; or the model answer.
    """

    question: str
    answer: str | int | bool
    quote: str
    kind: str = ""
    options: list[str] = []
    explanation: str = ""
    key_points: list[str] = []
    difficulty: str = ""


class ProposedQuiz(Struct, frozen=True):
    """What is asked of a model."""

    questions: list[Proposed]


def compose(study: LessonStudy, order: Order) -> Composed:
    """From the questions that the text gives; fewer than ordered where it gives no more."""
    kinds = order.kinds or ENTRY.kinds[:1]
    count = order.count or ENTRY.usual
    pools = [list(_candidates(study, kind, order)) for kind in kinds]
    gate = Gate[Question](count).fill(interleaved(pools))
    return Composed(Quiz(tuple(gate.chosen)), gate.report, _notes(len(gate.chosen), count, kinds, pools))


def laid_out(one: StudyQuestion, kind: str, level: Level, explanations: bool = True) -> Question:
    """The found question as one of a quiz: the harder the level, the nearer the wrong options."""
    options: tuple[str, ...] = ()
    answer = 0
    id = content_id(kind, one.prompt, one.answer)
    if kind == "true_false":
        options, answer = _TRUTHS, 1 if folded(one.answer) == "true" else 2
    elif kind in _CHOSEN:
        wrong = distractors(one.answer, one.wrong, one.citation.quote)
        spare = max(0, len(wrong) - (OPTIONS - 1))
        start = {Level.BEGINNER: spare, Level.INTERMEDIATE: spare // 2, Level.ADVANCED: 0}[level]
        shown = [one.answer, *wrong[start : start + OPTIONS - 1]]
        random.Random(id).shuffle(shown)
        options, answer = tuple(shown), shown.index(one.answer) + 1
    return Question(
        id=id,
        kind=kind,
        question=one.prompt,
        options=options,
        answer=answer,
        answer_text=options[answer - 1] if options else one.answer,
        key_points=one.key_points,
        explanation=(one.explanation or one.citation.quote) if explanations else "",
        difficulty=difficulty_of(one.hardness),
        citation=one.citation,
    )


def difficulty_of(hardness: float) -> str:
    """hardness: 0 to 1."""
    return "easy" if hardness < 1 / 3 else "medium" if hardness < 2 / 3 else "hard"


def _candidates(study: LessonStudy, kind: str, order: Order) -> Iterator[Question]:
    for made_of in MADE_OF.get(kind, ()):
        for one in suited((one for one in study.questions if one.kind == made_of), order):
            yield laid_out(one, kind, order.level, order.explanations)


def _notes(found: int, count: int, kinds: Iterable[str], pools: list[list[Question]]) -> tuple[str, ...]:
    if found >= count:
        return ()
    named = " or ".join(kind.replace("_", " ") for kind in kinds)
    looked = sum(map(len, pools))
    why = "it has no sentence that gives one" if not looked else f"of {looked} that it could give, the others fail"
    return (f"The text gives {found} good {named} questions, not {count}: {why}.",)


def read(made: Any, source: Source, order: Order) -> Composed:
    """The model's questions that stand on the text, past the gate."""
    kinds = order.kinds or ENTRY.kinds[:1]
    count = order.count or ENTRY.usual
    gate = Gate[Question](count)
    questions = []
    for one in made.questions:
        citation = source.cite(one.quote)
        if citation is None:
            gate.refuse(one.question, "quote_not_found", "quotes what does not stand in the text word for word")
            continue
        kind = one.kind if one.kind in kinds else kinds[0]
        options = tuple(option.strip() for option in one.options) if kind in _CHOSEN else ()
        options = _TRUTHS if kind == "true_false" else options
        said = str(one.answer).strip()
        answer = _key(said, options)
        questions.append(
            Question(
                id=content_id(kind, one.question, said),
                kind=kind,
                question=one.question.strip(),
                options=options,
                answer=answer,
                answer_text=options[answer - 1] if answer else said,
                key_points=tuple(one.key_points),
                explanation=one.explanation if order.explanations else "",
                difficulty=one.difficulty if one.difficulty in ("easy", "medium", "hard") else "medium",
                citation=citation,
            )
        )
    gate.fill(questions)
    return Composed(Quiz(tuple(gate.chosen)), gate.report)


def _key(said: str, options: tuple[str, ...]) -> int:
    """The number of the option that is meant; 0 for none."""
    named = next((at for at, option in enumerate(options, 1) if folded(option) == folded(said)), 0)
    if named or not options:
        return named
    short = said.rstrip(").").upper()
    number = int(short) if short.isdecimal() and len(short) < 3 else 0
    if len(short) == 1 and short.isalpha():
        number = "ABCDEFGH".find(short) + 1
    return number if 1 <= number <= len(options) else 0


ENTRY = ContentType(
    "quiz",
    "Questions with one right answer each, and the sentence of the text that has it.",
    Quiz,
    compose,
    "quiz.v1",
    ProposedQuiz,
    read,
    usual=5,
    kinds=tuple(MADE_OF),
    temperature=0.6,
)
