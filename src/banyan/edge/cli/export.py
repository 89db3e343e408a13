"""`banyan export`: material in a JSON file, written as a file of another program."""

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from banyan.edge.cli.console import output, run, warn
from banyan.edge.cli.tools import Tools


def add_export_command(program: typer.Typer, tools: Tools) -> None:
    """The one command."""

    @program.command("export")
    def export(
        file: Annotated[
            Path,
            typer.Argument(help="A JSON file: an answer of POST /api/v1/content/TYPE, or its body.", dir_okay=False),
        ],
        to: Annotated[str, typer.Option("--to", help="The format; a wrong one lists them.")],
        out: Annotated[
            Path | None, typer.Option("--out", help="File to write; - for standard output.", show_default="by title")
        ] = None,
        title: Annotated[
            str, typer.Option("--title", help="Of the quiz, deck or outline.", show_default="its own")
        ] = "",
    ) -> None:
        """Write a quiz, cards or an outline for another program."""
        from banyan.edge.http.body import decode_json

        if not file.is_file():
            raise typer.BadParameter(f"{file} is no file; name one with material as JSON")
        raw, own, language = _parts(decode_json(file.read_bytes()))
        written = run(tools.exports()(to, raw, title=title or own, language=language))
        if out == Path("-"):
            sys.stdout.buffer.write(written.content)
        else:
            target = out or Path(written.name)
            if target.exists() and out is None:
                raise typer.BadParameter(f"{target} is there already; name another file with --out")
            target.write_bytes(written.content)
            output().print(f"{target} ({len(written.content)} bytes)", markup=False)
        for note in written.notes:
            warn(note)


def _parts(raw: Any) -> tuple[Any, str, str]:
    """The body, title and language, whether the whole answer is there or its body alone."""
    if isinstance(raw, dict) and isinstance(raw.get("body"), dict):
        own, language = raw.get("title"), raw.get("language")
        return raw["body"], own if isinstance(own, str) else "", language if isinstance(language, str) else ""
    return raw, "", ""
