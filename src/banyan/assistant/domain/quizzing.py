"""Puts quizzes together: which questions, which wrong answers, and in which order they stand."""

import random
from collections.abc import Sequence
from enum import StrEnum

from msgspec import Struct

from banyan.assistant.domain.draft_checks import folded, question_fault
from banyan.assistant.domain.drafts import QuizQuestion
from banyan.assistant.domain.spans import supports
from banyan.kernel.ids import content_id
from banyan.kernel.messages import Citation

MOST_QUESTIONS = 50
OPTIONS = 4


class Difficulty(StrEnum):
    """How near the wrong answers are to the right one."""

    EASY = "easy"
    MEDIUM = "medium"
    HARD = "hard"


class Choice(Struct, frozen=True):
    """A question before its options are laid out. wrong: at least three, the nearest first."""

    kind: str
    prompt: str
    answer: str
    wrong: tuple[str, ...]
    citation: Citation


class Proposed(Struct, frozen=True):
    """A question as a model writes it. answer: counted from 1. quote: the lesson's own words that have the answer."""

    question: str
    options: list[str]
    answer: int
    quote: str


class ProposedQuiz(Struct, frozen=True):
    """What is asked of a model."""

    questions: list[Proposed]


def quiz_of(choices: Sequence[Choice], count: int, difficulty: Difficulty) -> list[QuizQuestion]:
    """Up to so many questions, no two on one sentence or with one answer while there are others.

    Equal input, equal quiz. The places of right answers are shuffled, so that none is preferred.
    """
    chosen: list[Choice] = []
    for strict in (True, False):
        for one in choices:
            if len(chosen) == count:
                break
            if any(_clash(one, other, strict) for other in chosen):
                continue
            chosen.append(one)
    return [_laid_out(one, difficulty) for one in chosen]


def _clash(one: Choice, other: Choice, strict: bool) -> bool:
    same_answer = folded(one.answer) == folded(other.answer)
    same_place = (one.citation.lesson, one.citation.start) == (other.citation.lesson, other.citation.start)
    return same_place or folded(one.prompt) == folded(other.prompt) or (strict and same_answer)


def _laid_out(choice: Choice, difficulty: Difficulty) -> QuizQuestion:
    needed, wrong = OPTIONS - 1, list(choice.wrong)
    start = {
        Difficulty.EASY: len(wrong) - needed,
        Difficulty.MEDIUM: (len(wrong) - needed) // 2,
        Difficulty.HARD: 0,
    }[difficulty]
    options = [choice.answer, *wrong[start : start + needed]]
    id = content_id(choice.kind, choice.prompt, choice.answer)
    random.Random(id).shuffle(options)
    answer = options.index(choice.answer) + 1
    return QuizQuestion(id, choice.kind, choice.prompt, tuple(options), answer, choice.answer, choice.citation)


def proposed_question(proposed: Proposed, citation: Citation | None) -> QuizQuestion | str:
    """The question, or why it is none. citation: of its quotation, None where that does not stand in the lesson."""
    options = tuple(option.strip() for option in proposed.options)
    asked = proposed.question.strip()
    if not asked or len(options) != OPTIONS or not all(0 < len(option) <= 1000 for option in options):
        return f"has not a question and {OPTIONS} options"
    if not 1 <= proposed.answer <= OPTIONS:
        return f"has the answer {proposed.answer}, but options are counted from 1 to {OPTIONS}"
    if citation is None:
        return "quotes what does not stand in the lesson word for word"
    right = options[proposed.answer - 1]
    if not supports(citation.quote, right):
        return "quotes a sentence that does not have its answer"
    question = QuizQuestion(content_id(asked, right), "choice", asked, options, proposed.answer, right, citation)
    if folded(right) and f" {folded(right)} " in f" {folded(asked)} ":
        return "gives its answer away"
    return question_fault(question) or question
