"""Files beside a lesson, and what became of them."""

from datetime import datetime
from enum import StrEnum

from msgspec import Struct


class AttachmentStatus(StrEnum):
    """reading: under way, or its process died; then it is to be sent again."""

    READING = "Reading"
    INDEXED = "Indexed"
    QUARANTINED = "Quarantined"
    ERROR = "Error"


class Attachment(Struct, frozen=True, kw_only=True):
    """One file of a lesson, known by its name there. size: in bytes. error: why it is not cited.

    staff_only: learners are shown and told nothing of it. warnings: what in it could not be read, as sentences."""

    tenant: str
    id: str
    course: str
    lesson: str
    file_name: str
    mime_type: str
    size: int
    chunks: int = 0
    status: AttachmentStatus = AttachmentStatus.READING
    error_code: str = ""
    error: str = ""
    warnings: str = ""
    staff_only: bool = False
    created: datetime
    created_by: str = ""

    @property
    def name(self) -> str:
        """The source in the index; the lesson's body and external sources have other names."""
        return f"files/{self.file_name}"
