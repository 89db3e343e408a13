"""Where Ollama is, from the names that Ollama itself uses."""

import re

from banyan.adapters.providers._dialects.http_errors import Secret
from banyan.adapters.providers._dialects.upstream import Upstream
from banyan.kernel.errors import InvalidInput
from banyan.proxy.ports.chat_provider import ProviderNeeds


def address(needs: ProviderNeeds) -> Upstream | None:
    """The server that the settings name, or None where none does. Raises: InvalidInput."""
    base = needs.settings.get("base_url") or needs.environment.get("OLLAMA_BASE_URL")
    base = base or _from_host(needs.environment.get("OLLAMA_HOST", ""))
    if not base:
        return None
    if not re.match(r"https?://[^/\s]+", base):
        raise InvalidInput("OLLAMA_BASE_URL must start with http:// or https:// and name a host; correct it.")
    base = base.rstrip("/").removesuffix("/v1").removesuffix("/api")
    return Upstream(base, Secret(needs.settings.get("api_key") or None))


def _from_host(host: str) -> str:
    """OLLAMA_HOST as Ollama reads it: scheme and port may be left out, and 0.0.0.0 is this machine."""
    host = host.strip().strip("\"'").rstrip("/")
    if not host:
        return ""
    scheme, found, rest = host.partition("://")
    if not found:
        scheme, rest = "http", host
    name, slash, path = rest.partition("/")
    has_port = re.search(r":\d+$", name) is not None and (name.count(":") == 1 or "]:" in name)
    if not has_port and not found:
        name += ":11434"
    name = f"127.0.0.1{name}" if name.startswith(":") else re.sub(r"^(0\.0\.0\.0|\[::\])(?=:|$)", "127.0.0.1", name)
    return f"{scheme}://{name}{slash}{path}"


def keep_alive_of(needs: ProviderNeeds) -> str | int | None:
    """The setting, with plain seconds as the number that Ollama wants."""
    value = needs.settings.get("keep_alive") or needs.environment.get("OLLAMA_KEEP_ALIVE")
    if not value:
        return None
    return int(value) if re.fullmatch(r"-?\d+", value) else value
