"""One chat completion as the model in this process has to know it."""

from dataclasses import dataclass
from typing import Annotated, Any

import msgspec

from banyan.kernel.errors import InvalidInput

_ROLES = {"developer": "system", "function": "tool"}
_KNOWN = frozenset({"system", "user", "assistant", "tool", *_ROLES})


class _Part(msgspec.Struct):
    type: str
    text: str = ""


class _Turn(msgspec.Struct):
    role: str
    content: str | list[_Part] | None = None


class _StreamOptions(msgspec.Struct):
    include_usage: bool = False


class _Request(msgspec.Struct):
    messages: list[_Turn]
    max_tokens: Annotated[int, msgspec.Meta(ge=1)] | None = None
    max_completion_tokens: Annotated[int, msgspec.Meta(ge=1)] | None = None
    temperature: Annotated[float, msgspec.Meta(ge=0, le=2)] | None = None
    top_p: Annotated[float, msgspec.Meta(ge=0, le=1)] | None = None
    top_k: int | None = None
    min_p: Annotated[float, msgspec.Meta(ge=0, le=1)] | None = None
    frequency_penalty: Annotated[float, msgspec.Meta(ge=-2, le=2)] | None = None
    presence_penalty: Annotated[float, msgspec.Meta(ge=-2, le=2)] | None = None
    repeat_penalty: float | None = None
    seed: int | None = None
    stop: str | list[str] | None = None
    n: int | None = None
    response_format: dict[str, Any] | None = None
    tools: list[Any] | None = None
    tool_choice: Any = None
    logit_bias: dict[str, Any] | None = None
    stream_options: _StreamOptions | None = None


@dataclass(frozen=True, slots=True)
class Order:
    """messages: `{role, content}` with text only. begun: the beginning of the answer, where it was sent.

    schema: None for free text, `{}` for any JSON object. sampling: keywords of llama.cpp's sampler.
    seed: None for another answer every time.
    """

    messages: tuple[dict[str, str], ...]
    begun: str
    max_tokens: int | None
    stops: tuple[str, ...]
    sampling: dict[str, float]
    seed: int | None
    schema: dict[str, Any] | None
    with_usage: bool


_request = msgspec.json.Decoder(_Request)
_SAMPLING = {
    "temperature": "temp",
    "top_p": "top_p",
    "top_k": "top_k",
    "min_p": "min_p",
    "frequency_penalty": "frequency_penalty",
    "presence_penalty": "presence_penalty",
    "repeat_penalty": "repeat_penalty",
}


def read_order(body: bytes) -> Order:
    """Raises: InvalidInput for what is no request, or asks for what a model in this process cannot do."""
    try:
        request = _request.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        reason = str(error).replace("$.", "")
        raise InvalidInput(f"The request cannot be read ({reason}); correct it.") from error
    if not request.messages:
        raise InvalidInput("`messages` is empty; send at least one message.", param="messages")
    if request.tools and request.tool_choice != "none":
        raise InvalidInput("Models in this process call no tools; leave `tools` out or choose another.", param="tools")
    if (request.n or 1) != 1:
        raise InvalidInput("Models in this process give one answer at a time; ask with `n` of 1.", param="n")
    if request.logit_bias:
        raise InvalidInput("Models in this process have no `logit_bias`; leave it out.", param="logit_bias")
    messages = [{"role": _role(turn.role), "content": _text(turn.content)} for turn in request.messages]
    begun = messages.pop()["content"] if messages[-1]["role"] == "assistant" and len(messages) > 1 else ""
    stop = request.stop or ()
    return Order(
        messages=tuple(messages),
        begun=begun,
        max_tokens=request.max_completion_tokens or request.max_tokens,
        stops=tuple(text for text in ((stop,) if isinstance(stop, str) else stop) if text),
        sampling={theirs: value for ours, theirs in _SAMPLING.items() if (value := getattr(request, ours)) is not None},
        seed=None if request.seed is None else request.seed % 2**32,
        schema=_schema(request.response_format),
        with_usage=request.stream_options is not None and request.stream_options.include_usage,
    )


def _role(role: str) -> str:
    if role not in _KNOWN:
        raise InvalidInput(
            f"A role in `messages` must be one of {', '.join(sorted(_KNOWN))}; correct it.", param="messages"
        )
    return _ROLES.get(role, role)


def _text(content: str | list[_Part] | None) -> str:
    if content is None or isinstance(content, str):
        return content or ""
    if any(part.type != "text" for part in content):
        raise InvalidInput("Models in this process read text only; leave other parts out.", param="messages")
    return "\n".join(part.text for part in content)


def _schema(wanted: dict[str, Any] | None) -> dict[str, Any] | None:
    match wanted:
        case None | {"type": "text"}:
            return None
        case {"type": "json_object"}:
            return {}
        case {"type": "json_schema", "json_schema": {"schema": dict(schema)}}:
            return schema
    raise InvalidInput(
        "`response_format` must be of type text, json_object or json_schema with a schema; correct it.",
        param="response_format",
    )
