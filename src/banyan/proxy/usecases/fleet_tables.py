"""Deployments and aliases as operators write them, in `banyan.toml` or as JSON, read into values and shown again."""

import difflib
import re
from collections.abc import Collection, Mapping
from dataclasses import fields, replace
from typing import Any

from banyan.kernel.errors import InvalidInput
from banyan.kernel.money import NOTHING, Money, money
from banyan.proxy.domain.deployments import Alias, Capabilities, Deployment, Patience, Strategy, Target
from banyan.proxy.domain.pricing import Price
from banyan.proxy.domain.registry import Table, checked_zone, is_word
from banyan.proxy.ports.chat_provider import ProviderEntry

MASK = "********"
"""Stands for a secret in every answer; sent back, it means the secret that is stored."""
REFERENCE = "env:"
_SECRETS = ("key", "token", "secret", "password")
_OWN = ("provider", "model", "zone", "price", "capabilities", "patience", "max_parallel", "vectors")
_PRICE = ("input", "output", "cached_input", "cache_write", "per_call")
_ALIAS = ("strategy", "targets", "route_around_content_filter")
_TARGET = ("deployment", "weight", "tasks", "longer")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:@-]{0,127}")
_LONGEST_SECONDS = 86_400
_MOST_WEIGHT = 1_000_000
_MOST_TARGETS = 100


def checked_name(name: str, what: str) -> str:
    """The name, if a deployment or an alias can have it. Raises: InvalidInput."""
    if not _NAME.fullmatch(name):
        raise InvalidInput(
            f"{name[:50]!r} cannot name {what}; use letters, digits and . _ : @ - up to 128 of them.", param="name"
        )
    return name


def read_deployment(name: str, table: Table, entries: Mapping[str, ProviderEntry], usual: Patience) -> Deployment:
    """usual: what counts where the table does not say how long is waited.

    Raises: InvalidInput, naming the deployment, the key, and the nearest known one.
    """
    where = f"deployments.{checked_name(name, 'a deployment')}"
    provider, model = _provider_and_model(where, table, entries)
    entry = entries[provider]
    _check_keys(where, table, (*_OWN, *entry.takes))
    settings = {key: _setting(where, key, table[key]) for key in table if key in entry.takes}
    zone = table.get("zone")
    return Deployment(
        name,
        provider,
        model,
        settings,
        entry.zone if zone is None else checked_zone(zone),
        None if table.get("price") is None else _price(where, _table(where, "price", table["price"])),
        patience=_patience(where, _table(where, "patience", table.get("patience") or {}), usual),
        max_parallel=_whole(where, "max_parallel", table.get("max_parallel"), least=1),
        can=_capabilities(where, _table(where, "capabilities", table.get("capabilities") or {})),
        vectors="" if table.get("vectors") is None else _setting(where, "vectors", table["vectors"]),
    )


def read_alias(name: str, table: Table) -> Alias:
    """Raises: as `read_deployment`."""
    where = f"aliases.{checked_name(name, 'an alias')}"
    _check_keys(where, table, _ALIAS)
    strategy = table.get("strategy", Strategy.ORDERED.value)
    names = [one.value for one in Strategy]
    if strategy not in names:
        near = difflib.get_close_matches(str(strategy), names, n=1)
        advice = f"did you mean {near[0]!r}?" if near else f"choose from {', '.join(names)}."
        raise InvalidInput(f"{where} has the strategy {str(strategy)[:50]!r}; {advice}", param="strategy")
    targets = table.get("targets")
    if not isinstance(targets, list | tuple) or not 1 <= len(targets) <= _MOST_TARGETS:
        raise InvalidInput(f"{where} needs `targets`, a list of 1 to {_MOST_TARGETS} deployments.", param="targets")
    read = tuple(_target(f"{where}.targets[{place}]", one) for place, one in enumerate(targets))
    return Alias(name, read, Strategy(strategy), _flag(where, table, "route_around_content_filter"))


def masked(table: Table) -> dict[str, Any]:
    """The table with its secrets covered; where a secret comes from (`env:NAME`) is none."""
    return {key: MASK if is_secret(key, value) else value for key, value in table.items()}


def unmasked(table: Table, stored: Table | None) -> dict[str, Any]:
    """The table with secrets that are covered taken from the stored one, as long as they go where they went.

    Raises: InvalidInput where there is none, or where it would be sent somewhere else.
    """
    found = dict(table)
    for key, value in table.items():
        if value != MASK:
            continue
        moved = stored is None or any(
            table.get(part) != stored.get(part) for part in {*table, *stored} if _is_place(part)
        )
        if stored is None or key not in stored or moved:
            raise InvalidInput(
                f"`{key}` is covered, and nothing is stored that it could stand for at this address; send it in full.",
                code="secret_needed",
                param=key,
            )
        found[key] = stored[key]
    return found


def is_secret(key: str, value: object) -> bool:
    """Whether a setting is not to be shown."""
    return key.endswith(_SECRETS) and isinstance(value, str) and not value.startswith(REFERENCE)


def _is_place(key: str) -> bool:
    return key == "provider" or key.endswith(("url", "endpoint", "host"))


def _provider_and_model(where: str, table: Table, entries: Mapping[str, ProviderEntry]) -> tuple[str, str]:
    provider: str | None = table.get("provider")
    model: str | None = table.get("model")
    for key, value in (("provider", provider), ("model", model)):
        if value is not None and (not isinstance(value, str) or not value or len(value) > 500):
            raise InvalidInput(f"{where} sets `{key}` to what is no name; correct it.", param=key)
    if provider is None and model is not None and model in entries:
        return model, model
    if provider is None and model is not None:
        provider, _, model = model.partition("/")
    if provider is not None and "/" in provider and model is None:
        model = provider
    if not model:
        raise InvalidInput(
            f'{where} needs a model, as `model = "openai/gpt-4o"`, or `provider` and `model`.', param="model"
        )
    if provider is None or provider not in entries:
        near = difflib.get_close_matches(str(provider), entries, n=1)
        advice = f"did you mean {near[0]!r}?" if near else f"choose from {', '.join(sorted(entries))}."
        raise InvalidInput(
            f"{where} names the provider {str(provider)[:100]!r}, which is none; {advice}",
            code="unknown_provider",
            param="provider",
        )
    return provider, model


def _check_keys(where: str, table: Table, known: Collection[str]) -> None:
    for key in table:
        if key not in known:
            near = difflib.get_close_matches(str(key), known, n=1, cutoff=0.5)
            advice = f"did you mean {near[0]!r}?" if near else f"choose from {', '.join(known)}."
            raise InvalidInput(f"{where} sets {str(key)[:100]!r}, which it does not take; {advice}", param=str(key))


def _setting(where: str, key: str, value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise InvalidInput(f"{where} sets `{key}` to what is no text; correct it.", param=key)
    text = str(value)
    if not text or len(text) > 10_000 or not text.isprintable():
        raise InvalidInput(f"{where} sets `{key}` to nothing, or to what cannot be sent; correct it.", param=key)
    return text


def _table(where: str, key: str, value: object) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise InvalidInput(f"{where} sets `{key}` to what is no table; write {key} = {{ … }}.", param=key)
    return value


def _price(where: str, table: Mapping[str, Any]) -> Price:
    _check_keys(f"{where}.price", table, _PRICE)
    amounts: dict[str, Money] = {}
    for key, value in table.items():
        if value is None:
            continue
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            raise InvalidInput(f"{where}.price sets `{key}` to what is no amount; write dollars, like 2.50.", param=key)
        amounts[key] = money(value)
    if "input" not in amounts or "output" not in amounts:
        raise InvalidInput(f"{where}.price needs `input` and `output`, in dollars per million tokens.", param="price")
    per_call = amounts.get("per_call", NOTHING)
    return Price(
        amounts["input"], amounts["output"], "own", amounts.get("cached_input"), amounts.get("cache_write"), per_call
    )


def _patience(where: str, table: Mapping[str, Any], usual: Patience) -> Patience:
    names = tuple(field.name for field in fields(Patience))
    _check_keys(f"{where}.patience", table, names)
    given: dict[str, float] = {}
    for key, value in table.items():
        if value is None:
            continue
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= _LONGEST_SECONDS:
            raise InvalidInput(f"{where}.patience sets `{key}` to what is no number of seconds above 0.", param=key)
        given[key] = float(value)
    return replace(usual, **given)


def _capabilities(where: str, table: Mapping[str, Any]) -> dict[str, bool | int | None]:
    _check_keys(f"{where}.capabilities", table, tuple(field.name for field in fields(Capabilities)))
    numbers = ("context_window", "output_limit", "dimensions")
    found: dict[str, bool | int | None] = {}
    for key, value in table.items():
        if key in numbers:
            found[key] = _whole(f"{where}.capabilities", key, value, least=1)
        elif isinstance(value, bool):
            found[key] = value
        else:
            raise InvalidInput(f"{where}.capabilities sets `{key}` to neither true nor false.", param=key)
    return found


def _target(where: str, value: object) -> Target:
    if isinstance(value, str):
        return Target(value)
    if not isinstance(value, Mapping):
        raise InvalidInput(f"{where} is neither a name nor a table; correct it.", param="targets")
    _check_keys(where, value, _TARGET)
    deployment = value.get("deployment")
    if not isinstance(deployment, str) or not deployment:
        raise InvalidInput(f"{where} needs the name of a `deployment`.", param="targets")
    tasks = value.get("tasks") or ()
    if not isinstance(tasks, list | tuple) or not all(isinstance(one, str) and is_word(one) for one in tasks):
        raise InvalidInput(f'{where} needs `tasks` as a list of words, like ["quiz"].', param="targets")
    weight = _whole(where, "weight", value.get("weight", 1), least=0, most=_MOST_WEIGHT)
    return Target(deployment, 1 if weight is None else weight, frozenset(tasks), _flag(where, value, "longer"))


def _flag(where: str, table: Mapping[str, Any], key: str) -> bool:
    value = table.get(key, False)
    if not isinstance(value, bool):
        raise InvalidInput(f"{where} sets `{key}` to neither true nor false; correct it.", param=key)
    return value


def _whole(where: str, key: str, value: object, *, least: int, most: int = 2**31 - 1) -> int | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise InvalidInput(f"{where} sets `{key}` to what is no whole number from {least} to {most}.", param=key)
    return value
