"""`surveybot db copy`: a running installation's data in another database, the same row by row, or no copy at all."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any

import pytest
import typer
from sqlalchemy import func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection
from support.made_up import dice
from support.running import settings_on_files
from support.server import Server
from typer.testing import CliRunner

from bot.broadcasts.seeding import seed
from bot.cli import app
from bot.clock import utc_now
from bot.doctor.stores import stores
from bot.doors import open_ground
from bot.opening import open_stores
from bot.reading import read_collections
from bot.serving import moving, serving
from bot.settings import Settings
from bot.stewardship import export as exporting
from bot.stewardship import keys as stewards_keys
from bot.stewardship import recipients, relocating
from bot.stewardship.archive import Archive, open_archive
from bot.stewardship.backup import back_up
from bot.stewardship.export import Order, Refused, order
from bot.stewardship.formats import FORMATS
from bot.stewardship.relocating import Copied, copy, stay
from bot.storage import transfers
from bot.storage.comparing import Held, compare
from bot.storage.database import Database, SchemaFault, StoreUnavailable
from bot.storage.keystore import KeyStore
from bot.storage.recipients import Recipient
from bot.storage.releases import Release
from bot.storage.tables import broadcasts, tallies
from bot.storage.transfers import State, Transfer, carried_tables
from bot.trail.sealer import Sealer
from bot.trail.verifying import Verdict

PEOPLE = 12
FIRST = 7_000_000_001


def now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


@pytest.fixture(scope="module")
def peopled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A few people, a broadcast whose number is not the last that was given, and a sealed trail. Made once."""
    folder = tmp_path_factory.mktemp("moved")
    asyncio.run(_peopled(folder))
    return folder


async def _peopled(folder: Path) -> None:
    settings = settings_on_files(folder)
    async with open_ground(settings, "", dice()) as ground:
        await seed(ground, FIRST, PEOPLE)
    async with open_stores(settings, read_collections(settings), utc_now) as stores:
        await Sealer(database=stores.database, keystore=stores.keystore, vault=stores.vault, clock=now).seal()
    needed = [column.name for column in broadcasts.columns if not column.nullable and column.name != "id"]
    values: dict[str, Any] = dict.fromkeys(needed, "x")
    values |= {"audience": {}, "paragraphs": {}, "fallen_out": {}, "paid": False, "any_hour": False}
    values |= {"planned_at": now(), "starts_at": now()}
    values |= dict.fromkeys(("recipients", "delivered", "unreachable", "unknown", "cancelled"), 0)
    database = Database.connect(settings.database_url)
    async with database.write() as connection:
        await connection.execute(insert(broadcasts), [values, values, values])
    await database.close()
    run(folder, "delete from broadcasts where id = 3")


def run(folder: Path, query: str, *values: object, file: str = "survey.db") -> list[tuple[Any, ...]]:
    """SQL, as somebody else would run it."""
    with closing(sqlite3.connect(folder / file, timeout=15)) as connection, connection:
        return connection.execute(query, values).fetchall()


@pytest.fixture
def here(peopled: Path, tmp_path: Path) -> Settings:
    """The installation that is moved."""
    shutil.copytree(peopled, tmp_path / "here")
    return settings_on_files(tmp_path / "here")


@pytest.fixture
def there(here: Settings, tmp_path: Path) -> Settings:
    """Where it goes: another file, with the keys where they were."""
    url = f"sqlite+aiosqlite:///{tmp_path / 'there' / 'survey.db'}"
    return here.model_copy(update={"database_url": url})


async def moved(here: Settings, there: Settings) -> Copied:
    return await copy(here, there, now, os.urandom, lambda _table, _rows: None)


async def level(here: Settings, there: Settings) -> list[Held]:
    """Both sides, by the tables that they are to share."""
    source, target = Database.connect(here.database_url), Database.connect(there.database_url)
    async with source.read() as connection:
        held = await compare(connection, target, carried_tables(), b"k" * 32)
    await source.close()
    await target.close()
    return held


async def test_everything_is_there_row_by_row_and_only_there(here: Settings, there: Settings) -> None:
    done = await moved(here, there)
    assert done.finished
    assert all(each.is_level for each in done.tables)
    counts = {each.table: each.rows for each in done.tables}
    assert counts["contributions"] == PEOPLE
    assert counts["answers"] > PEOPLE
    assert done.audit_entries > 1
    assert done.audit_findings == 0
    async with open_archive(there) as archive, archive.database.write() as connection:
        row = dict((await connection.execute(select(broadcasts))).mappings().first() or {})
        given = await connection.execute(insert(broadcasts), _without_id(row))
        assert given.inserted_primary_key == (4,), "3 was given to one that is gone"
    with pytest.raises(SchemaFault, match=r"this data was moved to .*there/survey.db on"):
        async with open_archive(here):
            pass
    with pytest.raises(SchemaFault, match="surveybot db stay"):
        async with open_stores(here, read_collections(here), utc_now):
            pass
    with pytest.raises(Refused, match="is finished: start the bot with the new settings"):
        await moved(here, there)
    await stay(here, now)
    async with open_archive(here):
        pass
    with pytest.raises(Refused, match="nothing to take back"):
        await stay(here, now)


def _without_id(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name != "id"}


async def test_what_changes_while_the_bot_serves_is_brought_over(here: Settings, there: Settings) -> None:
    """Rows that come, go and change, in several runs; nothing is finished before the bot has stopped."""
    folder = here.key_file.parent.parent
    with serving(here.serving_mark):
        first = await moved(here, there)
        assert not first.finished
        async with open_ground(here, "", dice()) as ground:
            await seed(ground, FIRST + PEOPLE, 3)
        run(folder, "delete from answers where pseudonym = (select min(pseudonym) from answers)")
        run(folder, "update conversations set version = version + 1, sealed = x'00ff' where rowid % 2")
        second = await moved(here, there)
        assert not second.finished
        assert second.changed > PEOPLE
        run(folder, "update tallies set count = count + 1")
        third = await moved(here, there)
        assert third.changed == run(folder, "select count(*) from tallies")[0][0]
        with pytest.raises(SchemaFault, match="was not finished"):
            async with open_archive(there):
                pass
        async with open_archive(here):
            pass
    assert (await moved(here, there)).finished
    assert all(each.is_level for each in await level(here, there))
    assert run(folder, "select count(*) from contributions") == [(PEOPLE + 3,)]


async def test_a_copy_that_is_cut_off_says_so_and_begins_again(here: Settings, there: Settings) -> None:
    class Cut(Exception):
        pass

    def cut(table: str, _rows: int) -> None:
        if table == "consent_records":
            raise Cut

    with pytest.raises(Cut):
        await copy(here, there, now, os.urandom, cut)
    with pytest.raises(SchemaFault, match=r"a copy of .*here/survey.db that was not finished"):
        async with open_archive(there):
            pass
    async with open_archive(here):
        pass
    assert (await moved(here, there)).finished


async def test_a_move_that_is_cut_off_at_its_very_end_starts_neither_side_and_goes_on(
    here: Settings, there: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the source's word and the copy's."""
    said: list[State] = []

    async def note(connection: AsyncConnection, transfer: Transfer | None) -> None:
        if transfer is None or transfer.state is State.DONE:
            raise OSError("power cut")
        said.append(transfer.state)
        await transfers.note(connection, transfer)

    monkeypatch.setattr(relocating, "note", note)
    with pytest.raises(OSError, match="power cut"):
        await moved(here, there)
    assert said[-1] is State.LEFT
    for side in (here, there):
        with pytest.raises(SchemaFault):
            async with open_archive(side):
                pass
    monkeypatch.setattr(relocating, "note", transfers.note)
    assert (await moved(here, there)).finished


async def test_a_copy_that_is_not_the_same_is_not_finished(
    here: Settings, there: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def nothing(*_: object) -> list[Held]:
        return []

    with serving(here.serving_mark):
        await moved(here, there)
    run(there_folder(there), "update tallies set count = count + 1")
    run(there_folder(there), "delete from conversations where rowid = 1")
    monkeypatch.setattr(relocating, "bring_level", nothing)
    with pytest.raises(Refused, match=r"conversations \(12 rows, 11 in the copy\), tallies \("):
        await moved(here, there)
    async with open_archive(here):
        pass
    with pytest.raises(SchemaFault, match="was not finished"):
        async with open_archive(there):
            pass


def name_in_environment(here: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """For what is typed."""
    monkeypatch.setenv("SURVEYBOT_API_URL", here.api_url)
    monkeypatch.setenv("SURVEYBOT_TOKEN", "1:test")
    monkeypatch.setenv("SURVEYBOT_DATABASE_URL", here.database_url)
    monkeypatch.setenv("SURVEYBOT_KEY_FILE", str(here.key_file))


def there_folder(there: Settings) -> Path:
    return Path(there.database_url.partition(":///")[2]).parent


async def test_a_trail_that_was_tampered_with_is_moved_as_it_is_and_said(here: Settings, there: Settings) -> None:
    """A space in the text of an entry is carried too."""
    folder = here.key_file.parent.parent
    some = "select min(id) from audit where leaf is not null and detail != '{}'"
    run(folder, f"update audit set detail = replace(detail, '{{', '{{ ') where id = ({some})")  # noqa: S608
    done = await moved(here, there)
    assert done.finished
    assert done.audit_findings > 0


async def test_keys_move_too_and_none_that_was_destroyed_before(
    here: Settings, there: Settings, tmp_path: Path
) -> None:
    """Keys are copied when the bot has stopped, and not before."""
    new = tmp_path / "vault" / "keystore.db"
    there = there.model_copy(update={"key_store_url": f"sqlite+aiosqlite:///{new}"})
    keys = KeyStore.connect(here.key_store)
    with serving(here.serving_mark):
        await moved(here, there)
        assert not new.exists()
        [(gone,), *_] = run(here.key_file.parent, "select distinct key_id from wraps", file="keystore.db")
        await keys.destroy([(gone, None)])
    await keys.close()
    done = await moved(here, there)
    assert done.finished
    assert {each.table for each in done.keys} == {"ring", "wraps", "installation", "heads", "sealing"}
    assert all(each.is_level for each in done.keys)
    assert run(new.parent, "select count(*) from wraps where key_id = ?", gone, file="keystore.db") == [(0,)]
    assert gone not in new.read_bytes()
    async with open_archive(there):
        pass


# --- a command that was open -----------------------------------------------------------------------------------------

MOVED = r"this data was moved to .*there/survey.db on"


async def test_a_command_that_was_open_writes_nothing_into_what_was_left(here: Settings, there: Settings) -> None:
    """In whatever way it writes. Until then it writes as ever, and it may still read."""
    async with open_archive(here) as archive:
        database = archive.database
        async with database.write() as connection:
            await connection.execute(ONE_MORE)
        done = await moved(here, there)
        assert done.finished
        for begun in (database.write, database.write_beside, database.write_apart, database.write_in_bulk):
            with pytest.raises(SchemaFault, match=MOVED):
                async with begun() as connection:
                    await connection.execute(ONE_MORE)
        with pytest.raises(SchemaFault, match=MOVED):
            await database.write_in_one_go(lambda connection: connection.execute(ONE_MORE))
        with pytest.raises(SchemaFault, match=MOVED):
            async with database.write_in_two_goes() as goes:
                await goes.first(_one_more)
        async with database.read() as connection:
            count = await connection.scalar(select(func.count()).select_from(tallies).where(tallies.c.what == "more"))
        assert count == 1
    assert all(each.is_level for each in await level(here, there))


ONE_MORE = insert(tallies).values(collection="demographics", territory="US", what="more", count=1)


async def _one_more(connection: AsyncConnection) -> None:
    await connection.execute(ONE_MORE)


async def test_who_makes_people_up_is_stopped_too(here: Settings, there: Settings) -> None:
    async with open_ground(here, "", dice()) as ground:
        await moved(here, there)
        with pytest.raises(SchemaFault, match=MOVED):
            await seed(ground, FIRST + PEOPLE, 1)
    assert all(each.is_level for each in await level(here, there))


async def to_the_lab(here: Settings) -> Order:
    """A release for somebody who is on file."""
    async with open_archive(here) as archive:
        until = now().date() + dt.timedelta(days=365)
        await recipients.add(archive, Recipient("lab", "DUA-1", ("evaluation",), "x@example.org", until, 30, now()))
    return order(read_collections(here), "demographics", "evaluation", "lab", FORMATS["csv"], tables=True)


async def test_a_release_that_is_being_made_leaves_no_file_that_the_new_place_knows_nothing_of(
    here: Settings, there: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is entered into the ledger at its very end."""
    wanted, out = await to_the_lab(here), tmp_path / "out"
    commit = exporting._Making._commit

    async def once_moved(self: exporting._Making, mark: int) -> Release:
        await moved(here, there)
        return await commit(self, mark)

    monkeypatch.setattr(exporting._Making, "_commit", once_moved)
    async with open_archive(here) as archive:
        with pytest.raises(SchemaFault, match=MOVED):
            await exporting.export(archive, wanted, out, now)
    assert list(out.iterdir()) == []
    assert run(here.key_file.parent.parent, "select count(*) from releases") == [(0,)]
    assert all(each.is_level for each in await level(here, there))


async def test_a_release_that_was_made_before_is_made_also_when_the_data_is_moved_at_once(
    here: Settings, there: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its entry is in the copy, and its file is there: nobody is told that it was refused."""
    wanted = await to_the_lab(here)
    commit = exporting._Making._commit

    async def then_moved(self: exporting._Making, mark: int) -> Release:
        release = await commit(self, mark)
        await moved(here, there)
        return release

    monkeypatch.setattr(exporting._Making, "_commit", then_moved)
    async with open_archive(here) as archive:
        made = await exporting.export(archive, wanted, tmp_path / "out", now)
    assert made.files[0].path.exists()
    assert run(there_folder(there), "select id from releases") == [(made.release.id,)]


def test_who_is_asked_whether_to_invite_reads_where_the_data_went(
    here: Settings, there: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The answer comes after the move: one sentence, and no broadcast in what was left."""

    def once_moved(*_: object, **__: object) -> bool:
        with ThreadPoolExecutor(1) as elsewhere:
            assert elsewhere.submit(lambda: asyncio.run(moved(here, there))).result().finished
        return True

    name_in_environment(here, monkeypatch)
    monkeypatch.setenv("SURVEYBOT_ALLOW_UNREVIEWED", "true")
    monkeypatch.setattr(typer, "confirm", once_moved)
    done = CliRunner().invoke(app, ["invite", "demographics", "--any-hour"])
    assert done.exit_code == 1, done.output
    assert isinstance(done.exception, SystemExit)
    assert "this data was moved to" in done.output
    assert "surveybot db stay" in done.output
    assert run(here.key_file.parent.parent, "select count(*) from broadcasts where state = 'running'") == [(0,)]
    assert all(each.is_level for each in asyncio.run(level(here, there)))


async def test_a_master_key_is_not_changed_in_what_was_left(
    here: Settings, there: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The keys stay where they are, and open the new place too."""

    @asynccontextmanager
    async def then_moved(settings: Settings) -> AsyncIterator[Archive]:
        async with open_archive(settings) as archive:
            await moved(here, there)
            yield archive

    monkeypatch.setattr(stewards_keys, "open_archive", then_moved)
    new = here.key_file.with_name("second.key")
    ring = run(here.key_file.parent, "select * from ring order by name", file="keystore.db")
    with pytest.raises(SchemaFault, match=MOVED):
        await stewards_keys.rotate(here, new, now)
    assert run(here.key_file.parent, "select * from ring order by name", file="keystore.db") == ring
    assert not new.exists()


# --- keys, where the end is not reached ------------------------------------------------------------------------------


@pytest.fixture
def with_keys(there: Settings, tmp_path: Path) -> Settings:
    """Where data and keys go: other files."""
    (tmp_path / "vault").mkdir()
    return there.model_copy(update={"key_store_url": f"sqlite+aiosqlite:///{tmp_path / 'vault' / 'keystore.db'}"})


def key_ids(settings: Settings) -> list[Any]:
    """Of everybody whose keys are in a store's file."""
    file = Path(settings.key_store.partition(":///")[2])
    return [each for (each,) in run(file.parent, "select distinct key_id from wraps order by 1", file=file.name)]


async def differs(*_: object) -> Verdict:
    raise Refused("the audit trail does not verify")


async def is_cut_short(*_: object) -> Verdict:
    raise asyncio.CancelledError


@pytest.mark.parametrize("ends", [differs, is_cut_short])
async def test_a_move_that_fails_at_its_end_leaves_no_key_at_the_new_place(
    here: Settings,
    with_keys: Settings,
    monkeypatch: pytest.MonkeyPatch,
    ends: Callable[..., Coroutine[Any, Any, Verdict]],
) -> None:
    """Who leaves afterwards has never been there, as far as the file shows; and the same again finishes."""
    file = Path(with_keys.key_store.partition(":///")[2])
    with monkeypatch.context() as patched:
        patched.setattr(relocating, "_same_trail", ends)
        with pytest.raises((Refused, asyncio.CancelledError)):
            await moved(here, with_keys)
    assert key_ids(with_keys) == []
    here_still = key_ids(here)
    assert len(here_still) > PEOPLE
    left = await asyncio.to_thread(file.read_bytes)
    assert all(each not in left for each in here_still)
    async with open_archive(here) as archive:
        await archive.keystore.destroy([(here_still[0], None)])
    assert (await moved(here, with_keys)).finished
    assert key_ids(with_keys) == here_still[1:]


async def test_a_move_whose_last_word_is_not_committed_leaves_no_key_there(
    here: Settings, with_keys: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def note(connection: AsyncConnection, transfer: Transfer | None) -> None:
        if transfer is not None and transfer.state is State.LEFT:
            raise OSError("disk full")
        await transfers.note(connection, transfer)

    monkeypatch.setattr(relocating, "note", note)
    with pytest.raises(OSError, match="disk full"):
        await moved(here, with_keys)
    assert key_ids(with_keys) == []


async def test_keys_that_cannot_be_taken_out_again_are_said_with_what_to_do(
    here: Settings, with_keys: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def out_of_reach(_: KeyStore) -> None:
        raise StoreUnavailable("ConnectionRefusedError")

    with monkeypatch.context() as patched:
        patched.setattr(relocating, "_same_trail", differs)
        patched.setattr(KeyStore, "go_back", out_of_reach)
        with pytest.raises(Refused) as refused:
            await moved(here, with_keys)
    said = str(refused.value)
    assert "the audit trail does not verify" in said
    assert f"copied to {Path(with_keys.key_store.partition(':///')[2])} could not be taken out again" in said
    assert "Run surveybot db copy again" in said
    with serving(here.serving_mark):
        assert not (await moved(here, with_keys)).finished
    assert key_ids(with_keys) == []


KILLED_AT_ITS_END = """
import asyncio, datetime, os, sys
from bot.settings import read_settings
from bot.stewardship import relocating

async def killed(*_):
    os._exit(9)

relocating._same_trail = killed
now = lambda: datetime.datetime.now(datetime.UTC)
here, there = ({"database_url": data, "key_store_url": keys} for data, keys in (sys.argv[2:4], sys.argv[4:6]))
here, there = (read_settings(_env_file=None, token="1:test", key_file=sys.argv[1], **each) for each in (here, there))
asyncio.run(relocating.copy(here, there, now, os.urandom, lambda *_: None))
"""


async def test_what_a_killed_move_has_left_goes_before_anything_else(here: Settings, with_keys: Settings) -> None:
    """Also while the bot serves again. A key that was destroyed meanwhile does not come along."""
    places = [here.database_url, here.key_store, with_keys.database_url, with_keys.key_store]
    line = [sys.executable, "-c", KILLED_AT_ITS_END, str(here.key_file), *places]
    killed = await asyncio.to_thread(subprocess.run, line, check=False, capture_output=True)
    assert killed.returncode == 9, killed.stderr
    [gone, *others] = key_ids(here)
    assert gone in key_ids(with_keys)
    async with open_archive(here) as archive:
        await archive.keystore.destroy([(gone, None)])
    with serving(here.serving_mark):
        assert not (await moved(here, with_keys)).finished
        assert key_ids(with_keys) == []
    assert (await moved(here, with_keys)).finished
    assert key_ids(with_keys) == others


async def test_keys_that_no_move_has_put_there_are_left_alone(here: Settings, with_keys: Settings) -> None:
    """Such as the ones that are copied, under another name."""
    before = key_ids(here)
    folder = here.key_file.parent
    other_name = f"sqlite+aiosqlite:///{folder / '..' / folder.name / 'keystore.db'}"
    there = with_keys.model_copy(update={"key_store_url": other_name})
    for _ in range(2):
        with pytest.raises(Refused, match=r"is not empty; give the keys a database of their own"):
            await moved(here, there)
        assert key_ids(here) == before
    async with open_archive(here):
        pass


async def test_a_bot_that_goes_on_there_keeps_its_keys(
    here: Settings, with_keys: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where the move was cut off after its last word: no later one takes them for its own."""

    async def cut_off(*_: object) -> None:
        """Nothing more comes."""

    monkeypatch.setattr(relocating, "_keys_settled", cut_off)
    assert (await moved(here, with_keys)).finished
    keys = KeyStore.connect(with_keys.key_store)
    assert await keys.is_arriving()
    async with open_stores(with_keys, read_collections(with_keys), utc_now):
        pass
    assert not await keys.is_arriving()
    await keys.go_back()
    assert len(key_ids(with_keys)) > PEOPLE
    await keys.close()


async def test_two_copies_do_not_stand_in_each_others_way(here: Settings, there: Settings) -> None:
    with moving(here.serving_mark), pytest.raises(Refused, match="another surveybot db copy runs from here"):
        await moved(here, there)
    assert (await moved(here, there)).finished


# --- what is refused -------------------------------------------------------------------------------------------------


@pytest.fixture
async def filled(there: Settings) -> AsyncIterator[Database]:
    """A database at the new place with tables in it."""
    database = Database.connect(there.database_url)
    await database.upgrade()
    yield database
    await database.close()


async def test_a_target_that_is_not_empty_is_left_alone(here: Settings, there: Settings, filled: Database) -> None:
    async with filled.write() as connection:
        await connection.exec_driver_sql("insert into tallies values ('c', 'US', 'opened', 3)")
    with pytest.raises(Refused, match=r"there/survey.db is not empty"):
        await moved(here, there)
    assert run(there_folder(there), "select * from tallies") == [("c", "US", "opened", 3)]


async def test_empty_tables_are_as_good_as_none(here: Settings, there: Settings, filled: Database) -> None:
    assert not filled.serves_several
    assert (await moved(here, there)).finished


async def test_tables_of_another_version_are_refused(here: Settings, there: Settings, filled: Database) -> None:
    async with filled.write() as connection:
        await connection.exec_driver_sql("update alembic_version set version_num = '0005'")
    with pytest.raises(SchemaFault, match="tables of another version"):
        await moved(here, there)
    run(here.key_file.parent.parent, "update alembic_version set version_num = '0005'")
    with pytest.raises(SchemaFault, match="run: surveybot db upgrade"):
        await moved(here, there)


async def test_another_programs_tables_are_refused(here: Settings, there: Settings) -> None:
    there_folder(there).mkdir()
    run(there_folder(there), "create table theirs (id integer)")
    with pytest.raises(Refused, match="another program's tables"):
        await moved(here, there)


async def test_another_installations_copy_is_refused(
    here: Settings, there: Settings, peopled: Path, tmp_path: Path
) -> None:
    with serving(here.serving_mark):
        await moved(here, there)
    run(there_folder(there), "update transfers set installation = 'other'")
    with pytest.raises(Refused, match="is another move's"):
        await moved(here, there)
    assert peopled != tmp_path


async def test_what_has_moved_away_is_moved_to_no_second_place(here: Settings, there: Settings, tmp_path: Path) -> None:
    """Also where it has been copied before, and where the first place is empty again."""
    half, third = third_place(here, tmp_path / "half"), third_place(here, tmp_path / "third")
    with serving(here.serving_mark):
        await moved(here, half)
    assert (await moved(here, there)).finished
    for second in (half, third):
        with pytest.raises(SchemaFault, match=MOVED + ".*surveybot db stay"):
            await moved(here, second)
    assert run(there_folder(half), "select state from transfers") == [("carried",)]
    assert run(there_folder(third), "select name from sqlite_master") == []
    shutil.rmtree(there_folder(there))
    with pytest.raises(SchemaFault, match=MOVED):
        await moved(here, there)
    assert run(there_folder(there), "select * from contributions") == []
    await stay(here, now)
    assert (await moved(here, third)).finished


def third_place(here: Settings, folder: Path) -> Settings:
    return here.model_copy(update={"database_url": f"sqlite+aiosqlite:///{folder / 'survey.db'}"})


async def test_of_what_has_moved_away_no_backup_is_made_and_doctor_says_where_it_went(
    here: Settings, there: Settings, tmp_path: Path
) -> None:
    """Every night it would be one of data that nobody adds to, and nothing would say so."""
    await moved(here, there)
    for folder in ("backup-data", "backup-keys"):
        (tmp_path / folder).mkdir()
    with pytest.raises(SchemaFault, match=MOVED):
        await back_up(here, tmp_path / "backup-data", tmp_path / "backup-keys", now, together=True, keep_keys=None)
    assert not [*(tmp_path / "backup-data").iterdir(), *(tmp_path / "backup-keys").iterdir()]
    assert [each.says for each in await stores(here) if "was moved to" in each.says]
    assert not [each for each in await stores(there) if "was moved to" in each.says]


async def test_half_a_copy_is_moved_nowhere(here: Settings, there: Settings, tmp_path: Path) -> None:
    with serving(here.serving_mark):
        await moved(here, there)
    with pytest.raises(SchemaFault, match=r"is a copy of .*here/survey.db that was not finished"):
        await moved(there, third_place(here, tmp_path / "third"))


async def test_the_same_database_is_no_move(here: Settings) -> None:
    with pytest.raises(Refused, match="name another one"):
        await moved(here, here)


async def test_a_server_that_is_not_there_is_named_without_its_password(here: Settings) -> None:
    url = "postgresql+asyncpg://survey:secret@127.0.0.1:1/survey"
    with pytest.raises(Refused, match="cannot be reached") as refused:
        await moved(here, here.model_copy(update={"database_url": url}))
    assert "secret" not in str(refused.value)


# --- on PostgreSQL, as it is typed -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """A PostgreSQL with two empty databases."""
    running = Server()
    try:
        running.make()
        for name in ("survey", "surveykeys"):
            asyncio.run(_made(running, name))
        yield running
    finally:
        running.remove()


async def test_a_server_keeps_no_key_of_a_move_that_failed(
    here: Settings, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = ("failing", "failingkeys")
    for name in names:
        await _made(server, name)
    data, keys = (f"postgresql+asyncpg://postgres@/{name}?host={server.folder}" for name in names)
    there = here.model_copy(update={"database_url": data, "key_store_url": keys})
    with monkeypatch.context() as patched:
        patched.setattr(relocating, "_same_trail", differs)
        with pytest.raises(Refused, match="the audit trail does not verify"):
            await moved(here, there)
    store = KeyStore.connect(keys)
    assert await store.is_empty()
    assert await store.ring() == {}
    assert await store.is_new()
    assert (await moved(here, there)).finished
    assert not await store.is_empty()
    assert not await store.is_arriving()
    await store.close()


async def _made(running: Server, name: str) -> None:
    import asyncpg

    connection = await asyncpg.connect(host=str(running.folder), user="postgres", database="postgres", timeout=15)
    await connection.execute(f"create database {name} template template0")
    await connection.close()


def test_a_bot_on_files_is_moved_to_a_server(
    here: Settings, server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Data and keys; told in words and for programs, and the new place goes on."""
    monkeypatch.chdir(tmp_path)
    name_in_environment(here, monkeypatch)
    address = f"postgresql+asyncpg://postgres@/{{}}?host={server.folder}"
    names = {
        "SURVEYBOT_DATABASE_URL": address.format("survey"),
        "SURVEYBOT_KEY_STORE_URL": address.format("surveykeys"),
    }
    Path("new.env").write_text("".join(f"{name}={value}\n" for name, value in names.items()), encoding="utf-8")

    def typed(line: str) -> tuple[int, str]:
        done = CliRunner().invoke(app, line.split())
        return done.exit_code, done.output

    with serving(here.serving_mark):
        code, output = typed("db copy --to new.env")
        assert code == 0, output
        assert "Copied while the bot serves: " in output
        assert "Stop the bot and run this again" in output
    code, output = typed("db copy --to new.env --json")
    assert code == 0, output
    told = json.loads(output)
    assert told["finished"]
    assert {each["table"]: each["rows"] for each in told["tables"]}["contributions"] == PEOPLE
    assert sum(each["rows"] for each in told["keys"]) > PEOPLE
    code, output = typed("db status")
    assert (code, "this data was moved to" in output) == (1, True)
    assert "this data was moved to" in typed("audit verify")[1]
    assert "is finished: start the bot" in typed("db copy --to new.env")[1]
    for name, value in names.items():
        monkeypatch.setenv(name, value)
    code, output = typed("audit verify")
    assert code == 0, output
    assert typed("db status")[0] == 0
    asyncio.run(_goes_on(here, names))


async def _goes_on(here: Settings, names: dict[str, str]) -> None:
    there = here.model_copy(
        update={
            "database_url": names["SURVEYBOT_DATABASE_URL"],
            "key_store_url": names["SURVEYBOT_KEY_STORE_URL"],
        }
    )
    async with open_stores(there, read_collections(there), utc_now) as stores, stores.database.write() as connection:
        row = dict((await connection.execute(select(broadcasts))).mappings().first() or {})
        given = await connection.execute(insert(broadcasts), _without_id(row))
        assert given.inserted_primary_key == (4,)
        assert (await connection.exec_driver_sql("select count(*) from conversations")).scalar() == PEOPLE


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("", "new.env sets no SURVEYBOT_DATABASE_URL"),
        ("SURVEYBOT_DATABASE_URL=mysql://x\n", "begin with sqlite"),
    ],
)
def test_settings_that_name_no_new_place_are_refused(
    here: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: str, said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SURVEYBOT_DATABASE_URL", here.database_url)
    monkeypatch.setenv("SURVEYBOT_KEY_FILE", str(here.key_file))
    Path("new.env").write_text(words, encoding="utf-8")
    done = CliRunner().invoke(app, ["db", "copy", "--to", "new.env"])
    assert done.exit_code == 1
    assert said in done.output
