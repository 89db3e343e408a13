"""A school that uses the whole service: two courses, their people, and one of everything that can belong to somebody.

The services are wired as `banyan serve` wires them, with keys; whatever is there was made through the public API,
except alerts, which come from trouble that nobody can order.
"""

import itertools
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
from assistant_world import Reply
from http_server import served
from private_servers import migrated_sqlite
from scripted_gateway import until

from banyan.adapters.storage.alerts import SqlAlerts
from banyan.adapters.storage.engine import Database, open_database
from banyan.app.settings import load_settings
from banyan.app.wiring import open_services
from banyan.assistant.domain.alerts import Alert, AlertKind

SECRET = "marzipan"
"""Stands in everything that is not for everybody."""
KEY = "a-key-of-the-operator"
TEXT = (
    "The mean is the sum of the values divided by their number. The median is the value in the middle of the sorted "
    "values. The mode is the value that is there most often. The range is the distance from the least value to the "
    "greatest value. The variance is the mean of the squared distances from the mean. An outlier is a value that lies "
    "far from the other values. A histogram is a drawing of how often values are there."
)
OTHER_TEXT = "A zebu is a kind of cattle with a hump."
CALLERS: Mapping[str, tuple[str, str, str]] = {
    "owner": ("ana", "learner", "oak"),
    "other": ("ben", "learner", "oak"),
    "elsewhere": ("ivan", "instructor", "oak"),
    "teacher": ("tess", "instructor", "oak"),
    "moderator": ("mo", "moderator", "oak"),
    "admin": ("ada", "admin", "oak"),
    "service": ("lms", "service", "oak"),
    "foreign": ("ada", "admin", "elm"),
}
"""User, role and tenant. `elsewhere` teaches another course of the school. `foreign` runs another school,
with a course of the same name."""

Thing = dict[str, str]
"""Names by which requests speak of something."""


def headers_of(caller: str) -> dict[str, str]:
    """None for a guest, who has no key."""
    if caller == "guest":
        return {}
    user, role, tenant = CALLERS[caller]
    return {"X-API-Key": KEY, "X-Banyan-User": user, "X-Banyan-Roles": role, "X-Banyan-Tenant": tenant}


@dataclass
class School:
    """url, proxy: of the services."""

    url: str
    proxy: str
    client: aiohttp.ClientSession
    database: Database
    _numbers: Any = field(default_factory=itertools.count)
    _moved: set[str] = field(default_factory=lambda: {"config", "lock", "pause", "roster"})

    async def send(self, method: str, path: str, caller: str, body: object = None) -> Reply:
        """body: JSON, or a file for staff that is named after its first word."""
        more: dict[str, Any] = {}
        if isinstance(body, bytes):
            form = aiohttp.FormData()
            name = f"{body.split()[0].decode()}.txt"
            form.add_field("file", body, filename=name, content_type="text/plain")
            form.add_field("visibility", "staff")
            more = {"data": form}
        elif body is not None:
            more = {"json": body}
        async with self.client.request(method, self.url + path, headers=headers_of(caller), **more) as answer:
            if method != "GET" and answer.ok:
                self._moved.update(part for part in ("config", "lock", "pause", "roster") if f"/{part}" in path)
            return Reply(answer.status, dict(answer.headers), await answer.read())

    async def did(self, method: str, path: str, caller: str, body: object = None) -> Any:
        """What is answered; fails where it is refused."""
        reply = await self.send(method, path, caller, body)
        assert reply.status < 300, (method, path, caller, reply.status, reply.body)
        return msgspec.json.decode(reply.body) if reply.body else None

    async def index(self, course: str, lesson: str, text: str = TEXT, caller: str = "service") -> None:
        """A lesson, by a school's backend."""
        body = {"course": course, "lesson": lesson, "content": text, "title": lesson.title()}
        url = f"{self.proxy}/v1/rag/index"
        async with self.client.post(url, headers=headers_of(caller), json=body) as answer:
            assert answer.status == 200, await answer.text()

    async def settle(self) -> None:
        """Nothing paused or closed, rosters and policies as on the first day."""
        moved, self._moved = self._moved, set()
        if not moved:
            return
        staff, name = [{"user": "tess", "role": "instructor"}], f"Ana {SECRET.title()}"
        learners = [{"user": "ana", "name": name}, {"user": "ben"}, {"user": "lea"}]
        for course, caller, people, prompt in (
            ("stats", "admin", [*staff, *learners], f"Be {SECRET}."),
            ("algebra", "admin", [{"user": "ivan", "role": "instructor"}], "Be brief."),
            ("stats", "foreign", staff, "Be brief."),
        ):
            policy = {"values": {"external_allowed_domains": ["pages.invalid"], "system_prompt": prompt}}
            for method, part, body in (
                ("PUT", "roster", {"members": people}),
                ("DELETE", "lock", None),
                ("DELETE", "pause", None),
                ("PUT", "config", policy),
                ("PUT", "lessons/mean/config", policy),
            ):
                if part.rpartition("/")[2] in moved:
                    await self.did(method, f"/api/v1/courses/{course}/{part}", caller, body)
        self._moved.clear()

    def new(self, prefix: str) -> str:
        """A name that was not used before."""
        return f"{prefix}-{next(self._numbers)}"

    async def asked(self, question: str = "", lesson: str = "mean") -> Any:
        """A question of the owner's about the lesson, answered."""
        body = asking(lesson)
        if question:
            body["messages"] = [{"role": "user", "content": question}]
        return await self.did("POST", "/api/v1/chat/completions", "owner", body)


def asking(lesson: str = "mean", **more: object) -> dict[str, object]:
    """A question with the secret in it."""
    question = f"What is a mean, said {SECRET}, the sum of the values?"
    return {"course": "stats", "lesson": lesson, "messages": [{"role": "user", "content": question}], **more}


async def course(school: School) -> Thing:
    return {"course": "stats", "lesson": "mean"}


async def operation(school: School) -> Thing:
    """What the traced client of LEARN-X may want of a model."""
    return {"operation": "summary"}


async def batch(school: School) -> Thing:
    """A batch of the owner's."""
    body = [{"type": "embedding", "data": {"text": "A mean."}}]
    return {"id": (await school.did("POST", "/api/v1/ai/batch/process", "owner", body))["batch_id"]}


async def part(school: School) -> Thing:
    """A part of the service that scripts ask about."""
    return {"part": "ai"}


async def tenant(school: School) -> Thing:
    return {}


async def person(school: School) -> Thing:
    await school.asked()
    return {"user": "ana", "course": "stats", "lesson": "mean"}


async def session(school: School) -> Thing:
    return {"session": (await school.asked())["session"], "course": "stats", "lesson": "mean"}


async def answer(school: School) -> Thing:
    return {"id": (await school.asked())["message_id"]}


async def feedback(school: School) -> Thing:
    given = await school.asked()
    body = {"rating": "down", "comment": f"It is {SECRET}."}
    await school.did("POST", f"/api/v1/messages/{given['message_id']}/feedback", "owner", body)
    return {"id": given["message_id"], "session": given["session"], "course": "stats"}


async def quiz(school: School) -> Thing:
    body = {"course": "stats", "lesson": "mean", "count": 1}
    return await _titled(school, "quiz", await school.did("POST", "/api/v1/quiz-drafts", "teacher", body))


async def lesson(school: School) -> Thing:
    body = {"course": "stats", "lesson": "mean"}
    return await _titled(school, "lesson", await school.did("POST", "/api/v1/lesson-drafts", "teacher", body))


async def asked_by_two(school: School) -> Thing:
    """Chats from which an FAQ can be made."""
    await _without_faqs(school)
    for learner in ("owner", "other"):
        question = {"course": "stats", "lesson": "mean", "messages": [{"role": "user", "content": "What is a mean?"}]}
        await school.did("POST", "/api/v1/chat/completions", learner, question)
    return {"course": "stats", "lesson": "mean"}


async def faq(school: School) -> Thing:
    await _without_faqs(school)
    reply = await school.send("POST", "/api/v1/faq-drafts", "teacher", {"course": "stats"})
    if reply.status == 409:  # nobody has asked anything yet
        await asked_by_two(school)
        reply = await school.send("POST", "/api/v1/faq-drafts", "teacher", {"course": "stats"})
    return await _titled(school, "faq", reply.json)


async def _without_faqs(school: School) -> None:
    """What an FAQ has is not drafted again."""
    for draft in (await school.did("GET", "/api/v1/faq-drafts?limit=200", "admin"))["drafts"]:
        await school.did("DELETE", f"/api/v1/faq-drafts/{draft['id']}", "admin")


async def _titled(school: School, kind: str, draft: Any) -> Thing:
    body = {"version": draft["version"], "title": f"The {SECRET} draft"}
    draft = await school.did("PATCH", f"/api/v1/{kind}-drafts/{draft['id']}", "teacher", body)
    return {"id": draft["id"], "kind": kind, "version": str(draft["version"]), "course": "stats"}


def moved(make: Callable[[School], Awaitable[Thing]], *moves: str) -> Callable[[School], Awaitable[Thing]]:
    """A draft that is so far."""

    async def made(school: School) -> Thing:
        draft = await make(school)
        for move in moves:
            await school.did("POST", f"/api/v1/{draft['kind']}-drafts/{draft['id']}/{move}", "teacher", {})
        return draft

    return made


async def source(school: School) -> Thing:
    body = {"course": "stats", "url": f"https://pages.invalid/{school.new('page')}", "title": f"The {SECRET} page"}
    return {"id": (await school.did("POST", "/api/v1/external-sources", "teacher", body))["id"], "course": "stats"}


async def attachment(school: School) -> Thing:
    made = await school.did(
        "POST", "/api/v1/courses/stats/lessons/mean/attachments", "teacher", f"{SECRET} notes".encode()
    )
    return {"course": "stats", "lesson": "mean", "id": made["id"]}


async def solution(school: School) -> Thing:
    body = {"solutions": [{"text": f"The {SECRET} is seven.", "exercise": "Exercise 1"}]}
    await school.did("PUT", "/api/v1/courses/stats/lessons/mean/solutions", "teacher", body)
    return {"course": "stats", "lesson": "mean"}


async def stale(school: School) -> Thing:
    """An answer about a lesson that was written anew since."""
    name = school.new("stale")
    await school.index("stats", name, OTHER_TEXT)
    await school.asked("What is a zebu?", name)
    await school.index("stats", name, "The mode is the value that is there most often.")
    rows = (await school.did("GET", f"/api/v1/stale?course=stats&lesson={name}", "teacher"))["stale"]
    return {"id": rows[0]["id"], "course": "stats", "lesson": name}


async def job(school: School) -> Thing:
    body = {"kind": "rebuild_lesson", "course": "stats", "lesson": "mode"}
    return {"id": (await school.did("POST", "/api/v1/jobs", "teacher", body))["id"], "course": "stats"}


async def exported(school: School) -> Thing:
    """A report that the teacher has ordered as a table, once it is written."""
    body = {"kind": "reports_export", "report": "chat-usage", "filters": {"course": "stats"}}
    id = (await school.did("POST", "/api/v1/jobs", "teacher", body))["id"]

    async def written() -> bool:
        job = await school.did("GET", f"/api/v1/jobs/{id}", "teacher")
        assert job["state"] != "failed", job
        return bool(job["state"] == "complete")

    await until(written)
    return {"id": id, "course": "stats"}


async def alert(school: School) -> Thing:
    id = school.new("alert")
    kept = Alert("oak", id, id, AlertKind.HEALTH, "stats", f"The {SECRET} is slow.", datetime.now(UTC))
    await SqlAlerts(school.database).put(kept)
    return {"id": id, "course": "stats"}


async def tenants_alert(school: School) -> Thing:
    id = school.new("alert")
    await SqlAlerts(school.database).put(Alert("oak", id, id, AlertKind.DOWN, "", "It is down.", datetime.now(UTC)))
    return {"id": id}


async def lock(school: School) -> Thing:
    body = {"learners": ["lea"], "reason": f"The {SECRET} exam"}
    made = await school.did("PUT", "/api/v1/courses/stats/lock", "teacher", body)
    return {"course": "stats", "id": made["id"]}


async def pause(school: School) -> Thing:
    await school.did("PUT", "/api/v1/courses/stats/pause", "teacher", {"reason": f"Too much {SECRET}"})
    return {"course": "stats"}


async def preset(school: School) -> Thing:
    body = {"title": school.new("Preset"), "prompt": f"Speak of {SECRET}."}
    made = await school.did("POST", "/api/v1/presets", "moderator", body)
    return {"preset": made["id"], "title": made["title"]}


async def guarded(school: School) -> Thing:
    """A question that a guardrail took note of."""
    question = f"My mail is {SECRET}@school.example and my card is 4111 1111 1111 1111. What is a mean?"
    await school.asked(question)
    return {"course": "stats", "lesson": "mean"}


@asynccontextmanager
async def open_school(folder: Path) -> AsyncIterator[School]:
    """The school on its first day."""
    address = migrated_sqlite(folder)
    settings = load_settings(data=folder, database_url=address, admin_key=KEY)
    database = await open_database(address)
    async with (
        open_services(settings, ("assistant", "proxy"), frozenset(), "") as services,
        served(services.applications["assistant"]) as url,
        served(services.applications["proxy"]) as proxy,
        aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as client,
    ):
        school = School(url, proxy, client, database)
        for name in ("mean", "mode"):
            await school.index("stats", name)
            await school.index("stats", name, caller="foreign")
        await school.index("algebra", "sum")
        await school.settle()
        yield school
    await database.close()
