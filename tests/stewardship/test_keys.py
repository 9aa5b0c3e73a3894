"""A new master key: the ring is wrapped anew, and nothing else changes."""

from __future__ import annotations

from pathlib import Path

from support.running import Bot, until

from bot.vault import open_ring, read_master_key

from .conftest import Arrive, Export, Surveybot, ring_of, take_back, take_part


async def test_the_new_key_opens_everything_and_the_old_one_nothing(
    bot: Bot, arrive: Arrive, exported: Export, surveybot: Surveybot, environment: dict[str, str], tmp_path: Path
) -> None:
    sam = await take_part(arrive())
    before = await exported()
    wraps = sorted(bot.stores.wraps())
    await bot.stop()
    new = tmp_path / "keys" / "second.key"

    done = await surveybot("keys", "rotate", "--new-key-file", new)

    assert done.code == 0
    assert f"Set SURVEYBOT_KEY_FILE to {new}" in done.out
    assert new.stat().st_mode & 0o077 == 0
    with_old = await surveybot("keys", "status")
    assert with_old.code == 1
    assert "the master key is not the one" in with_old.err
    environment["SURVEYBOT_KEY_FILE"] = str(new)
    after = await exported()
    assert after.rows == before.rows
    assert sorted(bot.stores.wraps()) == wraps
    assert sam.person.id


async def test_the_bot_goes_on_under_the_new_key(
    bot: Bot, arrive: Arrive, surveybot: Surveybot, tmp_path: Path
) -> None:
    """One that runs meanwhile does not notice; the next start takes the new file."""
    sam = await take_part(arrive())
    new = tmp_path / "keys" / "second.key"
    assert (await surveybot("keys", "rotate", "--new-key-file", new)).code == 0
    await sam.say("/mydata")
    bot.settings = bot.settings.model_copy(update={"key_file": new})

    await bot.restart()
    await take_back(sam)

    assert bot.stores.count("answers") == 0


async def test_refusals_change_nothing(bot: Bot, surveybot: Surveybot, tmp_path: Path) -> None:
    taken, elsewhere = tmp_path / "keys" / "taken.key", tmp_path / "new" / "second.key"
    taken.write_text("precious", encoding="ascii")
    ring = ring_of(bot)

    over = await surveybot("keys", "rotate", "--new-key-file", taken)
    away = await surveybot("keys", "rotate", "--new-key-file", elsewhere)

    assert (over.code, away.code) == (1, 1)
    assert "never written over" in over.err
    assert "beside the old one" in away.err
    assert taken.read_text(encoding="ascii") == "precious"
    assert not elsewhere.exists()
    assert ring_of(bot) == ring


async def test_status_names_locks_and_shows_no_key(
    bot: Bot, arrive: Arrive, surveybot: Surveybot, tmp_path: Path
) -> None:
    sam = await take_part(arrive())
    await take_back(sam)
    await until(lambda: bot.stores.count("conversations") == bot.stores.count("key_destructions") == 0)

    told = (await surveybot("keys", "status", "--json")).value
    words = (await surveybot("keys", "status")).out

    assert told["purposes"] == [f"purpose:demographics/{p}" for p in ("balance", "evaluation", "improvement", "link")]
    assert told["fixed_keys"] == 7
    assert told["destroyed"] >= 1
    assert told["to_destroy"] == 0
    master = read_master_key(tmp_path / "keys" / "master.key")
    for key in open_ring(master, dict(ring_of(bot))).values():
        assert key.hex() not in words


async def test_a_change_of_the_master_key_is_in_the_audit(bot: Bot, surveybot: Surveybot, tmp_path: Path) -> None:
    await surveybot("keys", "rotate", "--new-key-file", tmp_path / "keys" / "second.key")

    query = "select actor, action, detail from audit where action = 'master key changed'"
    assert bot.stores.rows(query) == [("steward", "master key changed", '{"ring_keys": 11}')]
