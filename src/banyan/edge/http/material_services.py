"""What the routes of pages and files beside lessons need."""

from dataclasses import dataclass

from banyan.assistant.usecases.manage_attachments import ManageAttachments
from banyan.assistant.usecases.manage_sources import ManageSources


@dataclass(frozen=True, slots=True)
class MaterialServices:
    """largest: bytes of a file beside a lesson. largest_document: of one that is read and not kept."""

    sources: ManageSources
    attachments: ManageAttachments
    largest: int = 50 * 1024 * 1024
    largest_document: int = 50 * 1024 * 1024
