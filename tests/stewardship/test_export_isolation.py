"""Purposes apart: who said No to a purpose is in no file for it, and nothing that it holds opens their key."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from support.running import Bot

from bot.vault import SELF, CannotOpen, purpose_lock

from .conftest import (
    BALANCE,
    EXPORT,
    IMPROVEMENT,
    Arrive,
    Export,
    Surveybot,
    contributor_of,
    end_purpose,
    pseudonym_of,
    take_part,
)

IMPROVEMENT_LOCK = purpose_lock("demographics", "improvement")


async def test_who_said_no_is_not_in_the_file(bot: Bot, arrive: Arrive, exported: Export) -> None:
    yes, no, other = arrive("A"), arrive("B"), arrive("C")
    await take_part(yes, IMPROVEMENT)
    await take_part(no)
    await take_part(other, BALANCE)

    improvement, evaluation = await exported("improvement"), await exported("evaluation")

    assert [row["contributor"] for row in improvement.rows] == [contributor_of(bot, yes)]
    assert {row["contributor"]: row["purposes"] for row in evaluation.rows} == {
        contributor_of(bot, yes): "evaluation improvement",
        contributor_of(bot, no): "evaluation",
        contributor_of(bot, other): "evaluation balance",
    }


async def test_a_key_that_was_not_agreed_to_does_not_exist(bot: Bot, arrive: Arrive) -> None:
    """There is no wrap for the purpose, and no other wrap of the same key opens under the purpose's lock."""
    somebody = await take_part(arrive())
    [(key_id,)] = bot.stores.rows("select key_id from contributions")
    wraps = {lock: wrapped for owner, lock, wrapped in bot.stores.wraps() if owner == key_id}

    assert set(wraps) == {SELF, purpose_lock("demographics", "evaluation")}
    for wrapped in wraps.values():
        with pytest.raises(CannotOpen):
            bot.stores.vault().unwrap(IMPROVEMENT_LOCK, key_id, wrapped)
    assert pseudonym_of(bot, somebody).startswith("p_")


async def test_without_a_wrap_there_is_no_row_whatever_the_records_say(
    bot: Bot, arrive: Arrive, exported: Export, surveybot: Surveybot
) -> None:
    """The own-screens wrap and the other purposes' are there; a release uses none of them."""
    await take_part(arrive(), IMPROVEMENT)
    await bot.stores.change_keys("delete from wraps where lock = ?", IMPROVEMENT_LOCK)

    done = await surveybot(*EXPORT, "improvement")

    assert done.code == 1
    assert "nothing to export" in done.err
    assert [row["purposes"] for row in (await exported("evaluation")).rows] == ["evaluation"]


async def test_a_wrap_that_was_moved_or_changed_opens_nothing_and_is_told(
    bot: Bot, arrive: Arrive, surveybot: Surveybot
) -> None:
    first, second = arrive("A"), arrive("B")
    await take_part(first, IMPROVEMENT)
    await take_part(second)
    [(stolen,)] = [(w,) for _, lock, w in bot.stores.wraps() if lock == IMPROVEMENT_LOCK]
    pseudonym = pseudonym_of(bot, second)
    [(key_id,)] = bot.stores.rows("select key_id from contributions where pseudonym = ?", pseudonym)
    await bot.stores.change_keys("insert into wraps values (?, ?, ?, '2026-01-01')", key_id, IMPROVEMENT_LOCK, stolen)
    await bot.stores.change("""update consent_events set purposes = '["improvement"]' where event = 'given'""")

    done = await surveybot(
        *EXPORT,
        "improvement",
        "--json",
    )

    assert (done.value["rows"], done.value["unreadable"]) == (1, 1)


async def test_a_purpose_taken_back_is_gone_from_the_next_release(bot: Bot, arrive: Arrive, exported: Export) -> None:
    stays, leaves = arrive("A"), arrive("B")
    await take_part(stays, IMPROVEMENT)
    await take_part(leaves, IMPROVEMENT)
    await end_purpose(leaves, 1)

    assert [row["contributor"] for row in (await exported("improvement")).rows] == [contributor_of(bot, stays)]
    both = (await exported("evaluation")).only(contributor=contributor_of(bot, leaves))
    assert both["purposes"] == "evaluation"


@pytest.mark.sqlite("the data's file is copied by SQLite")
async def test_an_old_copy_of_the_data_gives_no_row_back(
    bot: Bot, arrive: Arrive, exported: Export, environment: dict[str, str], tmp_path: Path
) -> None:
    """Data from before a withdrawal, with today's key store."""
    stays, leaves = arrive("A"), arrive("B")
    await take_part(stays, IMPROVEMENT)
    await take_part(leaves, IMPROVEMENT)
    with closing(sqlite3.connect(bot.stores.data)) as data, closing(sqlite3.connect(tmp_path / "old.db")) as old:
        data.backup(old)
    await end_purpose(leaves, 1)
    environment["SURVEYBOT_DATABASE_URL"] = f"sqlite+aiosqlite:///{tmp_path / 'old.db'}"

    assert [row["contributor"] for row in (await exported("improvement")).rows] == [contributor_of(bot, stays)]


async def test_a_consent_that_has_ended_gives_no_row(bot: Bot, arrive: Arrive, exported: Export) -> None:
    stays, lapsed = arrive("A"), arrive("B")
    await take_part(stays)
    await take_part(lapsed)
    query = "update consent_records set expires_at = '2026-01-01 00:00:00.000000' where pseudonym = ?"
    await bot.stores.change(query, pseudonym_of(bot, lapsed))

    assert [row["contributor"] for row in (await exported()).rows] == [contributor_of(bot, stays)]


async def test_another_installations_keys_open_nothing_and_say_so(
    bot: Bot, arrive: Arrive, surveybot: Surveybot, environment: dict[str, str], tmp_path: Path
) -> None:
    await take_part(arrive())
    await bot.stop()
    shutil.copytree(tmp_path / "keys", tmp_path / "other")
    key = tmp_path / "other" / "master.key"
    heading = key.read_text(encoding="ascii").splitlines()[0]
    key.write_text(f"{heading}\n{'A' * 43}=\n", encoding="ascii")
    environment["SURVEYBOT_KEY_FILE"] = str(key)

    done = await surveybot(*EXPORT, "evaluation")

    assert done.code == 1
    assert "the master key is not the one" in done.err
    assert not (tmp_path / "elsewhere" / "out").exists()
