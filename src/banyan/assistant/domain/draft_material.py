"""Drafts of quizzes in the form of study material."""

from banyan.assistant.domain.drafts import Body, QuizBody, QuizQuestion
from banyan.assistant.domain.material import Question, Quiz
from banyan.assistant.domain.taking_away import clean_text
from banyan.kernel.errors import InvalidInput
from banyan.kernel.messages import Citation

_NO_SOURCE = Citation(0, "", "", "", "", (), "", "", 0, 0, "", "", 0.0)
"""Of a question that a teacher wrote."""


def as_quiz(body: Body) -> tuple[Quiz, tuple[str, ...]]:
    """The quiz, and sentences about what it does not carry. Raises: InvalidInput for other kinds of drafts."""
    if not isinstance(body, QuizBody):
        raise InvalidInput(
            "Only quizzes are written in this format; choose markdown, editorjs or html.", param="format"
        )
    weighted = any(question.marks != 1 for question in body.questions)
    notes = ("Marks are left out: each question counts the same; set them after the import.",) if weighted else ()
    return Quiz(tuple(_question(one, body.difficulty) for one in body.questions)), notes


def _question(one: QuizQuestion, difficulty: str) -> Question:
    return Question(
        id=one.id,
        kind="cloze" if one.kind == "cloze" else "multiple_choice",
        question=clean_text(one.question),
        options=tuple(map(clean_text, one.options)),
        answer=one.answer,
        answer_text=clean_text(one.answer_text),
        difficulty=difficulty,
        citation=one.citation or _NO_SOURCE,
    )
