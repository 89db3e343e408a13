"""The web page at `/`: built files with a strict content policy."""

from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, Response
from starlette.routing import Match
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Receive, Scope, Send

from banyan.edge.http.access import PublicFiles
from banyan.edge.http.page_folder import BUILT

_HEADERS = {
    "Content-Security-Policy": "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}
_FOR_EVER = "public, max-age=31536000, immutable"
_ASK_AGAIN = "no-cache"
_MISSING = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>Banyan</title></head>
<body>
<h1>Banyan runs, but its web page has not been built</h1>
<p>Install Node.js 20 or newer, run <code>make setup</code>, and start Banyan again.</p>
<p>Until then ask in a terminal: <code>banyan ask "QUESTION" --course COURSE</code></p>
</body>
</html>
"""


def web_page(folder: Path = BUILT) -> PublicFiles:
    """The page, or one that says how to build it."""
    if (folder / "index.html").is_file():
        return _Page(_Files(directory=folder, html=True), frozenset(path.name for path in folder.iterdir()))
    return _Page(_missing, frozenset())


class _Page(PublicFiles):
    """Takes the root and what lies in the folder, and leaves every other path to the routes beside it."""

    def __init__(self, files: ASGIApp, names: frozenset[str]) -> None:
        super().__init__("/", files, name="web")
        self._names = names | {""}

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """As the base class, for the names that are there."""
        path = scope.get("path", "").removeprefix(scope.get("root_path", ""))
        if path.lstrip("/").partition("/")[0] not in self._names:
            return Match.NONE, {}
        return super().matches(scope)


class _Files(StaticFiles):
    """Assets carry a hash of their content in their name, so they never change; the index does."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        response.headers.update(_HEADERS)
        response.headers["Cache-Control"] = _FOR_EVER if path.startswith("assets/") else _ASK_AGAIN
        return response


async def _missing(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["method"] not in {"GET", "HEAD"}:
        raise HTTPException(405, headers={"Allow": "GET, HEAD"})
    page = HTMLResponse(_MISSING, headers={**_HEADERS, "Cache-Control": _ASK_AGAIN})
    await page(scope, receive, send)
