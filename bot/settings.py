"""Settings from the environment and `.env`. Each wrong one is named with its remedy; secrets are never shown."""

from __future__ import annotations

import datetime as dt
import hmac
import re
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import parse_qs, urlsplit

from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from bot import shipped

WEBHOOK_PATH = "/telegram"
"""What is added to SURVEYBOT_WEBHOOK_URL."""

_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


class SettingsFault(Exception):
    """Settings that cannot be used; one line each, naming the setting and the remedy."""


class Settings(BaseSettings):
    """What an installation decides. The name in the environment is `SURVEYBOT_` and the field's, in capitals."""

    model_config = SettingsConfigDict(
        env_prefix="SURVEYBOT_", env_file=".env", env_file_encoding="utf-8", extra="ignore", frozen=True,
        hide_input_in_errors=True,
    )  # fmt: skip

    token: SecretStr | None = None
    api_url: str = "https://api.telegram.org"
    database_url: str = "sqlite+aiosqlite:///data/survey.db"
    key_file: Path = Path("keys/master.key")
    key_store_url: str = ""
    collections: Path = Field(default_factory=shipped.ready_collections)
    owners: Annotated[tuple[int, ...], NoDecode] = ()
    webhook_url: str = ""
    webhook_secret: SecretStr | None = None
    listen: str = "127.0.0.1:8081"
    send_rate: float = Field(default=25.0, gt=0, le=1000)
    allow_unreviewed: bool = False
    one_person_team: bool = False
    invites_most: int = Field(default=2, ge=1, le=100)
    invites_days: int = Field(default=30, ge=1, le=365)
    confirm_above: int = Field(default=500, ge=0)
    remind_after: float = Field(default=3.0, ge=0, le=60)
    link_burst: int = Field(default=100, ge=1)
    card_off_percent: int = Field(default=40, ge=1, le=100)
    card_off_at_least: int = Field(default=20, ge=5)
    export_dir: Path = Path("releases")
    heads_channel: str = ""
    heads_hours: int = Field(default=24, ge=1, le=744)
    health_listen: str = ""
    log_format: Literal["auto", "json", "lines"] = "auto"

    @field_validator("token", mode="before")
    @classmethod
    def _token(cls, value: object) -> object:
        if isinstance(value, str) and not value.strip():
            return None
        if isinstance(value, str) and not re.fullmatch(r"\d+:[A-Za-z0-9_-]+", value.strip()):
            raise ValueError("this is not a bot token; copy the whole line that BotFather gave, such as 123456:ABC-...")
        return value

    @field_validator("key_file", "collections", "export_dir", mode="before")
    @classmethod
    def _file(cls, value: object) -> object:
        if isinstance(value, str) and not value.strip():
            raise ValueError("the name is empty; write a path, or take the line out")
        return value

    @field_validator("owners", mode="before")
    @classmethod
    def _owners(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        parts = [part.strip() for part in value.split(",") if part.strip()]
        if not all(part.isdigit() for part in parts):
            raise ValueError("write Telegram ids, digits only, with commas between them")
        return tuple(int(part) for part in parts)

    @field_validator("heads_channel")
    @classmethod
    def _channel(cls, value: str) -> str:
        if value.strip() and not re.fullmatch(r"@[A-Za-z]\w{3,31}|-\d{1,20}", value.strip()):
            raise ValueError("write the channel's @name, or its number, which begins with a minus")
        return value.strip()

    @field_validator("api_url", "webhook_url")
    @classmethod
    def _address(cls, value: str) -> str:
        if value and urlsplit(value).scheme not in {"http", "https"}:
            raise ValueError("write a whole address, beginning with https://")
        return value.rstrip("/")

    @field_validator("database_url", "key_store_url")
    @classmethod
    def _store(cls, value: str) -> str:
        if value and not value.startswith(("sqlite+aiosqlite://", "postgresql+asyncpg://")):
            raise ValueError("begin with sqlite+aiosqlite:/// (a file) or postgresql+asyncpg:// (a server)")
        return value

    @field_validator("webhook_secret", mode="before")
    @classmethod
    def _secret(cls, value: object) -> object:
        if isinstance(value, str) and not value.strip():
            return None  # an empty secret would let anybody in
        if isinstance(value, str) and not re.fullmatch(r"[A-Za-z0-9_-]{1,256}", value.strip()):
            raise ValueError("write 1-256 of A-Z a-z 0-9 _ - and nothing else")
        return value

    @field_validator("listen", "health_listen")
    @classmethod
    def _host_and_port(cls, value: str, field: ValidationInfo) -> str:
        if not value and field.field_name == "health_listen":
            return value
        host, _, port = value.rpartition(":")
        if not host or not port.isdigit() or not 0 <= int(port) <= 65535:
            raise ValueError("write host:port, such as 127.0.0.1:8081")
        return value

    @model_validator(mode="after")
    def _together(self) -> Settings:
        if self.allow_unreviewed and not self.is_loopback:
            raise ValueError(
                "SURVEYBOT_ALLOW_UNREVIEWED opens regions that nobody has reviewed, so it works only where "
                "SURVEYBOT_API_URL is on this machine; take it out, and have the regions signed off"
            )
        if self.key_store_url and _where(self.key_store_url) == _where(self.database_url):
            raise ValueError(
                "SURVEYBOT_KEY_STORE_URL names the database of the data; keys lie apart from what they open, in a "
                "database of their own"
            )
        return self

    @property
    def is_loopback(self) -> bool:
        """Whether the Bot API is on this machine: a rehearsal, where nobody real is reached."""
        return urlsplit(self.api_url).hostname in _LOOPBACK

    @property
    def reminder_pause(self) -> dt.timedelta | None:
        """After how long somebody who stopped half-way is reminded once; None for never."""
        return dt.timedelta(days=self.remind_after) if self.remind_after else None

    @property
    def webhook_address(self) -> str:
        """Where Telegram sends updates; empty where they are fetched."""
        return self.webhook_url and self.webhook_url + WEBHOOK_PATH

    @property
    def shown_at_webhook(self) -> str:
        """What Telegram has to show at the webhook: the setting, or else what only the token's holders can work out,
        so that every process behind the address expects the same. Empty without either."""
        if self.webhook_secret is not None:
            return self.webhook_secret.get_secret_value()
        token = self.token.get_secret_value() if self.token is not None else ""
        return token and hmac.digest(token.encode(), b"surveybot webhook", "sha256").hex()

    @property
    def key_store(self) -> str:
        """The key store's URL; by default a file beside the master key."""
        return self.key_store_url or f"sqlite+aiosqlite:///{self.key_file.parent / 'keystore.db'}"

    @property
    def folders(self) -> tuple[Path, ...]:
        """Where data and keys are written on this machine; one that is on a server has none."""
        urls = [url for url in (self.database_url, self.key_store) if url.startswith("sqlite")]
        files = [Path(url.partition(":///")[2].partition("?")[0]) for url in urls]
        return tuple(dict.fromkeys(path.parent for path in [*files, self.key_file]))

    @property
    def tombstones(self) -> Path:
        """The file of destroyed keys, beside the master key."""
        return self.key_file.parent / "destroyed-keys.log"

    @property
    def serving_mark(self) -> Path:
        """The file whose lock says that a bot serves from here, beside the master key."""
        return self.key_file.parent / "serving.lock"


def _where(url: str) -> tuple[str, str, str]:
    """What a store's URL names, whoever logs in there."""
    parts = urlsplit(url)
    return parts.netloc.rpartition("@")[2], parts.path, parse_qs(parts.query).get("host", [""])[0]


def read_settings(**overrides: object) -> Settings:
    """Settings from the environment and `.env`, with some given by hand. Raises SettingsFault with all faults."""
    try:
        return Settings(**overrides)  # type: ignore[arg-type]  # checked by pydantic
    except ValidationError as error:
        raise SettingsFault("\n".join(_fault(detail) for detail in error.errors(include_input=False))) from None


def _fault(detail: object) -> str:
    assert isinstance(detail, dict)  # noqa: S101  # pydantic's own shape
    name = "_".join(str(part) for part in detail["loc"])
    message = str(detail["msg"]).removeprefix("Value error, ")
    return f"SURVEYBOT_{name.upper()}: {message}" if name else message
