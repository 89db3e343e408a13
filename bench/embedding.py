"""Embedding on this machine: chunks a second against the bare ONNX session, precision of int8, what a question waits.

The baseline of the same run is the session alone, called from one thread per CPU with ids that are ready. Runs
alternate, and the best of each counts. Another process's load slows the embedder more than the baseline, because its
threads give way; the time that the CPUs spent on a chunk does not depend on that.

    .venv/bin/python bench/embedding.py [--data FOLDER]    # FOLDER: with lessons.jsonl; default: the sample course
"""

import argparse
import asyncio
import json
import os
import queue
import re
import statistics
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from onnxruntime import GraphOptimizationLevel, InferenceSession, SessionOptions
from tokenizers import Tokenizer

from banyan.adapters.embedders.minilm import MiniLM
from banyan.adapters.embedders.minilm_files import Precision, installed_weights, model_file

MODELS = Path(sys.prefix) / "share" / "banyan" / "models"
SAMPLE_COURSE = Path(__file__).parents[1] / "src" / "banyan" / "app" / "sample_course"
CHUNK_CHARACTERS = 540  # about 116 tokens of English
ROUNDS = 5


def chunks(folder: Path, count: int) -> list[str]:
    """Pieces of lessons, `count` of them; repeated where the course is short."""
    if (folder / "lessons.jsonl").is_file():
        lines = (folder / "lessons.jsonl").read_text(encoding="utf-8").splitlines()
        text = " ".join(part for line in lines for _, part in json.loads(line)["blocks"])
    else:
        text = " ".join(path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.md")))
    words = re.sub(r"\s+", " ", text)
    pieces = [words[start : start + CHUNK_CHARACTERS] for start in range(0, len(words), CHUNK_CHARACTERS)]
    return [pieces[index % len(pieces)] for index in range(count)]


class BareSession:
    """The session without anything around it: one thread per CPU takes ids from a queue."""

    def __init__(self, precision: Precision) -> None:
        options = SessionOptions()
        options.intra_op_num_threads = 1
        options.graph_optimization_level = GraphOptimizationLevel.ORT_ENABLE_BASIC
        path = model_file(MODELS, precision)
        self._session = InferenceSession(str(path), options, providers=["CPUExecutionProvider"])

    def run(self, inputs: Sequence[np.ndarray]) -> None:
        waiting: queue.SimpleQueue[np.ndarray] = queue.SimpleQueue()
        for ids in inputs:
            waiting.put(ids)

        def work() -> None:
            while True:
                try:
                    ids = waiting.get_nowait()
                except queue.Empty:
                    return
                self._session.run(None, {"tokens": ids})

        threads = [threading.Thread(target=work) for _ in range(len(os.sched_getaffinity(0)))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()


def tokenised(texts: Sequence[str]) -> list[np.ndarray]:
    """Ids as the model takes them."""
    tokenizer = Tokenizer.from_file(str(installed_weights() / "tokenizer.json"))
    tokenizer.enable_truncation(256)
    tokenizer.no_padding()
    return [np.array([tokenizer.encode(text).ids], dtype=np.int64) for text in texts]


async def speed(precision: Precision, texts: Sequence[str], ids: Sequence[np.ndarray]) -> np.ndarray:
    """Prints the rates of both; the vectors."""
    embedder = MiniLM([MODELS], precision=precision)
    vectors = (await embedder.embed(texts)).vectors
    bare = BareSession(precision)  # after the first texts, before which the model may have to be built
    ours, theirs = [], []
    for _ in range(ROUNDS):
        start = time.perf_counter(), time.process_time()
        await embedder.embed(texts)
        ours.append((time.perf_counter() - start[0], time.process_time() - start[1]))
        start = time.perf_counter(), time.process_time()
        await asyncio.to_thread(bare.run, ids)
        theirs.append((time.perf_counter() - start[0], time.process_time() - start[1]))
    await embedder.close()
    (wall, busy), (bare_wall, bare_busy) = (tuple(map(min, zip(*runs, strict=True))) for runs in (ours, theirs))
    count = len(texts)
    print(
        f"{precision}: {count / wall:.0f} chunks/s, bare session {count / bare_wall:.0f} chunks/s, "
        f"ratio {bare_wall / wall:.2f}; CPU time a chunk {1000 * busy / count:.1f} ms, "
        f"bare session {1000 * bare_busy / count:.1f} ms, ratio {bare_busy / busy:.2f}"
    )
    return vectors


def questions() -> Iterator[str]:
    """Never the same twice, so that none is remembered."""
    number = 0
    while True:
        number += 1
        yield f"What is the difference between kind {number} and the others of the lesson?"


def resident_megabytes() -> float:
    """Resident memory of this process now."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


async def waits(texts: Sequence[str]) -> None:
    """Prints how long a question's vector takes while nothing else, and while a course, is embedded."""
    embedder, asked = MiniLM([MODELS]), questions()
    await embedder.warm()

    async def sample(count: int) -> str:
        times = []
        for _ in range(count):
            start = time.perf_counter()
            await embedder.embed([next(asked)], urgent=True)
            times.append((time.perf_counter() - start) * 1000)
            await asyncio.sleep(0.005)
        return f"p50 {statistics.median(times):.1f} ms, p95 {statistics.quantiles(times, n=20)[-1]:.1f} ms"

    print(f"a question, nothing else under way: {await sample(100)}")
    background = asyncio.create_task(embedder.embed(list(texts) * 50))
    print(f"a question, a course under way: {await sample(100)}")
    background.cancel()
    await asyncio.wait([background])
    start = time.perf_counter()
    await asyncio.gather(*(embedder.embed([next(asked)], urgent=True) for _ in range(200)))
    print(f"200 questions at once: {(time.perf_counter() - start) * 1000:.0f} ms for all")
    await embedder.close()


def main() -> None:
    """Prints one line per figure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=SAMPLE_COURSE, help="folder with lessons.jsonl or *.md")
    texts = chunks(parser.parse_known_args()[0].data, 200)
    ids = tokenised(texts)
    print(f"{len(texts)} chunks of {np.mean([one.shape[1] for one in ids]):.0f} tokens, {os.cpu_count()} CPUs")
    quantised, full = (asyncio.run(speed(precision, texts, ids)) for precision in ("int8", "fp32"))
    cosines = (quantised * full).sum(axis=1)
    print(f"cosine of int8 to fp32: mean {cosines.mean():.4f}, least {cosines.min():.4f}")
    asyncio.run(waits(texts))


if __name__ == "__main__":
    main()
