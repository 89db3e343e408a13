"""Other gateways, to be measured beside the product: TensorZero, LiteLLM and Portkey.

They are installed into a folder outside the repository, and only when a benchmark is asked for them.
"""

import contextlib
import os
import secrets
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

from gateways import Service, process, wait_for

VERSIONS = {
    "tensorzero": "tensorzero==2026.6.0",
    "litellm": "litellm[proxy]==1.106.2",
    "portkey": "@portkey-ai/gateway@1.15.2",
}
FOLDER = Path(tempfile.gettempdir()) / f"banyan-bench-peers-{os.getuid()}"
_TENSORZERO = """
[gateway]
observability.enabled = false
[models.m]
routing = ["mock"]
[models.m.providers.mock]
type = "openai"
model_name = "m"
api_base = "{upstream}/"
api_key_location = "none"
"""
_TENSORZERO_SERVER = """
import sys, tensorzero, time, types, urllib.parse
client = types.SimpleNamespace(base_url="")
tensorzero.patch_openai_client(client, config_file=sys.argv[1], async_setup=False)
with open(sys.argv[1] + ".port", "w") as file:
    file.write(str(urllib.parse.urlsplit(str(client.base_url)).port))
while True:
    time.sleep(3600)
"""
_LITELLM = """
model_list:
  - model_name: m
    litellm_params: {{model: openai/m, api_base: "{upstream}", api_key: key}}
"""


def installed(name: str) -> Path:
    """The peer's own folder; installs it there if it is not yet. Raises: RuntimeError."""
    folder = FOLDER / VERSIONS[name].replace("/", "_")
    if (folder / "complete").exists():
        return folder
    folder.mkdir(parents=True, exist_ok=True)
    print(f"installing {VERSIONS[name]} in {folder}", flush=True)
    if name == "portkey":
        commands = [["npm", "install", "--silent", "--no-audit", "--no-fund", "--prefix", str(folder), VERSIONS[name]]]
    else:
        python = str(folder / "bin" / "python")
        commands = [[sys.executable, "-m", "venv", str(folder)], [python, "-m", "pip", "install", "-q", VERSIONS[name]]]
    for command in commands:
        try:
            subprocess.run(command, check=True, capture_output=True, text=True)
        except OSError as error:
            raise RuntimeError(f"{command[0]} cannot be started: {error.strerror}") from error
        except subprocess.CalledProcessError as error:
            raise RuntimeError((error.stderr.strip() or error.stdout.strip()).splitlines()[-1]) from error
    (folder / "complete").touch()
    return folder


@contextlib.contextmanager
def tensorzero(upstream: str, port: int) -> Iterator[Service]:
    """Its HTTP gateway, without observability, since there is no database.

    The wheel holds no program, but `patch_openai_client` starts the gateway, which is Rust, on threads of the process
    that calls it; Python only waits there. It chooses its port itself.
    """
    python = str(installed("tensorzero") / "bin" / "python")
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder) / "tensorzero.toml"
        config.write_text(_TENSORZERO.format(upstream=upstream))
        command = [python, "-W", "ignore", "-c", _TENSORZERO_SERVER, str(config)]
        with process(command, environment={"TENSORZERO_DISABLE_PSEUDONYMOUS_USAGE_ANALYTICS": "1"}) as child:
            port = _announced_port(child, Path(f"{config}.port"))
            yield Service("tensorzero", port, child.pid, "/openai/v1/chat/completions", "tensorzero::model_name::m")


@contextlib.contextmanager
def litellm(upstream: str, port: int) -> Iterator[Service]:
    """Its proxy with one model and one key, which it checks without a database: no limits, no budgets, no ledger."""
    program = str(installed("litellm") / "bin" / "litellm")
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder) / "config.yaml"
        config.write_text(_LITELLM.format(upstream=upstream))
        command = [program, "--config", str(config), "--host", "127.0.0.1", "--port", str(port)]
        key = f"sk-{secrets.token_hex(16)}"
        environment = {
            "HOME": folder,
            "LITELLM_LOCAL_MODEL_COST_MAP": "True",  # else it asks the network at every start
            "LITELLM_LOG": "ERROR",
            "LITELLM_MASTER_KEY": key,
        }
        with process(command, environment=environment, folder=folder) as child:
            wait_for(child, f"http://127.0.0.1:{port}/health/liveliness")
            yield Service("litellm", port, child.pid, headers={"Authorization": f"Bearer {key}"})


@contextlib.contextmanager
def portkey(upstream: str, port: int) -> Iterator[Service]:
    """Its gateway on Node, without the console. The provider is named in headers."""
    program = installed("portkey") / "node_modules" / "@portkey-ai" / "gateway" / "build" / "start-server.js"
    command = ["node", str(program), f"--port={port}", "--headless"]
    headers = {
        "Authorization": "Bearer key",
        "x-portkey-provider": "openai",
        "x-portkey-custom-host": upstream,
    }
    with process(command, environment={"NODE_ENV": "production"}) as child:
        wait_for(child, f"http://127.0.0.1:{port}/")
        yield Service("portkey", port, child.pid, headers=headers)


PEERS: dict[str, Callable[[str, int], AbstractContextManager[Service]]] = {
    "tensorzero": tensorzero,
    "litellm": litellm,
    "portkey": portkey,
}


def _announced_port(child: subprocess.Popen[str], file: Path) -> int:
    for _ in range(600):
        if child.poll() is not None:
            break
        if file.exists() and (text := file.read_text()):
            return int(text)
        time.sleep(0.1)
    raise RuntimeError("its gateway did not start")
