"""`surveybot progress --merge` as whoever leads several installations types it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from support import stores
from typer.testing import CliRunner

from bot.cli import app
from flows.joining import Counts, Published, digest

Typed = Callable[[str], tuple[int, str]]


@pytest.fixture(scope="module")
def written(peopled: Path) -> dict[str, Any]:
    """What an installation writes of two regions; it is counted once."""
    folder = peopled
    environment = {
        "SURVEYBOT_TOKEN": "1:test",
        "SURVEYBOT_API_URL": "http://127.0.0.1:9",
        **stores.environ(folder),
        "SURVEYBOT_KEY_FILE": str(folder / "keys" / "master.key"),
        "SURVEYBOT_ALLOW_UNREVIEWED": "true",
    }
    done = CliRunner().invoke(app, ["progress", "demographics", "--json"], env=environment)
    assert done.exit_code == 0, done.output
    told: dict[str, Any] = json.loads(done.output)
    regions = [each for each in told["counts"]["regions"] if each["region"] in {"US", "EG"}]
    assert len(regions) == 2
    return made_whole({**told, "counts": {**told["counts"], "regions": regions}})


def made_whole(value: dict[str, Any], **changes: object) -> dict[str, Any]:
    """With some of the counts changed, and a digest that fits."""
    counts = {**value["counts"], **changes}
    regions = tuple(Published.model_validate(each) for each in counts["regions"])
    counts["sha256"] = digest(Counts.model_construct(**{**counts, "regions": regions}))
    return {**value, "counts": counts}


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, written: dict[str, Any]) -> Typed:
    """Type a command where `here.json` and another installation's `there.json` lie, and no data at all."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SURVEYBOT_TOKEN", "1:test")
    put("here.json", written)
    put("there.json", made_whole(written, installation="f" * 16))

    def run(line: str) -> tuple[int, str]:
        done = CliRunner().invoke(app, line.split())
        return done.exit_code, done.output

    return run


def put(name: str, value: object) -> None:
    Path(name).write_text(value if isinstance(value, str) else json.dumps(value), encoding="utf-8")


def test_two_installations_become_one_picture_without_any_data(typed: Typed, tmp_path: Path) -> None:
    code, output = typed("progress --merge here.json there.json")
    assert code == 0
    assert output.startswith("Does AI work well for everyone?\nAll regions, as of ")
    assert "Joined from 2 installations." in output
    assert {path.name for path in tmp_path.iterdir()} == {"here.json", "there.json"}, "nothing was made"


def test_people_are_added_up_and_shares_stay_shares(typed: Typed, written: dict[str, Any]) -> None:
    code, output = typed("progress --merge here.json there.json --region US --json")
    assert code == 0
    told = json.loads(output)
    assert "counts" not in told, "what is joined is not joined again"
    [us] = [each for each in written["counts"]["regions"] if each["region"] == "US"]
    funnel = {line["label"]: line["value"] for line in told["parts"][0]["lines"]}
    assert funnel["Sent their answers"] == 2 * us["people"]["submitted"]
    shares = [line["value"] for part in told["parts"] if part["about"] == "groups" for line in part["lines"]]
    assert shares
    assert all(value is None or (value % 5 == 0 and value <= 100) for value in shares)


def test_it_is_drawn_and_written_as_a_page(typed: Typed, tmp_path: Path) -> None:
    assert typed("progress --merge here.json there.json --png both.png --html both.html") == (0, "")
    assert (tmp_path / "both.png").read_bytes().startswith(b"\x89PNG")
    assert "Joined from 2 installations." in (tmp_path / "both.html").read_text(encoding="utf-8")


def test_files_are_refused_with_file_and_place(typed: Typed, written: dict[str, Any]) -> None:
    """All of them at once."""
    put("other.json", made_whole(written, collection="voices"))
    put("older.json", made_whole(written, version=7, installation="e" * 16))
    put("format.json", {**written, "counts": {**written["counts"], "format": 2}})
    put("cut.json", json.dumps(written)[:400])
    put("changed.json", {**written, "counts": {**written["counts"], "installation": "d" * 16}})
    put("joined.json", {name: value for name, value in written.items() if name != "counts"})
    put(
        "place.json",
        made_whole(written, installation="c" * 16, regions=[{**written["counts"]["regions"][0], "region": "FR"}]),
    )
    files = "here.json here.json other.json older.json format.json cut.json changed.json joined.json place.json no.json"
    code, output = typed(f"progress --merge {files}")
    assert code == 1
    for said in (
        "here.json: counts.installation: it is of the same installation as here.json, and both have EG, US",
        "other.json: counts.collection: it is about voices, and here.json about demographics",
        "older.json: counts.version: it is version 7 of demographics, and here it is 1",
        "format.json: counts.format: it is 2, and this surveybot reads 1",
        "cut.json: line 1, column ",
        "changed.json: counts: its digest does not fit",
        "joined.json: there are no counts in it",
        "place.json: counts.regions.0: the collection has no region FR here",
        "no.json: No such file or directory",
    ):
        assert said in output
    assert "Traceback" not in output


@pytest.mark.parametrize(
    "content", ["[" * 100_000, "null", "\ud800", '{"counts": {"format": 1}}', "\0", '{"counts": 3}']
)
def test_whatever_is_in_a_file_is_answered_in_words(typed: Typed, content: str) -> None:
    Path("odd.json").write_bytes(content.encode("utf-8", "surrogatepass"))
    code, output = typed("progress --merge odd.json")
    assert code == 1
    assert output.startswith("odd.json: ")


def test_a_collection_that_is_not_here_is_named(typed: Typed, written: dict[str, Any]) -> None:
    put("voices.json", made_whole(written, collection="voices"))
    code, output = typed("progress --merge voices.json")
    assert code == 1
    assert "voices.json: counts.collection: there is no collection 'voices' here; there is: demographics" in output


def test_several_collections_are_not_looked_at_at_once(typed: Typed) -> None:
    code, output = typed("progress demographics voices")
    assert code == 2
    assert "--merge" in output


def test_a_file_holds_people_in_tens_and_no_group_of_them(written: dict[str, Any]) -> None:
    for region in written["counts"]["regions"]:
        assert all(count >= 10 and count % 10 == 0 for count in region["people"].values())
        assert not any(cell.startswith(("answer:", "language:", "took:")) for cell in region["people"])
