"""The price list of the package `genai-prices`: hundreds of models, tiers and cached tokens, no network.

Loading it takes most of a second, so it is imported when the first price is asked for, or
by `load` before that. Prices of audio, images and
searches are not in our unit, tokens of text, and are left out.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from functools import cache
from importlib.metadata import version
from typing import Any

from banyan.kernel.money import NOTHING, Money, money
from banyan.proxy.domain.pricing import Price, Tier

VERSION = f"genai-prices {version('genai-prices')}"
_NAMES: Mapping[str, str] = {
    "azure_openai": "azure",
    "azure-openai": "azure",
    "bedrock": "aws",
    "gemini": "google",
    "hyperbolic": "huggingface_hyperbolic",
    "moonshot": "moonshotai",
    "nebius": "huggingface_nebius",
    "vertex": "google",
    "voyage": "voyageai",
    "xai": "x-ai",
}
"""Our name of a provider to the list's, where they differ."""


def listed_price(provider: str, model: str, at: datetime, base_url: str = "") -> Price | None:
    """The price that holds at that time. base_url: of a server, which then tells the provider better than its name.

    None for providers and models that the list does not name exactly.
    """
    found = _find(provider, model, base_url)
    return None if found is None else _price(found.get_prices(at).__dict__)


def is_deprecated(provider: str, model: str, base_url: str = "") -> bool:
    """Whether the list says that the provider wants it to be left."""
    found = _find(provider, model, base_url)
    return found is not None and bool(found.deprecated)


def load() -> None:
    """Reads the list; afterwards it costs nothing. Takes most of a second, so not on a loop."""
    _providers()


def _find(provider: str, model: str, base_url: str) -> Any:
    listed = _provider(provider, base_url)
    return None if listed is None else listed.find_model(model, all_providers=_providers())


@cache
def _provider(provider: str, base_url: str) -> Any:
    if base_url:
        return next((one for one in _providers() if re.match(one.api_pattern, base_url)), None)
    name = _NAMES.get(provider, provider)
    return next((one for one in _providers() if one.id == name), None)


@cache
def _providers() -> list[Any]:
    from genai_prices.data_snapshot import get_snapshot

    return list(get_snapshot().providers)


def _price(rates: Mapping[str, Any]) -> Price | None:
    names = ("input_mtok", "output_mtok", "cache_read_mtok", "cache_write_mtok")
    found = [rates.get(name) for name in names]
    calls = rates.get("requests_kcount")
    if found[0] is None and found[1] is None and calls is None:
        return None
    starts = sorted({tier.start for one in found for tier in getattr(one, "tiers", ())})
    prompt, answer, cached, written = (_rate(one, 0) for one in found)
    tiers = []
    for start in starts:
        high = [_rate(one, start) for one in found]
        tiers.append(Tier(start, high[0] or NOTHING, high[1] or NOTHING, high[2], high[3]))
    per_call = NOTHING if calls is None else money(Decimal(_base(calls)) / 1000)
    return Price(prompt or NOTHING, answer or NOTHING, VERSION, cached, written, per_call, tuple(tiers))


def _rate(rate: Any, start: int) -> Money | None:
    """What holds for prompts just above so many tokens."""
    if rate is None:
        return None
    return money(next((one.price for one in reversed(getattr(rate, "tiers", ())) if one.start <= start), _base(rate)))


def _base(rate: Any) -> Any:
    return getattr(rate, "base", rate)
