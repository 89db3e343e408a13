"""Documents as LEARN-X's clients send them, and the classification of texts. Nothing that is sent here is kept."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field
from starlette.responses import Response

from banyan.assistant.usecases.classify import MOST_CATEGORIES
from banyan.assistant.usecases.read_document import ReadText
from banyan.edge.http.access import ANYONE, STAFF, RuledRoute, identity_of, taking_files, within
from banyan.edge.http.assistant_services import AssistantServices
from banyan.edge.http.document_bodies import (
    ClassifiedBody,
    ProcessedDocument,
    TextOfDocument,
    classified_fields,
    document_fields,
    text_fields,
)
from banyan.edge.http.fields import decoded_file, json_response
from banyan.kernel.identity import Identity

Asker = Annotated[Identity, Depends(identity_of)]
_STAFF = taking_files(within(STAFF, "tutor"))


class FileBody(BaseModel):
    """A document."""

    file: str = Field(description="The file's bytes in base64.")
    type: str = Field("", max_length=300, description="MIME type or ending; where absent, the bytes decide.")


class CategoryBody(BaseModel):
    """A category, and what belongs to it in a few words."""

    name: str = Field(max_length=500)
    description: str = Field("", max_length=2000)


class ClassifyBody(BaseModel):
    """A text, and what it may be about."""

    content: str = Field(max_length=4_000_000)
    categories: list[str | CategoryBody] = Field(max_length=MOST_CATEGORIES)


def document_routes(services: AssistantServices) -> APIRouter:
    """The routes. Reading files is for staff, which a backend is: it takes a process of its own for each."""
    router = APIRouter(route_class=RuledRoute, tags=["LEARN-X"])

    async def read(body: FileBody, asker: Identity) -> ReadText:
        content = await asyncio.to_thread(decoded_file, body.file)
        return await services.read_document(asker, body.type, content)

    @router.post(
        "/document/process",
        openapi_extra=_STAFF,
        response_model=ProcessedDocument,
        summary="Read a document and cut it into chunks",
    )
    async def process(body: FileBody, asker: Asker) -> Response:
        found = await read(body, asker)
        return await asyncio.to_thread(lambda: json_response(document_fields(found)))

    @router.post(
        "/document/extract-text",
        openapi_extra=_STAFF,
        response_model=TextOfDocument,
        summary="Read the text of a document",
    )
    async def extract(body: FileBody, asker: Asker) -> Response:
        found = await read(body, asker)
        return await asyncio.to_thread(lambda: json_response(text_fields(found)))

    @router.post(
        "/content/classify",
        openapi_extra=within(ANYONE, "tutor"),
        response_model=ClassifiedBody,
        summary="Say what a text is about",
    )
    async def classify(body: ClassifyBody, asker: Asker) -> Response:
        """By meaning, without a model that writes; short texts in other languages than English are told apart badly."""
        given = [CategoryBody(name=one, description="") if isinstance(one, str) else one for one in body.categories]
        found = await services.classify(asker, body.content, {one.name: one.description for one in given})
        return json_response(classified_fields(found))

    return router
