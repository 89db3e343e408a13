"""Finding the right lesson of a textbook: recall, time per query, time to index, and how fast its vectors are made.

A service is started on free ports and an empty data folder, and used through its HTTP API by one caller. A question
counts as found at k when its lesson is among the first k lessons of the answer, the whole course being searched. The
baseline of the embedding rate is the bare ONNX session over a part of the same texts, before and after. Load of other
programs slows the service more than the baseline, because its background gives way; the CPU time per text tells more
then. Two-stage search and MMR are measured beside the default with twenty results, by turns.

    .venv/bin/python bench/retrieval.py [--data FOLDER]    # FOLDER: with lessons.jsonl and questions.jsonl
"""

import argparse
import html
import http.client
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from banyan.adapters.formats import FORMATS
from banyan.proxy.domain.editions import make_edition, place_of
from banyan.proxy.domain.knowledge import Scope
from embedding import BareSession, tokenised
from serve import free_port, resident_megabytes, running

BOOK = Path(__file__).parents[2] / "shared" / "data" / "anatomy"
COURSE = "book"
MODES = ("text", "dense", "hybrid")
OPTIONS: dict[str, dict[str, Any]] = {
    "one stage": {},
    "two stages": {"two_stage": {"hnsw_ef": 64, "k": 20}},
    "MMR 0.7": {"mmr": {"lambda": 0.7, "pool": 50}},
    "MMR 0.9": {"mmr": {"lambda": 0.9, "pool": 50}},
}
SHOWN = 20
"""Results of a search with options: as wide as the narrow stage, so that it is not widened."""

SAMPLE = 20
"""Every so many-th chunk goes through the bare session."""


@dataclass(frozen=True)
class Api:
    """One connection, kept open."""

    connection: http.client.HTTPConnection

    def call(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        """The answer as JSON; any refusal ends the benchmark."""
        content = json.dumps(body).encode() if body is not None else None
        self.connection.request(method, path, content, {"Content-Type": "application/json"})
        response = self.connection.getresponse()
        answer = json.loads(response.read())
        if response.status != 200:
            raise SystemExit(f"{method} {path}: {response.status} {answer}")
        return answer


def editorjs(blocks: Sequence[tuple[str, str]]) -> list[dict[str, Any]]:
    """Headings and paragraphs as an editor would send them."""
    return [
        {"type": "header", "data": {"text": html.escape(text, quote=False), "level": 2}}
        if kind == "h"
        else {"type": "paragraph", "data": {"text": html.escape(text, quote=False)}}
        for kind, text in blocks
    ]


def read_lines(path: Path) -> list[dict[str, Any]]:
    """Objects of a .jsonl file."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def embedded_texts(lessons: Sequence[dict[str, Any]]) -> list[list[str]]:
    """Per chunk, what the service embeds: the chunk with its headings, and each of its sentences."""
    found = []
    for lesson in lessons:
        document = FORMATS["editorjs"].read(json.dumps(editorjs(lesson["blocks"])).encode())
        place = place_of(Scope("default", COURSE, lesson["lesson"]))
        edition = make_edition(document, place, title=lesson["title"], chapter=lesson["chapter"])
        for chunk in edition.chunks:
            sentences = [edition.document.text[span.start : span.end] for span in chunk.sentences]
            found.append([chunk.indexed_text, *sentences])
    return found


def index(api: Api, pid: int, lessons: Sequence[dict[str, Any]]) -> int:
    """Indexes lesson after lesson; the number of chunks."""
    start, busy = time.perf_counter(), cpu_seconds(pid)
    chunks = 0
    for lesson in lessons:
        body = {name: lesson[name] for name in ("lesson", "title", "chapter")}
        chunks += api.call("POST", "/v1/rag/index", {"course": COURSE, "blocks": editorjs(lesson["blocks"]), **body})[
            "chunks"
        ]
    seconds = time.perf_counter() - start
    busy = cpu_seconds(pid) - busy
    print(
        f"{len(lessons)} lessons, {chunks} chunks: searchable by words after {seconds:.2f} s ({busy:.2f} s of CPU time)"
    )
    return chunks


def cpu_seconds(pid: int) -> float:
    """User and system time of the process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def wait_for_vectors(api: Api, pid: int, chunks: int, texts: Sequence[Sequence[str]]) -> tuple[float, float]:
    """Seconds and CPU seconds a text, from the first vector that is seen to the last."""

    def embedded() -> int:
        lines = api.call("GET", f"/v1/rag/lessons?course={COURSE}")["lessons"]
        return sum(line["embedded"] for line in lines)

    while (first := embedded()) == 0:
        time.sleep(0.05)
    start, busy = time.perf_counter(), cpu_seconds(pid)
    while embedded() < chunks:
        time.sleep(1)
    count = sum(map(len, texts[first:]))
    return (time.perf_counter() - start) / count, (cpu_seconds(pid) - busy) / count


def print_rates(ours: tuple[float, float], theirs: Sequence[tuple[float, float]], texts_a_chunk: float) -> None:
    """The service against the best of the bare runs."""
    seconds, busy = (min(run[part] for run in theirs) for part in (0, 1))
    print(
        f"embedding: {1 / ours[0]:.0f} texts/s ({1 / ours[0] / texts_a_chunk:.0f} chunks/s with their sentences), "
        f"bare session {1 / seconds:.0f} texts/s, ratio {seconds / ours[0]:.2f}; "
        f"CPU time a text {1000 * ours[1]:.2f} ms, bare session {1000 * busy:.2f} ms, ratio {busy / ours[1]:.2f}"
    )


def bare_rate(texts: Sequence[Sequence[str]]) -> tuple[float, float]:
    """Seconds and CPU seconds a text of the session alone."""
    ids = sorted(tokenised([text for chunk in texts[::SAMPLE] for text in chunk]), key=len, reverse=True)
    session = BareSession("int8")
    session.run(ids[:10])
    start, busy = time.perf_counter(), time.process_time()
    session.run(ids)
    return (time.perf_counter() - start) / len(ids), (time.process_time() - busy) / len(ids)


def search(api: Api, mode: str, questions: Sequence[dict[str, Any]]) -> None:
    """Prints recall, mean reciprocal rank and times of one mode."""
    ranks: list[float] = []
    times: list[float] = []
    for question in questions:
        body = {"course": COURSE, "query": question["question"], "mode": mode, "top_k": 100}
        start = time.perf_counter()
        results = api.call("POST", "/v1/rag/search", body)["results"]
        times.append((time.perf_counter() - start) * 1000)
        ranks.append(rank_of(question["lesson"], results))
    print(f"{mode:6} {quality_of(ranks)}  {times_of(times)} for 100 results")


def compare_options(api: Api, questions: Sequence[dict[str, Any]]) -> None:
    """Prints the same of every option; questions go through them by turns, so that load meets all alike."""
    ranks: dict[str, list[float]] = {name: [] for name in OPTIONS}
    times: dict[str, list[float]] = {name: [] for name in OPTIONS}
    lessons: dict[str, list[int]] = {name: [] for name in OPTIONS}
    names = list(OPTIONS)
    for number, question in enumerate(questions):
        turn = number % len(names)
        for name in names[turn:] + names[:turn]:
            body = {"course": COURSE, "query": question["question"], "top_k": SHOWN, **OPTIONS[name]}
            start = time.perf_counter()
            results = api.call("POST", "/v1/rag/search", body)["results"]
            times[name].append((time.perf_counter() - start) * 1000)
            ranks[name].append(rank_of(question["lesson"], results))
            lessons[name].append(len({result["lesson"] for result in results[:10]}))
    for name in names:
        spread = f"{statistics.mean(lessons[name]):.1f} lessons in 10 results"
        print(f"{name:10} {quality_of(ranks[name])}  {times_of(times[name])} for {SHOWN} results, {spread}")


def rank_of(lesson: str, results: Sequence[dict[str, Any]]) -> float:
    """The place of the lesson among the lessons found, from 1; infinite when it is not there."""
    lessons = list(dict.fromkeys(result["lesson"] for result in results))
    return lessons.index(lesson) + 1 if lesson in lessons else float("inf")


def quality_of(ranks: Sequence[float]) -> str:
    """Recall and mean reciprocal rank."""
    recalls = " ".join(f"@{k} {sum(rank <= k for rank in ranks) / len(ranks):.3f}" for k in (1, 3, 5, 10))
    return f"recall {recalls}  MRR {statistics.mean(1 / rank for rank in ranks):.3f}"


def times_of(milliseconds: Sequence[float]) -> str:
    """The middle and the slow end."""
    return f"p50 {statistics.median(milliseconds):.1f} ms, p95 {statistics.quantiles(milliseconds, n=20)[-1]:.1f} ms"


def ten_results(api: Api, questions: Sequence[dict[str, Any]]) -> None:
    """Prints how long a search takes as it is commonly asked for."""
    times = []
    for number, question in enumerate(questions[:200]):
        # Not asked before in these words, so that the model has to read it.
        body = {"course": COURSE, "query": f"{question['question']} ({number})", "top_k": 10}
        start = time.perf_counter()
        api.call("POST", "/v1/rag/search", body)
        times.append((time.perf_counter() - start) * 1000)
    print(f"hybrid search with 10 results: {times_of(times)}")


def main() -> None:
    """Prints one line per figure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=BOOK, help="folder with lessons.jsonl and questions.jsonl")
    folder = parser.parse_known_args()[0].data
    if not (folder / "questions.jsonl").is_file():
        print(f"not measured: there is no questions.jsonl in {folder}; name a folder with --data")
        return
    lessons, questions = read_lines(folder / "lessons.jsonl"), read_lines(folder / "questions.jsonl")
    print(f"{folder.name}: {len(lessons)} lessons, {len(questions)} questions")
    texts = embedded_texts(lessons)
    bare = [bare_rate(texts)]
    assistant, proxy = free_port(), free_port()
    with tempfile.TemporaryDirectory() as data:
        command = [str(Path(sys.executable).with_name("banyan")), "serve", "--data", data]
        command += ["--assistant-port", str(assistant), "--proxy-port", str(proxy)]
        with running(command, f"http://127.0.0.1:{proxy}/health") as (process, _):
            api = Api(http.client.HTTPConnection("127.0.0.1", proxy, timeout=600))
            # The first question waits until the model is loaded, which is measured by bench/serve.py.
            api.call("POST", "/v1/rag/search", {"course": COURSE, "query": "Is anybody there?"})
            chunks = index(api, process.pid, lessons)
            search(api, "text", questions)
            ours = wait_for_vectors(api, process.pid, chunks, texts)
            for mode in MODES[1:]:
                search(api, mode, questions)
            compare_options(api, questions)
            ten_results(api, questions)
            print(f"resident memory of the service: {resident_megabytes(process.pid):.0f} MB")
    bare.append(bare_rate(texts))
    print_rates(ours, bare, sum(map(len, texts)) / len(texts))


if __name__ == "__main__":
    main()
