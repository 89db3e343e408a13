"""How well the extractive tutor answers: a lesson set with multiple-choice questions, asked through the HTTP API.

    .venv/bin/python bench/tutor.py --data FOLDER --foreign FOLDER

FOLDER holds `lessons.jsonl` (lesson, title, chapter, blocks) and `questions.jsonl` (lesson, question, options, answer).

Hits: how often all content words of an option stand in the first three quoted sentences, for the right options and
for the wrong ones; words as they are, and stemmed. Asked of the whole course, and with the question's lesson open.
Refusals: how often foreign questions get no citation, and how many of the course's own ones do; own are those that
the set holds an answer to.

The baseline of the same run is a naive tutor over the same index: the five best passages, and of these the three
sentences nearest to the question; for refusals, the best dense score, at the threshold with the same loss.
"""

import argparse
import asyncio
import html
import json
import re
import statistics
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import aiohttp
import numpy as np

from banyan.proxy.domain.tutor.words import is_function_word, stems, words
from serve import free_port, running

PARALLEL = 4
COURSE = "bench"
Rates = dict[str, tuple[float, float]]


def read_lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip()]


def editorjs(blocks: Sequence[tuple[str, str]]) -> dict[str, Any]:
    """A lesson's blocks as an Editor.js document."""
    return {
        "blocks": [
            {"type": "header", "data": {"text": html.escape(text, quote=False), "level": 2}}
            if kind == "h"
            else {"type": "paragraph", "data": {"text": html.escape(text, quote=False)}}
            for kind, text in blocks
        ]
    }


class Service:
    """The few calls of the proxy that are needed here."""

    def __init__(self, session: aiohttp.ClientSession, base: str) -> None:
        self._session = session
        self._base = base
        self._gate = asyncio.Semaphore(PARALLEL)

    async def post(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        async with self._gate, self._session.post(self._base + path, json=body) as response:
            answer: dict[str, Any] = await response.json()
            if response.status != 200:
                raise SystemExit(f"{path} answered {response.status}: {answer}")
            return answer

    async def index(self, lessons: Sequence[Mapping[str, Any]]) -> None:
        await asyncio.gather(
            *(
                self.post(
                    "/v1/rag/index",
                    {
                        "course": COURSE,
                        "lesson": lesson["lesson"],
                        "title": lesson["title"],
                        "chapter": lesson["chapter"],
                        "blocks": editorjs(lesson["blocks"]),
                        "wait": True,
                    },
                )
                for lesson in lessons
            )
        )

    async def ask(self, question: str, lesson: str | None = None) -> list[str]:
        """The quoted sentences; none when the tutor says that the course does not cover it."""
        body = {"model": "banyan/extractive", "course": COURSE, "messages": [{"role": "user", "content": question}]}
        answer = await self.post("/v1/chat/completions", body | ({"lesson": lesson} if lesson else {}))
        return [citation["quote"] for citation in answer["citations"]]

    async def search(self, question: str, mode: str, limit: int) -> list[dict[str, Any]]:
        body = {"query": question, "course": COURSE, "mode": mode, "top_k": limit}
        found: list[dict[str, Any]] = (await self.post("/v1/rag/search", body))["results"]
        return found

    async def embed(self, texts: Sequence[str]) -> np.ndarray:
        answer = await self.post("/v1/embeddings", {"model": "all-MiniLM-L6-v2", "input": list(texts)})
        return np.array([row["embedding"] for row in answer["data"]])

    async def naive(self, question: str) -> list[str]:
        """Five best passages, three nearest sentences."""
        passages = await self.search(question, "hybrid", 5)
        sentences = [
            sentence.strip()
            for passage in passages
            for sentence in re.split(r"(?<=[.!?])\s+(?=[\"“(]?[A-Z0-9])|\n+", passage["content"])
            if sentence.strip()
        ]
        rows = await self.embed([question, *sentences])
        nearest = np.argsort(-(rows[1:] @ rows[0]), kind="stable")[:3]
        return [sentences[int(i)] for i in nearest]


def content_words(text: str, stemmed: bool) -> set[str]:
    return set(stems(text)) if stemmed else {word for word in words(text) if not is_function_word(word)}


def hit_rates(questions: Sequence[Mapping[str, Any]], answers: Sequence[Sequence[str]]) -> Rates:
    """Right and wrong options whose content words all stand in the first three sentences, by way of comparing."""
    rates: Rates = {}
    for name, stemmed in (("exact", False), ("stemmed", True)):
        right: list[bool] = []
        wrong: list[bool] = []
        for question, sentences in zip(questions, answers, strict=True):
            said = content_words(" ".join(sentences[:3]), stemmed)
            for number, option in enumerate(question["options"]):
                wanted = content_words(option, stemmed)
                if wanted:
                    (right if number == right_option(question) else wrong).append(wanted <= said)
        rates[name] = (statistics.mean(right), statistics.mean(wrong))
    return rates


def right_option(question: Mapping[str, Any]) -> int:
    """Which option the answer's letter names; -1 where there is none."""
    letter = str(question["answer"]).strip().upper()
    number = ord(letter) - ord("A") if len(letter) == 1 else -1
    return number if 0 <= number < len(question["options"]) else -1


def show(name: str, rates: Rates, baseline: Rates | None = None) -> None:
    for kind, (right, wrong) in rates.items():
        ratio = f"   {right / baseline[kind][0]:.2f} x baseline" if baseline else ""
        print(f"  {name:<28} {kind:<8} right {right:.3f}   wrong {wrong:.3f}{ratio}")


async def measure_hits(service: Service, questions: Sequence[Mapping[str, Any]]) -> None:
    chosen = [question for question in questions if len(question["options"]) > 1 and right_option(question) >= 0]
    print(f"Hits, {len(chosen)} multiple-choice questions")
    baseline = hit_rates(chosen, await asyncio.gather(*(service.naive(one["question"]) for one in chosen)))
    show("naive, whole course", baseline)
    started = time.perf_counter()
    course = await asyncio.gather(*(service.ask(one["question"]) for one in chosen))
    took = (time.perf_counter() - started) / len(chosen)
    show("tutor, whole course", hit_rates(chosen, course), baseline)
    opened = await asyncio.gather(*(service.ask(one["question"], one["lesson"]) for one in chosen))
    show("tutor, lesson open", hit_rates(chosen, opened), baseline)
    print(f"  {took * 1e3:.0f} ms a question, {PARALLEL} at a time; {sum(not one for one in course)} refused")


async def measure_refusals(service: Service, own: Sequence[str], foreign: Sequence[str]) -> None:
    print(f"Refusals, {len(own)} own and {len(foreign)} foreign questions")
    kept = [bool(quotes) for quotes in await asyncio.gather(*(service.ask(question) for question in own))]
    let_in = [bool(quotes) for quotes in await asyncio.gather(*(service.ask(question) for question in foreign))]
    loss = 1 - statistics.mean(kept)
    print(f"  tutor                        {1 - statistics.mean(let_in):.3f} refused, {1 - loss:.3f} kept")

    async def best(question: str) -> float:
        found = await service.search(question, "dense", 1)
        return float(found[0]["score"]) if found else -1.0

    own_scores = np.array(await asyncio.gather(*(best(question) for question in own)))
    foreign_scores = np.array(await asyncio.gather(*(best(question) for question in foreign)))
    threshold = float(np.quantile(own_scores, loss))
    area = float((own_scores[:, None] > foreign_scores[None, :]).mean())
    refused = float((foreign_scores < threshold).mean())
    print(f"  best dense score             {refused:.3f} refused, {1 - loss:.3f} kept   AUC {area:.3f}")


async def measure(base: str, data: Path, foreign: Path | None) -> None:
    timeout = aiohttp.ClientTimeout(total=3600)
    async with aiohttp.ClientSession(timeout=timeout) as session:
        service = Service(session, base)
        lessons, questions = read_lines(data / "lessons.jsonl"), read_lines(data / "questions.jsonl")
        print(f"Indexing {len(lessons)} lessons ...", flush=True)
        await service.index(lessons)
        await measure_hits(service, questions)
        if foreign is not None:
            own = [question["question"] for question in questions if question["answer"]]
            await measure_refusals(service, own, [one["question"] for one in read_lines(foreign / "questions.jsonl")])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder of the course")
    parser.add_argument("--foreign", type=Path, help="folder whose questions the course does not cover")
    options = parser.parse_args()
    port = free_port()
    with tempfile.TemporaryDirectory() as folder:
        program = str(Path(sys.executable).with_name("banyan"))
        command = [program, "serve", "proxy", "--proxy-port", str(port), "--data", folder]
        with running(command, f"http://127.0.0.1:{port}/health"):
            asyncio.run(measure(f"http://127.0.0.1:{port}", options.data, options.foreign))


if __name__ == "__main__":
    main()
