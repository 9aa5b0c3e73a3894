"""Every setting is documented and in .env.example with its default, and nothing else is."""

from __future__ import annotations

import re
from io import StringIO
from pathlib import Path

import pytest
from dotenv import dotenv_values

from bot.doctor.configured import OF_TESTS
from bot.settings import Settings, read_settings

from .reading import ROOT, documents, name_of, text_of

NAMES = {f"SURVEYBOT_{field.upper()}": field for field in Settings.model_fields}
_ROW = re.compile(r"^\| `(SURVEYBOT_\w+)` \| (.+?) \| (.+?) \| (.+?) \|$", re.MULTILINE)
ROWS = {
    name: (default, meaning, fault)
    for name, default, meaning, fault in _ROW.findall(text_of(ROOT / "docs/settings.md"))
}
EXAMPLE = ROOT / ".env.example"


def _written(value: object) -> str:
    """A default as a document says it."""
    if value is None or value in ("", ()):
        return "none"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    return f"`{value:g}`" if isinstance(value, float) else f"`{value}`"


def test_the_table_has_every_setting_and_no_other() -> None:
    assert list(ROWS) == list(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_the_table_says_the_default(name: str) -> None:
    default = Settings.model_fields[NAMES[name]].get_default()
    expected = "the one that ships" if NAMES[name] == "collections" else _written(default)
    assert ROWS[name][0] == expected


def test_every_setting_that_a_document_names_exists() -> None:
    named = {
        (name_of(p), name)
        for p in [*documents(), EXAMPLE, ROOT / "Makefile", ROOT / ".ci/run"]
        for name in re.findall(r"SURVEYBOT_[A-Z_]+[A-Z]", text_of(p))
    }
    assert {(place, name) for place, name in named if name not in NAMES.keys() | OF_TESTS} == set()


def test_the_example_sets_nothing_as_it_stands() -> None:
    assert dotenv_values(EXAMPLE) == {}


def test_the_example_has_every_setting_each_under_a_line_that_explains_it() -> None:
    lines = text_of(EXAMPLE).splitlines()
    places = [at for at, line in enumerate(lines) if line.startswith("#SURVEYBOT_")]
    assert [lines[at][1:].partition("=")[0] for at in places] == list(NAMES)
    assert [lines[at] for at in places if not lines[at - 1].startswith("# ")] == []


def test_what_the_example_holds_back_are_the_defaults(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever takes out every # gets what they had before, but for a token and a name for the key store."""
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
    held_back = re.sub(r"^#(?=SURVEYBOT_)", "", text_of(EXAMPLE), flags=re.MULTILINE)
    values = {NAMES[name]: value for name, value in dotenv_values(stream=StringIO(held_back)).items()}
    del values["token"]
    taken, before = read_settings(_env_file=None, **values), read_settings(_env_file=None)
    assert (ROOT / taken.collections).resolve() == before.collections.resolve()
    assert taken.key_store == before.key_store
    same = {"collections": Path(), "key_store_url": ""}
    assert taken.model_copy(update=same) == before.model_copy(update=same)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SURVEYBOT_TOKEN", "abc"),
        ("SURVEYBOT_API_URL", "api.telegram.org"),
        ("SURVEYBOT_DATABASE_URL", "survey.db"),
        ("SURVEYBOT_KEY_STORE_URL", "keystore.db"),
        ("SURVEYBOT_OWNERS", "me"),
        ("SURVEYBOT_WEBHOOK_URL", "example.org"),
        ("SURVEYBOT_WEBHOOK_SECRET", "not allowed"),
        ("SURVEYBOT_LISTEN", "8081"),
        ("SURVEYBOT_SEND_RATE", "0"),
        ("SURVEYBOT_SEND_RATE", "1001"),
        ("SURVEYBOT_SEND_RATE", "fast"),
        ("SURVEYBOT_ALLOW_UNREVIEWED", "true"),
        ("SURVEYBOT_ONE_PERSON_TEAM", "perhaps"),
    ],
)
def test_the_table_says_what_a_wrong_one_says(name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from bot.settings import SettingsFault

    for each in NAMES:
        monkeypatch.delenv(each, raising=False)
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsFault) as fault:
        read_settings(_env_file=None)
    assert name in str(fault.value)
    said = [re.sub(r"[`*]", "", each).strip() for each in re.findall(r"\*[^*]+\*", ROWS[name][2])]
    assert any(words in str(fault.value) for words in said), f"{fault.value!r} is not among {said}"
