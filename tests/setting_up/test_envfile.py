"""`.env`: settings go in, and everything else stays."""

from __future__ import annotations

import os
import re
from io import StringIO
from pathlib import Path

import pytest
from dotenv import dotenv_values
from hypothesis import given
from hypothesis import strategies as st

from bot.setup.envfile import EnvFault, close_to_others, put, read

LINES = st.lists(
    st.sampled_from(
        [
            "# a note",
            "",
            "OTHER=1",
            "export MORE='two words'",
            "#SURVEYBOT_TOKEN=123456:ABC-DEF",
            "SURVEYBOT_TOKEN=1:before",
            "export SURVEYBOT_TOKEN = '1:before'",
            "SURVEYBOT_TOKENS=3",
            "  # SURVEYBOT_COLLECTIONS=collections",
        ]
    ),
    max_size=8,
)
VALUES = st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "Zs"]), min_size=1, max_size=30)


@given(lines=LINES, value=VALUES, token=st.from_regex(r"[0-9]{1,4}:[A-Za-z0-9_-]{1,9}", fullmatch=True))
def test_what_is_put_in_reads_back_and_all_else_stays(
    lines: list[str], value: str, token: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("env") / ".env"
    path.write_text("\n".join(lines))
    before = dotenv_values(stream=StringIO(path.read_text()))
    wanted = {"SURVEYBOT_TOKEN": token, "SURVEYBOT_COLLECTIONS": value}
    try:
        put(path, wanted)
    except EnvFault:
        assert "$" in value  # a value that a reader would take for another one
        assert path.read_text() == "\n".join(lines)
        return
    assert read(path) == {**before, **wanted}
    assert _others(path.read_text()) == _others("\n".join(lines))
    assert put(path, wanted) == []
    assert [each.name for each in put(path, {"SURVEYBOT_TOKEN": "1:after"})] == ["SURVEYBOT_TOKEN"]


def _others(text: str) -> list[str]:
    """Lines that set neither of the two, but for the heading of a new file."""
    sets = re.compile(r"(export )?(SURVEYBOT_TOKEN|SURVEYBOT_COLLECTIONS)\b ?=|# Settings of this")
    return [line for line in text.splitlines() if not sets.match(line)]


def test_a_new_file_is_its_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / ".env"
    [changed] = put(path, {"SURVEYBOT_TOKEN": "1:a"})
    assert (changed.name, changed.was_set) == ("SURVEYBOT_TOKEN", False)
    assert path.stat().st_mode & 0o777 == 0o600
    assert "1:a" not in repr(changed)


def test_a_file_that_others_can_read_is_closed(tmp_path: Path) -> None:
    path = tmp_path / ".env"
    path.write_text("SURVEYBOT_TOKEN=1:a\n")
    path.chmod(0o644)
    assert close_to_others(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert not close_to_others(path)


def test_a_setting_goes_under_the_line_that_holds_it_back(tmp_path: Path) -> None:
    path = tmp_path / ".env"
    path.write_text("# The token.\n#SURVEYBOT_TOKEN=123456:ABC\n\n# The API.\n#SURVEYBOT_API_URL=x\n")
    put(path, {"SURVEYBOT_TOKEN": "1:a"})
    assert path.read_text().splitlines()[:3] == ["# The token.", "#SURVEYBOT_TOKEN=123456:ABC", "SURVEYBOT_TOKEN=1:a"]


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    real, link = tmp_path / "real", tmp_path / ".env"
    real.write_text("OTHER=1\n")
    link.symlink_to(real)
    put(link, {"SURVEYBOT_TOKEN": "1:a"})
    assert link.is_symlink()
    assert read(real) == {"OTHER": "1", "SURVEYBOT_TOKEN": "1:a"}


def test_a_write_that_fails_leaves_the_old_file_and_nothing_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk is full when the new file is brought to it."""

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    path = tmp_path / ".env"
    path.write_text("SURVEYBOT_TOKEN=1:before\n")
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(EnvFault, match="No space left on device"):
        put(path, {"SURVEYBOT_TOKEN": "1:after"})
    assert path.read_text() == "SURVEYBOT_TOKEN=1:before\n"
    assert list(tmp_path.iterdir()) == [path]
