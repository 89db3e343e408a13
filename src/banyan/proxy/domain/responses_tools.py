"""Tools of the Responses API, which lie flat, as tools of chat completions, which are wrapped."""

from collections.abc import Mapping, Sequence
from typing import Any

from banyan.kernel.errors import InvalidInput

_CHOICES = ("auto", "none", "required")


def response_tools(tools: object) -> list[dict[str, Any]]:
    """The tools as the response repeats them. Raises: InvalidInput for a tool that a provider would have to host."""
    if tools is None:
        return []
    if not isinstance(tools, list):
        raise InvalidInput("`tools` must be a list; correct it.", param="tools")
    return [_tool(tool, f"tools[{number}]") for number, tool in enumerate(tools)]


def chat_tools(tools: Sequence[Mapping[str, Any]], choice: object, parallel: bool | None) -> dict[str, Any]:
    """The fields about tools of a chat completion; none where there are no tools, as models refuse the rest then.

    A choice of allowed tools is made here by leaving out the others, so that it holds for every model.
    Raises: InvalidInput.
    """
    names = {tool["name"] for tool in tools}
    if isinstance(choice, Mapping) and choice.get("type") == "allowed_tools":
        allowed = _allowed(choice, names)
        tools = [tool for tool in tools if tool["name"] in allowed]
        choice = choice.get("mode", "auto")
    if isinstance(choice, Mapping):
        if choice.get("type") != "function" or choice.get("name") not in names:
            raise _bad_choice()
        choice = {"type": "function", "function": {"name": choice["name"]}}
    elif choice is not None and choice not in _CHOICES:
        raise _bad_choice()
    if not tools:
        if choice not in (None, "auto", "none"):
            raise InvalidInput("`tool_choice` asks for a tool and there is none; send `tools`.", param="tool_choice")
        return {}
    fields: dict[str, Any] = {"tools": [_wrapped(tool) for tool in tools]}
    if choice is not None:
        fields["tool_choice"] = choice
    if parallel is not None:
        fields["parallel_tool_calls"] = parallel
    return fields


def _tool(tool: object, place: str) -> dict[str, Any]:
    kind = tool.get("type") if isinstance(tool, Mapping) else None
    if not isinstance(tool, Mapping) or kind != "function":
        raise InvalidInput(
            f"`{place}` is of the type {str(kind)[:60]!r}, which OpenAI hosts and this gateway does not; "
            "offer tools of the type function and run them yourself.",
            code="unsupported_tool",
            param=place,
        )
    if not isinstance(tool.get("name"), str) or not isinstance(tool.get("parameters") or {}, Mapping):
        raise InvalidInput(
            f"`{place}` needs a `name` and, as an object, its `parameters`; correct it (in the Responses API "
            "they stand beside `type`, not in `function`).",
            param=place,
        )
    return {
        "type": "function",
        "name": tool["name"],
        "description": tool.get("description"),
        "parameters": tool.get("parameters"),
        "strict": tool.get("strict"),
    }


def _wrapped(tool: Mapping[str, Any]) -> dict[str, Any]:
    function = {name: value for name, value in tool.items() if name != "type" and value is not None}
    return {"type": "function", "function": function}


def _allowed(choice: Mapping[str, Any], names: set[str]) -> set[str]:
    listed = choice.get("tools")
    if not isinstance(listed, list) or choice.get("mode", "auto") not in ("auto", "required"):
        raise _bad_choice()
    allowed = {tool.get("name") for tool in listed if isinstance(tool, Mapping)}
    if not allowed or not allowed <= names:
        raise _bad_choice()
    return {str(name) for name in allowed}


def _bad_choice() -> InvalidInput:
    return InvalidInput(
        "`tool_choice` must be auto, none, required, a function of `tools` by name, or allowed_tools of them; "
        "correct it.",
        param="tool_choice",
    )
