"""Tools, and answers that are held to JSON, as Anthropic's Messages API wants them."""

from collections.abc import Mapping
from typing import Any

from banyan.adapters.providers._dialects.anthropic_models import Family
from banyan.adapters.providers._dialects.openai_fields import listing, mapping, text
from banyan.kernel.errors import InvalidInput

JSON_TOOL = "answer_in_json"
"""The tool whose input is the answer, for models that cannot be held to a schema otherwise."""
_JSON_ONLY = "Answer with one JSON object and nothing else: no words around it, no code fence."
_ANY_OBJECT = {"type": "object", "properties": {}}
_BOUNDS = frozenset(
    {
        *("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"),
        *("minLength", "maxLength", "minItems", "maxItems", "uniqueItems"),
    }
)
"""Keywords of JSON Schema that structured outputs refuse; an answer may then be out of such bounds."""


def translate_tools(fields: Mapping[str, Any], family: Family, called: list[str]) -> dict[str, Any]:
    """`tools` and `tool_choice`. called: tools of the conversation, which the API wants declared in any case.

    Raises: InvalidInput, naming the field.
    """
    tools = [
        _tool(tool, f"tools[{number}]", family) for number, tool in enumerate(listing(fields.get("tools", []), "tools"))
    ]
    if not tools:
        if not called:
            return {}
        tools = [{"name": name, "input_schema": _ANY_OBJECT} for name in called]
        return {"tools": tools, "tool_choice": {"type": "none"}}
    choice = _choice(fields.get("tool_choice", "auto"))
    if fields.get("parallel_tool_calls") is False and choice["type"] != "none":
        choice["disable_parallel_tool_use"] = True
    return {"tools": tools} if choice == {"type": "auto"} else {"tools": tools, "tool_choice": choice}


def hold_to_json(request: dict[str, Any], response_format: Any, family: Family) -> bool:
    """Adds what makes the answer JSON; whether it will come as the input of `JSON_TOOL`.

    Models with structured outputs get the schema there, or a sentence where there is none; older ones have to call a
    tool, or one of the caller's own. Raises: InvalidInput.
    """
    kind = mapping(response_format, "response_format").get("type")
    if kind == "text":
        return False
    if kind not in ("json_object", "json_schema"):
        raise InvalidInput("`response_format` must be text, json_object or json_schema.", param="response_format")
    schema: dict[str, Any] | None = None
    if kind == "json_schema":
        described = mapping(response_format.get("json_schema"), "response_format.json_schema")
        schema = mapping(described.get("schema", _ANY_OBJECT), "response_format.json_schema.schema")
    if family.holds_schema:
        if schema is None:
            request["system"] = [*request.get("system", []), {"type": "text", "text": _JSON_ONLY}]
        else:
            request["output_config"] = {"format": {"type": "json_schema", "schema": closed(schema)}}
        return False
    tool = {"name": JSON_TOOL, "description": "Takes the answer.", "input_schema": schema or _ANY_OBJECT}
    if request.get("tool_choice", {}).get("type") == "none" or "tools" not in request:
        request["tools"] = [*request.get("tools", []), tool]
        request["tool_choice"] = {"type": "tool", "name": JSON_TOOL}
    else:
        request["tools"] = [*request["tools"], tool]
        request["tool_choice"] = {**request.get("tool_choice", {}), "type": "any"}
    return True


def closed(schema: Any) -> Any:
    """The schema as structured outputs take it: objects without further properties, and no bounds."""
    if isinstance(schema, list):
        return [closed(entry) for entry in schema]
    if not isinstance(schema, dict):
        return schema
    found: dict[str, Any] = {}
    for key, value in schema.items():
        if key in ("properties", "$defs", "definitions") and isinstance(value, dict):
            found[key] = {name: closed(entry) for name, entry in value.items()}
        elif key in ("enum", "const", "default", "examples", "required"):
            found[key] = value
        elif key not in _BOUNDS:
            found[key] = closed(value)
    if found.get("type") == "object" or "properties" in found:
        found["additionalProperties"] = False
    return found


def _tool(tool: Any, name: str, family: Family) -> dict[str, Any]:
    if mapping(tool, name).get("type") != "function":
        raise InvalidInput(f"`{name}.type` must be function; Anthropic has no other tools here.", param="tools")
    function = mapping(tool.get("function"), f"{name}.function")
    schema = mapping(function.get("parameters") or _ANY_OBJECT, f"{name}.function.parameters")
    strict = function.get("strict") is True and family.holds_schema
    found = {
        "name": text(function.get("name"), f"{name}.function.name"),
        "input_schema": closed(schema) if strict else {"type": "object", **schema},
    }
    if function.get("description"):
        found["description"] = text(function["description"], f"{name}.function.description")
    return found | {"strict": True} if strict else found


def _choice(choice: Any) -> dict[str, Any]:
    named = {"auto": "auto", "none": "none", "required": "any"}
    if isinstance(choice, str) and choice in named:
        return {"type": named[choice]}
    if isinstance(choice, dict) and choice.get("type") == "function":
        function = mapping(choice.get("function"), "tool_choice.function")
        return {"type": "tool", "name": text(function.get("name"), "tool_choice.function.name")}
    raise InvalidInput(
        "`tool_choice` must be auto, none, required or name a function; correct it.", param="tool_choice"
    )
