"""Where a provider is and what it is asked with, from a deployment's settings or from the environment."""

import re

from banyan.kernel.errors import InvalidInput
from banyan.proxy.ports.chat_provider import ProviderNeeds

_REFERENCE = "env:"


def setting(needs: ProviderNeeds, name: str, *variables: str) -> str | None:
    """A deployment's own setting, else the first variable that is set; `env:NAME` stands for that variable.

    Raises: InvalidInput when the variable that is named is not set.
    """
    value = needs.settings.get(name) or next(
        (found for variable in variables if (found := needs.environment.get(variable))), None
    )
    if not value or not value.startswith(_REFERENCE):
        return value or None
    variable = value.removeprefix(_REFERENCE)
    if not needs.environment.get(variable):
        raise InvalidInput(f"`{name}` is to come from {variable}, which is not set; set it and start again.")
    return needs.environment[variable]


def web_address(value: str, name: str) -> str:
    """The base URL without a slash at its end. Raises: InvalidInput, naming the setting."""
    if not re.match(r"https?://[^/\s]+", value):
        raise InvalidInput(f"{name} must start with http:// or https:// and name a host; correct it.")
    return value.rstrip("/")
