"""All configuration, frozen and read once from the environment (prefix `BMP_`, and `DATABASE_URL*`).

The service refuses to start half-configured: with a database of its own (embedded) it makes its secrets itself,
with somebody else's database every key has to be given.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Self

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from app.domain.time import BACKDATING_DAYS


class Settings(BaseSettings):
    """One deployment. Each field's description is the documentation of its environment variable."""

    model_config = SettingsConfigDict(env_prefix="BMP_", frozen=True, extra="ignore", populate_by_name=True)

    database_url: SecretStr | None = Field(
        None,
        validation_alias="DATABASE_URL",
        description="Application role's URL (`postgresql://bmp_app:…@host/db`). Empty: an embedded PostgreSQL is run.",
    )
    database_owner_url: SecretStr | None = Field(
        None,
        validation_alias="DATABASE_OWNER_URL",
        description="Owner role's URL, used by commands only, such as `bmp migrate` and `bmp backup`.",
    )
    database_worker_url: SecretStr | None = Field(
        None,
        validation_alias="DATABASE_WORKER_URL",
        description="Worker role's URL, used by the worker process only.",
    )
    data: Path = Field(Path(".data"), description="Folder of the embedded database, its secrets and stored files.")
    secrets: Path | None = Field(
        None,
        description="Folder with the keys (vault, blind index, signing). Default: `secrets` inside the data folder.",
    )
    postgres_major: int = Field(18, description="Major version of the embedded PostgreSQL: 16 or 18.")
    host: str = Field("127.0.0.1", description="Address to listen on.")
    port: int = Field(8000, ge=1, le=65535, description="Port to listen on.")
    workers: int = Field(2, ge=1, le=64, description="Number of uvicorn worker processes.")
    public_url: str = Field("", description="Base URL that callers use; token issuer. Default: `http://{host}:{port}`.")
    demo: bool = Field(default=False, description="Demo data, demo accounts and the `password` grant.")
    password_grant: bool = Field(default=False, description="Allow the OAuth `password` grant outside the demo.")
    pool_size: int = Field(5, ge=2, le=64, description="Database connections per worker process.")
    statement_timeout_ms: int = Field(
        15_000, ge=100, description="Milliseconds after which a statement of a request is cancelled."
    )
    acquire_timeout_ms: int = Field(
        5_000, ge=50, description="Milliseconds a request waits for a database connection before it is told 503."
    )
    rights_cache_seconds: int = Field(
        20, ge=0, le=60, description="Seconds for which a caller's rights may be remembered by a worker process."
    )
    exports_per_caller: int = Field(
        2, ge=1, description="Exports of one caller at once per worker process; never all of its places."
    )
    exports_per_worker: int = Field(
        4, ge=1, description="Exports at once per worker process; at most half of its database connections (2 of 5)."
    )
    export_seconds: int = Field(
        1_800, ge=1, le=86_400, description="Seconds that one export may take, its reader's slowness included."
    )
    access_token_minutes: int = Field(10, ge=1, le=60, description="Life of an access token in minutes.")
    refresh_token_days: int = Field(30, ge=1, le=365, description="Life of a refresh token in days.")
    max_body_bytes: int = Field(
        1_048_576, ge=1024, description="Largest request body in bytes, unless an operation says more."
    )
    max_file_bytes: int = Field(26_214_400, ge=1024, description="Largest uploaded file in bytes (25 MiB).")
    max_import_bytes: int = Field(536_870_912, ge=1024, description="Largest file to import in bytes (512 MiB).")
    imports_per_caller: int = Field(20, ge=1, description="Imports of one caller that may wait or run at once.")
    import_days: int = Field(7, ge=1, le=90, description="Days for which imports and their files are kept.")
    files_url: str = Field("", description="Where files are stored (obstore URL). Default: `files` in the data folder.")
    cors_origins: tuple[str, ...] = Field(
        (), description="Exact origins allowed to call from a browser; none by default."
    )
    rate_limit_per_minute: int = Field(
        6_000, ge=0, description="Requests per caller, worker and minute; 0 switches it off."
    )
    login_attempts: int = Field(
        10, ge=1, description="Failed log-ins per account name and 15 minutes, over all workers."
    )
    backdating_days: int = Field(
        BACKDATING_DAYS, ge=0, description="Days an event may be back-dated without a reason and scope (DOMAIN 3)."
    )
    confirmation_days: int = Field(
        90, ge=1, description="Days for which a confirmation of condition counts as recent (DOMAIN 5)."
    )
    idempotency_days: int = Field(7, ge=1, description="Days for which answers are kept for repeated idempotency keys.")
    changes_days: int = Field(
        90, ge=1, description="Days for which the change feed goes back; older cursors are told 410."
    )
    streams: int = Field(256, ge=0, description="Streams of server-sent events per worker process; beyond them 503.")
    streams_per_caller: int = Field(4, ge=1, description="Streams of one caller per worker process; beyond them 429.")
    stream_seconds: int = Field(
        3_600,
        ge=0,
        description="Seconds after which a stream ends and its reader comes back, to another process perhaps.",
    )
    job_days: int = Field(30, ge=1, description="Days for which jobs that ended are kept.")
    job_slots: int = Field(2, ge=1, le=32, description="Jobs that one worker process works on at a time.")
    webhook_allow: tuple[str, ...] = Field(
        (), description="Hosts and networks of one's own that webhooks may go to although they are not public."
    )
    webhook_days: int = Field(30, ge=1, description="Days for which the log of webhook deliveries is kept.")
    webhook_failing_hours: int = Field(
        72, ge=1, description="Hours of failing after which a webhook is disabled and the security log told."
    )
    log_format: str = Field("text", pattern="^(text|json)$", description="`text` for people, `json` for machines.")
    metrics_dir: Path | None = Field(None, description="Folder for multi-process metrics; set by `bmp serve`.")
    otel: bool = Field(default=False, description="Send traces by OpenTelemetry's own environment variables.")

    @field_validator("postgres_major")
    @classmethod
    def _known_major(cls, value: int) -> int:
        if value not in (16, 18):
            raise ValueError("the embedded PostgreSQL is 16 or 18")
        return value

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.database_url is not None and self.secrets is None:
            raise ValueError("with DATABASE_URL, BMP_SECRETS must name the folder that holds the keys")
        return self

    @property
    def embedded(self) -> bool:
        """True when the service runs its own PostgreSQL in the data folder."""
        return self.database_url is None

    @property
    def secrets_dir(self) -> Path:
        """Where the keys are."""
        return self.secrets or self.data / "secrets"

    @property
    def issuer(self) -> str:
        """The `iss` of every token and the base of every link."""
        return self.public_url.rstrip("/") or f"http://{self.host}:{self.port}"

    @property
    def audience(self) -> str:
        """The `aud` of every access token: this deployment itself."""
        return self.issuer

    @property
    def password_grant_on(self) -> bool:
        """The password grant is on in the demo or by explicit setting only (API 17)."""
        return self.demo or self.password_grant


@lru_cache(maxsize=1)
def settings() -> Settings:
    """The settings of this process, read once."""
    return Settings()
