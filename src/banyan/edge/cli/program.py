"""The `banyan` program's commands and options."""

import os
import sys
import tempfile
import traceback
from pathlib import Path
from typing import Annotated

import typer

from banyan import __version__
from banyan.edge.cli.console import fail, run
from banyan.edge.cli.export import add_export_command
from banyan.edge.cli.jobs import add_worker_command, job_commands
from banyan.edge.cli.keys import key_commands
from banyan.edge.cli.models import model_commands
from banyan.edge.cli.reports import add_report_command
from banyan.edge.cli.tools import McpOptions, Part, ServeOptions, Tools
from banyan.edge.cli.usage import add_usage_command
from banyan.kernel.errors import BanyanError

FAILURE, USAGE, INTERRUPTED = 1, 2, 130

Data = Annotated[Path | None, typer.Option("--data", help="Data folder.", show_default="BANYAN_DATA or ./data")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
Course = Annotated[str, typer.Option("--course", help="Course id.")]


def create_program(tools: Tools) -> typer.Typer:
    """The commands over what `app` hands in."""
    program = typer.Typer(
        name="banyan",
        help="A tutor that answers from your course, with citations, and an OpenAI-compatible proxy.",
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
    )

    @program.callback(invoke_without_command=True)
    def start(
        context: typer.Context, version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False
    ) -> None:
        if version:
            typer.echo(f"banyan {__version__}")
        elif context.invoked_subcommand is None:
            typer.echo(context.get_help())

    @program.command("version")
    def print_version() -> None:
        """Print the version."""
        typer.echo(f"banyan {__version__}")

    @program.command()
    def serve(
        part: Annotated[
            str | None, typer.Argument(metavar="[assistant|proxy]", help="One service alone; both without it.")
        ] = None,
        host: Annotated[str | None, typer.Option(help="Address to listen on.", show_default="127.0.0.1")] = None,
        assistant_port: Annotated[
            int | None, typer.Option(help="Port of the AI Assistant.", min=0, max=65535, show_default="8001")
        ] = None,
        proxy_port: Annotated[
            int | None, typer.Option(help="Port of the AI Proxy.", min=0, max=65535, show_default="8002")
        ] = None,
        data: Data = None,
        sample: Annotated[bool, typer.Option("--sample", help="Index the sample course first.")] = False,
    ) -> None:
        """Serve the assistant with its web page, and the proxy."""
        parts: dict[str | None, Part | None] = {None: None, "assistant": "assistant", "proxy": "proxy"}
        if part not in parts:
            raise typer.BadParameter(f"{part!r} is no service; choose assistant or proxy")
        tools.serve(ServeOptions(parts[part], host, assistant_port, proxy_port, data, sample))

    @program.command()
    def index(
        path: Annotated[Path, typer.Argument(help="A file, a folder, or a .jsonl lesson set.")],
        course: Course,
        lesson: Annotated[str | None, typer.Option("--lesson", help="Lesson id.", show_default="file name")] = None,
        data: Data = None,
        wait: Annotated[bool, typer.Option("--wait/--no-wait", help="Wait until all vectors are there.")] = True,
        as_json: Json = False,
    ) -> None:
        """Index lessons into a course."""
        from banyan.edge.cli.index import index as index_path

        if not path.exists():
            raise typer.BadParameter(f"{path} does not exist; name a file or a folder")
        if not run(index_path(tools, path, _named(course, "course"), lesson, data, wait, as_json)):
            raise typer.Exit(FAILURE)

    @program.command()
    def ask(
        question: Annotated[str, typer.Argument(help="What you want to know.")],
        course: Course,
        lesson: Annotated[str | None, typer.Option("--lesson", help="Look in this lesson alone.")] = None,
        user: Annotated[
            str | None, typer.Option("--user", help="Ask as this learner.", show_default="local, who may see all")
        ] = None,
        data: Data = None,
        as_json: Json = False,
    ) -> None:
        """Ask the tutor a question about a course; it answers with citations."""
        from banyan.edge.cli.ask import ask as ask_question

        named = (_named(question, "question"), _named(course, "course"), lesson, user or "")
        if not run(ask_question(tools, *named, data, as_json)):
            raise typer.Exit(FAILURE)

    @program.command()
    def mcp(
        url: Annotated[
            str, typer.Option("--url", help="An assistant that runs elsewhere.", show_default="the data folder's own")
        ] = "",
        key: Annotated[
            str, typer.Option("--key", help="Key for that assistant; better set BANYAN_KEY.", envvar="BANYAN_KEY")
        ] = "",
        user: Annotated[str, typer.Option("--user", help="The learner who asks.", show_default="local")] = "",
        course: Annotated[str, typer.Option("--course", help="This course alone.", show_default="all")] = "",
        data: Data = None,
    ) -> None:
        """Serve the tutor to a desktop assistant, by the Model Context Protocol on standard input and output."""
        tools.speak(McpOptions(url, key, user, course, data))

    @program.command()
    def doctor(data: Data = None, as_json: Json = False) -> None:
        """Check the installation and say what to do next."""
        from banyan.edge.cli.doctor import doctor as examine

        if not run(examine(tools, data, as_json)):
            raise typer.Exit(FAILURE)

    add_export_command(program, tools)
    add_report_command(program, tools)
    add_usage_command(program, tools)
    add_worker_command(program, tools)
    program.add_typer(job_commands(tools), name="jobs")
    program.add_typer(key_commands(tools), name="keys")
    program.add_typer(model_commands(tools), name="models")
    return program


def run_program(program: typer.Typer) -> int:
    """Runs the command line; every refusal is one sentence on standard error. Returns the exit code."""
    try:
        code = program(standalone_mode=False)
    except typer.TyperException as error:
        sentence = error.format_message() if isinstance(error, typer.BadParameter) else str(error)
        fail(f"{sentence.rstrip('.')}. Try `banyan --help`.")
        return int(getattr(error, "exit_code", USAGE))
    except (typer.Abort, KeyboardInterrupt):
        return INTERRUPTED
    except BrokenPipeError:
        return _reader_left()
    except Exception as error:  # noqa: BLE001  the last net: whatever it is, people get a sentence and a file
        refusal = _refusal(error)
        fail(refusal.message if refusal else _kept(error))
        return FAILURE
    return code if isinstance(code, int) else 0


def _refusal(error: BaseException) -> BanyanError | None:
    """The error of our own tree, also from within a group of tasks that failed together."""
    if isinstance(error, BanyanError):
        return error
    if isinstance(error, BaseExceptionGroup):
        return next(filter(None, map(_refusal, error.exceptions)), None)
    return None


def _kept(error: Exception) -> str:
    """Keeps the details in a file and names it."""
    with tempfile.NamedTemporaryFile("w", prefix="banyan-error-", suffix=".txt", delete=False) as details:
        traceback.print_exception(error, file=details)
    return f"Banyan failed unexpectedly ({type(error).__name__}); please report it with the file {details.name}."


def _reader_left() -> int:
    """Whoever read our output has enough of it, as `head` has; keeps Python from complaining about that at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return FAILURE


def _named(value: str, name: str) -> str:
    if not value.strip():
        raise typer.BadParameter(f"the {name} is empty; write one")
    return value
