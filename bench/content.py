"""What a lesson gives without a model: how long it takes, and how good it is.

For each lesson, with nothing remembered from the one before: a quiz of ten questions, twenty cards, a summary and an
outline, each from reading the passages on, with those of the lessons beside it for wrong answers. Of all that was made:
the share of candidates that pass the gate, of questions whose answer stands in their quotation, repeats, and how many
words of a lesson's own review its summary has; the review itself is withheld from the summary. The baseline of the same
run is reading the lesson's sentences and doing nothing with them.

    .venv/bin/python bench/content.py                    the sample course
    .venv/bin/python bench/content.py --data FOLDER      FOLDER/lessons.jsonl
"""

import argparse
import gc
import json
import re
import time
from collections import Counter
from collections.abc import Callable, Sequence
from itertools import chain
from pathlib import Path
from statistics import mean, quantiles
from typing import Any

import msgspec

from banyan.adapters.formats import FORMATS
from banyan.app.sample import FOLDER
from banyan.assistant.content import CONTENT
from banyan.assistant.domain.content_types import Composed
from banyan.assistant.domain.material import Cards, Order, Quiz, Summary
from banyan.assistant.domain.studying import LessonStudy
from banyan.proxy.domain.chunking import chunk
from banyan.proxy.domain.knowledge import LESSON_SOURCE, Document, Passage, Scope, Sentence
from banyan.proxy.domain.tutor import reading, sentences, words
from banyan.proxy.domain.tutor.plain import plain
from banyan.proxy.domain.tutor.study import study_material

GOAL, GOAL_OF_STUDY = 150, 100
"""Milliseconds at the 95th percentile, for a whole order and for its study."""
NEIGHBOURS = 2
"""Lessons before and after that lend wrong answers, as in the service."""
SHORT = 40
"""Sentences below which a lesson is an introduction or a list; no ten questions can be asked about it."""
_REVIEW = re.compile(r"(?:chapter|section|lesson) (?:review|summary)|summary", re.IGNORECASE)
_REMEMBERED = (words.words, words.stems, words._stem, reading.read, sentences._defining)
_WORD = re.compile(r"\w+")
ORDERS = {
    "quiz": Order(type="quiz", count=10, kinds=("multiple_choice", "true_false", "short_answer", "cloze")),
    "flashcards": Order(type="flashcards", count=20),
    "summary": Order(type="summary"),
    "outline": Order(type="outline"),
}


def lessons_of(folder: Path | None) -> list[tuple[str, Document]]:
    """Name and text of each lesson, in course order."""
    if folder is not None:
        rows = [json.loads(line) for line in (folder / "lessons.jsonl").read_text("utf-8").splitlines() if line.strip()]
        read = FORMATS["editorjs"].read
        return [(row["title"], read(json.dumps({"blocks": row["blocks"]}).encode())) for row in rows]
    course = json.loads((FOLDER / "course.json").read_text("utf-8"))
    listed = chain.from_iterable(chapter["lessons"] for chapter in course["chapters"])
    kinds = {".md": "markdown", ".json": "editorjs"}
    return [
        (one["title"], FORMATS[kinds[Path(one["file"]).suffix]].read((FOLDER / one["file"]).read_bytes()))
        for one in listed
    ]


def passages_of(name: str, title: str, document: Document) -> list[Passage]:
    """As the index gives them, without vectors."""
    text = document.text
    return [
        Passage(
            one.id, "bench", name, LESSON_SOURCE, document.source_type, title, one.heading, one.anchor, one.span,
            text[one.span.start : one.span.end],
            tuple(Sentence(span, text[span.start : span.end]) for span in one.sentences), 0.0,
        )
        for one in chunk(document, Scope("bench", "bench", name), title=title)
    ]  # fmt: skip


def timed(work: Callable[..., Any], *given: Any) -> tuple[float, Any]:
    """Milliseconds of processor, and what came of it: it waits for nothing. Nothing is remembered from before."""
    for each in _REMEMBERED:
        each.cache_clear()
    gc.collect()
    gc.disable()
    began = time.thread_time()
    made = work(*given)
    taken = (time.thread_time() - began) * 1000
    gc.enable()
    return taken, made


def studied(lesson: Sequence[Passage], beside: Sequence[Passage]) -> LessonStudy:
    return msgspec.convert(study_material(lesson, beside), LessonStudy, from_attributes=True)


def made_of(lesson: Sequence[Passage], beside: Sequence[Passage], order: Order) -> Composed:
    return CONTENT[order.type].compose(studied(lesson, beside), order)


def read_alone(lesson: Sequence[Passage]) -> int:
    return sum(reading.read(one.text, "english").length for passage in lesson for one in passage.sentences)


def supported(composed: Composed) -> tuple[int, int]:
    """Of the questions and cards that quote: how many have their answer in the quotation, and how many there are."""
    if isinstance(composed.body, Cards):
        pairs = [(one.front if "_" in one.front else one.back, one) for one in composed.body.cards]
        held = [folded(one.citation.quote) for _, one in pairs]
        return sum(
            folded(one.front) in h or folded(one.back) in h for (_, one), h in zip(pairs, held, strict=True)
        ), len(held)
    assert isinstance(composed.body, Quiz)
    good = 0
    for one in composed.body.questions:
        quote = folded(one.citation.quote)
        said = one.question if one.answer_text == "True" else one.answer_text
        # What is false is a changed sentence: its citation is the true one, and the two must differ.
        good += folded(one.question) != quote if one.answer_text == "False" else folded(said) in quote
    return good, len(composed.body.questions)


def folded(text: str) -> str:
    return " ".join(_WORD.findall(plain(text).casefold()))


def recall(summary: Summary, review: str) -> float:
    """ROUGE-1: the share of the review's words that the summary has, each as often as it has it."""
    wanted, had = (
        Counter(words.stems(review)),
        Counter(chain.from_iterable(words.stems(one.text) for one in summary.points)),
    )
    return sum((wanted & had).values()) / max(1, wanted.total())


def measure(lessons: Sequence[tuple[str, Document]]) -> None:
    """Prints the table."""
    all_passages = [passages_of(str(i), title, document) for i, (title, document) in enumerate(lessons)]
    gc.freeze()  # the lessons themselves are no garbage to look through
    taken: dict[str, list[float]] = {name: [] for name in ("reading alone", "study", *ORDERS)}
    passed = good = answered = repeats = 0
    faults: Counter[str] = Counter()
    asked: list[int] = []
    cards: list[int] = []
    recalls: list[float] = []
    for i, whole in enumerate(all_passages):
        review = " ".join(one.text for one in whole if one.heading and _REVIEW.fullmatch(one.heading[-1].strip()))
        lesson = [one for one in whole if not (one.heading and _REVIEW.fullmatch(one.heading[-1].strip()))]
        near = [j for j in range(i - NEIGHBOURS, i + NEIGHBOURS + 1) if j != i and 0 <= j < len(all_passages)]
        beside = list(chain.from_iterable(all_passages[j] for j in near))
        taken["reading alone"].append(timed(read_alone, lesson)[0])
        taken["study"].append(timed(studied, lesson, beside)[0])
        for name, order in ORDERS.items():
            milliseconds, composed = timed(made_of, lesson, beside, order)
            taken[name].append(milliseconds)
            if name in ("quiz", "flashcards"):
                passed += composed.gate.passed
                faults.update(fault.code for fault in composed.gate.faults)
                held, count = supported(composed)
                good, answered = good + held, answered + count
                shown = [one.question if name == "quiz" else one.front for one in _items(composed)]
                repeats += len(shown) - len(set(map(folded, shown)))
                if sum(len(one.sentences) for one in lesson) >= SHORT:
                    (asked if name == "quiz" else cards).append(count)
            elif name == "summary" and len(words.stems(review)) >= 20:
                recalls.append(recall(composed.body, review))
    base = quantiles(taken["reading alone"], n=100)[49]
    for name, each in taken.items():
        cuts = quantiles(each, n=100)
        goal = {"reading alone": "", "study": f"   (goal {GOAL_OF_STUDY} ms)"}.get(name, f"   (goal {GOAL} ms)")
        print(f"{name:14} p50 {cuts[49]:6.1f} ms   p95 {cuts[94]:6.1f} ms   {cuts[49] / base:5.1f} x reading{goal}")
    again = faults.pop("repeats", 0)  # a sentence that was asked about is passed over, which is no fault of a candidate
    rate = passed / max(1, passed + faults.total())
    print(f"gate: {passed} passed, {dict(faults)} failed ({rate:.3f}), {again} about a sentence that was used")
    print(f"answer in its quotation: {good} of {answered} ({good / max(1, answered):.3f})   (goal 1)")
    print(f"repeats: {repeats}   (goal 0)")
    enough = f"{len(asked)} lessons of {SHORT} sentences and more"
    print(f"{enough}: {mean(asked):.1f} of 10 questions, {mean(cards):.1f} of 20 cards")
    if recalls:
        print(f"ROUGE-1 recall of summaries against {len(recalls)} withheld reviews: {mean(recalls):.3f}")


def _items(composed: Composed) -> Sequence[Any]:
    body = composed.body
    return body.cards if isinstance(body, Cards) else body.questions if isinstance(body, Quiz) else ()


def main() -> None:
    """Prints a line for each figure."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, help="folder with lessons.jsonl; else the sample course")
    measure(lessons_of(parser.parse_args().data))


if __name__ == "__main__":
    main()
