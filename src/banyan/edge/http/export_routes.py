"""The routes of material to take away: which formats there are, and a file in one of them."""

import json
from collections.abc import Sequence
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Body, Depends, Query
from pydantic import BaseModel
from starlette.responses import Response

from banyan.assistant.usecases.export_material import Exported, ExportMaterial
from banyan.edge.http.access import ANYONE, RuledRoute, identity_of, within
from banyan.edge.http.fields import Id, json_response

_RULE = within(ANYONE, "tutor")
_MOST_NOTES = 20
_FILE: dict[int | str, dict[str, Any]] = {
    200: {"description": "The file.", "content": {"application/octet-stream": {}}},
}


class ExportRow(BaseModel):
    """A format. takes: which bodies it holds, of `quiz`, `cards`, `outline`. limits: what it cannot say."""

    format: str
    title: str
    takes: list[str]
    suffix: str
    media_type: str
    limits: str


class ExportsShown(BaseModel):
    """By name."""

    exports: list[ExportRow]


def export_routes(export: ExportMaterial) -> APIRouter:
    """Both of them; whoever has material may take it away, so that nothing is looked up here."""
    router = APIRouter(
        route_class=RuledRoute, tags=["exports"], prefix="/api/v1/exports", dependencies=[Depends(identity_of)]
    )

    @router.get("", openapi_extra=_RULE, response_model=ExportsShown, summary="Formats to take material away in")
    async def formats() -> Response:
        """What each holds, and what it cannot say."""
        return json_response(
            {
                "exports": [
                    {
                        "format": name,
                        "title": one.title,
                        "takes": one.takes,
                        "suffix": one.suffix,
                        "media_type": one.media_type,
                        "limits": one.limits,
                    }
                    for name, one in export.known()
                ]
            }
        )

    @router.post("/{format}", openapi_extra=_RULE, responses=_FILE, summary="Material as a file of another program")
    async def write(
        format: Id,
        body: Annotated[dict[str, Any], Body(description="What `POST /api/v1/content/{type}` answers under `body`.")],
        title: Annotated[str, Query(max_length=200, description="Of the quiz, the deck or the outline.")] = "",
        language: Annotated[str, Query(max_length=35, pattern="^[A-Za-z0-9-]*$")] = "",
    ) -> Response:
        """At most 500 items. What the format cannot say is told in the header `X-Banyan-Notes`, a JSON array."""
        return file_response(await export(format, body, title=title, language=language))

    return router


def file_response(file: Exported) -> Response:
    """The file with its name, in any script, and its notes."""
    plain = file.name.encode("ascii", "replace").decode().replace("?", "_")
    headers = {"Content-Disposition": f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(file.name)}"}
    if file.notes:
        headers["X-Banyan-Notes"] = json.dumps(_few(file.notes))
    return Response(file.content, media_type=file.media_type, headers=headers)


def _few(notes: Sequence[str]) -> list[str]:
    """As many as headers can carry."""
    left = len(notes) - _MOST_NOTES
    return [*notes[:_MOST_NOTES], *([f"There are {left} more such notes."] if left > 0 else [])]
