"""What an operator can set: read once from the environment and an optional `banyan.toml`, then handed on in parts.

The environment wins over the file, a command's own options win over both.
"""

import difflib
import os
import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import (
    AfterValidator,
    AliasChoices,
    BaseModel,
    ConfigDict,
    Field,
    Secret,
    SecretStr,
    ValidationError,
    create_model,
    field_validator,
)
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from banyan.adapters.platforms import PLATFORMS
from banyan.app.price_settings import PriceSettings
from banyan.app.provider_entries import declared_variables
from banyan.kernel.errors import InvalidInput
from banyan.kernel.identity import DEFAULT_TENANT
from banyan.proxy.domain.cache_policy import CacheMode
from banyan.proxy.domain.deployments import Patience
from banyan.proxy.domain.search_options import (
    CANDIDATES,
    DEFAULT_WEIGHTS,
    HNSW_EF,
    LEAST_WEIGHT,
    MOST_CANDIDATES,
    MOST_HNSW_EF,
    MOST_RERANKED,
    MOST_WEIGHT,
    RERANKED,
)

PREFIX = "BANYAN_"
CONFIG_VARIABLE = "BANYAN_CONFIG"
FILE_NAME = "banyan.toml"
PRICE_TABLES = ("learnx", "learnx-node")
SQLITE_SCHEMES = ("sqlite:///", "sqlite+aiosqlite:///")
POSTGRES_SCHEMES = ("postgresql://", "postgres://", "postgresql+asyncpg://")
DATABASE_SCHEMES = (*SQLITE_SCHEMES, *POSTGRES_SCHEMES)


def world_name(name: str, **options: Any) -> Any:
    """A field whose variable has a name that the world already uses; the prefixed name works as well."""
    return Field(validation_alias=AliasChoices(f"{PREFIX}{name}", name), **options)


def _weight(kind: str, whose: str) -> Any:
    return world_name(
        f"RAG_WEIGHT_{kind}",
        default=DEFAULT_WEIGHTS[kind.lower()],
        ge=LEAST_WEIGHT,
        le=MOST_WEIGHT,
        allow_inf_nan=False,
        description=f"What the scores of {whose} are multiplied by.",
    )


def _provider_field(name: str, meaning: str) -> tuple[Any, Any]:
    """The kind of a provider's variable follows from the end of its name."""
    kind: Any = Annotated[str, Field(coerce_numbers_to_str=True)] | None
    if name.endswith(("KEY", "TOKEN")):
        kind = SecretStr | None
    elif name.endswith(("URL", "ENDPOINT")):
        kind = Annotated[str, AfterValidator(_web_address)] | None
    return kind, world_name(name, default=None, description=meaning)


def _web_address(url: str) -> str:
    if not url.startswith(("http://", "https://")):
        raise ValueError("must start with http:// or https://")
    return url.rstrip("/")


PROVIDER_SETTINGS = {name.lower(): name for name in declared_variables()}
"""Settings that providers declare themselves, and the variables that they read."""

if TYPE_CHECKING:
    _ProviderSettings = BaseSettings
else:
    _ProviderSettings = create_model(
        "_ProviderSettings",
        __base__=BaseSettings,
        **{name.lower(): _provider_field(name, meaning) for name, meaning in declared_variables().items()},
    )


class TenantSettings(BaseModel):
    """What the operator decides for one tenant."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    policy: dict[str, Any] = {}


class Settings(_ProviderSettings):
    """Every setting, with its default and its reason. The reference page is made from this class."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="forbid", populate_by_name=True, frozen=True)

    data: Path = Field(
        Path("data"),
        description="The data folder: database, vectors and, where the installation is read-only, the model.",
    )
    host: str = Field("127.0.0.1", description="Address to listen on. Without keys only a loopback address is allowed.")
    assistant_port: int = Field(8001, ge=0, le=65535, description="Port of the AI Assistant; 0 takes a free one.")
    proxy_port: int = Field(8002, ge=0, le=65535, description="Port of the AI Proxy; 0 takes a free one.")
    proxy_url: str = Field(
        "http://127.0.0.1:8002", description="Where `banyan serve assistant` finds the proxy when it runs alone."
    )
    admin_key: SecretStr | None = Field(
        None,
        min_length=16,
        description="A key with every right in every tenant, which no table holds: to make the first keys with, or to "
        "run without any other. With it the service is not open. Any 16 characters or more that nobody can guess.",
    )
    proxy_key: SecretStr | None = Field(
        None,
        description="The key that an assistant running alone, and commands, show to the proxy; the assistant's needs "
        "the role service and, where there are several tenants, `all_tenants`.",
    )
    model: str = Field(
        "banyan/extractive",
        min_length=1,
        description="The model that answers when a request names none, as `provider/model`.",
    )
    models_folder: Path | None = Field(
        None,
        description="Where the embedding model is kept once it is built. "
        "Without it: `share/banyan/models` of the Python environment, or the data folder if that cannot be written.",
    )
    providers: dict[str, dict[str, SecretStr]] = Field(
        {},
        description="Model providers by name, each a table `[providers.NAME]` with what it takes, such as `base_url` "
        "and `api_key` (which may be `env:VARIABLE`). A name that is new is an OpenAI-compatible API. "
        "See [providers](providers.md).",
    )
    responses_retention_days: int = Field(
        30,
        ge=0,
        le=3650,
        description="Days that a response of POST /v1/responses can be read and continued, counted from the last one "
        "of its conversation; 0 stores none.",
    )
    files_max_mb: int = Field(
        200, ge=1, le=2048, description="The largest file that POST /v1/files takes, in MB of 1,048,576 bytes."
    )
    files_retention_days: int = Field(
        30,
        ge=0,
        le=3650,
        description="Days that a file is kept where its upload does not say, and the output of a batch; 0 keeps it "
        "until somebody deletes it.",
    )
    platform: str = Field(
        "roster",
        description="Where it is known who is who in a course: `roster`, `frappe` or `http`; `believing` for what "
        "tokens say alone. See [ask the platform who may](../how-to/ask-the-lms-who-may.md).",
    )
    lms_api_url: str | None = world_name(
        "LMS_API_URL", default=None, description="Address of the learning platform that `frappe` and `http` ask."
    )
    lms_api_key: SecretStr | None = world_name(
        "LMS_API_KEY", default=None, description="The key that is shown to it; of a Frappe user, the API key."
    )
    lms_api_secret: SecretStr | None = world_name(
        "LMS_API_SECRET", default=None, description="For `frappe`: the API secret of that user."
    )
    lms_tenant: str = Field(
        DEFAULT_TENANT, min_length=1, description="The tenant whose platform that is; in the others, rosters hold."
    )
    lms_timeout: float = Field(
        5, gt=0, le=60, description="Seconds that a question to the platform may take; then nobody is let in."
    )
    lms_ttl: float = Field(
        30,
        ge=0,
        le=3600,
        description="Seconds for which an answer of the platform holds; a no holds for 5 at most. As long may somebody "
        "stay who has just been removed.",
    )
    lms_grace: float = Field(
        300,
        ge=0,
        le=86_400,
        description="Seconds for which an answer that lets somebody in still holds while the platform cannot be asked; "
        "0 lets nobody in then.",
    )
    fetch_ports: list[int] = Field(
        [],
        description="Ports beside 80 and 443 on which pages may be fetched. "
        "See [fetching pages safely](../explanation/fetching-pages-safely.md).",
    )
    fetch_domains: list[str] = Field(
        [],
        description="Domains from which `url` of POST /v1/rag/index may be; empty for every public one. External "
        "sources of courses have a list of their own in the policy.",
    )
    fetch_max_mb: int = Field(
        20, ge=1, le=200, description="The largest page that is fetched, in MB of 1,000,000 bytes."
    )
    attachments_max_mb: int = Field(
        20,
        ge=1,
        le=23,
        description="The largest file that may be put beside a lesson, in MB of 1,048,576 bytes. Where the proxy runs "
        "apart it travels in a body of 32 MB, in base64.",
    )
    max_file_size_mb: int = world_name(
        "MAX_FILE_SIZE_MB",
        default=50,
        ge=1,
        le=50,
        description="The largest document that is read for a client and not kept, in MB of 1,048,576 bytes.",
    )
    pgmq_database_url: SecretStr | None = world_name(
        "PGMQ_DATABASE_URL",
        default=None,
        description="LEARN-X's PostgreSQL with its tables and the extension pgmq; then its queues are worked on, by "
        "every process that works on jobs. See [serve LEARN-X's queues](../how-to/serve-learn-x-queues.md).",
    )
    pgmq_visibility_seconds: int = Field(
        60,
        ge=3,
        le=3600,
        description="How long a message is hidden from others; renewed while it is worked on, so this is what a dead "
        "process costs.",
    )
    pgmq_embedding_model: str = Field(
        "banyan/minilm",
        min_length=1,
        max_length=200,
        description="What is written beside each vector as the model that gave it.",
    )
    supabase_url: str = world_name(
        "SUPABASE_URL", default="", description="Where the files of LEARN-X's courses are stored."
    )
    supabase_service_role_key: SecretStr | None = world_name(
        "SUPABASE_SERVICE_ROLE_KEY", default=None, description="The key that opens that storage."
    )
    batches_parallel: int = Field(
        4,
        ge=0,
        le=1000,
        description="Lines of batches that this process asks at a time, less one for each call of somebody else that "
        "it answers, but never less than one; 0 leaves batches to other processes.",
    )
    batches_per_minute: int = Field(
        0, ge=0, le=1_000_000, description="Lines of batches that this process begins in a minute; 0 for no bound."
    )
    batches_max_lines: int = Field(50_000, ge=1, le=1_000_000, description="The most lines of one batch.")
    batches_lease: float = Field(
        30,
        ge=1,
        le=3600,
        description="Seconds after which other processes take over the lines of one that gives no sign of life.",
    )
    batches_at_provider: bool = Field(
        False,
        description="Whether a batch whose lines all go to one deployment is left to that provider's own batch API, "
        "where it has one. Slower, at half the price.",
    )
    batches_provider_poll: float = Field(
        30, ge=0.1, le=3600, description="Seconds between two looks at a batch that a provider works on."
    )
    alerts_webhook_url: str | None = Field(
        None,
        pattern=r"^https?://",
        description="Where alerts are posted. See [alerts](../how-to/be-told-of-trouble.md).",
    )
    alerts_webhook_secret: SecretStr | None = Field(
        None, min_length=8, description="What the posts are signed with, by HMAC-SHA256."
    )
    alerts_mail_to: list[str] = Field([], description="Addresses that alerts are mailed to.")
    alerts_mail_from: str = Field("banyan@localhost", description="The sender of mails.")
    alerts_quiet_minutes: int = Field(
        60, ge=0, le=10_080, description="For so long nobody is told of the same trouble again."
    )
    smtp_url: SecretStr | None = Field(
        None, description="The mail server, as `smtp://user:password@host:587`, or `smtps://` for TLS from the start."
    )
    turn_log_days: int = Field(
        400,
        ge=0,
        le=36500,
        description="Days that the log of turns and of guardrails goes back, where a course's `retention_days` is not "
        "shorter; 0 keeps everything.",
    )
    review_retention: float = Field(
        0.9,
        ge=0.7,
        le=0.97,
        description="Share of a learner's cards that is to be remembered when they are due again; more makes the "
        "intervals shorter.",
    )
    review_new_per_day: int = Field(
        20, ge=0, le=1000, description="New cards that a learner is shown in a day, counted in UTC."
    )
    jobs_parallel: int = Field(
        2,
        ge=0,
        le=100,
        description="Jobs that this process works on at a time; 0 leaves them to other processes, such as "
        "`banyan worker`.",
    )
    jobs_lease: float = Field(
        15,
        ge=1,
        le=3600,
        description="Seconds after which other processes take over the jobs of one that gives no sign of life.",
    )
    jobs_retention_days: int = Field(
        30, ge=0, le=3650, description="Days that a job is shown after its end; 0 keeps it for ever."
    )
    prices: dict[str, PriceSettings] = Field(
        {},
        description="Prices of your own, in dollars for a million tokens, by the name of a deployment or as "
        '`provider/model`: in the file `[prices."openai/gpt-4o"]` with `input`, `output` and, where they differ, '
        "`cached_input`, `cache_write`, `per_call` and `tiers` for long prompts.",
    )
    price_table: str | None = Field(
        None,
        description="A table of prices that is asked before the price list: `learnx` or `learnx-node`, the figures of "
        "LEARN-X's two services.",
    )
    price_drift: float = Field(
        0.05,
        ge=0,
        le=10,
        description="By what part the price list may differ from a price of your own, or what a provider says that it "
        "charged from the price, before that is an alarm.",
    )
    usage_days: int = Field(
        400, ge=0, le=36500, description="How many days the usage ledger goes back; 0 keeps everything."
    )
    sentry_dsn: SecretStr | None = world_name(
        "SENTRY_DSN", default=None, description="Where Sentry takes reports of errors that nobody expected."
    )
    deployments: dict[str, Secret[dict[str, Any]]] = Field(
        {},
        description="Models at places of their own, each a table `[deployments.NAME]`. "
        "See [route models](../how-to/route-models.md).",
    )
    aliases: dict[str, Secret[dict[str, Any]]] = Field(
        {},
        description="Names that choose among deployments, each a table `[aliases.NAME]`. "
        "See [route models](../how-to/route-models.md).",
    )
    policy: dict[str, Any] = Field(
        {},
        description="What the tutor does in every tenant, a table `[policy]` with the fields of "
        "[policies](policy.md), and `locks`, a list of those that nobody below may set.",
    )
    tenants: dict[str, TenantSettings] = Field(
        {}, description="The same for single tenants, each a table `[tenants.NAME.policy]`."
    )
    connect_seconds: float = Field(
        5, gt=0, le=3600, description="How long a connection to a deployment may take to come about."
    )
    first_byte_seconds: float | None = Field(
        None,
        gt=0,
        le=86_400,
        description="How long a deployment may take until the first byte of its answer; then the next one is asked. "
        "Comments of a stream are no first byte, but the last one that could be asked is waited for longer with them. "
        "Without it: 10 seconds, except for an answer that is not streamed of the last one that could be asked, "
        "whose first byte is also its last.",
    )
    idle_seconds: float = Field(
        30,
        gt=0,
        le=86_400,
        description="How long a stream may stall between two pieces, and four times that between two events where "
        "only comments or pings come.",
    )
    deadline_seconds: float = Field(
        300, gt=0, le=86_400, description="How long an answer may take in all, with every retry and every fallback."
    )
    breaker_failures: int = Field(
        5,
        ge=1,
        le=20,
        description="So many failures among the last 20 calls, if they are at least half of them, "
        "open a deployment's circuit breaker.",
    )
    breaker_pause_seconds: float = Field(
        30,
        gt=0,
        le=3600,
        description="How long an open breaker keeps calls away before it lets one through as a probe.",
    )
    tutor_fallback: bool = Field(
        True, description="Whether the extractive tutor answers from the course when every model has failed."
    )
    rag_top_k: int = world_name(
        "RAG_TOP_K", default=10, ge=1, le=100, description="How many passages a search returns when it does not say."
    )
    rag_two_stage: bool = world_name(
        "RAG_TWO_STAGE",
        default=False,
        description="Whether searches take a narrow first look and compare only its candidates. "
        "Saves time in large courses, at the price of answers that hide further down.",
    )
    rag_hnsw_ef: int = world_name(
        "RAG_HNSW_EF",
        default=HNSW_EF,
        ge=1,
        le=MOST_HNSW_EF,
        description="Neighbours that a graph index keeps in view in the first of two stages. "
        "Without effect on the embedded store, which has no graph.",
    )
    rag_candidates: int = world_name(
        "RAG_CANDIDATES",
        default=CANDIDATES,
        ge=1,
        le=MOST_CANDIDATES,
        description="Candidates of words and of meaning, each, in the first of two stages.",
    )
    rag_weight_lesson: float = _weight("LESSON", "passages of a lesson's own body")
    rag_weight_instructor: float = _weight("INSTRUCTOR", "sources of the type `instructor`")
    rag_weight_file: float = _weight("FILE", "attachments")
    rag_weight_external: float = _weight("EXTERNAL", "sources that have a web address")
    rerank_url: str | None = world_name(
        "RERANK_URL",
        default=None,
        description="A reranker, as `https://api.cohere.com`, `https://api.jina.ai` or a server of your own. "
        "Once it is set, searches over HTTP ask it unless they say otherwise.",
    )
    rerank_api: str | None = world_name(
        "RERANK_API",
        default=None,
        description="Its wire shape: `cohere`, `jina` or `local` (vLLM, llama.cpp). Without it: told by the host name.",
    )
    rerank_model: str | None = world_name("RERANK_MODEL", default=None, description="The reranker's name of its model.")
    rerank_api_key: SecretStr | None = world_name("RERANK_API_KEY", default=None, description="Key for the reranker.")
    rerank_timeout: float = world_name(
        "RERANK_TIMEOUT",
        default=2.0,
        ge=0.05,
        le=60,
        description="Seconds that a search waits for the reranker before it answers in its own order.",
    )
    rerank_zone: str = world_name(
        "RERANK_ZONE",
        default="external",
        pattern=r"^[a-z0-9][a-z0-9_-]{0,39}$",
        description="The data zone that the reranker is in, `local` for one of your own. "
        "It is not shown passages of courses that are bound to another zone.",
    )
    rerank_candidates: int = world_name(
        "RERANK_CANDIDATES",
        default=RERANKED,
        ge=1,
        le=MOST_RERANKED,
        description="How many of the best passages the reranker is shown.",
    )
    embedding_batch_size: int = world_name(
        "EMBEDDING_BATCH_SIZE",
        default=32,
        ge=1,
        le=1024,
        description="Texts in one call of an embedding model, at most.",
    )
    database_url: SecretStr | None = world_name(
        "DATABASE_URL",
        default=None,
        description="The SQL database, as `postgresql://user:password@host/name`, which many processes may share, or "
        "`sqlite:////absolute/path.db`. Without it: `banyan.db` in the data folder.",
    )
    redis_url: SecretStr | None = world_name(
        "REDIS_URL",
        default=None,
        description="Redis that several processes share, as `redis://:password@host:6379/0`. "
        "Without it: each process keeps its own state.",
    )
    redis_timeout: float = Field(
        0.5, gt=0, le=30, description="Seconds that a command to Redis may take; a slower one counts as failed."
    )
    redis_connect_timeout: float = Field(
        0.5, gt=0, le=30, description="Seconds that a connection to Redis may take to come about."
    )
    cache: CacheMode = Field(
        CacheMode.EXACT,
        description="What is answered from the cache unless a request says otherwise by `X-Banyan-Cache`: `exact` for "
        "questions about a course and calls at temperature 0 that were asked before in the same words, "
        "`semantic` for those asked in other words too, or `off`.",
    )
    cache_similarity: float = Field(
        0.9,
        ge=0.5,
        le=1,
        description="Cosine that two questions must have before the `semantic` cache asks whether they are the same; "
        "what was measured at other values is in the explanation of the cache.",
    )
    cache_ttl: float = world_name(
        "CACHE_TTL", default=300, ge=0, le=31 * 86_400, description="Seconds that an answer is kept; 0 keeps none."
    )
    cache_ttls: dict[str, Annotated[float, Field(ge=0, le=31 * 86_400)]] = Field(
        {},
        description="The same for single kinds of task, as `X-Banyan-Task` names them: `{quiz = 3600, chat = 60}`, "
        "in the environment as JSON.",
    )
    cache_temperature: float = Field(
        1.0,
        ge=0,
        le=2,
        description="Questions about a course with a higher temperature are cached only on demand: whoever asks for "
        "variety should get it.",
    )
    cache_megabytes: int = Field(
        64, ge=1, le=100_000, description="Memory for cached answers in each process, where there is no Redis."
    )
    embedding_cache_megabytes: int = Field(
        32,
        ge=0,
        le=100_000,
        description="Memory for vectors of texts that were embedded before, in each process; 0 keeps none.",
    )
    cache_redis_timeout: float = Field(
        0.03,
        gt=0,
        le=5,
        description="Seconds that a look into the cache in Redis may take. A slower Redis is left alone for some "
        "seconds, and models are asked meanwhile.",
    )
    qdrant_url: str | None = world_name(
        "QDRANT_URL",
        default=None,
        description="A Qdrant server or cluster that keeps the search index, as `http://host:6333`. "
        "Without it: pgvector where DATABASE_URL is a PostgreSQL that has it, else the data folder.",
    )
    qdrant_api_key: SecretStr | None = world_name(
        "QDRANT_API_KEY", default=None, description="Key for the Qdrant server, where it wants one."
    )

    @field_validator("database_url")
    @classmethod
    def _known_database(cls, url: SecretStr | None) -> SecretStr | None:
        if url is not None and not url.get_secret_value().startswith(DATABASE_SCHEMES):
            scheme = url.get_secret_value().split(":", 1)[0]
            raise ValueError(
                f"data is stored in PostgreSQL or SQLite, not in {scheme}; write postgresql://user:password@host/name, "
                "or sqlite:////absolute/path.db"
            )
        return url

    @field_validator("redis_url")
    @classmethod
    def _redis_address(cls, url: SecretStr | None) -> SecretStr | None:
        if url is not None and not url.get_secret_value().startswith(("redis://", "rediss://", "unix://")):
            raise ValueError("must start with redis://, rediss:// or unix://")
        return url

    @field_validator("price_table")
    @classmethod
    def _known_table(cls, name: str | None) -> str | None:
        if name not in (None, *PRICE_TABLES):
            raise ValueError(f"choose one of {', '.join(PRICE_TABLES)}, or leave it out")
        return name

    @field_validator("platform")
    @classmethod
    def _known_platform(cls, name: str) -> str:
        if name not in PLATFORMS.names:
            raise ValueError(f"choose one of {', '.join(PLATFORMS.names)}")
        return name

    @field_validator("proxy_url", "qdrant_url", "rerank_url", "lms_api_url")
    @classmethod
    def _address(cls, url: str | None) -> str | None:
        return _web_address(url) if url else url

    @field_validator("providers", mode="before")
    @classmethod
    def _as_text(cls, tables: Any) -> Any:
        """Numbers are written without quotes; providers read text."""
        if not isinstance(tables, dict) or not all(isinstance(table, dict) for table in tables.values()):
            raise ValueError("must hold one table for each provider, as [providers.NAME]")
        plain = (bool, int, float)
        return {
            name: {key: str(value) if isinstance(value, plain) else value for key, value in table.items()}
            for name, table in tables.items()
        }

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Options of the command, then the environment, then the file."""
        return init_settings, env_settings, FileSource(settings_cls)

    @field_validator("deployments", "aliases", mode="before")
    @classmethod
    def _tables(cls, tables: Any) -> Any:
        if not isinstance(tables, dict) or not all(isinstance(table, dict | Secret) for table in tables.values()):
            raise ValueError("must hold one table for each name, as [deployments.NAME] or [aliases.NAME]")
        return tables

    @property
    def patience(self) -> Patience:
        """For deployments that do not say so themselves."""
        return Patience(self.connect_seconds, self.first_byte_seconds, self.idle_seconds, self.deadline_seconds)

    @property
    def database_path(self) -> Path | None:
        """The SQLite file; None where the database is a server."""
        if self.database_url is None:
            return self.data / "banyan.db"
        url = self.database_url.get_secret_value()
        return next((Path(url.removeprefix(scheme)) for scheme in SQLITE_SCHEMES if url.startswith(scheme)), None)

    @property
    def database_address(self) -> str:
        """What to open; may hold a password in the clear, so never log it."""
        if (path := self.database_path) is not None:
            return f"sqlite:///{path.absolute()}"
        assert self.database_url is not None
        return self.database_url.get_secret_value()

    @property
    def provider_environment(self) -> dict[str, str]:
        """What model providers read, by the names the world uses; holds secrets in the clear, so never log it."""
        found = {variable: getattr(self, name) for name, variable in PROVIDER_SETTINGS.items()}
        own = {
            variable: value.get_secret_value() if isinstance(value, SecretStr) else value
            for variable, value in found.items()
            if value is not None
        }
        values = [value for table in self.provider_tables.values() for value in table.values()]
        named = {value.removeprefix("env:") for value in values if value.startswith("env:")}
        return {**{name: os.environ[name] for name in sorted(named) if name in os.environ}, **own}

    @property
    def provider_tables(self) -> dict[str, dict[str, str]]:
        """The tables of `providers`, secrets in the clear."""
        return {
            name: {key: value.get_secret_value() for key, value in table.items()}
            for name, table in self.providers.items()
        }

    @property
    def model_folders(self) -> tuple[Path, ...]:
        """Where a built embedding model may lie, best place first."""
        if self.models_folder is not None:
            return (self.models_folder,)
        return Path(sys.prefix) / "share" / "banyan" / "models", self.data / "models"


class FileSource(PydanticBaseSettingsSource):
    """The settings of `banyan.toml`, keyed as the fields are."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        """Not used: the file is read as a whole."""
        return None, field_name, False

    def __call__(self) -> dict[str, Any]:
        """What the file sets, without what the environment or the command set already."""
        path = config_file(self.current_state)
        if path is None:
            return {}
        taken = {name.lower().removeprefix(PREFIX.lower()) for name in self.current_state}
        return {key: value for key, value in read_file(path).items() if key not in taken}


def config_file(state: dict[str, Any]) -> Path | None:
    """The file named by BANYAN_CONFIG, else `banyan.toml` in the current folder, else in the data folder.

    Raises: InvalidInput when BANYAN_CONFIG names a file that is not there.
    """
    named = os.environ.get(CONFIG_VARIABLE)
    if named:
        if not Path(named).is_file():
            raise InvalidInput(f"{CONFIG_VARIABLE} names {named}, which is not a file; correct it or unset it.")
        return Path(named)
    data = Path(state.get("data") or state.get("BANYAN_DATA") or Settings.model_fields["data"].default)
    return next((path for path in (Path(FILE_NAME), data / FILE_NAME) if path.is_file()), None)


def read_file(path: Path) -> dict[str, Any]:
    """The file's keys and values. Raises: InvalidInput naming the file and what is wrong in it."""
    try:
        found = tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InvalidInput(f"{path} is not valid TOML: {error}; correct that line.") from error
    except OSError as error:
        raise InvalidInput(f"{path} cannot be read: {error.strerror}; check its permissions.") from error
    for key in found:
        if key not in Settings.model_fields:
            near = difflib.get_close_matches(
                key.lower().removeprefix("banyan_"), Settings.model_fields, n=1, cutoff=0.5
            )
            advice = (
                f"did you mean {near[0]!r}?" if near else f"choose from {', '.join(sorted(Settings.model_fields))}."
            )
            raise InvalidInput(f"{path} sets {key!r}, which is no setting; {advice}")
    return found


def unknown_variables() -> dict[str, str]:
    """Environment variables with our prefix that no setting reads, each with the nearest name or ""."""
    known = {PREFIX + name.upper() for name in Settings.model_fields} | {CONFIG_VARIABLE}
    strangers = sorted(name for name in os.environ if name.startswith(PREFIX) and name not in known)
    return {name: next(iter(difflib.get_close_matches(name, known, n=1)), "") for name in strangers}


def load_settings(**options: Any) -> Settings:
    """The settings in force; `options` are a command's own, those that are None count as not given.

    Raises: InvalidInput, naming the setting and what is wrong with it.
    """
    try:
        return Settings(**{name: value for name, value in options.items() if value is not None})
    except ValidationError as error:
        problem = error.errors(include_url=False, include_context=False)[0]
        at = str(problem["loc"][0])
        name = next((variables(field)[-1] for field in Settings.model_fields if at in (field, *variables(field))), at)
        message = problem["msg"].removeprefix("Value error, ")
        raise InvalidInput(f"The setting {name} is wrong: {message[0].lower()}{message[1:]}.") from None


def variables(name: str) -> tuple[str, ...]:
    """The environment variables that set a field, strongest first."""
    alias = Settings.model_fields[name].validation_alias
    if isinstance(alias, AliasChoices):
        return tuple(str(choice) for choice in alias.choices)
    return (PREFIX + name.upper(),)
