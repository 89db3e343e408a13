"""A small upstream that speaks OpenRouter's wire: OpenAI's, with what the answer cost in its `usage`."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fake_openai import FakeOpenAI
from fake_upstream import running


class FakeOpenRouter(FakeOpenAI):
    """costs: what `usage` says beside the tokens."""

    def __init__(self) -> None:
        super().__init__()
        self.costs: dict[str, Any] = {"cost": 0.00014, "is_byok": False}

    def _usage(self) -> dict:
        return {**super()._usage(), **self.costs}


@asynccontextmanager
async def fake_openrouter() -> AsyncIterator[FakeOpenRouter]:
    """The upstream for as long as the block runs."""
    async with running(FakeOpenRouter()) as upstream:
        yield upstream
