"""A platform that serves our three paths, over a real socket, with the rules of a `FrappeServer`'s tables."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web
from fake_frappe import KEY, FrappeServer


class LmsServer(FrappeServer):
    """Knows the same things by another wire; its names are compared exactly."""

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.asked[request.path] += 1
        self.queries.append(dict(request.query))
        if self.wait is not None:
            await self.wait.wait()
        if (ill := await self._ill()) is not None:
            return ill
        if request.headers.get("Authorization") != f"Bearer {KEY}" or self.secret == "changed":
            return web.json_response({"error": "unknown key"}, status=401)
        if self.closed:
            return web.json_response({"error": "not yours"}, status=403)
        if request.path == "/banyan/health":
            return web.json_response({"status": "ok"})
        course = request.query["course"]
        if request.path == "/banyan/names":
            members = [row["member_name"] for row in self._of(course)] + [
                self._name(one) for one in self._teachers(course)
            ]
            return web.json_response({"names": members})
        return self._standing(request.query["user"], course, request.query.get("lesson"))

    def _standing(self, user: str, course: str, lesson: str | None) -> web.Response:
        published = {row["name"]: row["published"] for row in self.tables["LMS Course"]}.get(course)
        lessons = [row for row in self.tables["Course Lesson"] if row["course"] == course]
        known = [row for row in lessons if lesson in (None, row["name"])]
        account = next((row for row in self.tables["User"] if row["name"] == user), None)
        if published is None or not known or (account is not None and not account["enabled"]):
            return web.json_response({"error": "no such thing"}, status=404)
        roles = {row["role"] for row in self.tables["Has Role"] if row["parent"] == user}
        enrolled = any(row["member"] == user for row in self._of(course)) or user in self._teachers(course)
        teaches = "Moderator" in roles or user in self._teachers(course)
        previewed = bool(published) and any(row["include_in_preview"] for row in known)
        visible = teaches or enrolled or previewed
        said: dict[str, Any] = {"enrolled": enrolled, "teaches": teaches, "visible": visible, "name": self._name(user)}
        return web.json_response(said if visible else {**said, "reason": "You are not enrolled in this course."})

    def _of(self, course: str) -> list[dict[str, Any]]:
        return [row for row in self.tables["LMS Enrollment"] if row["course"] == course]

    def _teachers(self, course: str) -> list[str]:
        return self.instructors.get(course, [])

    def _name(self, user: str) -> str:
        return next((row["full_name"] for row in self.tables["User"] if row["name"] == user), "")


@asynccontextmanager
async def fake_lms() -> AsyncIterator[LmsServer]:
    """The platform on a free port."""
    server = LmsServer()
    app = web.Application()
    for path in ("standing", "names", "health"):
        app.router.add_get(f"/banyan/{path}", server.answer)
    runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=0.1, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    server.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield server
    finally:
        await runner.cleanup()
