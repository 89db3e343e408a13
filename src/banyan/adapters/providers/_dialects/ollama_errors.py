"""What Ollama's plain sentences mean, as codes that others rely on."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from banyan.kernel.errors import UpstreamFailed

if TYPE_CHECKING:
    from yarl import URL

_NO_MODEL = re.compile(r"model\b.*\bnot found", re.I)
_TOO_LONG = re.compile(r"exceed_context_size_error|exceeds the (available )?context", re.I)


def translated(error: UpstreamFailed, model: str, base: URL) -> UpstreamFailed:
    """The same failure with the code and the step that Ollama's words call for, or itself."""
    if error.code == "upstream_unreachable":
        return UpstreamFailed(
            f"Ollama cannot be reached at {base.host}:{base.port}; start it with `ollama serve`, "
            "or correct OLLAMA_BASE_URL.",
            code="upstream_unreachable",
        )
    if error.status == 404 and model and _NO_MODEL.search(error.message):
        return UpstreamFailed(
            f"Ollama has no model {model}; run `ollama pull {model}` where it runs, then try again.",
            code="model_not_found",
            param="model",
            status=404,
        )
    if _TOO_LONG.search(error.message):
        return UpstreamFailed(
            "The prompt is longer than the model's context; shorten it, choose a longer model or raise `num_ctx`.",
            code="context_length_exceeded",
            param="messages",
            status=400,
        )
    return error
