"""What is known of OpenAI's model families: https://platform.openai.com/docs/models"""

import re

from banyan.proxy.domain.deployments import Capabilities

_UNKNOWN = Capabilities(vision=True, embeddings=True)
"""Whatever is new, or somebody else's: nothing is refused in advance."""


def _chat(window: int, output: int, *, vision: bool = True, tools: bool = True, schema: bool = True) -> Capabilities:
    return Capabilities(vision=vision, tools=tools, json_schema=schema, context_window=window, output_limit=output)


def _vectors(dimensions: int) -> Capabilities:
    return Capabilities(
        chat=False,
        stream=False,
        tools=False,
        json_schema=False,
        embeddings=True,
        context_window=8_192,
        dimensions=dimensions,
    )


_FAMILIES = {
    "chatgpt-4o-latest": _chat(128_000, 16_384, tools=False, schema=False),
    "gpt-3.5-turbo": _chat(16_385, 4_096, vision=False, schema=False),
    "gpt-4": _chat(8_192, 8_192, vision=False, schema=False),
    "gpt-4-turbo": _chat(128_000, 4_096, schema=False),
    "gpt-4.1": _chat(1_047_576, 32_768),
    "gpt-4.1-mini": _chat(1_047_576, 32_768),
    "gpt-4.1-nano": _chat(1_047_576, 32_768),
    "gpt-4o": _chat(128_000, 16_384),
    "gpt-4o-mini": _chat(128_000, 16_384),
    "gpt-5": _chat(400_000, 128_000),
    "gpt-5-chat": _chat(128_000, 16_384, tools=False),
    "gpt-5-mini": _chat(400_000, 128_000),
    "gpt-5-nano": _chat(400_000, 128_000),
    "gpt-5.1": _chat(400_000, 128_000),
    "gpt-5.2": _chat(400_000, 128_000),
    "o1": _chat(200_000, 100_000),
    "o1-mini": _chat(128_000, 65_536, vision=False, tools=False, schema=False),
    "o3": _chat(200_000, 100_000),
    "o3-mini": _chat(200_000, 100_000, vision=False),
    "o4-mini": _chat(200_000, 100_000),
    "text-embedding-3-large": _vectors(3_072),
    "text-embedding-3-small": _vectors(1_536),
    "text-embedding-ada-002": _vectors(1_536),
}
_SNAPSHOT = re.compile(r"-(?:\d{4}(?:-\d\d-\d\d)?|latest|preview|16k|32k)")
_REASONS = re.compile(r"(?:o\d|gpt-[5-9])")
_NO_REASONS = re.compile(r"gpt-\d[\d.]*-chat")


def capabilities_of(model: str) -> Capabilities:
    """Of a family or a dated snapshot of it; every limit is None for names that are not in the list."""
    if model in _FAMILIES:
        return _FAMILIES[model]
    family = _SNAPSHOT.split(model)[0]
    return _FAMILIES.get(family, _UNKNOWN)


def wants_completion_tokens(model: str) -> bool:
    """Whether the model reasons, and so takes `max_completion_tokens` and refuses `max_tokens`."""
    return bool(_REASONS.match(model)) and not _NO_REASONS.match(model)
