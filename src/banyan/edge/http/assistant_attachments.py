"""The routes of files beside lessons."""

import mimetypes
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel
from starlette.responses import Response

from banyan.assistant.domain.attachments import Attachment, AttachmentStatus
from banyan.edge.http.access import STAFF, RuledRoute, identity_of, within
from banyan.edge.http.assistant_services import AssistantServices
from banyan.edge.http.fields import Id, json_response
from banyan.edge.http.file_upload import InMemory, read_upload
from banyan.kernel.errors import InvalidInput
from banyan.kernel.identity import Identity
from banyan.kernel.ids import name_fault

Asker = Annotated[Identity, Depends(identity_of)]
_STAFF = within(STAFF, "tutor")
_FORM: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "properties": {
                        "file": {"type": "string", "format": "binary"},
                        "visibility": {"type": "string", "enum": ["everyone", "staff"]},
                    },
                    "required": ["file"],
                }
            }
        },
    }
}
_MIME_TYPES = {".md": "text/markdown", ".srt": "application/x-subrip", ".vtt": "text/vtt", ".yaml": "application/yaml"}


class AttachmentAnswer(BaseModel):
    """A file and what became of it. error: why it is quarantined. warnings: what in it could not be read."""

    id: str
    file_name: str
    mime_type: str
    size: int
    chunks: int
    status: AttachmentStatus
    visibility: Literal["everyone", "staff"]
    error: str | None
    error_code: str | None
    warnings: str | None
    created: datetime


class AttachmentsAnswer(BaseModel):
    """By name."""

    attachments: list[AttachmentAnswer]


def attachment_routes(services: AssistantServices) -> APIRouter:
    """The routes; for the staff of a course."""
    router = APIRouter(
        route_class=RuledRoute, tags=["attachments"], prefix="/api/v1/courses/{course}/lessons/{lesson}/attachments"
    )

    @router.get("", openapi_extra=_STAFF, response_model=AttachmentsAnswer, summary="Files beside a lesson")
    async def listed(course: Id, lesson: Id, asker: Asker) -> Response:
        """Files beside a lesson, by name."""
        found = await services.material.attachments.listed(asker, course, lesson)
        return json_response({"attachments": [_fields(attachment) for attachment in found]})

    @router.post(
        "",
        openapi_extra={**_STAFF, **_FORM},
        response_model=AttachmentAnswer,
        status_code=201,
        summary="Put a file beside a lesson",
    )
    async def add(course: Id, lesson: Id, request: Request, asker: Asker) -> Response:
        """Reads and indexes a file, in place of one with the same name. A bad one is kept out with its reason."""
        await services.material.attachments.check(asker, course)
        kept = InMemory(services.material.largest)
        upload = await read_upload(request.scope, request.receive, kept)
        name = _name(upload.filename)
        added = await services.material.attachments.add(
            asker, course, lesson, name, _mime_type(name), bytes(kept.content), staff_only=_for_staff(upload.fields)
        )
        return json_response(_fields(added), 201)

    @router.delete("/{id}", openapi_extra=_STAFF, status_code=204, summary="Remove a file from a lesson")
    async def remove(course: Id, lesson: Id, id: Id, asker: Asker) -> Response:
        """Removes a file and all its passages."""
        await services.material.attachments.remove(asker, course, lesson, id)
        return Response(status_code=204)

    return router


def _for_staff(fields: Mapping[str, str]) -> bool:
    visibility = fields.get("visibility", "everyone")
    if visibility not in ("everyone", "staff"):
        raise InvalidInput("`visibility` is everyone or staff; send one of them.", param="visibility")
    return visibility == "staff"


def _name(given: str | None) -> str:
    """The last step of what browsers may send as a path."""
    if given is None:
        raise InvalidInput("The form has no `file`; send one.", param="file")
    name = given.replace("\\", "/").rpartition("/")[2]
    fault = name_fault(f"files/{name}") or (None if name.strip(". ") else "be more than dots")
    if fault is not None:
        raise InvalidInput(f"The file's name must {fault}; rename it.", param="file")
    return name


def _mime_type(name: str) -> str:
    """By the name: what a browser says it is, nobody checks."""
    suffix = name[name.rfind(".") :].lower() if "." in name else ""
    return _MIME_TYPES.get(suffix) or mimetypes.guess_type(name)[0] or "application/octet-stream"


def _fields(attachment: Attachment) -> dict[str, Any]:
    """As `AttachmentAnswer`."""
    return {
        "id": attachment.id,
        "file_name": attachment.file_name,
        "mime_type": attachment.mime_type,
        "size": attachment.size,
        "chunks": attachment.chunks,
        "status": attachment.status,
        "visibility": "staff" if attachment.staff_only else "everyone",
        "error": attachment.error or None,
        "error_code": attachment.error_code or None,
        "warnings": attachment.warnings or None,
        "created": attachment.created,
    }
