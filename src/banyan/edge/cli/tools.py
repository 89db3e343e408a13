"""What the commands need from the rest of the program; `app` hands it in."""

from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol

if TYPE_CHECKING:
    from banyan.assistant.usecases.ask import Answering, Withheld
    from banyan.assistant.usecases.export_material import ExportMaterial
    from banyan.assistant.usecases.show_chart import ShowChart
    from banyan.assistant.usecases.show_report import ShowReport
    from banyan.jobs.ports.job_store import JobStore
    from banyan.kernel.clock import Clock
    from banyan.proxy.ports.usage import Usage
    from banyan.proxy.usecases.manage_keys import ManageKeys

State = Literal["ok", "warn", "fail"]
Part = Literal["assistant", "proxy"]


@dataclass(frozen=True, slots=True)
class Lesson:
    """A lesson on its way into the index.

    title: "" when the content is to say it. format: a name of the formats' catalogue.
    origin: file, and line where there is one, for messages.
    """

    lesson: str
    title: str
    chapter: str
    format: str
    content: bytes
    origin: str


@dataclass(frozen=True, slots=True)
class Indexed:
    """What became of a lesson. embedded: how many of its chunks have vectors by now."""

    run_id: str
    chunks: int
    unchanged: int
    embedded: int
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Embedding:
    """How far a course's vectors are. active: whether anything is there that makes them."""

    chunks: int
    embedded: int
    active: bool


class Workspace(Protocol):
    """The data folder, opened here, or reached through the service that holds it."""

    async def index(self, course: str, lesson: Lesson) -> Indexed:
        """Returns once the lesson is text-searchable. Raises: InvalidInput and its kin, naming what is wrong."""
        ...

    async def embedding(self, course: str) -> Embedding:
        """The state of the course's vectors."""
        ...


class Tutor(Protocol):
    """The tutor as it answers learners, for one person."""

    async def ask(self, course: str, lesson: str | None, question: str) -> "Answering | Withheld":
        """One turn, in a session of its own. Raises: NotFound for a course that is not there, InvalidInput."""
        ...


@dataclass(frozen=True, slots=True)
class McpOptions:
    """Options of `banyan mcp`; "" for what is not given.

    url: of an assistant elsewhere; key, user: for whom it is asked. course: the only one.
    """

    url: str
    key: str
    user: str
    course: str
    data: Path | None


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that `doctor` looked at. advice: the next step, where there is one to take."""

    name: str
    state: State
    found: str
    advice: str = ""


@dataclass(frozen=True, slots=True)
class ServeOptions:
    """Options of `banyan serve`; None stands for what the settings say. part: None serves both services."""

    part: Part | None
    host: str | None
    assistant_port: int | None
    proxy_port: int | None
    data: Path | None
    sample: bool


@dataclass(frozen=True, slots=True)
class Desk:
    """What an operator manages on the database itself, whether or not a service runs on it.

    tolerance: by what part a provider's own figures may differ from the prices.
    """

    keys: "ManageKeys"
    usage: "Usage"
    tolerance: float


@dataclass(frozen=True, slots=True)
class RouteQuestion:
    """A call that nobody makes. needs: of `tools`, `json_schema`, `vision`."""

    model: str
    task: str
    course: str | None
    zone: str | None
    needs: frozenset[str]
    tenant: str


class ModelDesk(Protocol):
    """Models and routes. running: whether they are those of a running service."""

    running: bool

    async def list(self) -> list[dict[str, Any]]:
        """As `GET /v1/models` has them."""
        ...

    async def explain(self, question: RouteQuestion) -> dict[str, Any]:
        """As `GET /admin/explain` has it. Raises: NotFound."""
        ...


@dataclass(frozen=True, slots=True)
class JobDesk:
    """Jobs on the database itself, whether or not a service runs on it."""

    store: "JobStore"
    clock: "Clock"


@dataclass(frozen=True, slots=True)
class ReportDesk:
    """Reports on the database itself, whether or not a service runs on it."""

    show: "ShowReport"
    draw: "ShowChart"


@dataclass(frozen=True, slots=True)
class Tools:
    """serve, work, speak: run until they are told to stop; work takes the data folder, and jobs at a time.

    open_tutor: takes the data folder, and for whom it answers: "" for the operator.

    suffixes: file ending with its dot, to format name.
    """

    serve: Callable[[ServeOptions], None]
    open_workspace: Callable[[Path | None], AbstractAsyncContextManager[Workspace]]
    examine: Callable[[Path | None], Awaitable[list[Check]]]
    suffixes: Callable[[], Mapping[str, str]]
    open_desk: Callable[[Path | None], AbstractAsyncContextManager[Desk]]
    open_jobs: Callable[[Path | None], AbstractAsyncContextManager[JobDesk]]
    work: Callable[[Path | None, int | None], None]
    open_models: Callable[[Path | None], AbstractAsyncContextManager[ModelDesk]]
    open_tutor: Callable[[Path | None, str], AbstractAsyncContextManager[Tutor]]
    speak: Callable[[McpOptions], None]
    open_reports: Callable[[Path | None], AbstractAsyncContextManager[ReportDesk]]
    exports: Callable[[], "ExportMaterial"]
