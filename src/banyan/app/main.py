"""The `banyan` program: the commands, and what each of them needs, opened when it is needed."""

import gc
import logging
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from banyan.edge.cli.program import create_program, run_program
from banyan.edge.cli.tools import (
    Check,
    Desk,
    JobDesk,
    McpOptions,
    ModelDesk,
    ReportDesk,
    ServeOptions,
    Tools,
    Tutor,
    Workspace,
)

if TYPE_CHECKING:
    import typer

    from banyan.assistant.usecases.export_material import ExportMaterial


def program() -> "typer.Typer":
    """The commands, wired."""
    return create_program(
        Tools(
            _serve,
            _open_workspace,
            _examine,
            _suffixes,
            _open_desk,
            _open_jobs,
            _work,
            _open_models,
            _open_tutor,
            _speak,
            _open_reports,
            _exports,
        )
    )


_COLLECT_AFTER = (100_000, 50, 50)
"""Objects made before garbage is looked for: a start leaves none, and Python's own 700 costs it a sixth."""


def main() -> None:
    """Entry point of the console script."""
    gc.set_threshold(*_COLLECT_AFTER)
    sys.exit(run_program(program()))


def _serve(options: ServeOptions) -> None:
    from banyan.app.serve import serve

    serve(options)


@asynccontextmanager
async def _open_workspace(data: Path | None) -> AsyncIterator[Workspace]:
    from banyan.app.workspace import open_workspace

    async with open_workspace(data) as workspace:
        yield workspace


@asynccontextmanager
async def _open_desk(data: Path | None) -> AsyncIterator[Desk]:
    from banyan.app.keys import open_desk

    async with open_desk(data) as desk:
        yield desk


@asynccontextmanager
async def _open_jobs(data: Path | None) -> AsyncIterator[JobDesk]:
    from banyan.app.work import open_job_desk

    async with open_job_desk(data) as desk:
        yield desk


def _work(data: Path | None, parallel: int | None) -> None:
    from banyan.app.work import work

    work(data, parallel)


@asynccontextmanager
async def _open_models(data: Path | None) -> AsyncIterator[ModelDesk]:
    from banyan.app.models import open_models

    async with open_models(data) as models:
        yield models


@asynccontextmanager
async def _open_tutor(data: Path | None, user: str) -> AsyncIterator[Tutor]:
    from banyan.app.asking import open_tutor

    async with open_tutor(data, user) as tutor:
        yield tutor


def _speak(options: McpOptions) -> None:
    from banyan.app.stdio import speak

    speak(options)


@asynccontextmanager
async def _open_reports(data: Path | None) -> AsyncIterator[ReportDesk]:
    from banyan.app.assisting_reports import open_report_desk

    async with open_report_desk(data) as desk:
        yield desk


def _exports() -> "ExportMaterial":
    from banyan.app.exporting import export_material
    from banyan.kernel.clock import SystemClock

    return export_material(SystemClock())


async def _examine(data: Path | None) -> list[Check]:
    from banyan.app.doctor import examine
    from banyan.app.logs import set_up_logs

    set_up_logs(logging.ERROR)  # the checks say what is wrong
    return await examine(data)


def _suffixes() -> Mapping[str, str]:
    from banyan.adapters.formats import FORMATS

    # A folder with a course in it often has programs beside the lessons; they are indexed as attachments.
    names = [name for name in FORMATS if name not in ("code", "data")]
    return {suffix: name for name in names for suffix in FORMATS[name].suffixes}
