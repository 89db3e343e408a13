"""Opens the moderation of the provider that the settings name, in front of the local rules."""

from contextlib import AsyncExitStack

from banyan.adapters.providers.openai_moderations import open_moderations
from banyan.proxy.ports.chat_provider import ProviderNeeds
from banyan.proxy.ports.rate_limits import RateLimits
from banyan.proxy.usecases.moderate import Moderate


def open_moderate(needs: ProviderNeeds, limits: RateLimits, stack: AsyncExitStack) -> Moderate:
    """Closed with the stack."""
    upstream = open_moderations(needs)
    if upstream is not None:
        stack.push_async_callback(upstream.close)
    return Moderate(upstream, limits)
