"""Each wrong setting is named with what helps."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bot.settings import SettingsFault, read_settings

WRONG = [
    ("SURVEYBOT_TOKEN", "not a token", "BotFather"),
    ("SURVEYBOT_API_URL", "api.telegram.org", "https://"),
    ("SURVEYBOT_DATABASE_URL", "survey.db", "sqlite\\+aiosqlite:///"),
    ("SURVEYBOT_DATABASE_URL", "mysql://x", "postgresql\\+asyncpg"),
    ("SURVEYBOT_KEY_STORE_URL", "keys.db", "sqlite\\+aiosqlite:///"),
    ("SURVEYBOT_OWNERS", "12, bob", "digits only"),
    ("SURVEYBOT_WEBHOOK_URL", "example.org", "https://"),
    ("SURVEYBOT_WEBHOOK_SECRET", "with spaces", "A-Z a-z 0-9"),
    ("SURVEYBOT_WEBHOOK_SECRET", "x" * 257, "1-256"),
    ("SURVEYBOT_LISTEN", "8081", "host:port"),
    ("SURVEYBOT_LISTEN", "127.0.0.1:99999", "host:port"),
    ("SURVEYBOT_SEND_RATE", "0", "greater than 0"),
    ("SURVEYBOT_SEND_RATE", "many", "number"),
    ("SURVEYBOT_ALLOW_UNREVIEWED", "perhaps", "boolean"),
    ("SURVEYBOT_LOCAL_API", "perhaps", "boolean"),
]


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No `.env` of this machine is read."""
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(("name", "value", "remedy"), WRONG)
def test_a_wrong_setting_is_named_with_its_remedy(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, remedy: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsFault, match=rf"^{name}: .*{remedy}") as fault:
        read_settings()
    if name in {"SURVEYBOT_TOKEN", "SURVEYBOT_WEBHOOK_SECRET"}:
        assert value not in str(fault.value), "what may be a secret is not repeated"


def test_all_faults_are_said_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value, _ in WRONG:
        monkeypatch.setenv(name, value)
    with pytest.raises(SettingsFault) as fault:
        read_settings()
    lines = str(fault.value).splitlines()
    assert {line.partition(":")[0] for line in lines} == {name for name, _, _ in WRONG}


def test_unreviewed_regions_open_on_this_machine_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SURVEYBOT_ALLOW_UNREVIEWED", "1")
    with pytest.raises(SettingsFault, match="have the regions signed off"):
        read_settings()
    for address in ("http://127.0.0.1:8080", "http://localhost:1", "http://[::1]:1"):
        monkeypatch.setenv("SURVEYBOT_API_URL", address)
        assert read_settings().allow_unreviewed
    monkeypatch.setenv("SURVEYBOT_API_URL", "http://127.0.0.1.example.org")
    with pytest.raises(SettingsFault):
        read_settings()


@pytest.mark.parametrize("secret", [None, "", "  "])
def test_without_a_secret_the_token_makes_one_and_every_process_the_same(
    monkeypatch: pytest.MonkeyPatch, secret: str | None
) -> None:
    monkeypatch.setenv("SURVEYBOT_WEBHOOK_URL", "https://example.org")
    if secret is not None:
        monkeypatch.setenv("SURVEYBOT_WEBHOOK_SECRET", secret)
    assert read_settings().shown_at_webhook == "", "without a token there is nothing to serve either"
    monkeypatch.setenv("SURVEYBOT_TOKEN", "123456:ABC")
    shown = read_settings().shown_at_webhook
    assert re.fullmatch(r"[A-Za-z0-9_-]{64}", shown)
    assert shown == read_settings().shown_at_webhook
    assert "ABC" not in shown
    assert shown not in repr(read_settings())
    monkeypatch.setenv("SURVEYBOT_TOKEN", "123456:ABD")
    assert read_settings().shown_at_webhook != shown
    monkeypatch.setenv("SURVEYBOT_WEBHOOK_SECRET", "my-own_1")
    assert read_settings().shown_at_webhook == "my-own_1"


def test_a_blank_behind_a_token_or_a_secret_is_no_part_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Telegram takes no blank, and processes whose files differ by one would not know each other's updates."""
    monkeypatch.setenv("SURVEYBOT_TOKEN", " 123456:ABC-DEF ")
    monkeypatch.setenv("SURVEYBOT_WEBHOOK_SECRET", "secret_1 ")
    settings = read_settings()
    assert settings.token is not None
    assert settings.token.get_secret_value() == "123456:ABC-DEF"
    assert settings.webhook_secret is not None
    assert settings.webhook_secret.get_secret_value() == "secret_1"


def test_a_token_left_empty_is_no_token_and_a_good_one_is_kept_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SURVEYBOT_TOKEN", " ")
    assert read_settings().token is None
    monkeypatch.setenv("SURVEYBOT_TOKEN", "123456:ABC-def_1")
    settings = read_settings()
    assert settings.token is not None
    assert settings.token.get_secret_value() == "123456:ABC-def_1"
    assert "ABC" not in repr(settings)


def test_owners_and_stores_are_read_as_written(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SURVEYBOT_OWNERS", " 12, 34,")
    monkeypatch.setenv("SURVEYBOT_KEY_FILE", "/srv/keys/master.key")
    settings = read_settings()
    assert settings.owners == (12, 34)
    assert settings.key_store == "sqlite+aiosqlite:////srv/keys/keystore.db"
    assert settings.tombstones == Path("/srv/keys/destroyed-keys.log")


REAL = "1234567890:" + "A" * 35
"""As long as BotFather's."""


@pytest.mark.parametrize(
    ("data", "keys"),
    [
        ("sqlite+aiosqlite:///data/all.db", "sqlite+aiosqlite:///./data/all.db"),
        ("postgresql+asyncpg://bot@db.example/survey", "postgresql+asyncpg://keys@DB.example:5432/survey"),
        ("postgresql+asyncpg:///survey?host=/run", "postgresql+asyncpg:///survey?host=/run"),
    ],
)
def test_keys_lie_apart_from_the_data_however_the_place_is_written(
    monkeypatch: pytest.MonkeyPatch, data: str, keys: str
) -> None:
    monkeypatch.setenv("SURVEYBOT_DATABASE_URL", data)
    monkeypatch.setenv("SURVEYBOT_KEY_STORE_URL", keys)
    with pytest.raises(SettingsFault, match="keys lie apart"):
        read_settings()


def test_an_address_on_this_machine_takes_a_real_token_only_where_a_server_answers_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Otherwise real people would be reached as if it were a rehearsal."""
    monkeypatch.setenv("SURVEYBOT_API_URL", "http://127.0.0.1:8085")
    monkeypatch.setenv("SURVEYBOT_TOKEN", REAL)
    with pytest.raises(SettingsFault, match="SURVEYBOT_LOCAL_API=true where a Bot API server of your own") as fault:
        read_settings()
    assert REAL not in str(fault.value)
    monkeypatch.setenv("SURVEYBOT_LOCAL_API", "true")
    settings = read_settings()
    assert not settings.is_rehearsal
    assert not settings.crosses_in_clear
    monkeypatch.setenv("SURVEYBOT_ALLOW_UNREVIEWED", "1")
    with pytest.raises(SettingsFault, match="have the regions signed off"):
        read_settings()


def test_a_server_of_ones_own_is_not_telegrams(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SURVEYBOT_LOCAL_API", "1")
    with pytest.raises(SettingsFault, match="SURVEYBOT_API_URL is Telegram's"):
        read_settings()


@pytest.mark.parametrize(
    ("address", "clear"),
    [
        ("http://10.0.0.7:8081", True),
        ("http://bot-api:8081", True),
        ("https://bot-api.example.org", False),
        ("http://localhost:8081", False),
    ],
)
def test_a_token_that_crosses_the_network_in_clear_is_noticed(
    monkeypatch: pytest.MonkeyPatch, address: str, clear: bool
) -> None:
    monkeypatch.setenv("SURVEYBOT_API_URL", address)
    assert read_settings().crosses_in_clear is clear
