"""Named price tables, for systems whose reports have to go on with the figures they had.

Dollars for a thousand tokens, input and output, by `provider/model`.
"""

from collections.abc import Mapping
from decimal import Decimal

from banyan.kernel.money import money
from banyan.proxy.domain.pricing import Price

_SERVICE = {
    "openai/gpt-4o": ("0.005", "0.015"),
    "openai/gpt-4-turbo": ("0.01", "0.03"),
    "openai/gpt-3.5-turbo": ("0.0005", "0.0015"),
    "openai/text-embedding-3-small": ("0.00002", "0"),
    "openai/text-embedding-3-large": ("0.00013", "0"),
    "anthropic/claude-3-opus-20240229": ("0.015", "0.075"),
    "anthropic/claude-3-sonnet-20240229": ("0.003", "0.015"),
    "anthropic/claude-3-haiku-20240307": ("0.00025", "0.00125"),
}
_NODE = {
    "openai/gpt-4o": ("0.01", "0.03"),
    "openai/gpt-4o-mini": ("0.002", "0.006"),
    "openai/text-embedding-3-small": ("0.00002", "0"),
    "openai/text-embedding-3-large": ("0.00013", "0"),
}


def _table(name: str, rows: Mapping[str, tuple[str, str]]) -> dict[str, Price]:
    return {
        model: Price(money(Decimal(prompt) * 1000), money(Decimal(answer) * 1000), name)
        for model, (prompt, answer) in rows.items()
    }


TABLES: Mapping[str, Mapping[str, Price]] = {
    "learnx": _table("learnx", _SERVICE),
    "learnx-node": _table("learnx-node", _NODE),
}
"""`learnx`: of its Python service. `learnx-node`: of its Node server, which reckons with other figures."""
