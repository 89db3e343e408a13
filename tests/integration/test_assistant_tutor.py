"""The program as a learner meets it: the tutor on the sample course, in one process and in two."""

import asyncio
from collections.abc import Iterator
from typing import Any

import aiohttp
import pytest
from scripted_gateway import until
from services import serving

COURSE = "thinking-with-data"


@pytest.fixture(scope="module", params=["embedded", "apart"])
def assistant(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of an assistant that knows the sample course."""
    folder = tmp_path_factory.mktemp(request.param)
    if request.param == "embedded":
        with serving(folder / "data", "--sample") as service:
            yield service.assistant
        return
    with (
        serving(folder / "proxy", "proxy", "--sample") as proxy,
        serving(folder / "assistant", "assistant", more={"BANYAN_PROXY_URL": proxy.proxy}) as service,
    ):
        yield service.assistant


class Learner:
    """One learner's browser."""

    def __init__(self, client: aiohttp.ClientSession, url: str, name: str) -> None:
        self.client, self.url, self.headers = client, url, {"X-Banyan-User": name}

    async def get(self, path: str) -> Any:
        async with self.client.get(f"{self.url}/api/v1/{path}", headers=self.headers) as answer:
            assert answer.status == 200, await answer.text()
            return await answer.json()

    async def ask(self, lesson: str, question: str, **fields: object) -> Any:
        body = {"course": COURSE, "lesson": lesson, "messages": [{"role": "user", "content": question}], **fields}
        async with self.client.post(f"{self.url}/api/v1/chat/completions", json=body, headers=self.headers) as answer:
            assert answer.status == 200, await answer.text()
            return await answer.json()


async def test_every_quote_stands_in_its_lesson(assistant: str) -> None:
    """A question about each lesson is answered with citations that equal the lesson's text, and is kept with them."""
    async with aiohttp.ClientSession() as client:
        ana = Learner(client, assistant, "ana")

        async def has_vectors() -> bool:
            lessons = (await ana.get(f"courses/{COURSE}/lessons"))["lessons"]
            return all(lesson["embedded"] == lesson["chunks"] for lesson in lessons)

        await until(has_vectors, 60)
        lessons = (await ana.get(f"courses/{COURSE}/lessons"))["lessons"]
        assert len(lessons) >= 10
        for lesson in lessons[:4]:
            answer = await ana.ask(lesson["lesson"], f"What is {lesson['title']}?")
            assert answer["citations"], answer["choices"]
            for citation in answer["citations"]:
                text = (await ana.get(f"courses/{COURSE}/lessons/{citation['lesson']}"))["text"]
                assert citation["quote"] == text[citation["start"] : citation["end"]]
                assert f"[{citation['index']}]" in answer["choices"][0]["message"]["content"]
            kept = (await ana.get(f"sessions/{COURSE}/{lesson['lesson']}/history"))["messages"][-1]
            assert (kept["id"], kept["citations"]) == (answer["id"], answer["citations"])
            assert kept["model"] == answer["model"]


async def test_two_hundred_learners_ask_the_tutor_at_once(assistant: str) -> None:
    """All are answered from the course, each in a session of their own."""
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as client:
        learners = [Learner(client, assistant, f"learner-{number}") for number in range(200)]
        answers = await asyncio.gather(*(learner.ask("averages", "What is the median?") for learner in learners))
    assert all("median" in answer["choices"][0]["message"]["content"].lower() for answer in answers)
    assert len({answer["session"] for answer in answers}) == 200
