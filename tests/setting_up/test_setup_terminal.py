"""`surveybot setup` at a real terminal: a newcomer with nothing but what BotFather gave them."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from dotenv import dotenv_values
from support.running import TOKEN, settings_for
from support.terminal import INTERRUPT, Terminal

from bot.profile import codes
from bot.reading import read_collections
from bot.sandbox.server import Sandbox
from bot.vault import read_master_key, read_recovery_copy
from flows.language import language_name

from .conftest import COMMAND, AtTerminal


def languages_offered(folder: Path) -> dict[str, str]:
    """Telegram's code -> language, of those in which the ready collection has every word."""
    [collection] = read_collections(settings_for(folder, "http://127.0.0.1:1", allow_unreviewed=False))
    return {code: language for code, language in codes(collection.languages).items() if code}


async def _to_the_collections(terminal: Terminal, sandbox: Sandbox) -> None:
    await terminal.answers_unseen("Token (it is not shown)", TOKEN)
    await terminal.sees("Telegram knows the token: @survey_sandbox_bot")
    await terminal.sees("/setjoingroups, choose the bot, Disable")
    sandbox.service.profile.joins_groups = False  # BotFather has been told
    await terminal.answers("Press Enter when BotFather has been told")
    await terminal.sees("✓ the bot reads nothing in groups, and nobody can put it into one")


async def test_from_an_empty_folder_to_a_bot_that_is_set_up(
    sandbox: Sandbox, at_terminal: AtTerminal, folder: Path, tmp_path: Path
) -> None:
    spoken = languages_offered(tmp_path)
    other = next(reversed(spoken))
    (tmp_path / "stick").mkdir()
    async with at_terminal("setup") as terminal:
        await terminal.sees("send /newbot")
        await _to_the_collections(terminal, sandbox)
        await terminal.answers("Folder of collections")
        await terminal.sees("! demographics")
        await terminal.answers("Telegram ids of the owners", "me")
        await terminal.sees("! SURVEYBOT_OWNERS: write Telegram ids")
        await terminal.answers("Telegram ids of the owners", "6123456789")
        await terminal.sees("Keep its recovery copy offline")
        await terminal.answers("Recovery copy", str(tmp_path / "stick"))
        await terminal.sees("and opens what the master key opens")
        await terminal.answers("Show this, and a menu, in each language")
        await terminal.answers("Name of the bot", "Listening Lab")
        await terminal.answers("Has it another name in some languages?", "y")
        for code, language in spoken.items():
            await terminal.answers(
                f"Name in {language_name(language, 'en')}", "Labor für Zuhören" if code == other else ""
            )
        await terminal.sees(f"✓ menu: set for everybody else, {', '.join(spoken)}")
        await terminal.sees("Edit Privacy Policy")
        await terminal.answers("Write a systemd unit?", "user")
        await terminal.answers("Where to", "")
        await terminal.sees("Nothing is installed")
        assert await terminal.ends() == 0

    assert TOKEN not in terminal.screen
    assert dotenv_values(folder / ".env") == {"SURVEYBOT_TOKEN": TOKEN, "SURVEYBOT_OWNERS": "6123456789"}
    assert (folder / ".env").stat().st_mode & 0o777 == 0o600
    copy = tmp_path / "stick" / "surveybot-recovery-master.key"
    assert read_master_key(folder / "keys" / "master.key") == read_recovery_copy(copy)
    shown = sandbox.service.profile
    assert shown.exact_text("name", "") == "Listening Lab"
    assert {code: name for code in spoken if (name := shown.exact_text("name", code))} == {other: "Labor für Zuhören"}
    assert [c["command"] for c in shown.commands({}, "en")] == ["mydata", "language", "help", "leave"]
    for field in ("description", "short_description"):
        assert all(shown.exact_text(field, code) for code in spoken)
        assert shown.exact_text(field, "") == shown.exact_text(field, "en") != ""
    assert "run" in (folder / "surveybot.service").read_text()


async def test_wrong_tokens_are_asked_for_again_and_never_shown(
    sandbox: Sandbox, at_terminal: AtTerminal, folder: Path
) -> None:
    async with at_terminal("setup") as terminal:
        await terminal.answers_unseen("Token (it is not shown)", "hello there")
        await terminal.sees("! SURVEYBOT_TOKEN: this is not a bot token")
        await terminal.answers_unseen("Token (it is not shown)", "99:somebody-elses-or-revoked")
        await terminal.sees("! Telegram does not know this token")
        await _to_the_collections(terminal, sandbox)
        terminal.presses(INTERRUPT)
        await terminal.sees("Stopped. What is ticked is done")
        assert await terminal.ends() == 1
    assert "somebody-elses" not in terminal.screen
    assert "Traceback" not in terminal.screen
    assert dotenv_values(folder / ".env") == {"SURVEYBOT_TOKEN": TOKEN}
    assert not (folder / "keys").exists()


async def test_what_was_interrupted_is_gone_on_with(
    sandbox: Sandbox, at_terminal: AtTerminal, folder: Path, tmp_path: Path
) -> None:
    """The token is there already, what cannot be used is asked for again, and another key is never written over."""
    other = tmp_path / "other.key"
    other.write_text("surveybot master key 1\n" + "A" * 43 + "=\n")
    (folder / ".env").write_text(f"# mine\nSURVEYBOT_TOKEN={TOKEN}\n")
    sandbox.service.profile.joins_groups = False
    async with at_terminal("setup") as terminal:
        await terminal.answers("Go on with @survey_sandbox_bot?")
        await terminal.sees("others could read it, and no longer can")
        await terminal.answers("Folder of collections", str(tmp_path / "nowhere"))
        await terminal.sees("no collection here")
        await terminal.answers("Folder of collections")
        await terminal.answers("Telegram ids of the owners")
        await terminal.answers("Recovery copy", str(tmp_path / "stick" / "copy.key"))
        await terminal.sees("is the stick or disk connected?")
        await terminal.answers("Recovery copy", str(other))
        await terminal.sees("the copy of another master key is there, and stays")
        await terminal.answers("Recovery copy", "keys/master.key")
        await terminal.sees("this is the master key itself")
        await terminal.answers("Recovery copy")
        await terminal.sees("! there is no recovery copy yet")
        await terminal.answers("Show this, and a menu, in each language", "n")
        await terminal.answers("Write a systemd unit?")
        assert await terminal.ends() == 0
    assert (folder / ".env").read_text() == f"# mine\nSURVEYBOT_TOKEN={TOKEN}\n"
    assert other.read_text().endswith("A" * 43 + "=\n")
    assert not any(call.method.startswith("set") for call in sandbox.calls)


async def test_a_recovery_copy_is_asked_for_at_every_setup_until_there_is_one(
    at_terminal: AtTerminal, folder: Path, tmp_path: Path
) -> None:
    (folder / ".env").write_text(f"SURVEYBOT_TOKEN={TOKEN}\n")
    (tmp_path / "stick").mkdir()
    async with at_terminal("setup") as terminal:
        await _to_the_master_key(terminal)
        await terminal.sees("is made")
        await terminal.sees("Recovery copy")
        await _stops(terminal)
    async with at_terminal("setup") as terminal:
        await _to_the_master_key(terminal)
        await terminal.sees("! setup knows of no recovery copy of it")
        await terminal.answers("Recovery copy")
        await terminal.sees("! there is no recovery copy yet")
        await terminal.sees("Show this, and a menu")
        await _stops(terminal)
    async with at_terminal("setup") as terminal:
        await _to_the_master_key(terminal)
        await terminal.answers("Recovery copy", str(tmp_path / "stick"))
        await terminal.sees("is written, and opens what the master key opens")
        await terminal.sees("Show this, and a menu")
        await _stops(terminal)
    async with at_terminal("setup") as terminal:
        await _to_the_master_key(terminal)
        await terminal.answers("Make another recovery copy of it?")
        await terminal.sees("Show this, and a menu")
        await _stops(terminal)
    assert "knows of no recovery copy" not in terminal.screen
    copy = tmp_path / "stick" / "surveybot-recovery-master.key"
    assert read_recovery_copy(copy) == read_master_key(folder / "keys" / "master.key")


async def _to_the_master_key(terminal: Terminal) -> None:
    await terminal.answers("Go on with @survey_sandbox_bot?")
    await terminal.answers("Press Enter when BotFather has been told")
    await terminal.answers("Folder of collections")
    await terminal.answers("Telegram ids of the owners")
    await terminal.sees("4. The master key")


async def _stops(terminal: Terminal) -> None:
    terminal.presses(INTERRUPT)
    await terminal.sees("Stopped. What is ticked is done")
    assert await terminal.ends() == 1


async def test_the_token_is_in_no_list_of_processes(sandbox: Sandbox, at_terminal: AtTerminal) -> None:
    async with at_terminal("setup") as terminal:
        await _to_the_collections(terminal, sandbox)
        await terminal.sees("Folder of collections")
        lines = command_lines()
        assert any(line[-2:] == [COMMAND.encode(), b"setup"] for line in lines)
        assert not any(TOKEN.encode() in line for line in lines)


def command_lines() -> list[list[bytes]]:
    """What every process was started with."""
    lines = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):  # it has ended meanwhile
            lines.append(path.read_bytes().split(b"\0")[:-1])
    return lines
