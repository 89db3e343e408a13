"""An OpenAI-shaped request in the words of Anthropic's Messages API.

Left out without a word, because an answer without them is an answer all the same: `frequency_penalty`,
`presence_penalty`, `logit_bias`, `seed`, `store`, `metadata`, `prediction`, `service_tier`, `verbosity`, names of
messages, blank stop sequences, the detail of images, and for models from 4.7 on `temperature` and `top_p`.
"""

import hashlib
import re
from dataclasses import dataclass
from typing import Any

import msgspec

from banyan.adapters.providers._dialects.anthropic_messages import tools_in, translate_messages
from banyan.adapters.providers._dialects.anthropic_models import Family, family_of
from banyan.adapters.providers._dialects.anthropic_tools import hold_to_json, translate_tools
from banyan.adapters.providers._dialects.openai_fields import most_tokens, number, read_fields, refuse, stops

_UNSAYABLE = ("logprobs", "top_logprobs", "audio", "functions", "function_call", "web_search_options")
_OPAQUE = re.compile(r"(?=.*[A-Za-z])[\w.:-]{1,256}", re.ASCII)
_BUDGETS = {"low": 2_048, "medium": 8_192, "high": 24_576, "xhigh": 32_000}
"""Tokens to think with, where a family counts them."""
_LEAST_BUDGET = 1_024


@dataclass(frozen=True, slots=True)
class Request:
    """body: for `/v1/messages`. json_tool: whether the answer comes as the input of `JSON_TOOL`."""

    body: bytes
    json_tool: bool


def translate_request(body: bytes, model: str) -> Request:
    """Raises: InvalidInput, naming the field that cannot be said."""
    fields = read_fields(body)
    refuse(fields, "Anthropic", _UNSAYABLE)
    family = family_of(model)
    system, turns = translate_messages(fields.get("messages"))
    limit = min(most_tokens(fields) or family.output, family.output if family.window else 10_000_000)
    request: dict[str, Any] = {"model": model, "max_tokens": limit, "messages": turns}
    if system:
        request["system"] = system
    request |= translate_tools(fields, family, tools_in(turns))
    json_tool = "response_format" in fields and hold_to_json(request, fields["response_format"], family)
    ends = [stop for stop in stops(fields) if stop.strip()]
    if ends:
        request["stop_sequences"] = ends
    if fields.get("stream") is True:
        request["stream"] = True
    user = fields.get("safety_identifier") or fields.get("user")
    if isinstance(user, str) and user:
        request["metadata"] = {"user_id": _opaque(user)}
    request |= _thinking(fields, request, family)
    if family.samples and "thinking" not in request:
        request |= _sampling(fields)
    return Request(msgspec.json.encode(request), json_tool)


def _opaque(user: str) -> str:
    """Addresses and telephone numbers are refused there, and have no business there."""
    return user if _OPAQUE.fullmatch(user) else hashlib.sha256(user.encode("utf-8", "replace")).hexdigest()


def _sampling(fields: dict[str, Any]) -> dict[str, float]:
    """OpenAI's temperatures above 1 become 1, the others mean the same; with a temperature, `top_p` is left out,
    because newer families refuse the two together."""
    temperature, top_p = number(fields, "temperature", 0, 2), number(fields, "top_p", 0, 1)
    if temperature is not None:
        return {"temperature": min(temperature, 1.0)}
    return {} if top_p is None else {"top_p": top_p}


def _thinking(fields: dict[str, Any], request: dict[str, Any], family: Family) -> dict[str, Any]:
    """How hard to think: not where a tool has to be called, nor, by a budget, in the middle of a round of tools, whose
    earlier thoughts OpenAI's wire does not carry, nor before an answer that is begun already."""
    effort = fields.get("reasoning_effort")
    if effort not in _BUDGETS or family.thinks is None:
        return {}
    forced = request.get("tool_choice", {}).get("type") in ("any", "tool")
    if family.thinks == "adaptive":
        config = {**request.get("output_config", {}), "effort": "high" if effort == "xhigh" else effort}
        return {"output_config": config} if forced else {"output_config": config, "thinking": {"type": "adaptive"}}
    last = request["messages"][-1]
    midway = last["role"] == "assistant" or any(block["type"] == "tool_result" for block in last["content"])
    budget = min(_BUDGETS[effort], request["max_tokens"] - 1)
    if forced or midway or budget < _LEAST_BUDGET:
        return {}
    return {"thinking": {"type": "enabled", "budget_tokens": budget}}
