"""`/v1/files`, as OpenAI's API has them."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel
from starlette.responses import Response, StreamingResponse

from banyan.edge.http.access import ANYONE, RuledRoute, identity_of, within
from banyan.edge.http.callers import caller_of
from banyan.edge.http.fields import json_response
from banyan.edge.http.file_upload import Upload, read_upload
from banyan.kernel.errors import InvalidInput
from banyan.proxy.domain.files import PURPOSES, Owner, file_object
from banyan.proxy.usecases.keep_files import KeepFiles, Writer

_BATCHES = within(ANYONE, "batches")
_FORM: dict[str, Any] = {
    "type": "object",
    "required": ["file", "purpose"],
    "properties": {
        "file": {"type": "string", "format": "binary"},
        "purpose": {"type": "string", "enum": list(PURPOSES)},
        "expires_after[anchor]": {"type": "string", "enum": ["created_at"]},
        "expires_after[seconds]": {"type": "integer", "minimum": 3600, "maximum": 2592000},
    },
}
_UPLOAD = {**_BATCHES, "requestBody": {"required": True, "content": {"multipart/form-data": {"schema": _FORM}}}}
_CONTENT: dict[int | str, dict[str, Any]] = {
    200: {"description": "The bytes as they were sent.", "content": {"application/octet-stream": {}}}
}


class FileBody(BaseModel):
    """A file, without its bytes. expires_at: null for never."""

    id: str
    object: Literal["file"]
    bytes: int
    created_at: int
    expires_at: int | None
    filename: str
    purpose: str
    status: str
    status_details: str | None


class FilesBody(BaseModel):
    """A page of files."""

    object: Literal["list"]
    data: list[FileBody]
    first_id: str | None
    last_id: str | None
    has_more: bool


class DeletedFileBody(BaseModel):
    """What is gone."""

    id: str
    object: Literal["file"]
    deleted: bool


def owner_of(request: Request) -> Owner:
    """Whose the files and batches of a request are."""
    caller, roles = caller_of(request.scope), identity_of(request).roles
    return Owner(caller.tenant, caller.user, caller.key, tuple(sorted(role.value for role in roles)), caller.zone)


def file_routes(keep: KeepFiles) -> APIRouter:
    """Upload, list, read, delete."""
    router = APIRouter(route_class=RuledRoute, tags=["batches"], prefix="/v1/files")

    @router.post("", openapi_extra=_UPLOAD, summary="Upload a file", response_model=FileBody)
    async def upload(request: Request) -> Response:
        writer = await keep.begin(owner_of(request))
        try:
            sent = await read_upload(request.scope, request.receive, writer)
            file = await keep.end(writer, *_form(sent, writer))
        except BaseException:
            await keep.drop(writer)
            raise
        return json_response(file_object(file))

    @router.get("", openapi_extra=_BATCHES, summary="Your files", response_model=FilesBody)
    async def files(
        request: Request,
        after: str | None = None,
        limit: Annotated[int, Query(ge=1, le=10_000)] = 1000,
        order: Literal["asc", "desc"] = "desc",
        purpose: str | None = None,
    ) -> Response:
        found, more = await keep.page(
            owner_of(request), limit=limit, after=after, newest_first=order == "desc", purpose=purpose
        )
        return json_response(page_of([file_object(file) for file in found], more))

    @router.get("/{id}", openapi_extra=_BATCHES, summary="A file, without its bytes", response_model=FileBody)
    async def one(id: str, request: Request) -> Response:
        return json_response(file_object(await keep.one(owner_of(request), id)))

    @router.get(
        "/{id}/content",
        openapi_extra=_BATCHES,
        summary="The bytes of a file",
        response_class=StreamingResponse,
        responses=_CONTENT,
    )
    async def content(id: str, request: Request) -> Response:
        file = await keep.one(owner_of(request), id)
        headers = {"Content-Length": str(file.size_bytes)}
        return StreamingResponse(keep.content(file), media_type="application/octet-stream", headers=headers)

    @router.delete("/{id}", openapi_extra=_BATCHES, summary="Delete a file", response_model=DeletedFileBody)
    async def delete(id: str, request: Request) -> Response:
        await keep.delete(owner_of(request), id)
        return json_response({"id": id, "object": "file", "deleted": True})

    return router


def page_of(data: list[dict[str, Any]], more: bool) -> dict[str, Any]:
    """A page as OpenAI's lists have it."""
    return {
        "object": "list",
        "data": data,
        "first_id": data[0]["id"] if data else None,
        "last_id": data[-1]["id"] if data else None,
        "has_more": more,
    }


def _form(sent: Upload, writer: Writer) -> tuple[str, str, int | None]:
    if sent.filename is None:
        raise InvalidInput("The form has no `file`; send one.", param="file")
    if not writer.size_bytes:
        raise InvalidInput("The file is empty; send one with at least one byte.", param="file")
    anchor, seconds = (sent.fields.get(f"expires_after[{name}]") for name in ("anchor", "seconds"))
    if anchor not in (None, "created_at"):
        raise InvalidInput("`expires_after[anchor]` must be created_at; correct it.", param="expires_after")
    if seconds is not None and not (seconds.isascii() and seconds.isdigit() and len(seconds) < 10):
        raise InvalidInput("`expires_after[seconds]` must be a whole number; correct it.", param="expires_after")
    return sent.filename, sent.fields.get("purpose", ""), None if seconds is None else int(seconds)
