"""How often the semantic cache answers a paraphrase, and how often a question that is another one.

    .venv/bin/python bench/semantic_cache.py [-v] [QUESTIONS]

Uses the built-in embedding model; prints the rates at several thresholds, with and without the comparison of words.
QUESTIONS is a `questions.jsonl` with a `question` in each line, in which every question is taken for another one: the
pairs that would be held for the same are printed, to be judged by hand.
"""

import asyncio
import json
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from banyan.adapters.embedders.minilm import MiniLM
from banyan.app.settings import Settings
from banyan.kernel.same_question import ask_the_same, is_comparable

PAIRS = json.loads((Path(__file__).parent / "cache_questions.json").read_text("utf-8"))
SAME, DIFFERENT = PAIRS["same"], PAIRS["different"]
THRESHOLDS = (0.75, 0.8, 0.85, 0.9, 0.95)
Pairs = Sequence[Sequence[str]]


async def vectors(texts: Sequence[str]) -> NDArray[np.float32]:
    """A row for each text."""
    model = MiniLM(Settings().model_folders)
    try:
        return (await model.embed(texts)).vectors
    finally:
        await model.close()


async def likeness(pairs: Pairs) -> list[float]:
    """The cosine of every pair."""
    found = await vectors([text for pair in pairs for text in pair])
    return [float(value) for value in np.sum(found[::2] * found[1::2], axis=1)]


async def book(lines: Sequence[str]) -> None:
    """All pairs of different questions of a book."""
    questions = sorted({text for line in lines if is_comparable(text := json.loads(line)["question"])})
    found = await vectors(questions)
    cosines = found @ found.T
    for least in THRESHOLDS:
        rows, columns = np.nonzero(np.triu(cosines >= least, 1))
        near = [(questions[row], questions[column]) for row, column in zip(rows, columns, strict=True)]
        taken = [pair for pair in near if ask_the_same(*pair)]
        print(f"{least:.2f}: of {len(questions)} questions {len(near)} pairs are near, {len(taken)} held for the same")
        if least == THRESHOLDS[0]:
            print(*(f"    {one} | {other}" for one, other in taken), sep="\n")


async def main(shown: bool) -> None:
    """Prints a line for each threshold. shown: every pair too."""
    same, different = await likeness(SAME), await likeness(DIFFERENT)
    print(f"{len(SAME)} pairs that ask the same, {len(DIFFERENT)} that do not")
    print("threshold  hits: vectors, with words   false hits: vectors, with words")
    for least in THRESHOLDS:
        cells = []
        for pairs, values in ((SAME, same), (DIFFERENT, different)):
            alike = [pair for pair, value in zip(pairs, values, strict=True) if value >= least]
            cells += [len(alike) / len(pairs), sum(ask_the_same(*pair) for pair in alike) / len(pairs)]
        print(f"{least:9.2f}  {cells[0]:13.2f} {cells[1]:11.2f} {cells[2]:22.2f} {cells[3]:11.2f}")
    if shown:
        for pairs, values in ((SAME, same), (DIFFERENT, different)):
            for pair, value in sorted(zip(pairs, values, strict=True), key=lambda one: -one[1]):
                print(f"{value:.3f} {'same ' if ask_the_same(*pair) else 'other'} {pair[0]} | {pair[1]}")


if __name__ == "__main__":
    asyncio.run(main("-v" in sys.argv[1:]))
    for name in sys.argv[1:]:
        if name != "-v":
            asyncio.run(book(Path(name).read_text("utf-8").splitlines()))
