"""The one door to the environment: every setting, its default and its bounds.

Values come from `HOPLINE_*` variables and a `.env` file in the working directory; a few carry the names that their
makers gave them (`OPENAI_API_KEY`, `SLACK_BOT_TOKEN`, …). A misspelt name or a value out of range fails at start,
naming the variable.
"""

import difflib
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, get_args
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from agent.allowed_values import allowed_values
from agent.env_file import ENCODING, names_in
from agent.masking import MASK, masked
from tools.errors import InvalidSetting
from tools.passages import DEFAULT_TENANT

PREFIX = "HOPLINE_"
ENV_FILE = ".env"
MAX_DAYS = 36_500
MAX_HOPS = 10


class Settings(BaseSettings):
    """Everything an operator can change. Units are in the names; `.env.example` lists all of them."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_file=ENV_FILE,
        env_file_encoding=ENCODING,
        env_ignore_empty=True,
        extra="ignore",
        populate_by_name=True,
        frozen=True,
        allow_inf_nan=False,
    )

    home: Path = Field(Path(".hopline"), description="Folder of everything embedded: store, SQLite files, caches, runs")
    tenant: str = Field(DEFAULT_TENANT, min_length=1, max_length=128, description="Tenant of the command line's reader")

    milvus_uri: str | None = Field(None, description="Milvus server (http://host:19530); empty: the embedded file")
    milvus_token: SecretStr | None = Field(None, description="user:password or API key of the server")
    milvus_tls_ca: Path | None = Field(None, description="CA certificate for a TLS connection to the server")
    milvus_index: Literal["auto", "hnsw", "hnsw_sq8"] = Field(
        "auto", description="Dense index on a server: AUTOINDEX, HNSW or HNSW with 8-bit quantisation"
    )
    milvus_timeout_seconds: float = Field(10.0, gt=0, le=600, description="Deadline of one store request")
    collection: str = Field(
        "hopline", pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,200}$", description="Name of the Milvus collection"
    )
    database_url: SecretStr | None = Field(
        None, description="postgresql://… for conversations and Slack's queue; empty: SQLite in home"
    )

    embedder: str = Field(
        "minilm",
        description="'minilm' (bundled; :float32 after it: exact, slower), a sentence-transformers name or path (:int8 "
        "after it: faster, less exact), or openai:MODEL",
    )
    embed_batch_size: int = Field(64, ge=1, le=1024, description="Passages in one embedding batch")
    reranker: str = Field("auto", description="'auto' (FlashRank where its model is), 'builtin', or a FlashRank model")
    reranker_folder: Path | None = Field(None, description="Folder with FlashRank model folders; empty: home/rerankers")

    verifier: str = Field(
        "builtin",
        description="'builtin', 'lexical' (words alone), or a sentence-transformers cross-encoder's name or path",
    )

    model: str | None = Field(
        None,
        description="Chat model at OPENAI_BASE_URL, or anthropic:MODEL; empty: extractive answers, no model",
    )
    openai_api_key: SecretStr | None = Field(
        None, validation_alias="OPENAI_API_KEY", description="API key of the OpenAI-compatible endpoint"
    )
    openai_base_url: str | None = Field(
        None,
        validation_alias="OPENAI_BASE_URL",
        description="Base URL of the endpoint, ending in /v1; empty: OpenAI's own",
    )
    model_timeout_seconds: float = Field(60.0, gt=0, le=3600, description="Deadline of one model call")
    model_attempts: int = Field(4, ge=1, le=10, description="Tries of one model call, the first included")
    model_input_usd_per_million: float | None = Field(
        None, ge=0, le=1_000_000, description="USD for a million prompt tokens of HOPLINE_MODEL; empty: unknown"
    )
    model_output_usd_per_million: float | None = Field(
        None, ge=0, le=1_000_000, description="USD for a million completion tokens of HOPLINE_MODEL; empty: unknown"
    )

    anthropic_api_key: SecretStr | None = Field(
        None, validation_alias="ANTHROPIC_API_KEY", description="API key for models named anthropic:MODEL"
    )
    anthropic_base_url: str | None = Field(
        None,
        validation_alias="ANTHROPIC_BASE_URL",
        description="Base URL for these models, without /v1; empty: Anthropic's own",
    )
    small_model: str | None = Field(
        None, description="Cheaper model for rewriting, follow-ups and easy answers; empty: HOPLINE_MODEL"
    )
    second_model: str | None = Field(
        None, description="Model to fall back on while another one is unavailable or over budget; empty: none"
    )
    prices_file: Path | None = Field(
        None, description="YAML: USD per million tokens of each model; empty: only the two prices above"
    )
    max_usd: float | None = Field(None, gt=0, description="USD that one question may spend; empty: no limit")
    user_usd_per_day: float | None = Field(None, gt=0, description="USD that one person may spend a day (UTC)")
    user_tokens_per_day: int | None = Field(None, gt=0, description="Model tokens that one person may use a day")
    tenant_usd_per_day: float | None = Field(None, gt=0, description="USD that one tenant may spend a day")
    tenant_tokens_per_day: int | None = Field(None, gt=0, description="Model tokens that one tenant may use a day")
    total_usd_per_day: float | None = Field(None, gt=0, description="USD that everybody together may spend a day")
    total_tokens_per_day: int | None = Field(
        None, gt=0, description="Model tokens that everybody together may use a day"
    )

    judge_model: str | None = Field(None, description="Chat model that grades answers in hopline eval --judge")
    judge_base_url: str | None = Field(None, description="The judge's base URL; empty: OPENAI_BASE_URL")
    judge_api_key: SecretStr | None = Field(None, description="The judge's key; empty: OPENAI_API_KEY")

    max_hops: int = Field(4, ge=1, le=MAX_HOPS, description="Hops a question may take, the first search included")
    max_model_calls: int = Field(8, ge=0, le=100, description="Model calls a question may make")
    max_tokens: int = Field(16_000, ge=0, description="Model tokens a question may spend, prompt and completion")
    max_seconds: float = Field(120.0, gt=0, le=3600, description="Seconds a question may take")
    max_question_characters: int = Field(4_000, ge=100, le=100_000, description="Longer questions are refused")
    top_k: int = Field(5, ge=1, le=50, description="Passages the answer may draw on")
    max_error_rate: float = Field(
        0.3, ge=0, le=1, description="Share of answers that may be wrong; less certain ones are declined"
    )
    min_confidence: float | None = Field(
        None, ge=0, le=1, description="Decline below this confidence; empty: derived from HOPLINE_MAX_ERROR_RATE"
    )
    moderation: bool = Field(
        False, description="Screen finished answers with the endpoint's /moderations; while it is down, give none"
    )
    calibration_file: Path | None = Field(
        None, description="Your own fit of the confidence (python -m evals.fitting); empty: the shipped one"
    )
    history_turns: int = Field(6, ge=0, le=50, description="Turns of a conversation that a follow-up can refer to")

    audit: Literal["off", "on", "required"] = Field(
        "off", description="Audit log of questions: off, on, or required (no answer without a record)"
    )
    audit_retention_days: float = Field(
        180.0, gt=0, le=MAX_DAYS, description="How long the audit log keeps its entries"
    )
    audit_names_model: str | None = Field(
        None,
        description="spaCy pipeline (installed, or a folder); names of people it finds are masked in the audit log",
    )
    audit_key: SecretStr | None = Field(
        None,
        min_length=32,
        description="Key of the audit log's seals, 32 characters or more; empty: kept in a file in home",
    )

    access_file: Path | None = Field(
        None, description="TOML: which groups may read which sources, where no access.toml says so"
    )

    max_file_mb: float = Field(50.0, gt=0, le=2048, description="Larger files are reported, not ingested")
    chunk_characters: int = Field(900, ge=200, le=8_000, description="Longest chunk of a document")

    embedding_cache_mb: float = Field(
        256.0, ge=0, le=1_000_000, description="Size of the cache of embeddings in home; 0: none"
    )
    parse_workers: int = Field(0, ge=0, le=64, description="Processes that parse files; 0: one a core, 8 at most")
    parse_seconds: float = Field(60.0, ge=1, le=3600, description="Seconds that parsing one file may take")
    parse_memory_mb: int = Field(1024, ge=256, le=65_536, description="Memory that parsing one file may take")
    sources_file: Path | None = Field(None, description="YAML or TOML file that names the sources to keep in sync")

    slack_bot_token: SecretStr | None = Field(None, validation_alias="SLACK_BOT_TOKEN", description="xoxb-… token")
    slack_app_token: SecretStr | None = Field(
        None, validation_alias="SLACK_APP_TOKEN", description="xapp-… token, for Socket Mode"
    )
    slack_signing_secret: SecretStr | None = Field(
        None, validation_alias="SLACK_SIGNING_SECRET", description="Signing secret, for HTTP requests"
    )
    slack_api_url: str = Field(
        "https://slack.com/api/", validation_alias="SLACK_API_URL", description="Slack's Web API, Socket Mode included"
    )

    slack_client_id: str | None = Field(
        None, validation_alias="SLACK_CLIENT_ID", description="Client id, for several workspaces through OAuth"
    )
    slack_client_secret: SecretStr | None = Field(
        None, validation_alias="SLACK_CLIENT_SECRET", description="Client secret, for OAuth"
    )
    slack_config_token: SecretStr | None = Field(
        None,
        validation_alias="SLACK_CONFIG_TOKEN",
        description="xoxe… app configuration token: lets hopline slack --check compare the app's events",
    )
    slack_mode: Literal["socket", "http"] = Field("socket", description="How Slack reaches the app")
    slack_host: str = Field("127.0.0.1", description="Address to listen on in http mode")
    slack_port: int = Field(3000, ge=0, le=65_535, description="Port to listen on in http mode")
    slack_workspaces: str = Field(
        "", description="Workspaces that may install through OAuth, with their tenants: T012AB3CD,T045EF6GH=sales"
    )
    slack_groups_file: Path | None = Field(
        None, description="YAML: each reader group with its Slack members' ids; empty: public documents only"
    )
    slack_channels_file: Path | None = Field(
        None, description="YAML: rules of channels (follow_ups, external_members); empty: the defaults"
    )
    slack_people_channel: str = Field("", description="Channel (C…) that 'Ask a person' posts to; empty: no button")
    slack_people_group: str = Field("", description="User group (S…) that is mentioned in these posts")
    slack_at_once: int = Field(16, ge=1, le=1_000, description="Questions that one process works on at a time")
    slack_user_per_minute: int = Field(6, ge=1, description="Questions of one person a minute")
    slack_user_per_day: int = Field(200, ge=1, description="Questions of one person in 24 hours")
    slack_channel_per_minute: int = Field(20, ge=1, description="Questions in one channel a minute")
    slack_channel_per_day: int = Field(1_000, ge=1, description="Questions in one channel in 24 hours")
    slack_retention_days: float = Field(
        30.0, gt=0, le=MAX_DAYS, description="How long finished questions are kept, for feedback and --retry"
    )

    metrics_host: str = Field("127.0.0.1", description="Address of /metrics, /healthz and /readyz")
    metrics_port: int | None = Field(
        None, ge=0, le=65_535, description="Port on which hopline slack serves them (9464 is usual); empty: not served"
    )
    trace_days: float = Field(
        7.0, ge=0, le=3650, description="Days that hopline trace can look back, masked; 0: no trace is kept"
    )
    otel_endpoint: str | None = Field(
        None,
        validation_alias="OTEL_EXPORTER_OTLP_ENDPOINT",
        description="OpenTelemetry collector (http://host:4318) for the spans; empty: no spans",
    )
    otel_content: bool = Field(False, description="Put questions, prompts and replies into spans, masked")
    log_format: Literal["text", "json"] = Field("text", description="Log lines for people, or one JSON object each")

    max_in_flight: int = Field(256, ge=1, le=100_000, description="Questions that a process works on at a time")
    max_waiting: int = Field(2_000, ge=0, le=1_000_000, description="Questions that may wait; further ones are refused")
    model_requests_per_minute: int | None = Field(None, ge=1, description="Model calls a minute; empty: no limit")
    model_tokens_per_minute: int | None = Field(
        None, ge=1, description="Model tokens a minute, prompt and completion; empty: no limit"
    )
    model_at_once: int = Field(256, ge=1, le=10_000, description="Model calls under way at a time")
    store_at_once: int = Field(32, ge=1, le=1_000, description="Store requests under way at a time")
    verifier_down: Literal["decline", "mark"] = Field(
        "decline", description="While the verifier is down: give no answer, or compare words and mark it unverified"
    )
    cache_seconds: float = Field(
        600.0, ge=0, le=86_400 * MAX_DAYS, description="How long answers and searches are remembered; 0: not at all"
    )
    cache_mb: float = Field(64.0, gt=0, le=65_536, description="Memory of each cache: answers, searches and vectors")
    cache_similarity: float | None = Field(
        None, ge=0.9, le=1, description="Also reuse answers to questions this similar (cosine); empty: same words only"
    )
    redis_url: SecretStr | None = Field(
        None, description="redis://… shares answers between processes; empty: in memory"
    )
    checkpoints: bool = Field(False, description="Keep each step of a question, so that a restarted worker can go on")
    checkpoint_hours: float = Field(
        24.0, gt=0, le=24 * MAX_DAYS, description="Hours after which a checkpoint that nobody resumed is deleted"
    )
    drain_seconds: float = Field(
        20.0, ge=0, le=86_400, description="Seconds that running questions may go on when a process ends"
    )

    log_level: Literal["debug", "info", "warning", "error"] = Field("warning", description="Level of the log on stderr")

    @field_validator(
        "openai_base_url", "anthropic_base_url", "judge_base_url", "milvus_uri", "otel_endpoint", "slack_api_url"
    )
    @classmethod
    def _is_a_url(cls, value: str | None) -> str | None:
        if value and not value.startswith(("http://", "https://")):
            raise ValueError("must start with http:// or https://")
        if value and not _has_a_host(value):
            raise ValueError("must name a host, as http://host:port does; a password has / ? # @ as %2F %3F %23 %40")
        return value

    @field_validator("*")
    @classmethod
    def _in_the_home_that_is_meant(cls, value: object) -> object:
        """Only a shell expands `~`, and a `.env` file or a container's environment meets none."""
        try:
            return value.expanduser() if isinstance(value, Path) else value
        except RuntimeError:
            raise ValueError("names the home of an unknown user; write the whole path") from None

    @field_validator("audit", "log_format", "log_level", "milvus_index", "slack_mode", "verifier_down", mode="before")
    @classmethod
    def _in_any_case(cls, value: object) -> object:
        return value.lower() if isinstance(value, str) else value

    @field_validator("*", mode="before")
    @classmethod
    def _as_it_was_meant(cls, value: object, info: ValidationInfo) -> object:
        """A secret's file often ends in a line end, and quotes that a shell takes away reach us from a container's file
        of variables. A blank value is an empty one. Seals of the audit log need the very key they were made with."""
        if not isinstance(value, str) or not value or info.field_name == "audit_key":
            return value
        text = value.strip()
        if not text:
            return cls.model_fields[str(info.field_name)].get_default()
        if len(text) > 1 and text[0] == text[-1] and text[0] in "\"'":
            raise ValueError("stands in quotation marks, which belong to the value here; write it without them")
        return text

    @property
    def database(self) -> str | None:
        """The database server's URL with its password; None: SQLite files in `home`."""
        return self.database_url.get_secret_value() if self.database_url else None

    @property
    def mode(self) -> Literal["model", "extractive"]:
        return "model" if self.model else "extractive"


def _has_a_host(url: str) -> bool:
    try:
        return bool(urlsplit(url).hostname) and urlsplit(url).port != 0
    except ValueError:
        return False


def variable_of(field: str) -> str:
    """The environment variable that sets a field: `max_hops` → `HOPLINE_MAX_HOPS`."""
    alias = Settings.model_fields[field].validation_alias
    return alias if isinstance(alias, str) else f"{PREFIX}{field.upper()}"


def load_settings(**overrides: object) -> Settings:
    """Settings from the environment and `.env`, with keyword overrides; raises InvalidSetting naming the variable."""
    known = {variable_of(field) for field in Settings.model_fields}
    written = set(os.environ) | names_in(Path(ENV_FILE), PREFIX)
    for name in sorted(name for name in written if name.startswith(PREFIX) and name not in known):
        close = difflib.get_close_matches(name, known, n=1)
        raise InvalidSetting(f"{name} is not a setting." + (f" Did you mean {close[0]}?" if close else ""))
    try:
        return Settings.model_validate(overrides) if overrides else Settings()
    except ValidationError as error:
        raise InvalidSetting("; ".join(_sentence(problem) for problem in error.errors())) from None


def _sentence(problem: object) -> str:
    assert isinstance(problem, dict)
    written = str(problem["loc"][0]) if problem["loc"] else "settings"
    field = _field_of(written)
    name = variable_of(field) if field else written
    shown = f" (got {_shown(problem.get('input'))})" if field and not _is_secret(field) else ""
    return f"{name}: {_complaint(problem, field)}{shown}"


def _complaint(problem: Mapping[str, Any], field: str | None) -> str:
    allowed = allowed_values(Settings.model_fields[field]) if field else None
    if problem["type"] == "value_error" or allowed is None:
        return str(problem["msg"]).removeprefix("Value error, ")
    return f"must be {allowed}"


def _field_of(name: str) -> str | None:
    """The field of that name, or whose variable it is."""
    known = Settings.model_fields
    return name if name in known else next((field for field in known if variable_of(field) == name), None)


def _is_secret(field: str) -> bool:
    kind = Settings.model_fields[field].annotation
    return SecretStr in (kind, *get_args(kind))


def _shown(value: object) -> str:
    """A value that is refused, for a screen or a log: whatever stands before an @ may be a password."""
    if isinstance(value, str) and "@" in value:
        scheme = re.match(r"[A-Za-z][A-Za-z0-9+.-]*://|", value)
        value = f"{scheme.group() if scheme else ''}{MASK}@{value.rpartition('@')[2]}"
    return masked(repr(value))
