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
TELEGRAM = "https://api.telegram.org"

_REAL = re.compile(r"\d{6,}:[A-Za-z0-9_-]{30,}")
"""Tokens as BotFather gives them: a bot's id, and 35 letters. Those of stand-ins are short."""


def is_real_token(token: str) -> bool:
    """Whether Telegram could have given it; one of a rehearsal is too short."""
    return _REAL.fullmatch(token) is not None


class SettingsFault(Exception):
    """Settings that cannot be used; one line each, naming the setting and the remedy."""


class Settings(BaseSettings):
    """What an installation decides. The name in the environment is `SURVEYBOT_` and the field's, in capitals."""

    model_config = SettingsConfigDict(
        env_prefix="SURVEYBOT_", env_file=".env", env_file_encoding="utf-8", extra="ignore", frozen=True,
        hide_input_in_errors=True,
    )  # fmt: skip

    token: SecretStr | None = None
    api_url: str = TELEGRAM
    local_api: bool = False
    database_url: str = "sqlite+aiosqlite:///data/survey.db"
    key_file: Path = Path("keys/master.key")
    key_store_url: str = ""
    collections: Path = Field(default_factory=shipped.ready_collections)
    collections_gone: Annotated[tuple[str, ...], NoDecode] = ()
    zone: str = ""
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
        return value.strip() if isinstance(value, str) else value

    @field_validator("key_file", "collections", "export_dir", mode="before")
    @classmethod
    def _file(cls, value: object) -> object:
        if isinstance(value, str) and not value.strip():
            raise ValueError("the name is empty; write a path, or take the line out")
        if isinstance(value, str) and "\0" in value:
            raise ValueError("no file can have this name; write a path")
        return value

    @field_validator("owners", mode="before")
    @classmethod
    def _owners(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        parts = [part.strip() for part in value.split(",") if part.strip()]
        if not all(re.fullmatch(r"[0-9]{1,16}", part) for part in parts):
            raise ValueError("write Telegram ids, digits only, with commas between them")
        return tuple(int(part) for part in parts)

    @field_validator("collections_gone", mode="before")
    @classmethod
    def _collections_gone(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        return tuple(part.strip() for part in value.split(",") if part.strip())

    @field_validator("zone")
    @classmethod
    def _zone(cls, value: str) -> str:
        return value.strip()

    @field_validator("heads_channel")
    @classmethod
    def _channel(cls, value: str) -> str:
        if value.strip() and not re.fullmatch(r"@[A-Za-z]\w{3,31}|-\d{1,20}", value.strip()):
            raise ValueError("write the channel's @name, or its number, which begins with a minus")
        return value.strip()

    @field_validator("api_url", "webhook_url")
    @classmethod
    def _address(cls, value: str) -> str:
        if value and not _is_address(value):
            raise ValueError("write a whole address, beginning with https://")
        return value.rstrip("/")

    @field_validator("database_url", "key_store_url")
    @classmethod
    def _store(cls, value: str) -> str:
        if value and not value.startswith(("sqlite+aiosqlite://", "postgresql+asyncpg://")):
            raise ValueError("begin with sqlite+aiosqlite:/// (a file) or postgresql+asyncpg:// (a server)")
        if not _reads_as_address(value):
            raise ValueError("this cannot be read as an address; look at its signs, and at the port")
        return value

    @field_validator("webhook_secret", mode="before")
    @classmethod
    def _secret(cls, value: object) -> object:
        if isinstance(value, str) and not value.strip():
            return None  # an empty secret would let anybody in
        if isinstance(value, str) and not re.fullmatch(r"[A-Za-z0-9_-]{1,256}", value.strip()):
            raise ValueError("write 1-256 of A-Z a-z 0-9 _ - and nothing else")
        return value.strip() if isinstance(value, str) else value

    @field_validator("listen", "health_listen")
    @classmethod
    def _host_and_port(cls, value: str, field: ValidationInfo) -> str:
        if not value and field.field_name == "health_listen":
            return value
        host, _, port = value.rpartition(":")
        if not host or not re.fullmatch(r"[0-9]{1,5}", port) or int(port) > 65535:
            raise ValueError("write host:port, such as 127.0.0.1:8081")
        return value

    @model_validator(mode="after")
    def _together(self) -> Settings:
        if self.allow_unreviewed and not self.is_rehearsal:
            raise ValueError(
                "SURVEYBOT_ALLOW_UNREVIEWED opens regions that nobody has reviewed, so it works only where "
                "SURVEYBOT_API_URL is on this machine; take it out, and have the regions signed off"
            )
        if self.local_api and self.api_url == TELEGRAM:
            raise ValueError(
                "SURVEYBOT_LOCAL_API is for a Bot API server of your own, and SURVEYBOT_API_URL is Telegram's; name "
                "the server's address there, or take it out"
            )
        if self.is_rehearsal and self.token is not None and is_real_token(self.token.get_secret_value()):
            raise ValueError(
                "SURVEYBOT_API_URL is on this machine and the token is a real one; set SURVEYBOT_LOCAL_API=true where "
                "a Bot API server of your own answers there, or take SURVEYBOT_API_URL out"
            )
        if self.key_store_url and _where(self.key_store_url) == _where(self.database_url):
            raise ValueError(
                "SURVEYBOT_KEY_STORE_URL names the database of the data; keys lie apart from what they open, in a "
                "database of their own"
            )
        return self

    @property
    def is_rehearsal(self) -> bool:
        """Whether a stand-in on this machine answers in place of Telegram, so that nobody real is reached.

        A Bot API server of one's own takes real tokens alone, and with one of those nothing is a rehearsal.
        """
        return urlsplit(self.api_url).hostname in _LOOPBACK and not self.local_api

    @property
    def bot(self) -> int | None:
        """The number of the bot whose token this is; None without one, and in a rehearsal, where it is a stand-in's."""
        if self.token is None or self.is_rehearsal:
            return None
        return int(self.token.get_secret_value().partition(":")[0])

    @property
    def crosses_in_clear(self) -> bool:
        """Whether the token goes to another machine without TLS."""
        parts = urlsplit(self.api_url)
        return parts.scheme == "http" and parts.hostname not in _LOOPBACK

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
    def methods_url(self) -> str:
        """Where the Bot API's methods are; the token is part of it, so it is never shown."""
        return f"{self.api_url}/bot{self.token.get_secret_value() if self.token else ''}"

    @property
    def key_store(self) -> str:
        """The key store's URL; by default a file beside the master key."""
        return self.key_store_url or f"sqlite+aiosqlite:///{self.key_file.parent / 'keystore.db'}"

    @property
    def folders(self) -> tuple[Path, ...]:
        """Where data and keys are written on this machine; one that is on a server has none."""
        urls = [url for url in (self.database_url, self.key_store) if url.startswith("sqlite")]
        files = [_file_of(url) for url in urls]
        return tuple(dict.fromkeys(path.parent for path in [*files, self.key_file]))

    @property
    def tombstones(self) -> Path:
        """The file of destroyed keys, beside the master key."""
        return self.key_file.parent / "destroyed-keys.log"

    @property
    def serving_mark(self) -> Path:
        """The file whose lock says that a bot serves from here, beside the master key."""
        return self.key_file.parent / "serving.lock"


def _is_address(value: str) -> bool:
    """Whether this has a scheme of the web, a host, and a port that is one where it names any."""
    if not _reads_as_address(value):
        return False
    parts = urlsplit(value)
    return parts.scheme in {"http", "https"} and bool(parts.hostname)


def _reads_as_address(value: str) -> bool:
    """Whether every part of it can be read, and nothing in it is unseen."""
    try:
        return urlsplit(value).port != 0 and value.isprintable()
    except ValueError:
        return False


def _file_of(url: str) -> Path:
    """The file that a URL of SQLite names."""
    return Path(url.partition(":///")[2].partition("?")[0])


def _where(url: str) -> tuple[str, str, str]:
    """What a store's URL names, however that is written and whoever logs in there."""
    if url.startswith("sqlite"):
        return "", str(_file_of(url).resolve()), ""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2].lower().removesuffix(":5432")  # where PostgreSQL listens without a word
    return host, parts.path, parse_qs(parts.query).get("host", [""])[0]


def read_settings(**overrides: object) -> Settings:
    """Settings from the environment and `.env`, with some given by hand. Raises SettingsFault with all faults."""
    try:
        return Settings(**overrides)  # type: ignore[arg-type]  # checked by pydantic
    except UnicodeDecodeError:
        raise SettingsFault(".env is not UTF-8; save it as UTF-8") from None
    except OSError as error:
        raise SettingsFault(f".env cannot be read ({error.strerror}); check whose file it is") from None
    except ValidationError as error:
        raise SettingsFault("\n".join(_fault(detail) for detail in error.errors(include_input=False))) from None


def sandbox_settings(settings: Settings, api_url: str, token: str, folder: Path) -> Settings:
    """Settings of a rehearsal: a stand-in for Telegram, and stores of its own that are thrown away."""
    return settings.model_copy(
        update={
            "token": SecretStr(token),
            "api_url": api_url,
            "local_api": False,
            "database_url": f"sqlite+aiosqlite:///{folder / 'survey.db'}",
            "key_file": folder / "keys" / "master.key",
            "key_store_url": "",
            "webhook_url": "",
            "health_listen": "",
            "export_dir": folder / "releases",
            "heads_channel": "",
            "allow_unreviewed": True,
        }
    )


def _fault(detail: object) -> str:
    assert isinstance(detail, dict)  # noqa: S101  # pydantic's own shape
    name = "_".join(str(part) for part in detail["loc"])
    message = str(detail["msg"]).removeprefix("Value error, ")
    return f"SURVEYBOT_{name.upper()}: {message}" if name else message
