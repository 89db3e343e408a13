"""POST /api/v1/documents: a document's text, chunks, vectors and category; nothing of it is kept."""

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from banyan.edge.http.access import STAFF, RuledRoute, identity_of, within
from banyan.edge.http.assistant_services import AssistantServices
from banyan.edge.http.document_bodies import SortedDocument, classified_fields, document_fields
from banyan.edge.http.fields import json_response
from banyan.edge.http.file_upload import InMemory, read_upload
from banyan.kernel.errors import InvalidInput
from banyan.kernel.identity import Identity

Asker = Annotated[Identity, Depends(identity_of)]
_FORM: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "properties": {
                        "file": {"type": "string", "format": "binary"},
                        "type": {"type": "string", "description": "MIME type; where absent, the file's name decides."},
                        "embed": {"type": "string", "enum": ["true", "false"]},
                        "categories": {"type": "string", "description": "Names of categories, one a line."},
                    },
                    "required": ["file"],
                }
            }
        },
    }
}


def document_upload_routes(services: AssistantServices) -> APIRouter:
    """The route. What is to be found in a course later is put beside a lesson instead."""
    router = APIRouter(route_class=RuledRoute, tags=["documents"], prefix="/api/v1/documents")

    @router.post(
        "",
        openapi_extra={**within(STAFF, "tutor"), **_FORM},
        response_model=SortedDocument,
        summary="Read a document: text, chunks, vectors, category",
    )
    async def read(request: Request, asker: Asker) -> Response:
        kept = InMemory(services.material.largest_document)
        upload = await read_upload(request.scope, request.receive, kept)
        if upload.filename is None:
            raise InvalidInput("The form has no `file`; send one.", param="file")
        embed = upload.fields.get("embed", "false")
        if embed not in ("true", "false"):
            raise InvalidInput("`embed` is true or false; send one of them.", param="embed")
        named = upload.fields.get("type") or (upload.filename if "." in upload.filename else "")
        found = await services.read_document(asker, named, bytes(kept.content))
        answer = await asyncio.to_thread(document_fields, found)
        if embed == "true" and answer["chunks"]:
            vectors = await services.gateway.embed(asker, [chunk["content"] for chunk in answer["chunks"]])
            for chunk, vector in zip(answer["chunks"], vectors, strict=True):
                chunk["embedding"] = vector
        names = [line.strip() for line in upload.fields.get("categories", "").splitlines() if line.strip()]
        if names:
            classified = await services.classify(asker, found.reading.text, dict.fromkeys(names, ""))
            answer["classification"] = classified_fields(classified)
        return await asyncio.to_thread(lambda: json_response(answer))

    return router
