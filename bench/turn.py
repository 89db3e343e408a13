"""A tutor's turn over HTTP with everything on, from the question to the stored answer.

A turn passes the door (policy, roster, exam lock), the guardrails on both sides, the caps, retrieval, the answer with
checked citations, and two writes. Everything is on: caps of messages and cost, a crisis contact, a roster, an exam lock
on another course, a solution that is kept. Three figures:

- one caller, milliseconds, next to `banyan/echo`, which does the same without choosing sentences;
- sixteen callers, turns a second;
- a hundred learners at once whose model says 20 tokens a second: what a turn takes longer than the model itself.

    .venv/bin/python bench/turn.py                    the sample course
    .venv/bin/python bench/turn.py --data FOLDER      FOLDER/lessons.jsonl, and FOLDER/questions.jsonl if it is there
"""

import argparse
import asyncio
import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import quantiles
from typing import Any

import aiohttp

from upstream import TOKENS_PER_SECOND

BANYAN = str(Path(sys.executable).with_name("banyan"))
MODELS = ("banyan/extractive", "banyan/echo")
GOALS = {"p50": 10, "p95": 25, "turns": 150, "added": 100}
CALLERS = 16
LEARNERS, TOKENS = 100, 200
EVERYTHING = {
    "max_messages_per_user_per_day": 1_000_000,
    "cost_per_message": "0.0001",
    "cost_cap_per_user_per_day": "1000",
    "crisis_contact": "counsellor@example.org",
    "help_level": "hints",
    "require_enrolment": True,
    "off_topic": "refuse",
}


@contextlib.contextmanager
def serving(data: Path, *options: str, upstream: int) -> Iterator[dict[str, str]]:
    """The addresses of a service on that data folder."""
    command = [BANYAN, "serve", "--data", str(data), "--assistant-port", "0", "--proxy-port", "0", *options]
    provider = {"OPENAI_API_KEY": "none", "OPENAI_BASE_URL": f"http://127.0.0.1:{upstream}/v1"}
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, env={**os.environ, **provider})
    try:
        addresses = data / "serve.json"
        deadline = time.monotonic() + 120
        while not addresses.exists():
            if process.poll() is not None or time.monotonic() > deadline:
                raise SystemExit("banyan serve did not start; try it by hand.")
            time.sleep(0.05)
        yield json.loads(addresses.read_text())
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)


@contextlib.contextmanager
def slow_model() -> Iterator[int]:
    """The port of a model that says 20 tokens a second."""
    command = [sys.executable, str(Path(__file__).with_name("upstream.py")), "--paced"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield int(process.stdout.readline())
    finally:
        process.terminate()
        process.wait(10)


async def embedded(client: aiohttp.ClientSession, url: str, course: str) -> list[Any]:
    """The course's lessons, once all of them have vectors, as they have in daily use."""
    while True:
        async with client.get(f"{url}/api/v1/courses/{course}/lessons") as answer:
            lessons = (await answer.json())["lessons"]
        if all(lesson["embedded"] >= lesson["chunks"] for lesson in lessons):
            return lessons
        await asyncio.sleep(1)


def questions(folder: Path | None, lessons: list[Any]) -> list[tuple[str, str]]:
    """Lesson and question, shuffled the same way each time."""
    found: list[tuple[str, str]] = []
    if folder is not None and (folder / "questions.jsonl").exists():
        known = {lesson["lesson"] for lesson in lessons}
        rows = [json.loads(line) for line in (folder / "questions.jsonl").read_text().splitlines()]
        found = [(row["lesson"], row["question"]) for row in rows if row["lesson"] in known]
    found = found or [(lesson["lesson"], f"What is {lesson['title']}?") for lesson in lessons]
    random.Random(1).shuffle(found)
    return found


async def switch_on(client: aiohttp.ClientSession, url: str, course: str, lesson: str) -> None:
    """Everything that a turn may have to look at."""
    members = [{"user": name(number), "name": f"Ana {number} Lee"} for number in range(LEARNERS)]
    solution = {"text": "The mean of the five values is 7.4.", "exercise": "What is the mean of the five values?"}
    for method, path, body in (
        ("PATCH", "/api/v1/config", EVERYTHING),
        ("PUT", f"/api/v1/courses/{course}/roster", {"members": members}),
        ("PUT", f"/api/v1/courses/{course}/lock", {"learners": ["somebody else"]}),
        ("PUT", f"/api/v1/courses/{course}/lessons/{lesson}/solutions", {"solutions": [solution]}),
    ):
        async with client.request(method, url + path, json=body) as answer:
            if answer.status not in (200, 201):
                raise SystemExit(f"{method} {path} answered {answer.status}: {(await answer.read())[:300]!r}")


def name(number: int) -> str:
    """Of a learner."""
    return f"learner-{number}"


@dataclass(frozen=True)
class Place:
    """Where questions go. asked: lesson and question."""

    client: aiohttp.ClientSession
    url: str
    course: str
    asked: Sequence[tuple[str, str]]

    async def turn(self, number: int, model: str, learner: int = 0, question: str = "") -> float:
        """Milliseconds of one turn, read to its end. number: of the question that is asked where none is given."""
        lesson, text = self.asked[number % len(self.asked)]
        body = {
            "course": self.course,
            "lesson": lesson,
            "messages": [{"role": "user", "content": question or text}],
            "model": model,
            "stream": True,
        }
        headers = {"X-Banyan-User": name(learner), "X-Banyan-Roles": "learner"}
        began = time.perf_counter()
        async with self.client.post(f"{self.url}/api/v1/chat/completions", json=body, headers=headers) as answer:
            said = await answer.read()
        if answer.status != 200 or b'"error"' in said or not said.endswith(b"data: [DONE]\n\n"):
            raise SystemExit(f"A turn failed: {said[:500]!r}")
        return (time.perf_counter() - began) * 1000

    async def alone(self, turns: int) -> dict[str, list[float]]:
        """Both models, taking turns, after a warm-up."""
        taken: dict[str, list[float]] = {model: [] for model in MODELS}
        for number in range(-20, turns):
            for model in MODELS:
                milliseconds = await self.turn(number, model, number % LEARNERS)
                if number >= 0:
                    taken[model].append(milliseconds)
        return taken

    async def together(self, seconds: float) -> float:
        """Turns a second of sixteen callers."""
        ends = time.perf_counter() + seconds
        done = 0

        async def caller(learner: int) -> None:
            nonlocal done
            number = learner
            while time.perf_counter() < ends:
                await self.turn(number, MODELS[0], learner)
                number += CALLERS
                done += 1

        began = time.perf_counter()
        await asyncio.gather(*map(caller, range(CALLERS)))
        return done / (time.perf_counter() - began)

    async def added(self, upstream: int) -> list[float]:
        """What turns of a hundred learners at once take longer than the slow model needs for the same."""
        marked = f"{self.asked[0][1]} (stream {{}} of {TOKENS} tokens in words)"

        async def learner(number: int) -> list[float]:
            await asyncio.sleep(number * TOKENS / TOKENS_PER_SECOND / LEARNERS)  # they do not begin all at once
            question = marked.format(number)
            return [await self.turn(number, "openai/slow", number, question) for _ in range(2)]

        body = {"model": "slow", "stream": True, "messages": [{"role": "user", "content": marked.format(0)}]}
        began = time.perf_counter()
        async with self.client.post(f"http://127.0.0.1:{upstream}/v1/chat/completions", json=body) as answer:
            await answer.read()
        itself = (time.perf_counter() - began) * 1000
        taken = await asyncio.gather(*map(learner, range(LEARNERS)))
        return [one - itself for each in taken for one in each]


async def measure(url: str, course: str, folder: Path | None, turns: int, upstream: int) -> None:
    """Prints the three figures."""
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as client:
        lessons = await embedded(client, url, course)
        place = Place(client, url, course, questions(folder, lessons))
        await switch_on(client, url, course, lessons[0]["lesson"])
        taken = await place.alone(turns)
        for model in MODELS:
            cuts = quantiles(taken[model], n=100)
            goal = f"   (goals {GOALS['p50']} and {GOALS['p95']} ms)" if model == MODELS[0] else ""
            print(f"{model:18} p50 {cuts[49]:6.1f} ms   p95 {cuts[94]:6.1f} ms   {len(taken[model])} turns{goal}")
        ratio = quantiles(taken[MODELS[0]], n=100)[49] / quantiles(taken[MODELS[1]], n=100)[49]
        print(f"ratio of the medians {ratio:.1f}")
        print(f"{CALLERS} callers {await place.together(8):6.1f} turns a second   (goal {GOALS['turns']})")
        late = quantiles(await place.added(upstream), n=100)
        print(
            f"{LEARNERS} learners, a model of {TOKENS_PER_SECOND} tokens a second: added p50 {late[49]:.0f} ms,",
            end=" ",
        )
        print(f"p95 {late[94]:.0f} ms   (goal {GOALS['added']})")


def main() -> None:
    """Prints a line for each figure."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, help="folder with lessons.jsonl; else the sample course")
    parser.add_argument("--turns", type=int, default=300)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as place, slow_model() as upstream:
        data = Path(place)
        course, serve = "thinking-with-data", ["--sample"]
        if options.data is not None:
            course, serve = "bench", []
            command = [BANYAN, "index", str(options.data / "lessons.jsonl"), "--course", course]
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env={"BANYAN_DATA": place})
        with serving(data, *serve, upstream=upstream) as addresses:
            asyncio.run(measure(addresses["assistant"], course, options.data, options.turns, upstream))


if __name__ == "__main__":
    main()
