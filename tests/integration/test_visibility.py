"""What is for staff alone never reaches a learner, whichever way they ask."""

from collections.abc import Iterator
from typing import Any

import aiohttp
import pytest
from services import Service, serving

COURSE = "botany"
ADMIN = {"X-Banyan-User": "ada", "X-Banyan-Roles": "admin"}
TEACHER = {"X-Banyan-User": "tess", "X-Banyan-Roles": "instructor"}
OTHER_TEACHER = {"X-Banyan-User": "otto", "X-Banyan-Roles": "instructor"}
LEARNER = {"X-Banyan-User": "ana", "X-Banyan-Roles": "learner"}
LESSON = "Leaves make sugar from light. Chlorophyll is the green pigment of leaves."
NOTES = "Stomata are pores of leaves. Through the stomata of leaves transpiration happens: water leaves the plant."
SECRET = "transpiration"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with serving(tmp_path_factory.mktemp("visibility") / "data") as service:
        yield service


async def post(client: aiohttp.ClientSession, url: str, body: dict[str, Any], asker: dict[str, str]) -> str:
    async with client.post(url, json=body, headers=asker) as answer:
        return await answer.text()


async def index(client: aiohttp.ClientSession, service: Service, **fields: Any) -> None:
    body = {"course": COURSE, "lesson": "leaves", "title": "Leaves", "wait": True, **fields}
    async with client.post(f"{service.proxy}/v1/rag/index", json=body, headers=ADMIN) as answer:
        assert answer.status == 200, await answer.text()


async def everything(client: aiohttp.ClientSession, service: Service, asker: dict[str, str]) -> dict[str, bool]:
    """Whether the secret comes back, by the way that was tried."""
    question = "What happens through stomata of leaves?"
    said = {"course": COURSE, "lesson": "leaves", "messages": [{"role": "user", "content": question}]}
    found = {
        "chat": await post(client, f"{service.assistant}/api/v1/chat/completions", said, asker),
        "proxy chat": await post(client, f"{service.proxy}/v1/chat/completions", said, asker),
        "summary": await post(
            client,
            f"{service.assistant}/api/v1/chat/completions",
            {**said, "messages": [{"role": "user", "content": "Summarize the lesson"}]},
            asker,
        ),
    }
    for mode in ("hybrid", "text", "dense"):
        body = {"query": question, "course": COURSE, "mode": mode}
        found[f"search {mode}"] = await post(client, f"{service.proxy}/v1/rag/search", body, asker)
    paths = {
        "notes": f"{service.proxy}/v1/rag/text?course={COURSE}&lesson=leaves&source=notes",
        "text": f"{service.proxy}/v1/rag/text?course={COURSE}&lesson=staff",
        "lesson": f"{service.assistant}/api/v1/courses/{COURSE}/lessons/staff",
        "list": f"{service.assistant}/api/v1/courses/{COURSE}/lessons",
    }
    for name, url in paths.items():
        async with client.get(url, headers=asker) as answer:
            found[name] = await answer.text()
    return {name: SECRET in text.lower() for name, text in found.items()}


async def test_what_is_for_staff_never_reaches_a_learner(service: Service) -> None:
    """The learner and the instructor of another course find nothing of it by any way, the teacher does by each."""
    async with aiohttp.ClientSession() as client:
        await index(client, service, content=LESSON)
        await index(client, service, content=NOTES, source="notes", source_type="instructor")
        await index(client, service, content=NOTES, lesson="staff", title="Transpiration key", visibility="staff")
        roster = {"members": [{"user": "tess", "role": "instructor"}, {"user": "ana"}]}
        async with client.put(
            f"{service.assistant}/api/v1/courses/{COURSE}/roster", json=roster, headers=ADMIN
        ) as answer:
            assert answer.status == 200
        learner, teacher = await everything(client, service, LEARNER), await everything(client, service, TEACHER)
        assert [name for name, leaked in learner.items() if leaked] == []
        assert [name for name in teacher if not teacher[name]] in ([], ["summary"]), teacher
        other = await everything(client, service, OTHER_TEACHER)
        assert [name for name in ("chat", "summary", "lesson", "list") if other[name]] == []


async def test_what_is_opened_to_everyone_reaches_learners_and_what_is_closed_again_does_not(service: Service) -> None:
    """Indexing the source again decides; the text may stay the same."""
    async with aiohttp.ClientSession() as client:
        text = "Roots drink water through fine hairs. Mycorrhiza helps them."
        body = {"query": "mycorrhiza", "course": "roots"}
        for visibility, seen in (("everyone", True), ("staff", False), ("everyone", True)):
            sent = {"course": "roots", "lesson": "roots", "source": "notes", "source_type": "instructor"}
            await index(client, service, **sent, content=text, visibility=visibility)
            found = await post(client, f"{service.proxy}/v1/rag/search", body, LEARNER)
            assert ("Mycorrhiza" in found) is seen
            assert "Mycorrhiza" in await post(client, f"{service.proxy}/v1/rag/search", body, TEACHER)
