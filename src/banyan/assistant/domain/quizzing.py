"""How quizzes of teachers are ordered."""

from enum import StrEnum

MOST_QUESTIONS = 50


class Difficulty(StrEnum):
    """How near the wrong answers are to the right one."""

    EASY = "easy"
    MEDIUM = "medium"
    HARD = "hard"
