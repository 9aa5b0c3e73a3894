"""Withdrawals that reach copies: a signed list, rows taken out offline, the recipient's word, and what is overdue."""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import orjson
import pyarrow.parquet as pq
import pyreadstat
import pytest
from support.full_disk import no_room_for_content
from support.running import Bot
from support.stopping import stopped_once_committed

from bot.stewardship.archive import open_archive
from bot.stewardship.pruning import prune, read_list
from bot.stewardship.recall import write_list
from bot.stewardship.refusing import Refused

from .conftest import (
    EXPORT,
    IMPROVEMENT,
    Arrive,
    Export,
    Exported,
    Surveybot,
    contributor_of,
    end_purpose,
    take_back,
    take_part,
)

NOW = dt.datetime(2026, 12, 1, tzinfo=dt.UTC)


@pytest.fixture
async def somebody_has_left(arrive: Arrive, exported: Export) -> None:
    """Since a release that they are in was made for the lab."""
    leaves = await take_part(arrive("A"))
    await exported()
    await take_back(leaves)


@pytest.fixture
def exported_as(exported: Export, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Awaitable[Exported]]:
    """Exports in any format, without reading the file back."""
    monkeypatch.setattr("stewardship.conftest.read_back", Exported)

    async def export(made_as: str, purpose: str = "improvement", recipient: str = "lab") -> Exported:
        return await exported(purpose, recipient, made_as=made_as)

    return export


def names_in(path: Path) -> list[str]:
    """Contributors in a file of any format."""
    match path.suffix:
        case ".csv":
            with path.open(encoding="utf-8", newline="") as file:
                return [row["contributor"] for row in csv.DictReader(file)]
        case ".jsonl":
            return [orjson.loads(line)["contributor"] for line in path.read_bytes().splitlines()]
        case ".parquet":
            return list(pq.read_table(path)["contributor"].to_pylist())
        case ".sav":
            return list(pyreadstat.read_sav(path)[0]["contributor"])
        case _:
            return list(pyreadstat.read_dta(path)[0]["contributor"])


async def handed_out(surveybot: Surveybot, path: Path, recipient: str = "lab") -> Path:
    done = await surveybot("withdrawals", "--recipient", recipient, "--out", path)
    assert done.code == 0, done.err
    return path


async def test_whoever_left_is_gone_from_every_format_offline_and_the_recipients_word_is_on_record(
    bot: Bot, arrive: Arrive, exported_as: Export, surveybot: Surveybot, environment: dict[str, str], tmp_path: Path
) -> None:
    stays, leaves, ends = [await take_part(arrive(name), IMPROVEMENT) for name in "ABC"]
    known = {who: contributor_of(bot, person) for who, person in (("stays", stays), ("leaves", leaves), ("ends", ends))}
    releases = {made_as: await exported_as(made_as) for made_as in ("csv", "jsonl", "parquet", "sav", "dta")}
    other = await exported_as("csv", "evaluation")
    await take_back(leaves)
    await end_purpose(ends, 1)
    listed = await handed_out(surveybot, tmp_path / "list.json")

    here = dict(environment)
    environment["SURVEYBOT_DATABASE_URL"] = f"sqlite+aiosqlite:///{tmp_path / 'nowhere.db'}"
    environment["SURVEYBOT_KEY_FILE"] = str(tmp_path / "nowhere.key")
    by_command = await surveybot("withdrawals", "prune", releases["csv"].path, "--list", listed, "--json")
    assert (by_command.code, by_command.value["removed"]) == (0, 2)
    environment.update(here)
    words = [Path(by_command.value["acknowledgement"])]
    for made_as, release in releases.items():
        if made_as != "csv":
            pruned = prune(release.path, read_list(listed), None, NOW)
            assert pruned.removed == 2
            words.append(pruned.acknowledgement)
    last = prune(other.path, read_list(listed), None, NOW)

    for release in releases.values():
        assert names_in(release.path) == [known["stays"]]
    assert sorted(names_in(other.path)) == sorted([known["stays"], known["ends"]]), "one purpose ended, not the other"
    assert not (tmp_path / "nowhere.db").exists()
    assert prune(other.path, read_list(listed), None, NOW).removed == 0, "twice takes nothing more"
    for word in words:
        done = await surveybot("withdrawals", "acknowledge", word)
        assert (done.code, "Still to come" in done.out) == (0, True), done.err
    done = await surveybot("withdrawals", "acknowledge", last.acknowledgement)
    assert done.out.endswith("The list is answered.\n")
    shown = (await surveybot("recipients", "show", "lab", "--json")).value
    assert shown["lists_not_answered"] == []
    rows = bot.stores.rows("select action from audit where action like 'withdrawals %' order by id")
    assert rows == [("withdrawals listed",), *[("withdrawals acknowledged",)] * 6]


async def test_whoever_owes_an_answer_is_given_nothing_new_until_it_is_there(
    bot: Bot, arrive: Arrive, exported: Export, surveybot: Surveybot, tmp_path: Path
) -> None:
    stays, leaves = [await take_part(arrive(name)) for name in "AB"]
    release = await exported()
    await take_back(leaves)
    listed = await handed_out(surveybot, tmp_path / "list.json")
    assert (await surveybot(*EXPORT, "evaluation")).code == 0, "there are 30 days"
    long_ago = dt.datetime.now(dt.UTC) - dt.timedelta(days=31)
    await bot.stores.change("update withdrawal_lists set made_at = ?", long_ago.strftime("%Y-%m-%d %H:%M:%S.%f"))

    refused = await surveybot(*EXPORT, "evaluation")
    overview = await surveybot("recipients", "list")
    assert refused.code == 1
    assert "is given nothing new before it has" in refused.err
    assert "lab: DUA-1" in overview.out
    assert "OVERDUE" in overview.out
    assert (await surveybot(*EXPORT, "evaluation", "--recipient", "clinic")).code == 0, "others are not held up"

    word = prune(release.path, read_list(listed), None, NOW).acknowledgement
    assert (await surveybot("withdrawals", "acknowledge", word)).code == 0
    assert (await surveybot(*EXPORT, "evaluation")).code == 0
    assert contributor_of(bot, stays) in names_in(release.path)


@pytest.mark.usefixtures("somebody_has_left")
async def test_nobodys_time_begins_with_a_list_that_could_not_be_written(
    bot: Bot, surveybot: Surveybot, tmp_path: Path
) -> None:
    no_folder = tmp_path / "no-folder"
    no_folder.write_text("")
    done = await surveybot("withdrawals", "--recipient", "lab", "--out", no_folder / "list.json")
    assert (done.code, done.err.count("\n")) == (1, 1)
    unknown = await surveybot("withdrawals", "--recipient", "nobody", "--out", tmp_path / "list.json")
    assert (unknown.code, "no release ever went to" in unknown.err) == (1, True)
    assert not (tmp_path / "list.json").exists(), "what was refused leaves no empty list"
    assert bot.stores.rows("select id from withdrawal_lists") == []
    assert bot.stores.rows("select id from audit where action = 'withdrawals listed'") == []
    await handed_out(surveybot, tmp_path / "list.json")


@pytest.mark.usefixtures("somebody_has_left")
async def test_a_list_that_the_disk_has_no_room_for_is_not_handed_out(
    bot: Bot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    to = tmp_path / "lists"
    async with open_archive(bot.settings) as archive:
        no_room_for_content(monkeypatch)
        with pytest.raises(OSError, match="No space left"):
            await write_list(archive, "lab", to / "list.json", NOW)
    assert list(to.iterdir()) == []
    assert bot.stores.rows("select id from withdrawal_lists") == []
    assert bot.stores.rows("select id from audit where action = 'withdrawals listed'") == []


@pytest.mark.usefixtures("somebody_has_left")
async def test_a_stop_does_not_come_between_a_list_and_the_time_that_it_begins(
    bot: Bot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "list.json"
    async with open_archive(bot.settings) as archive:
        listed = await stopped_once_committed(write_list(archive, "lab", out, NOW), monkeypatch)
    assert out.read_bytes() == listed.content
    assert bot.stores.rows("select id from withdrawal_lists") == [(listed.given.id,)]


async def test_tables_of_single_questions_are_pruned_by_names_of_their_own(
    arrive: Arrive, exported: Export, surveybot: Surveybot, tmp_path: Path
) -> None:
    _stays, leaves = [await take_part(arrive(name)) for name in "AB"]
    release = await exported(tables=True)
    files = [Path(name) for name in release.told["files"]]
    before = {path: names_in(path) for path in files}
    await take_back(leaves)
    listed = read_list(await handed_out(surveybot, tmp_path / "list.json"))

    done = [prune(path, listed, None, NOW) for path in files]

    assert {path: len(before[path]) - len(names_in(path)) for path in files} == {
        path: pruned.removed for path, pruned in zip(files, done, strict=True)
    }
    asked = [path for path in files if before[path]]
    assert {len(names_in(path)) for path in asked} == {1}
    word = orjson.loads(done[0].acknowledgement.read_bytes())
    for number in range(len(files)):
        copy = tmp_path / f"copy-{number}.json"
        copy.write_bytes(orjson.dumps({**word, "file": f"copy-{number}.csv"}))
        assert (await surveybot("withdrawals", "acknowledge", copy)).code == 1, "copies answer for no table"
    answers = [await surveybot("withdrawals", "acknowledge", each.acknowledgement, "--json") for each in done]
    assert [answer.value["whole"] for answer in answers] == [False] * (len(files) - 1) + [True]


async def test_tables_are_pruned_and_acknowledged_in_one_go_and_the_copy_that_stayed_is_told_of(
    arrive: Arrive, surveybot: Surveybot, tmp_path: Path
) -> None:
    _stays, leaves = [await take_part(arrive(name)) for name in "AB"]
    made = await surveybot(*EXPORT, "evaluation", "--single-question-tables")
    assert "once it is handed over" in made.out
    [folder] = (tmp_path / "elsewhere" / "out").iterdir()
    files = sorted(folder.glob(f"{folder.name}-*.csv"))
    before = {path: names_in(path) for path in files}
    await take_back(leaves)
    listed = tmp_path / "list.json"
    handed = await surveybot("withdrawals", "--recipient", "lab", "--out", listed)
    assert "Folders of those releases that you keep have the rows too" in handed.out

    pruned = await surveybot("withdrawals", "prune", *files, "--list", listed)
    assert pruned.code == 0, pruned.err
    assert pruned.out.count("taken out") == len(files)
    assert [len(names_in(path)) for path in files] == [len(before[path]) // 2 for path in files]
    again = await surveybot("withdrawals", "prune", *files, "--list", listed, "--json")
    assert [each["removed"] for each in again.value] == [0] * len(files)

    words = [each["acknowledgement"] for each in again.value]
    done = await surveybot("withdrawals", "acknowledge", *words)
    assert done.code == 0, done.err
    assert done.out.count("has taken") == len(files)
    assert done.out.endswith("\nThe list is answered.\n")
    assert "Still to come" not in done.out


async def test_who_prunes_once_more_keeps_the_word_of_what_was_taken_out(
    arrive: Arrive, exported: Export, surveybot: Surveybot, tmp_path: Path
) -> None:
    _stays, leaves, goes_later = [await take_part(arrive(name)) for name in "ABC"]
    release = await exported()
    await take_back(leaves)
    listed = read_list(await handed_out(surveybot, tmp_path / "list.json"))
    untouched = release.path.read_bytes()
    first = prune(release.path, listed, None, NOW)
    word = first.acknowledgement.read_bytes()

    again = prune(release.path, listed, None, NOW + dt.timedelta(days=1))
    assert (again.acknowledgement, again.removed) == (first.acknowledgement, 0)
    assert first.acknowledgement.read_bytes() == word
    assert orjson.loads(word)["removed"] == 1

    release.path.write_bytes(untouched)
    assert prune(release.path, listed, None, NOW).removed == 1, "a copy that came back is pruned as the first one"
    assert orjson.loads(first.acknowledgement.read_bytes())["removed"] == 1
    first.acknowledgement.write_text("no acknowledgement")
    assert prune(release.path, listed, None, NOW).removed == 0
    assert orjson.loads(first.acknowledgement.read_bytes())["removed"] == 0

    await take_back(goes_later)
    newer = read_list(await handed_out(surveybot, tmp_path / "newer.json"))
    assert prune(release.path, newer, None, NOW).removed == 1, "a newer list has a word of its own"


class TestWhatIsRefused:
    """Nothing is changed, and one message says why."""

    @pytest.fixture
    async def copies(
        self, bot: Bot, arrive: Arrive, exported: Export, surveybot: Surveybot, tmp_path: Path
    ) -> tuple[Path, Path]:
        """A recipient's file, and a list."""
        assert bot.is_running
        leaves = await take_part(arrive("A"))
        await take_part(arrive("B"))
        release = await exported()
        await exported(recipient="clinic")
        await take_back(leaves)
        return release.path, await handed_out(surveybot, tmp_path / "list.json")

    async def test_a_list_that_was_changed_or_is_for_somebody_else(
        self, copies: tuple[Path, Path], surveybot: Surveybot, tmp_path: Path
    ) -> None:
        file, listed = copies
        before = file.read_bytes()
        envelope: dict[str, Any] = orjson.loads(listed.read_bytes())
        changed = tmp_path / "changed.json"
        changed.write_bytes(orjson.dumps({**envelope, "body": envelope["body"].replace("c_", "c_0", 1)}))
        with pytest.raises(Refused, match="the signature does not hold"):
            read_list(changed)
        changed.write_text("{}")
        with pytest.raises(Refused, match="not a withdrawals list"):
            read_list(changed)
        others = read_list(await handed_out(surveybot, tmp_path / "clinic.json", "clinic"))
        with pytest.raises(Refused, match="the list is for clinic"):
            prune(file, others, None, NOW)
        (file.parent / "manifest.json").rename(tmp_path / "manifest.json")
        with pytest.raises(Refused, match="--release"):
            prune(file, read_list(listed), None, NOW)
        for made_as in ("csv", "jsonl", "parquet", "sav", "dta"):
            broken = file.with_name(f"other.{made_as}")
            broken.write_bytes(b"no release")
            with pytest.raises(Refused, match=f"cannot be read as {made_as}"):
                prune(broken, read_list(listed), "any", NOW)
            assert broken.read_bytes() == b"no release"
        assert file.read_bytes() == before
        again = await surveybot("withdrawals", "--recipient", "lab", "--out", listed)
        assert (again.code, "never written over" in again.err) == (1, True)

    async def test_an_acknowledgement_of_nothing(self, copies: tuple[Path, Path], surveybot: Surveybot) -> None:
        file, listed = copies
        word = prune(file, read_list(listed), None, NOW).acknowledgement
        said = orjson.loads(word.read_bytes())
        for change, says in (
            ({"list": "x"}, "no such list"),
            ({"release": "x"}, "no release x went to 'lab'"),
            ({"removed": -1}, "this is not an acknowledgement"),
            ({"removed": 1 << 31}, "this is not an acknowledgement"),
            ({"recipient": "la\0b"}, "this is not an acknowledgement"),
            ({"file": "re\0lease.csv"}, "this is not an acknowledgement"),
            ({"file": "my copy.csv"}, "no file of that name went to 'lab'. Have the copy named as it went out"),
            ({"file": "my copy.csv"}, "this is about 'my copy.csv', and"),
            ({"file": "my copy.csv"}, f"its acknowledgement sent: {file.name}"),
        ):
            word.write_bytes(orjson.dumps({**said, **change}))
            done = await surveybot("withdrawals", "acknowledge", word)
            assert (done.code, done.err.count("\n")) == (1, 1)
            assert says in done.err
