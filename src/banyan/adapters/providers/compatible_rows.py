"""APIs that speak OpenAI's chat completions, as rows of data; a new one is a row here or a table in `banyan.toml`."""

from dataclasses import dataclass

from banyan.adapters.providers._dialects.quirks import MAX_TOKENS, NO_QUIRKS, Quirks
from banyan.proxy.domain.deployments import EXTERNAL, LOCAL, Capabilities

_PLAIN = Capabilities()
_SEES = Capabilities(vision=True)
_SEES_AND_EMBEDS = Capabilities(vision=True, embeddings=True)
_OLD_LIMIT = Quirks(renames=MAX_TOKENS)
_MISTRAL = Quirks(
    drops=frozenset({"logit_bias", "logprobs", "store", "stream_options", "top_logprobs", "user"}),
    renames=(*MAX_TOKENS, ("seed", "random_seed")),
    usage_with_finish=True,
)
_NO_STREAM_OPTIONS = Quirks(drops=frozenset({"stream_options"}), renames=MAX_TOKENS, usage_with_finish=True)


@dataclass(frozen=True, slots=True)
class Row:
    """name: the prefix of its models. base_url: with the version, where it is one for all; None on one's own machine.

    key: the variable of its key; the variable of its base URL is the name in capitals with `_BASE_URL`.
    capabilities: of its models in general. lists: whether it has a list of models.
    bills: whether what its answers say that they cost is what it charges.
    """

    name: str
    title: str
    base_url: str | None
    key: str
    docs: str
    capabilities: Capabilities = _PLAIN
    quirks: Quirks = NO_QUIRKS
    zone: str = EXTERNAL
    lists: bool = True
    bills: bool = False

    @property
    def base_variable(self) -> str:
        """The variable of its base URL."""
        return f"{self.name.upper().replace('-', '_')}_BASE_URL"


ROWS: tuple[Row, ...] = (
    Row("cerebras", "Cerebras", "https://api.cerebras.ai/v1", "CEREBRAS_API_KEY", "https://inference-docs.cerebras.ai"),
    Row(
        "cohere",
        "Cohere",
        "https://api.cohere.ai/compatibility/v1",
        "COHERE_API_KEY",
        "https://docs.cohere.com/docs/compatibility-api",
        Capabilities(embeddings=True),
        _OLD_LIMIT,
        lists=False,
    ),
    Row(
        "deepinfra",
        "DeepInfra",
        "https://api.deepinfra.com/v1/openai",
        "DEEPINFRA_API_KEY",
        "https://deepinfra.com/docs/openai_api",
        _SEES_AND_EMBEDS,
        _OLD_LIMIT,
    ),
    Row(
        "deepseek",
        "DeepSeek",
        "https://api.deepseek.com/v1",
        "DEEPSEEK_API_KEY",
        "https://api-docs.deepseek.com",
        Capabilities(json_schema=False),
        _OLD_LIMIT,
    ),
    Row(
        "fireworks",
        "Fireworks",
        "https://api.fireworks.ai/inference/v1",
        "FIREWORKS_API_KEY",
        "https://docs.fireworks.ai/tools-sdks/openai-compatibility",
        _SEES_AND_EMBEDS,
        _OLD_LIMIT,
    ),
    Row(
        "gemini",
        "Gemini by its OpenAI endpoint",
        "https://generativelanguage.googleapis.com/v1beta/openai",
        "GEMINI_API_KEY",
        "https://ai.google.dev/gemini-api/docs/openai",
        _SEES_AND_EMBEDS,
    ),
    Row(
        "groq", "Groq", "https://api.groq.com/openai/v1", "GROQ_API_KEY", "https://console.groq.com/docs/openai", _SEES
    ),
    Row(
        "huggingface",
        "Hugging Face inference providers",
        "https://router.huggingface.co/v1",
        "HF_TOKEN",
        "https://huggingface.co/docs/inference-providers",
        _SEES,
        _OLD_LIMIT,
    ),
    Row(
        "lmstudio",
        "LM Studio",
        None,
        "LMSTUDIO_API_KEY",
        "https://lmstudio.ai/docs/developer/openai-compat",
        _SEES_AND_EMBEDS,
        _OLD_LIMIT,
        LOCAL,
    ),
    Row(
        "mistral",
        "Mistral",
        "https://api.mistral.ai/v1",
        "MISTRAL_API_KEY",
        "https://docs.mistral.ai/api",
        _SEES_AND_EMBEDS,
        _MISTRAL,
    ),
    Row(
        "moonshot",
        "Moonshot",
        "https://api.moonshot.ai/v1",
        "MOONSHOT_API_KEY",
        "https://platform.moonshot.ai/docs",
        _SEES,
        _OLD_LIMIT,
    ),
    Row(
        "nvidia",
        "NVIDIA NIM",
        "https://integrate.api.nvidia.com/v1",
        "NVIDIA_API_KEY",
        "https://docs.api.nvidia.com/nim",
        _SEES_AND_EMBEDS,
        _OLD_LIMIT,
    ),
    Row(
        "openrouter",
        "OpenRouter",
        "https://openrouter.ai/api/v1",
        "OPENROUTER_API_KEY",
        "https://openrouter.ai/docs/api-reference/overview",
        _SEES_AND_EMBEDS,
        bills=True,
    ),
    Row(
        "perplexity",
        "Perplexity",
        "https://api.perplexity.ai",
        "PERPLEXITY_API_KEY",
        "https://docs.perplexity.ai",
        Capabilities(tools=False, vision=True),
        _NO_STREAM_OPTIONS,
        lists=False,
        bills=True,
    ),
    Row(
        "sambanova",
        "SambaNova",
        "https://api.sambanova.ai/v1",
        "SAMBANOVA_API_KEY",
        "https://docs.sambanova.ai",
        _SEES_AND_EMBEDS,
        _OLD_LIMIT,
    ),
    Row(
        "together",
        "Together",
        "https://api.together.xyz/v1",
        "TOGETHER_API_KEY",
        "https://docs.together.ai/docs/openai-api-compatibility",
        _SEES_AND_EMBEDS,
        _OLD_LIMIT,
    ),
    Row("vllm", "vLLM", None, "VLLM_API_KEY", "https://docs.vllm.ai", _SEES_AND_EMBEDS, NO_QUIRKS, LOCAL),
    Row("xai", "xAI", "https://api.x.ai/v1", "XAI_API_KEY", "https://docs.x.ai", _SEES),
)
