"""Wires what makes study material."""

from banyan.assistant.ports.model_gateway import ModelGateway
from banyan.assistant.ports.store import ConversationStore
from banyan.assistant.usecases.draft_care import DraftCare
from banyan.assistant.usecases.exam_board import ExamBoard
from banyan.assistant.usecases.generate import SURFACE, Generate
from banyan.assistant.usecases.keep_door import KeepDoor
from banyan.assistant.usecases.parts import Parts


def open_content(
    gateway: ModelGateway, parts: Parts, store: ConversationStore, board: ExamBoard, model: str
) -> Generate:
    """parts: of the turns of the same service. board: of open exams. model: the service's own."""
    door = KeepDoor(parts.admit, board, parts.log, SURFACE)
    care = DraftCare(parts.guard, parts.checking.solutions)
    return Generate(gateway, parts, care, door, store, parts.admit.clock, model)
