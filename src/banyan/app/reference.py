"""What is made from the code, pages and OpenAPI documents: `python -m banyan.app.reference` writes it anew."""

import inspect
import json
from collections.abc import Iterable, Iterator
from dataclasses import fields
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import typer.main
from pydantic import SecretStr
from pydantic.fields import FieldInfo

from banyan.adapters.exports import EXPORTS
from banyan.adapters.providers.compatible import OWN_TAKES
from banyan.app.doctor import NoKnowledge
from banyan.app.main import program
from banyan.app.provider_entries import known_entries
from banyan.app.settings import CONFIG_VARIABLE, PROVIDER_SETTINGS, Settings, variables
from banyan.assistant.domain.charts import CHARTS
from banyan.assistant.domain.guarding import Stage
from banyan.assistant.domain.legacy_policy import COURSE_NAMES, GLOBAL_NAMES, KEPT, SECRETS
from banyan.assistant.domain.policy_fields import FIELDS, expected, shown_value
from banyan.assistant.domain.policy_fields import Field as PolicyField
from banyan.assistant.domain.reporting import Filter as ReportFilter
from banyan.assistant.guardrails import GUARDRAILS
from banyan.assistant.usecases.generate import catalogue
from banyan.assistant.usecases.show_report import reports
from banyan.edge.http.assistant_app import assistant_api
from banyan.edge.http.assistant_services import AssistantServices
from banyan.edge.http.metrics import HttpMetrics
from banyan.edge.http.openai_chat import document
from banyan.edge.http.proxy_app import ProxyServices, proxy_api
from banyan.kernel import errors
from banyan.kernel.errors import BanyanError
from banyan.proxy.domain.deployments import Capabilities
from banyan.proxy.ports.chat_provider import ProviderEntry, ProviderNeeds

MADE = "<!-- Made by `python -m banyan.app.reference`; change the code, not this page. -->"


def pages() -> dict[str, str]:
    """File name below `docs/reference` to its text."""
    return {
        "settings.md": settings_page(),
        "errors.md": errors_page(),
        "cli.md": cli_page(),
        "http.md": http_page(),
        "providers.md": providers_page(),
        "policy.md": policy_page(),
        "guardrails.md": guardrails_page(),
        "reports.md": reports_page(),
        "content.md": content_page(),
        "exports.md": exports_page(),
    }


def documents() -> dict[str, str]:
    """File name below `wire` to its text: the OpenAPI documents that clients take their types from."""
    return {
        f"openapi.{service}.json": json.dumps(described(service), indent=1, ensure_ascii=False) + "\n"
        for service in ("assistant", "proxy")
    }


def settings_page() -> str:
    """Every setting with its names, default, bounds and meaning."""
    lines = [
        "# Settings",
        MADE,
        "Settings come from the environment and from an optional `banyan.toml`. A command's own option wins over the "
        "environment, and the environment over the file. The file is the one that "
        f"`{CONFIG_VARIABLE}` names, else `banyan.toml` in the current folder, else the one in the data folder. "
        "A key in the file that is no setting is an error that names the nearest one. "
        "Keys and addresses of model providers are listed with [the providers](providers.md).",
    ]
    for name, field in Settings.model_fields.items():
        if name in PROVIDER_SETTINGS:
            continue
        names = " or ".join(f"`{variable}`" for variable in reversed(variables(name)))
        facts = [f"- Environment: {names}", f"- In the file: `{name}`", f"- Default: {_default(field)}"]
        bounds = _bounds(field)
        if bounds:
            facts.append(f"- Bounds: {bounds}")
        lines += [f"## {name}", str(field.description), "\n".join(facts)]
    return "\n\n".join(lines) + "\n"


def guardrails_page() -> str:
    """Every guardrail with where it looks, in the order in which they do."""
    entries = sorted((GUARDRAILS[name] for name in GUARDRAILS), key=lambda one: (not one.required, one.order, one.name))
    rows = [
        f"| `{one.name}` | {one.summary} | {', '.join(stage for stage in Stage if stage in one.stages)} | "
        f"{'no' if one.required else 'yes'} |"
        for one in entries
    ]
    table = "\n".join(("| guardrail | what it looks for | where | can be switched off |", "|---" * 4 + "|", *rows))
    about = "In the order in which they look, unless a policy's `guardrail_order` says otherwise."
    return "\n\n".join(("# Guardrails", MADE, about, table)) + "\n"


def exports_page() -> str:
    """Every format in which material is taken away."""
    rows = [
        f"| `{name}` | {one.title} | {', '.join(one.takes)} | `{one.suffix}` | {one.limits} |"
        for name, one in ((name, EXPORTS[name]) for name in EXPORTS)
    ]
    table = "\n".join(("| format | what | holds | file | what it cannot say |", "|---" * 5 + "|", *rows))
    about = (
        "How they are asked for says [taking material away](../how-to/take-material-away.md). Every item carries its "
        "source where the format has a place for it."
    )
    return "\n\n".join(("# Export formats", MADE, about, table)) + "\n"


def content_page() -> str:
    """Every content type with its styles, kinds and usual number."""
    rows = [
        f"| `{one.name}` | {one.description} | {_listed(one.styles) or '-'} | {_listed(one.kinds) or '-'} | "
        f"{one.usual or '-'} | {'yes' if one.streams else 'no'} | `{one.prompt}` |"
        for one in catalogue()
    ]
    head = "| type | what it is | styles | kinds | usual count | a model's text streams | prompt |"
    about = (
        "The first style is the usual one. How they are ordered says "
        "[making study material](../how-to/make-study-material.md)."
    )
    return "\n\n".join(("# Content types", MADE, about, "\n".join((head, "|---" * 7 + "|", *rows)))) + "\n"


def reports_page() -> str:
    """Every report with what it measures, its filters and columns; and the charts."""
    lines = [
        "# Reports",
        MADE,
        "How they are asked, and what *named*, *among* and *grouped* mean, "
        "says [reading reports](../how-to/read-reports.md).",
    ]
    for one in reports():
        columns = [f"| `{column.name}` | {column.label} | {column.kind} |" for column in one.columns]
        lines += [
            f"## {one.name}",
            f"{one.title} ({one.privacy}). {one.measures}",
            "\n".join(f"- `{of.name}`: {_filter(of)}" for of in one.filters),
            "\n".join(("| column | label | kind |", "|---|---|---|", *columns)),
        ]
    rows = [
        f"| `{chart.name}` | {chart.title} | {chart.measures} | {chart.unit}, {chart.kind.lower()} | "
        f"{chart.style} {chart.colour} |"
        for chart in CHARTS.values()
    ]
    head = ("| chart | title | a day's value | unit, kind | style |", "|---" * 5 + "|")
    lines += ["## Charts", "Filters: `course`, `from`, `to`. Days are in UTC.", "\n".join((*head, *rows))]
    return "\n\n".join(lines) + "\n"


def _filter(one: ReportFilter) -> str:
    said = f"one of {_listed(one.choices)}" if one.choices else str(one.kind)
    return f"{said}{', required' if one.required else ''}{f', `{one.default}` by default' if one.default else ''}"


def providers_page() -> str:
    """Every model provider with what it reads and can."""
    entries = sorted(known_entries(), key=lambda entry: entry.name)
    rows = []
    for entry in entries:
        can = capabilities_of(entry)
        model = f"`{entry.name}`" if "/" in entry.name else f"`{entry.name}/NAME`"
        marks = [can.tools, can.json_schema, can.vision, can.prefill, entry.embeddings is not None]
        summary = f"[{entry.summary}]({entry.docs})" if entry.docs else entry.summary
        shown = " | ".join("yes" if mark else "" for mark in marks)
        rows.append(f"| {model} | {summary} | {shown} | {entry.zone} |")
    head = ("| model | what | tools | JSON schema | images | prefill | embeddings | data zone |", "|---" * 8 + "|")
    lines = [
        "# Providers",
        MADE,
        "A model is asked for by `provider/NAME`. A provider is there as soon as its key, or the address of a server "
        "of your own, is set. The table says what its models can in general; a model that cannot is refused by its "
        "provider. *Prefill* continues an answer that was begun.",
        "\n".join((*head, *rows)),
        "What a provider takes goes into a table `[providers.NAME]` of `banyan.toml` or into the settings of a "
        "deployment, which win over the environment. Under a new name, "
        f"{_listed(OWN_TAKES)} describe any other OpenAI-compatible API.",
    ]
    for entry in entries:
        if entry.environment or entry.takes:
            facts = [f"- `{name}`: {meaning}" for name, meaning in entry.environment.items()]
            facts += [f"- Takes {_listed(entry.takes)}."] if entry.takes else []
            lines += [f"## {entry.name}", "\n".join(facts)]
    return "\n\n".join(lines) + "\n"


def capabilities_of(entry: ProviderEntry) -> Capabilities:
    """What a provider says of a model that it does not know."""
    needs = ProviderNeeds(
        {name: _EXAMPLES.get(name, "http://127.0.0.1:1") for name in entry.environment}, NoKnowledge()
    )
    provider = entry.open(needs)
    return Capabilities() if provider is None else provider.capabilities("unknown")


# Without a folder llama.cpp stays closed, so that the page is the same where it is installed.
_EXAMPLES = {
    "LOCAL_MODELS_PATH": "",
    "AZURE_OPENAI_API_VERSION": "v1",
    "OPENAI_API_VERSION": "v1",
    "OLLAMA_KEEP_ALIVE": "5m",
}


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def policy_page() -> str:
    """Every field of a policy, with its bounds, its built-in value and the names that older systems have for it."""
    rows = [
        f"| `{field.name}` | {field.description} | {expected(field)} | {_built_in(field)} | {_older(field.name)} |"
        for field in FIELDS.values()
    ]
    kept = [f"| `{name}` | {why} |" for name, why in KEPT.items()]
    lines = [
        "# Policies",
        MADE,
        "What can be decided about the tutor for an installation, a tenant, a course and a lesson, as "
        "[deciding how the tutor behaves](../how-to/decide-how-the-tutor-behaves.md) shows. "
        "Amounts are in dollars; caps count a rolling 24 hours, per user and course.",
        "\n".join(("| field | meaning | takes | built in | older names |", "|---|---|---|---|---|", *rows)),
        "## Older settings that are kept and decide nothing",
        "They are accepted and shown in `legacy`, so that nothing is lost.",
        "\n".join(("| name | what decides instead |", "|---|---|", *kept)),
        "## Older settings that are refused",
        f"{_listed(sorted(SECRETS))}: addresses, keys and headers of models belong to [providers](providers.md).",
    ]
    return "\n\n".join(lines) + "\n"


def _built_in(field: PolicyField) -> str:
    return f"`{json.dumps(shown_value(field.default))}`"


def _older(name: str) -> str:
    names = [old for table in (GLOBAL_NAMES, COURSE_NAMES) for old, field in table.items() if field == name]
    return _listed(dict.fromkeys(old for old in names if old != name))


def errors_page() -> str:
    """Every error code, whether waiting helps, and what it means."""
    rows = [
        f"| `{kind.code}` | {kind.__name__} | {'yes' if kind.passing else 'no'} | {inspect.getdoc(kind) or ''} |"
        for kind in _kinds(BanyanError)
    ]
    table = "\n".join(("| code | kind | may pass by itself | meaning |", "|---|---|---|---|", *_first_lines(rows)))
    return (
        "\n\n".join(
            (
                "# Errors",
                MADE,
                "Every refusal has a stable `code`. The message is one plain sentence that ends with the next step; "
                "its words may change, the code does not. Some errors carry a narrower code than their kind's, such as "
                "`data_folder_in_use`.",
                table,
            )
        )
        + "\n"
    )


def cli_page() -> str:
    """Every command with its arguments and options."""
    commands: dict[str, Any] = typer.main.get_command(program()).commands  # type: ignore[attr-defined]
    lines = [
        "# Commands",
        MADE,
        "Results go to standard output, progress, warnings and errors to standard error. "
        "Exit codes: 0 success, 1 failure, 2 wrong use, 130 interrupted.",
    ]
    for name, command in _flat(commands):
        arguments = [parameter for parameter in command.params if parameter.param_type_name == "argument"]
        options = [parameter for parameter in command.params if parameter.param_type_name == "option"]
        usage = " ".join(("banyan", name, *(argument.metavar or argument.name.upper() for argument in arguments)))
        rows = [
            f"| `{', '.join((*option.opts, *option.secondary_opts))}` | {option.help or ''} | {_shown(option)} |"
            for option in options
        ]
        lines += [f"## banyan {name}", str(command.help), f"```text\n{usage} [OPTIONS]\n```"]
        lines += [f"- `{argument.name}`: {argument.help}" for argument in arguments]
        lines += ["\n".join(("| option | meaning | default |", "|---|---|---|", *rows))] if rows else []
    return "\n\n".join(lines) + "\n"


def _flat(commands: dict[str, Any], before: str = "") -> Iterator[tuple[str, Any]]:
    """Commands with their whole names; a group is its commands."""
    for name, command in commands.items():
        if hasattr(command, "commands"):
            yield from _flat(command.commands, f"{before}{name} ")
        else:
            yield f"{before}{name}", command


def http_page() -> str:
    """Every endpoint of both services, with who may use it."""
    lines = [
        "# HTTP",
        MADE,
        "Both services describe themselves in full at `/openapi.json` and `/docs`. "
        "Who may: *public* needs nothing, *anyone* an identity, *staff* a role beyond that of a learner, "
        "*admin* the role admin. A key also needs the scope in brackets.",
    ]
    for title, service in (("AI Proxy, port 8002", "proxy"), ("AI Assistant, port 8001", "assistant")):
        rows = [
            f"| {method.upper()} | `{path}` | {_who(operation)} | {operation.get('summary', '')} |"
            for path, operations in described(service)["paths"].items()
            for method, operation in operations.items()
        ]
        lines += [f"## {title}", "\n".join(("| method | path | who may | what |", "|---|---|---|---|", *rows))]
    return "\n\n".join(lines) + "\n"


def described(service: str) -> dict[str, Any]:
    """The OpenAPI document of `proxy` or `assistant`."""
    metrics = HttpMetrics("reference")
    if service == "assistant":
        return assistant_api(_nothing(AssistantServices), metrics).openapi()
    proxy = proxy_api(_nothing(ProxyServices), metrics).openapi()
    document(proxy)
    return proxy


def _who(operation: dict[str, Any]) -> str:
    needed = operation.get("x-banyan-scope")
    return f"{operation.get('x-banyan-access', '')}{f' ({needed})' if needed else ''}"


def _nothing(services: type) -> Any:
    """Services without anything behind them: routes touch it only when they are called."""
    empty: dict[str, Any] = dict.fromkeys(field.name for field in fields(services))
    routing = SimpleNamespace(registry=None, explain=None, trial="there")
    batches = SimpleNamespace(files=None, manage=None)
    policy = SimpleNamespace(book=None, change=None, presets=None, show=None, platform=None)
    given = {"probes": {}, "figures": (), "usage": "there", "routing": routing, "batches": batches, "policy": policy}
    return SimpleNamespace(**empty | given | {"own_usage": "there"})


def _shown(option: Any) -> str:
    if isinstance(option.show_default, str):
        return option.show_default
    if option.required:
        return "required"
    if isinstance(option.default, list | tuple):
        return ", ".join(map(str, option.default))
    return {None: "", True: "on", False: "off"}.get(option.default, str(option.default))


def _default(field: FieldInfo) -> str:
    default = field.default
    if default is None:
        return "none"
    return "hidden" if isinstance(default, SecretStr) else f"`{default}`"


def _bounds(field: FieldInfo) -> str:
    words = {"ge": "at least", "le": "at most", "min_length": "length at least"}
    return ", ".join(
        f"{word} {getattr(bound, name)}"
        for bound in field.metadata
        for name, word in words.items()
        if getattr(bound, name, None) is not None
    )


def _kinds(base: type[BanyanError]) -> Iterator[type[BanyanError]]:
    for kind in base.__subclasses__():
        if kind.__module__ == errors.__name__:
            yield kind
            yield from _kinds(kind)


def _first_lines(rows: list[str]) -> Iterator[str]:
    for row in rows:
        first, *rest = row.splitlines()
        yield f"{first} |" if rest else first


def main() -> None:
    """Writes the pages into `docs/reference`, the documents into `wire`."""
    for folder, made in (("docs/reference", pages()), ("wire", documents())):
        for name, text in made.items():
            (Path(folder) / name).write_text(text, "utf-8")


if __name__ == "__main__":
    main()
