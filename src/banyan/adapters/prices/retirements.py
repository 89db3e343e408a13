"""Last days of models, as pages about them said on 2026-11-22; not all of these were the makers' own."""

from datetime import date

from banyan.proxy.domain.alarms import Retirement

_OPENAI = "https://developers.openai.com/api/docs/deprecations"
_ANTHROPIC = "https://platform.claude.com/docs/en/about-claude/model-deprecations"
_DAYS = {
    ("anthropic", _ANTHROPIC): {
        date(2025, 7, 21): ("claude-3-sonnet-20240229", "claude-2.1"),
        date(2026, 1, 5): ("claude-3-opus-20240229",),
    },
    ("openai", _OPENAI): {
        date(2026, 10, 23): (
            "gpt-3.5-turbo",
            "gpt-3.5-turbo-0125",
            "gpt-4",
            "gpt-4-0613",
            "gpt-4-1106-preview",
            "gpt-4-turbo",
            "gpt-4-turbo-2024-04-09",
            "gpt-4.1-nano",
            "gpt-4o-2024-05-13",
            "o1",
            "o1-pro",
            "o3-mini",
            "o4-mini",
        ),
        date(2026, 12, 11): ("gpt-5", "gpt-5-mini", "gpt-5-nano", "o3"),
        date(2027, 1, 14): ("gpt-4.1", "gpt-4.1-mini", "gpt-4o", "gpt-4o-mini"),
    },
}
RETIREMENTS = {
    (provider, model): Retirement(model, day, source)
    for (provider, source), days in _DAYS.items()
    for day, models in days.items()
    for model in models
}
"""By the provider and its own name for the model."""
