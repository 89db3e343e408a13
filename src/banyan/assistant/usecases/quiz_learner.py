"""Asks a learner questions on a lesson, and tells afterwards whether they were right."""

import random
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace

from banyan.assistant.content.drafted import quiz_of
from banyan.assistant.domain.drafts import QuizQuestion
from banyan.assistant.domain.notices import Notice
from banyan.assistant.domain.quiz_tickets import QuizPlan, QuizTickets
from banyan.assistant.domain.quizzing import Difficulty
from banyan.assistant.domain.solutions import stands_on
from banyan.assistant.domain.standing import Standing
from banyan.assistant.ports.model_gateway import ModelGateway
from banyan.assistant.usecases.admit import Admit
from banyan.assistant.usecases.keep_solutions import KeepSolutions
from banyan.assistant.usecases.require_lesson import require_lesson
from banyan.kernel.errors import Conflict, InvalidInput, NotFound
from banyan.kernel.identity import Identity, Role
from banyan.kernel.messages import Citation

MOST = 10
"""Questions of one quiz: what somebody does at a sitting."""
_POOL = 3
"""A quiz is drawn from so many times its length of the best questions, so that the next one is another."""
_SEEDS = 1_000_000


@dataclass(frozen=True, slots=True)
class QuizItem:
    """A question without its answer. number: counted from 1."""

    number: int
    question: str
    options: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Quiz:
    """ticket: what is shown with each answer."""

    ticket: str
    course: str
    lesson: str
    title: str
    items: tuple[QuizItem, ...]


@dataclass(frozen=True, slots=True)
class Marked:
    """Whether the choice was right, the right option, and the sentence that has it."""

    correct: bool
    answer: str
    citation: Citation


@dataclass(frozen=True, slots=True)
class QuizLearner:
    """The use case. Nothing is stored: the ticket is bound to its person, and the questions follow from the lesson."""

    gateway: ModelGateway
    admit: Admit
    keep: KeepSolutions
    tickets: QuizTickets

    async def quiz(self, asker: Identity, course: str, lesson: str, count: int) -> Quiz | Notice:
        """Raises: InvalidInput; NotFound; Conflict (`nothing_to_draft`); NotAllowed; Unavailable."""
        if not 1 <= count <= MOST:
            raise InvalidInput(f"A quiz has 1 to {MOST} questions; ask for so many.", param="count")
        about, refused = await self.admit.judged(asker, course, lesson)
        if refused is not None:
            return refused
        plan = QuizPlan(course, lesson, count, secrets.randbelow(_SEEDS))
        title, questions = await self._questions(about.standing, plan)
        if not questions:
            raise Conflict(
                "The lesson has no text that gives a question; choose another lesson.", code="nothing_to_draft"
            )
        items = [
            QuizItem(number, one.question, tuple(self.tickets.order(one.id, one.options)))
            for number, one in enumerate(questions, 1)
        ]
        ticket = self.tickets.ticket(asker, plan, [one.id for one in questions])
        return Quiz(ticket, course, lesson, title, tuple(items))

    async def check(self, asker: Identity, ticket: str, number: int, choice: int) -> Marked | Notice:
        """number: of the question; choice: of the option; both counted from 1.

        Raises: NotFound (`unknown_quiz`), InvalidInput, NotAllowed, Unavailable.
        """
        plan = self.tickets.plan(ticket)
        if plan is None or not 1 <= plan.count <= MOST:
            raise _unknown()
        about, refused = await self.admit.judged(asker, plan.course, plan.lesson)
        if refused is not None:
            return refused
        try:
            _, questions = await self._questions(about.standing, plan)
        except NotFound as error:
            raise _unknown() from error
        if not self.tickets.fits(ticket, asker, plan, [one.id for one in questions]):
            raise _unknown()
        if not 1 <= number <= len(questions):
            raise InvalidInput(f"This quiz has the questions 1 to {len(questions)}; name one of them.", param="item")
        asked = questions[number - 1]
        options = self.tickets.order(asked.id, asked.options)
        if not 1 <= choice <= len(options):
            raise InvalidInput(f"This question has the options 1 to {len(options)}; name one.", param="choice")
        right = asked.options[asked.answer - 1]
        assert asked.citation is not None, "questions made from a lesson quote it"
        return Marked(options[choice - 1] == right, right, asked.citation)

    async def _questions(self, standing: Standing, plan: QuizPlan) -> tuple[str, Sequence[QuizQuestion]]:
        """The lesson's title, and the same questions for the same plan while the lesson stays as it is."""
        await require_lesson(self.gateway, standing.reader, plan.course, plan.lesson)
        # What is made into questions is what learners see, whoever asks for it; only the answers are for staff.
        maker = replace(standing.asker, roles=frozenset({Role.INSTRUCTOR}))
        study = await self.gateway.study(maker, plan.course, plan.lesson)
        choices = [one for one in study.questions if len(one.wrong) >= 3]
        if not standing.teaches:
            kept = await self.keep.of(standing.asker.tenant, plan.course)
            choices = [one for one in choices if not any(stands_on(one.citation, solution) for solution in kept)]
        best = choices[: plan.count * _POOL]
        random.Random(plan.seed).shuffle(best)
        return study.title, quiz_of([*best, *choices[plan.count * _POOL :]], plan.count, Difficulty.MEDIUM)


def _unknown() -> NotFound:
    return NotFound(
        "There is no such quiz, or its lesson has changed since; take a new one with quiz_me.",
        code="unknown_quiz",
        param="quiz",
    )
