"""Reads an OpenAI-shaped request field by field, for dialects that have to say it in other words."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from banyan.kernel.errors import InvalidInput

_request = msgspec.json.Decoder(dict[str, Any])


def read_fields(body: bytes) -> dict[str, Any]:
    """The request without what is null. Raises: InvalidInput."""
    try:
        found = _request.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidInput(f"The request is not a JSON object ({error}); correct it.") from error
    return {name: value for name, value in found.items() if value is not None}


def refuse(fields: Mapping[str, Any], provider: str, names: Sequence[str]) -> None:
    """Says no to what would change the answer and cannot be said to this provider. Raises: InvalidInput."""
    for name in names:
        if fields.get(name) not in (None, False, 0, [], {}):
            raise InvalidInput(f"{provider} has no `{name}`; leave it out or choose another model.", param=name)
    if fields.get("n") not in (None, 1):
        raise InvalidInput(f"{provider} gives one answer a request; leave `n` out.", param="n")
    if "audio" in (fields.get("modalities") or ()):
        raise InvalidInput(f"{provider} does not speak; leave `modalities` out.", param="modalities")


def number(fields: Mapping[str, Any], name: str, least: float, most: float) -> float | None:
    """A number within its bounds. Raises: InvalidInput."""
    value = fields.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
        raise InvalidInput(f"`{name}` must be a number from {least:g} to {most:g}; correct it.", param=name)
    return value


def most_tokens(fields: Mapping[str, Any]) -> int | None:
    """The longest answer that is wanted, by either of its two names. Raises: InvalidInput."""
    for name in ("max_completion_tokens", "max_tokens"):
        value = number(fields, name, 1, 10_000_000)
        if value is not None:
            return int(value)
    return None


def stops(fields: Mapping[str, Any]) -> list[str]:
    """The stop sequences as a list. Raises: InvalidInput."""
    value = fields.get("stop")
    found = [value] if isinstance(value, str) else value or []
    if not isinstance(found, list) or not all(isinstance(stop, str) for stop in found):
        raise InvalidInput("`stop` must be a string or a list of strings; correct it.", param="stop")
    return found


def mapping(value: Any, name: str) -> dict[str, Any]:
    """An object. Raises: InvalidInput."""
    if not isinstance(value, dict):
        raise InvalidInput(f"`{name}` must be an object; correct it.", param=name.split("[")[0].split(".")[0])
    return value


def text(value: Any, name: str) -> str:
    """A string. Raises: InvalidInput."""
    if not isinstance(value, str):
        raise InvalidInput(f"`{name}` must be a string; correct it.", param=name.split("[")[0].split(".")[0])
    return value


def listing(value: Any, name: str) -> list[Any]:
    """A list. Raises: InvalidInput."""
    if not isinstance(value, list):
        raise InvalidInput(f"`{name}` must be a list; correct it.", param=name.split("[")[0].split(".")[0])
    return value
