"""How a model's name finds its provider."""

from collections.abc import Collection
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ModelRoute:
    """provider: the name it is served under. model: the provider's own name for the model."""

    provider: str
    model: str


def find_route(model: str, served: Collection[str]) -> ModelRoute | None:
    """Where a model goes: `served` holds whole models (`banyan/echo`) and prefixes (`openai` for `openai/NAME`).

    A name is split at its first slash only, because upstream names may have slashes of their own. Nothing has a name
    with control characters in it, and the ledger could not keep one.
    """
    if not model.isprintable():
        return None
    if "/" in model and model in served:
        return ModelRoute(model, model)
    prefix, _, name = model.partition("/")
    return ModelRoute(prefix, name) if prefix in served and name else None


def public_name(provider: str, model: str) -> str:
    """The name by which callers ask for a provider's model; the inverse of `find_route`."""
    return model if "/" in provider else f"{provider}/{model}"


def choices(served: Collection[str]) -> str:
    """What one can ask for, in words."""
    return ", ".join(sorted(name if "/" in name else f"{name}/NAME" for name in served)) or "none so far"
