"""What the routes of pages and files beside lessons need."""

from dataclasses import dataclass

from banyan.assistant.usecases.manage_attachments import ManageAttachments
from banyan.assistant.usecases.manage_sources import ManageSources


@dataclass(frozen=True, slots=True)
class MaterialServices:
    """largest: bytes of a file."""

    sources: ManageSources
    attachments: ManageAttachments
    largest: int = 50 * 1024 * 1024
