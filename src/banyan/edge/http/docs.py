"""The API's description, readable without a network: `/openapi.json` and a small page over it at `/docs`."""

from collections.abc import Callable
from importlib.resources import files
from threading import Lock
from typing import Any

from fastapi import APIRouter, FastAPI
from starlette.responses import HTMLResponse, JSONResponse

from banyan.edge.http.access import PUBLIC, RuledRoute

_PAGE = files("banyan.edge.http").joinpath("docs_page.html").read_text("utf-8")


def serve_docs(app: FastAPI, add: Callable[[dict[str, Any]], None] | None = None) -> None:
    """Both pages. Call it last, on an application made with `openapi_url=None`.

    add: puts in what the framework cannot see.
    The document is made when it is first asked for, since that takes longer than all the rest of an application.
    """
    describe, lock, made = app.openapi, Lock(), list[dict[str, Any]]()

    def document() -> dict[str, Any]:
        with lock:
            if not made:
                made.append(describe())
                if add is not None:
                    add(made[0])
            return made[0]

    routes = APIRouter(route_class=RuledRoute, include_in_schema=False)

    @routes.get("/openapi.json", openapi_extra=PUBLIC)
    def openapi() -> JSONResponse:  # not async, so that the loop need not wait for it
        return JSONResponse(document())

    @routes.get("/docs", openapi_extra=PUBLIC)
    async def docs() -> HTMLResponse:
        return HTMLResponse(_PAGE)

    app.include_router(routes)
    app.openapi = document  # type: ignore[method-assign]
