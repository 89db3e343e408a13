"""`banyan index`: files, folders and lesson sets into a course, with a progress bar."""

import asyncio
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from banyan.edge.cli.console import fail, notes, output, print_json, warn
from banyan.edge.cli.sources import find_files, read_lessons
from banyan.edge.cli.tools import Embedding, Lesson, Tools, Workspace
from banyan.kernel.errors import BanyanError, InvalidInput

POLL_SECONDS = 0.2
"""How often the state of the vectors is asked for; a person sees no difference below this."""


@dataclass(slots=True)
class Tally:
    """What one command did so far; becomes its JSON."""

    course: str
    lessons: list[dict[str, Any]] = field(default_factory=list)
    failed: list[dict[str, str]] = field(default_factory=list)
    chunks: int = 0
    unchanged: int = 0
    embedded: int = 0
    seconds_text: float = 0.0
    seconds: float = 0.0


async def index(
    tools: Tools, path: Path, course: str, lesson: str | None, data: Path | None, wait: bool, as_json: bool
) -> bool:
    """Indexes what is at the path; whether all of it could be indexed.

    Raises: InvalidInput when there is nothing to index, or `lesson` is to name several.
    """
    lessons, problems = collect(path, lesson, tools)
    tally = Tally(course)
    started = time.monotonic()
    for problem in problems:
        _refuse(tally, problem)
    with _progress(as_json) as progress:
        async with tools.open_workspace(data) as workspace:
            await _index_texts(workspace, lessons, tally, progress)
            tally.seconds_text = round(time.monotonic() - started, 3)
            state = await _follow_vectors(workspace, course, wait and bool(tally.lessons), progress)
    tally.embedded = state.embedded
    tally.seconds = round(time.monotonic() - started, 3)
    _report(tally, state, as_json)
    return not tally.failed


def collect(path: Path, lesson: str | None, tools: Tools) -> tuple[list[Lesson], list[InvalidInput]]:
    """The lessons at the path and what is wrong with others; two of one name are refused."""
    suffixes = tools.suffixes()
    found = find_files(path, suffixes)
    for sentence in found.skipped:
        warn(sentence)
    lessons: dict[str, Lesson] = {}
    problems: list[InvalidInput] = []
    for file in found.files:
        for item in read_lessons(file, path, suffixes):
            if isinstance(item, InvalidInput):
                problems.append(item)
            elif item.lesson in lessons:
                first = lessons[item.lesson].origin
                problems.append(
                    InvalidInput(f"{item.origin} and {first} are both lesson {item.lesson!r}; rename one of them.")
                )
            else:
                lessons[item.lesson] = item
    if lesson is None:
        return list(lessons.values()), problems
    if len(lessons) > 1:
        raise InvalidInput(f"--lesson names one lesson, but {path} holds {len(lessons)}; index them one by one.")
    return [
        Lesson(lesson, item.title, item.chapter, item.format, item.content, item.origin) for item in lessons.values()
    ], problems


async def _index_texts(workspace: Workspace, lessons: list[Lesson], tally: Tally, progress: Progress) -> None:
    task = progress.add_task("text", total=len(lessons))
    for lesson in lessons:
        try:
            indexed = await workspace.index(tally.course, lesson)
        except InvalidInput as error:
            _refuse(tally, InvalidInput(f"{lesson.origin}: {error.message}"))
        else:
            for sentence in indexed.warnings:
                warn(f"{lesson.origin}: {sentence}")
            tally.chunks += indexed.chunks
            tally.unchanged += indexed.unchanged
            tally.lessons.append(
                {
                    "lesson": lesson.lesson,
                    "run_id": indexed.run_id,
                    "chunks": indexed.chunks,
                    "unchanged": indexed.unchanged,
                }
            )
        progress.advance(task)


async def _follow_vectors(workspace: Workspace, course: str, wait: bool, progress: Progress) -> Embedding:
    state = await workspace.embedding(course)
    if not wait or not state.active:
        return state
    task: TaskID = progress.add_task("vectors", total=state.chunks, completed=state.embedded)
    while state.active and state.embedded < state.chunks:
        await asyncio.sleep(POLL_SECONDS)
        state = await workspace.embedding(course)
        progress.update(task, total=state.chunks, completed=state.embedded)
    return state


def _refuse(tally: Tally, error: BanyanError) -> None:
    fail(error.message)
    tally.failed.append({"code": error.code, "message": error.message})


def _report(tally: Tally, state: Embedding, as_json: bool) -> None:
    if as_json:
        print_json({name: getattr(tally, name) for name in Tally.__slots__})
        return
    lessons = "1 lesson" if len(tally.lessons) == 1 else f"{len(tally.lessons)} lessons"
    unchanged = f" ({tally.unchanged:,} unchanged)" if tally.unchanged else ""
    sentence = f"Indexed {lessons} into course {tally.course!r}: {tally.chunks:,} passages{unchanged}"
    output().print(f"{sentence}, searchable after {tally.seconds_text:.1f} s.", markup=False)
    if state.chunks > state.embedded:
        reason = "they follow while a service runs" if state.active else "there is no model; see `banyan doctor`"
        output().print(f"{state.chunks - state.embedded:,} passages have no vectors yet: {reason}.", markup=False)
    if tally.lessons:
        output().print(f'Next: banyan ask "your question" --course {tally.course}', markup=False)


def _progress(hidden: bool) -> Progress:
    return Progress(
        TextColumn("{task.description:<8}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=notes(),
        disable=hidden,
        transient=False,
    )
