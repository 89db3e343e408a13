"""The MCP server: the SDK's, over our tools. It keeps nothing between two calls."""

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote, unquote

import mcp_types as types
import structlog
from mcp.server.lowlevel.server import Server
from mcp.shared.exceptions import MCPError
from pydantic import BaseModel, ValidationError

from banyan import __version__
from banyan.edge.mcp.bodies import schema_of
from banyan.edge.mcp.services import Caller, McpServices
from banyan.edge.mcp.tools import TOOLS, Closed, Outcome, Tool
from banyan.edge.mcp.words import INSTRUCTIONS, failed, study_prompt
from banyan.kernel.errors import BanyanError, InvalidInput, NotFound
from banyan.kernel.ids import check_id

Context = Any
Callers = Callable[[Context], Caller]
"""Who makes the call that the SDK's context is of."""

PROMPT = "study"
_LESSON = "banyan://course/{course}/lesson/{lesson}"
_MOST_RESOURCES = 500
log = structlog.get_logger(__name__)


def create_server(services: McpServices, caller_of: Callers) -> "Server[Any]":
    """One for as many calls and connections as there are."""
    return server_over(Rooms(services, caller_of))


def server_over(rooms: "Rooms") -> "Server[Any]":
    """The SDK's server, answering by these."""
    return Server(
        "banyan",
        version=__version__,
        title="Banyan tutor",
        description="A tutor that answers from your courses, with citations.",
        instructions=INSTRUCTIONS,
        get_tool_input_schema=lambda name: schema_of(TOOLS[name].takes) if name in TOOLS else None,
        on_list_tools=rooms.tools,
        on_call_tool=rooms.call,
        on_list_resources=rooms.resources,
        on_list_resource_templates=rooms.templates,
        on_read_resource=rooms.read,
        on_list_prompts=rooms.prompts,
        on_get_prompt=rooms.prompt,
    )


class Rooms:
    """What the server answers by; each method is a handler as the SDK calls it."""

    def __init__(self, services: McpServices, caller_of: Callers) -> None:
        self._services = services
        self._caller_of = caller_of

    async def tools(self, context: Context, _: Any) -> types.ListToolsResult:
        """All of them, whoever asks: what they do is decided with each call."""
        return types.ListToolsResult(tools=[_shown(tool) for tool in TOOLS.values()])

    async def call(self, context: Context, params: types.CallToolRequestParams) -> types.CallToolResult:
        """One call of a tool."""
        tool = TOOLS.get(params.name)
        if tool is None:
            raise MCPError(types.INVALID_PARAMS, f"There is no tool {params.name[:100]!r}; look at tools/list.")

        async def progress(so_far: float, sentence: str) -> None:
            await context.session.report_progress(so_far, message=sentence)

        try:
            given = _read(tool.takes, params.arguments or {})
            done = await tool.run(self._services, self._caller_of(context), given, progress)
        except Exception as error:  # noqa: BLE001  a tool that fails says so in words; the details are in the log
            return failed(error, tool.name)
        return _result(tool, done)

    async def resources(self, context: Context, _: Any) -> types.ListResourcesResult:
        """Lessons that the caller may read."""
        caller, found = self._caller_of(context), list[types.Resource]()
        with _as_protocol_errors():
            for course in await self._services.read.open_courses(caller.identity):
                if caller.course not in ("", course) or len(found) >= _MOST_RESOURCES:
                    continue
                for one in await self._services.read.lessons(caller.identity, course):
                    uri = _LESSON.format(course=quote(course, safe=""), lesson=quote(one.lesson, safe=""))
                    found.append(types.Resource(uri=uri, name=one.lesson, title=one.title, mime_type="text/plain"))
        return types.ListResourcesResult(resources=found[:_MOST_RESOURCES])

    async def templates(self, context: Context, _: Any) -> types.ListResourceTemplatesResult:
        """How the address of a lesson is made."""
        lesson = types.ResourceTemplate(
            name="lesson", title="A lesson", description="Its plain text.", uri_template=_LESSON, mime_type="text/plain"
        )
        return types.ListResourceTemplatesResult(resource_templates=[lesson])

    async def read(self, context: Context, params: types.ReadResourceRequestParams) -> types.ReadResourceResult:
        """The text of a lesson."""
        caller, uri = self._caller_of(context), str(params.uri)
        with _as_protocol_errors():
            course, lesson = _place(uri)
            caller.course_of(course)
            _, refused = await self._services.read.admit.judged(caller.identity, course, lesson)
            if refused is not None:
                raise Closed(refused)
            text = (await self._services.read.lesson(caller.identity, course, lesson)).text
        contents = types.TextResourceContents(uri=uri, mime_type="text/plain", text=text)
        return types.ReadResourceResult(contents=[contents])

    async def prompts(self, context: Context, _: Any) -> types.ListPromptsResult:
        """The one there is."""
        arguments = [
            types.PromptArgument(name="course", description="Id of the course.", required=True),
            types.PromptArgument(name="lesson", description="Id of the lesson.", required=True),
        ]
        words = "Study a lesson: what it says, and then a quiz."
        return types.ListPromptsResult(
            prompts=[types.Prompt(name=PROMPT, title="Study a lesson", description=words, arguments=arguments)]
        )

    async def prompt(self, context: Context, params: types.GetPromptRequestParams) -> types.GetPromptResult:
        """What it says."""
        if params.name != PROMPT:
            raise MCPError(types.INVALID_PARAMS, f"There is no prompt {params.name[:100]!r}; look at prompts/list.")
        given = params.arguments or {}
        with _as_protocol_errors():
            course = check_id(given.get("course", self._caller_of(context).course), "course")
            lesson = check_id(given.get("lesson", ""), "lesson")
        message = types.PromptMessage(
            role="user", content=types.TextContent(type="text", text=study_prompt(course, lesson))
        )
        return types.GetPromptResult(messages=[message])


def _shown(tool: Tool) -> types.Tool:
    return types.Tool(
        name=tool.name,
        title=tool.title,
        description=tool.description,
        input_schema=schema_of(tool.takes),
        output_schema=schema_of(tool.gives),
        annotations=types.ToolAnnotations(
            title=tool.title,
            read_only_hint=not tool.writes,
            destructive_hint=False,
            idempotent_hint=not tool.writes,
            open_world_hint=False,
        ),
    )


def _read(model: type[BaseModel], arguments: Mapping[str, Any]) -> BaseModel:
    """Raises: InvalidInput that names the first thing that is wrong."""
    try:
        return model.model_validate(arguments)
    except ValidationError as error:
        first = error.errors()[0]
        param = ".".join(str(part) for part in first["loc"])[:100]
        complaint = str(first["msg"]).removeprefix("Value error, ").rstrip(".")
        raise InvalidInput(f"`{param}` is not right ({complaint}); correct it.", param=param) from error


def _result(tool: Tool, done: Outcome) -> types.CallToolResult:
    fields = tool.gives.model_validate(done.fields).model_dump(mode="json", exclude_none=True, exclude_unset=True)
    return types.CallToolResult(content=[types.TextContent(type="text", text=done.text)], structured_content=fields)


def _place(uri: str) -> tuple[str, str]:
    """Raises: NotFound."""
    scheme, _, rest = uri.partition("://")
    parts = rest.split("/")
    if scheme != "banyan" or len(parts) != 4 or (parts[0], parts[2]) != ("course", "lesson"):
        raise NotFound(f"There is no resource {uri[:200]!r}; resources/list shows those there are.")
    return check_id(unquote(parts[1]), "course"), check_id(unquote(parts[3]), "lesson")


class _as_protocol_errors:
    """A block whose refusals become errors of the protocol, with our sentence and code."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, BanyanError):
            code = types.INTERNAL_ERROR if error.passing else types.INVALID_PARAMS
            raise MCPError(code, error.message, {"code": error.code}) from error
