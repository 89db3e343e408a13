"""What is known of Anthropic's model families: https://platform.claude.com/docs/en/about-claude/models/overview"""

from dataclasses import dataclass

from banyan.proxy.domain.deployments import Capabilities

_OUTPUT_OF_NEWER = 64_000


@dataclass(frozen=True, slots=True)
class Family:
    """What its requests may hold.

    output: most tokens of an answer, which every request has to name. window: None where the list does not say.
    holds_schema: has structured outputs; the others are held to a schema by a tool that they must call.
    prefill: continues an answer that is begun for it. samples: takes temperature and top_p.
    thinks: by a `budget` of tokens, or `adaptive`ly; None not at all.
    """

    output: int
    window: int | None = 200_000
    holds_schema: bool = False
    prefill: bool = True
    samples: bool = True
    thinks: str | None = None

    @property
    def capabilities(self) -> Capabilities:
        """The same in the words of the port; every family takes images and tools."""
        return Capabilities(vision=True, prefill=self.prefill, context_window=self.window, output_limit=self.output)


_THREE = Family(4_096)
_THREE_FIVE = Family(8_192)
_FOUR_OPUS = Family(32_000, thinks="budget")
_FOUR = Family(64_000, thinks="budget")
_FOUR_FIVE = Family(64_000, holds_schema=True, thinks="budget")
_FOUR_SIX = Family(128_000, window=1_000_000, holds_schema=True, prefill=False, thinks="adaptive")
_NEWER = Family(_OUTPUT_OF_NEWER, window=None, holds_schema=True, prefill=False, samples=False, thinks="adaptive")
"""From 4.7 on, and what nobody knows yet: such models refuse prefill and sampling."""

_FAMILIES = {
    "claude-3-haiku": _THREE,
    "claude-3-opus": _THREE,
    "claude-3-5": _THREE_FIVE,
    "claude-3-7": _FOUR,
    "claude-opus-4-0": _FOUR_OPUS,
    "claude-opus-4-1": _FOUR_OPUS,
    "claude-opus-4-2": _FOUR_OPUS,  # claude-opus-4-20250514
    "claude-sonnet-4-0": _FOUR,
    "claude-sonnet-4-2": _FOUR,
    "claude-haiku-4-5": _FOUR_FIVE,
    "claude-opus-4-5": _FOUR_FIVE,
    "claude-sonnet-4-5": _FOUR_FIVE,
    "claude-opus-4-6": _FOUR_SIX,
    "claude-sonnet-4-6": _FOUR_SIX,
}


def family_of(model: str) -> Family:
    """By the beginning of the model's name; unknown names count as newer than this table."""
    return next((family for start, family in _FAMILIES.items() if model.startswith(start)), _NEWER)
