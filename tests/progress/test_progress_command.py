"""`surveybot progress` as coordinators type it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.cli import app

from .conftest import Place

Typed = Callable[[str], tuple[int, str]]


@pytest.fixture
def typed(place: Place, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Typed:
    """Type a command; the exit code and what it printed."""
    monkeypatch.chdir(tmp_path)
    for name, value in {
        "SURVEYBOT_TOKEN": "1:test",
        "SURVEYBOT_API_URL": "http://127.0.0.1:9",
        "SURVEYBOT_DATABASE_URL": place.settings.database_url,
        "SURVEYBOT_KEY_STORE_URL": place.settings.key_store_url,
        "SURVEYBOT_KEY_FILE": str(place.settings.key_file),
        "SURVEYBOT_ALLOW_UNREVIEWED": "true",
    }.items():
        monkeypatch.setenv(name, value)

    def run(line: str) -> tuple[int, str]:
        done = CliRunner().invoke(app, line.split())
        return done.exit_code, done.output

    return run


def test_it_is_told_in_the_terminal(typed: Typed) -> None:
    code, output = typed("progress demographics")
    assert code == 0
    assert output.startswith("Does AI work well for everyone?\nAll regions, as of ")
    assert "How far people come" in output
    assert "How old are you?" in output
    assert "What is your gender?" not in output, "its answers differ from region to region"
    assert "about " in output
    assert "hope to hear from" not in output, "the ready collection has no targets"


def test_one_region_by_its_name(typed: Typed) -> None:
    code, output = typed("progress demographics --region Egypt --language ar")
    assert code == 0
    assert "مصر" in output
    assert "ما لغتك الأولى؟" in output


def test_a_program_reads_no_number_of_a_group(typed: Typed) -> None:
    code, output = typed("progress demographics --region US --json")
    assert code == 0
    told = json.loads(output)
    assert {part["about"] for part in told["parts"]} == {"course", "groups"}
    groups = [line for part in told["parts"] if part["about"] == "groups" for line in part["lines"]]
    assert groups
    assert all(line["value"] is None or (line["value"] % 5 == 0 and line["value"] <= 100) for line in groups)
    funnel = told["parts"][0]["lines"]
    assert all(line["value"] is None or line["value"] % 10 == 0 for line in funnel)


def test_it_is_drawn_and_written_as_a_page(typed: Typed, tmp_path: Path) -> None:
    code, output = typed("progress demographics --png how.png --html how.html")
    assert (code, output) == (0, "")
    assert (tmp_path / "how.png").read_bytes().startswith(b"\x89PNG")
    page = (tmp_path / "how.html").read_text(encoding="utf-8")
    assert '<html lang="en" dir="ltr">' in page
    assert "<script" not in page


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("progress nothing", "there is no collection 'nothing'"),
        ("progress demographics --region France", "no one region is called 'France'"),
        ("progress demographics --language it", "demographics does not speak 'it'"),
        ("progress demographics --png no/such/place.png", "no/such/place.png"),
    ],
)
def test_what_cannot_be_is_one_line_that_says_why(typed: Typed, line: str, said: str) -> None:
    code, output = typed(line)
    assert code == 1
    assert said in output
    assert "Traceback" not in output
