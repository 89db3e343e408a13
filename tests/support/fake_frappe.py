"""A small Frappe site with the LMS on it, over a real socket: methods, envelopes, tokens, errors, and its bites.

Names are compared as MariaDB does, lists come in pages of 20, a wrong secret makes a guest, child tables need their
parent's type, and what a key may not read is refused or, where only rows of its own are open to it, left out.
"""

import asyncio
import json
import unicodedata
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

KEY, SECRET, READER = "key-of-banyan", "secret-of-banyan", "banyan@lms.test"
FIELDS = {
    "User": {"name", "full_name", "enabled"},
    "Has Role": {"name", "parent", "parenttype", "role"},
    "LMS Course": {"name", "title", "published"},
    "Course Lesson": {"name", "title", "course", "chapter", "include_in_preview"},
    "LMS Enrollment": {"name", "member", "member_name", "course", "role", "member_type"},
}
CHILDREN = {"Has Role": "User"}
PAGE = "<!DOCTYPE html><html><body><h1>Updating</h1><p>Please refresh in a few minutes.</p></body></html>"


@dataclass
class FrappeServer:
    """behaviour: how the next answers come. closed: document types that the key may not read. own: of which it sees
    its own rows alone, as students do. asked: how often, by method and document type."""

    url: str = ""
    behaviour: str = "well"
    retry_after: str | None = "7"
    secret: str = SECRET
    closed: set[str] = field(default_factory=set)
    own: set[str] = field(default_factory=set)
    tables: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: {name: [] for name in FIELDS})
    instructors: dict[str, list[str]] = field(default_factory=dict)
    asked: Counter[str] = field(default_factory=Counter)
    queries: list[dict[str, str]] = field(default_factory=list)
    wait: asyncio.Event | None = None

    def user(
        self, name: str, full_name: str = "", *, roles: tuple[str, ...] = ("LMS Student",), enabled: int = 1
    ) -> None:
        self.tables["User"].append({"name": name, "full_name": full_name, "enabled": enabled})
        for role in roles:
            row = {"name": f"{name}-{role}", "parent": name, "parenttype": "User", "role": role}
            self.tables["Has Role"].append(row)

    def course(self, name: str, *instructors: str, published: int = 1) -> None:
        self.tables["LMS Course"].append({"name": name, "title": name, "published": published})
        self.instructors[name] = list(instructors)

    def lesson(self, name: str, course: str, *, preview: int = 0) -> None:
        row = {"name": name, "title": name, "course": course, "chapter": "one", "include_in_preview": preview}
        self.tables["Course Lesson"].append(row)

    def enrol(self, member: str, course: str) -> None:
        names = {row["name"]: row["full_name"] for row in self.tables["User"]}
        row = {"member": member, "member_name": names.get(member), "course": course, "role": "Member"}
        number = len(self.tables["LMS Enrollment"])
        self.tables["LMS Enrollment"].append({"name": f"{number:08d}", "member_type": "Student", **row})

    def leave(self, member: str, course: str) -> None:
        rows = self.tables["LMS Enrollment"]
        rows[:] = [row for row in rows if (row["member"], row["course"]) != (member, course)]

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """`/api/method/METHOD`."""
        method, query = request.match_info["method"], dict(request.query)
        self.asked[f"{method} {query.get('doctype', '')}".strip()] += 1
        self.queries.append(query)
        if self.wait is not None:
            await self.wait.wait()
        if (ill := await self._ill()) is not None:
            return ill
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        key, _, secret = token.partition(":")
        if scheme.lower() != "token" or key != KEY:
            return _error(401, "AuthenticationError")
        reader = READER if secret == self.secret else "Guest"
        if reader == "Guest":  # every method that is asked for here wants a login
            return _error(403, "PermissionError", "Login to access")
        if method == "frappe.auth.get_logged_user":
            return _said(reader)
        if method == "frappe.client.get":
            return self._document(query)
        if method == "frappe.client.get_list":
            return self._list(query)
        return _error(417, "ValidationError", f"Failed to get method for command {method}")

    async def _ill(self) -> web.StreamResponse | None:
        if self.behaviour == "hang":
            await asyncio.Event().wait()
        if self.behaviour == "page":
            return web.Response(text=PAGE, content_type="text/html")
        if self.behaviour == "500":
            return web.Response(text=PAGE, content_type="text/html", status=500)
        if self.behaviour == "exc":
            return _error(500, "OperationalError", "Lost connection")
        if self.behaviour == "no site":
            return web.Response(text="<h1>Not Found</h1>", content_type="text/html", status=404)
        if self.behaviour == "redirect":
            raise web.HTTPFound("/login")
        if self.behaviour == "empty":
            return web.json_response({})
        if self.behaviour == "429":
            headers = {} if self.retry_after is None else {"Retry-After": self.retry_after}
            return web.Response(text="Too Many Requests", content_type="text/html", status=429, headers=headers)
        return None

    def _document(self, query: dict[str, str]) -> web.StreamResponse:
        doctype = query["doctype"]
        if doctype in self.closed:
            return _error(403, "PermissionError", f"No permission for <b>{doctype}</b>")
        for row in self.tables.get(doctype, []):
            if _same(row["name"], query["name"]):
                children = [
                    {"instructor": name, "doctype": "Course Instructor"} for name in self.instructors[row["name"]]
                ]
                return _said({**row, "doctype": doctype, "docstatus": 0, "instructors": children})
        return _error(404, "DoesNotExistError", f"{doctype} {query['name']} not found")

    def _list(self, query: dict[str, str]) -> web.StreamResponse:
        doctype = query["doctype"]
        if doctype not in FIELDS:
            return _error(404, "DoesNotExistError", f"DocType {doctype} not found")
        parent = CHILDREN.get(doctype)
        if {doctype, parent} & self.closed or (parent is not None and query.get("parent") != parent):
            return _error(403, "PermissionError", f"No permission for <b>{doctype}</b>")
        fields = json.loads(query.get("fields", '["name"]'))
        filters = json.loads(query.get("filters", "[]"))
        for name in [*fields, *(one[0] for one in filters)]:
            if name not in FIELDS[doctype]:
                return _error(417, "DataError", f"Field not permitted in query: {name}")
        rows = [row for row in self.tables[doctype] if all(_passes(row, *one) for one in filters)]
        if doctype in self.own:
            rows = [row for row in rows if row.get("member") == READER]
        rows = sorted(rows, key=lambda row: str(row["name"]))
        start, length = int(query.get("limit_start", 0)), int(query.get("limit_page_length", 20))
        return _said([{name: row.get(name) for name in fields} for row in rows[start : start + length]])


def _passes(row: dict[str, Any], name: str, operator: str, value: Any) -> bool:
    if operator == "in":
        return any(_same(row[name], one) for one in value)
    assert operator == "=", operator
    return _same(row[name], value)


def _same(one: Any, other: Any) -> bool:
    """As `utf8mb4_unicode_ci` has it."""
    if not (isinstance(one, str) and isinstance(other, str)):
        return bool(one == other)
    return _folded(one) == _folded(other)


def _folded(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text.rstrip(" "))
    return "".join(sign for sign in plain if not unicodedata.combining(sign)).casefold()


def _said(value: Any) -> web.Response:
    return web.json_response({"message": value}, headers={"Set-Cookie": "sid=Guest; Path=/"})


def _error(status: int, kind: str, message: str = "") -> web.Response:
    body = {"exception": f"frappe.exceptions.{kind}", "exc_type": kind}
    if message:
        body["_server_messages"] = json.dumps([json.dumps({"message": message, "title": "Message"})])
    return web.json_response(body, status=status)


@asynccontextmanager
async def fake_frappe() -> AsyncIterator[FrappeServer]:
    """The site on a free port."""
    server = FrappeServer()
    app = web.Application()
    app.router.add_get("/api/method/{method}", server.answer)
    runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=0.1, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    server.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield server
    finally:
        await runner.cleanup()
