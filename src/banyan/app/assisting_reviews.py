"""Wires spaced repetition."""

from banyan.adapters.storage.engine import Database
from banyan.adapters.storage.reviews import SqlReviews
from banyan.assistant.usecases.admit import Admit
from banyan.assistant.usecases.exam_board import ExamBoard
from banyan.assistant.usecases.review_cards import ReviewCards


def open_reviews(
    database: Database, admit: Admit, board: ExamBoard, retention: float = 0.9, new_a_day: int = 20
) -> ReviewCards:
    """retention, new_a_day: as the settings say."""
    return ReviewCards(SqlReviews(database), admit, board, admit.clock, retention, new_a_day)
