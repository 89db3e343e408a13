"""What a provider's refusal is called in OpenAI's words, whoever said it: one code for one thing."""

import re

TOO_LONG = "context_length_exceeded"
FILTERED = "content_filter"
NO_QUOTA = "insufficient_quota"

_TOO_LONG_WORDS = re.compile(
    r"maximum (?:context|prompt) length|context[ _](?:length|window|limit|size)|prompt is too long|too many tokens"
    r"|input token count|reduce the length of the (?:messages|prompt)|exceeds? the (?:available context|maximum number"
    r" of tokens)|too large for model with \d+ maximum",
    re.IGNORECASE,
)
"""As OpenAI and vLLM, xAI, llama.cpp, Anthropic, Cohere, Gemini, Groq and Cerebras, and Mistral put it."""
_FILTERED_WORDS = re.compile(
    r"content (?:filtering|management|usage) polic|rejected (?:by|as a result of) (?:our|your) safety system"
    r"|content_filter",
    re.IGNORECASE,
)
_NO_QUOTA_WORDS = re.compile(
    r"credit balance is too low|insufficient (?:balance|credits|quota|funds)|exceeded your current quota", re.IGNORECASE
)

_SAME = {
    "authentication_error": "invalid_api_key",
    "billing_error": NO_QUOTA,
    "content_policy_violation": FILTERED,
    "exceed_context_size_error": TOO_LONG,
    "not_found_error": "model_not_found",
    "permission_error": "permission_denied",
    "request_too_large": "request_too_large",
    "ResponsibleAIPolicyViolation": FILTERED,
    "DeploymentNotFound": "model_not_found",
}
"""By the code or the type that a provider gives; other codes of 4xx answers are passed on as they are."""

_BY_STATUS = {
    400: "invalid_request",
    401: "invalid_api_key",
    402: NO_QUOTA,
    403: "permission_denied",
    404: "model_not_found",
    413: "request_too_large",
    422: "invalid_request",
}


def code_of(status: int, codes: tuple[str, ...], message: str) -> str | None:
    """The code of a 4xx refusal.

    codes: what the provider calls it, narrowest first; a bare number says no more than the status does.
    Returns None for what has no name beyond its kind, such as a plain rate limit.
    """
    named = [code for code in codes if code and not code.isdigit()]
    same = next((_SAME[code] for code in named if code in _SAME), None)
    if status in (400, 413, 422) and _TOO_LONG_WORDS.search(message):
        return TOO_LONG
    if status in (400, 403) and _FILTERED_WORDS.search(message):
        return FILTERED
    if status == 402 or NO_QUOTA in named or _NO_QUOTA_WORDS.search(message):
        return NO_QUOTA
    if same is not None:
        return same
    if status in (401, 413):  # what is wrong is one thing, whatever a provider calls it
        return _BY_STATUS[status]
    if status == 429:
        return None
    own = next((code for code in named if not code.endswith("_error") and code.islower()), None)
    return own or _BY_STATUS.get(status)
