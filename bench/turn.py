"""One tutor turn over HTTP, from the question to the stored answer: milliseconds at one caller.

A turn reads the session and its history, retrieves and answers, and writes question and answer. The baseline of the
same run is `banyan/echo`, which does the same without choosing sentences.

    .venv/bin/python bench/turn.py                    the sample course
    .venv/bin/python bench/turn.py --data FOLDER      FOLDER/lessons.jsonl, and FOLDER/questions.jsonl if it is there
"""

import argparse
import asyncio
import contextlib
import json
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import quantiles
from typing import Any

import aiohttp

BANYAN = str(Path(sys.executable).with_name("banyan"))
MODELS = ("banyan/extractive", "banyan/echo")
GOAL = 30


@contextlib.contextmanager
def serving(data: Path, *options: str) -> Iterator[dict[str, str]]:
    """The addresses of a service on that data folder."""
    command = [BANYAN, "serve", "--data", str(data), "--assistant-port", "0", "--proxy-port", "0", *options]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
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


async def turn(client: aiohttp.ClientSession, url: str, course: str, lesson: str, question: str, model: str) -> float:
    """Milliseconds of one turn, read to its end."""
    body = {
        "course": course,
        "lesson": lesson,
        "messages": [{"role": "user", "content": question}],
        "model": model,
        "stream": True,
    }
    began = time.perf_counter()
    async with client.post(f"{url}/api/v1/chat/completions", json=body) as answer:
        said = await answer.read()
    if answer.status != 200 or b'"error"' in said or not said.endswith(b"data: [DONE]\n\n"):
        raise SystemExit(f"A turn failed: {said[:500]!r}")
    return (time.perf_counter() - began) * 1000


async def measure(url: str, course: str, folder: Path | None, turns: int) -> dict[str, list[float]]:
    """Turns of both models, taking turns, after a warm-up."""
    taken: dict[str, list[float]] = {model: [] for model in MODELS}
    async with aiohttp.ClientSession() as client:
        asked = questions(folder, await embedded(client, url, course))
        for number in range(-20, turns):
            lesson, question = asked[number % len(asked)]
            for model in MODELS:
                milliseconds = await turn(client, url, course, lesson, question, model)
                if number >= 0:
                    taken[model].append(milliseconds)
    return taken


def main() -> None:
    """Prints one line per model."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, help="folder with lessons.jsonl; else the sample course")
    parser.add_argument("--turns", type=int, default=300)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        data = Path(place)
        course, serve = "thinking-with-data", ["--sample"]
        if options.data is not None:
            course, serve = "bench", []
            command = [BANYAN, "index", str(options.data / "lessons.jsonl"), "--course", course]
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env={"BANYAN_DATA": place})
        with serving(data, *serve) as addresses:
            taken = asyncio.run(measure(addresses["assistant"], course, options.data, options.turns))
    for model in MODELS:
        cuts = quantiles(taken[model], n=100)
        goal = f" (goal {GOAL} ms p95)" if model == MODELS[0] else ""
        print(f"{model:18} p50 {cuts[49]:6.1f} ms   p95 {cuts[94]:6.1f} ms{goal}   {len(taken[model])} turns")
    ratio = quantiles(taken[MODELS[0]], n=100)[49] / quantiles(taken[MODELS[1]], n=100)[49]
    print(f"ratio of the medians {ratio:.1f}")


if __name__ == "__main__":
    main()
