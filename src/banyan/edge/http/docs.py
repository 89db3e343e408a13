"""The API's description, readable without a network: `/openapi.json` and a small page over it at `/docs`."""

from collections.abc import Callable
from importlib.resources import files
from typing import Any

from fastapi import APIRouter, FastAPI
from starlette.responses import HTMLResponse, JSONResponse

from banyan.edge.http.access import PUBLIC, RuledRoute

_PAGE = files("banyan.edge.http").joinpath("docs_page.html").read_text("utf-8")


def serve_docs(app: FastAPI, add: Callable[[dict[str, Any]], None] | None = None) -> None:
    """Both pages. Call it last, on an application made with `openapi_url=None`.

    add: puts in what the framework cannot see.
    """
    document = app.openapi()
    if add is not None:
        add(document)
    routes = APIRouter(route_class=RuledRoute, include_in_schema=False)

    @routes.get("/openapi.json", openapi_extra=PUBLIC)
    async def openapi() -> JSONResponse:
        return JSONResponse(document)

    @routes.get("/docs", openapi_extra=PUBLIC)
    async def docs() -> HTMLResponse:
        return HTMLResponse(_PAGE)

    app.include_router(routes)
    app.openapi_schema = document  # so that `app.openapi()` says the same, whoever asks
