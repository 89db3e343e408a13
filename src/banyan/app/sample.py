"""The course that comes with the program, so that a first run has something to answer from."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path

from banyan.edge.cli.tools import Lesson, Workspace

FOLDER = Path(__file__).parent / "sample_course"
_FORMATS = {".md": "markdown", ".json": "editorjs"}


async def index_sample(workspace: Workspace) -> str:
    """Indexes the sample course, and returns its id. Lessons that are there already cost next to nothing."""
    course, lessons = await asyncio.to_thread(read_sample)
    for lesson in lessons:
        await workspace.index(course, lesson)
    return course


def read_sample() -> tuple[str, list[Lesson]]:
    """The sample course's id and its lessons in course order."""
    plan = json.loads((FOLDER / "course.json").read_text("utf-8"))
    return plan["course"], list(_lessons(plan))


def _lessons(plan: dict[str, list[dict[str, object]]]) -> Iterator[Lesson]:
    for chapter in plan["chapters"]:
        rows = chapter["lessons"]
        assert isinstance(rows, list)
        for row in rows:
            file = FOLDER / row["file"]
            yield Lesson(
                row["lesson"], row["title"], str(chapter["title"]), _FORMATS[file.suffix], file.read_bytes(), file.name
            )
