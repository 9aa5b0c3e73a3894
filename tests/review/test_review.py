"""From nothing signed to open, and what closes again: the command line beside the bot, in the sandbox."""

from __future__ import annotations

import asyncio
import datetime as dt
import os
from pathlib import Path

import pytest
from journeys.conftest import running, somebody
from support import commands
from support.contributors import Contributor
from support.inviting import crowd, over, planned, states
from support.reviewing import said
from support.running import Bot, until
from typer.testing import CliRunner, Result

from bot.catalogs import compiled
from bot.cli import app
from bot.clock import utc_now
from bot.doors import open_desk
from bot.reading import read_collections, read_texts
from bot.review.findings import findings_of
from bot.review.shown import contents_of
from bot.sandbox.server import Sandbox
from flows.language import place_name
from flows.sign_offs import Place, Verdict

from .conftest import variables


def again(bot: Bot) -> Bot:
    """Another bot on the same files, which reads the collection anew."""
    return Bot(bot.sandbox, bot.stores.folder, collections=bot.settings.collections, allow_unreviewed=False)


def command(*asked: str) -> Result:
    """What a command says."""
    return CliRunner().invoke(app, asked)


def sign(*place: str, by: str = "Rita", until: dt.date | None = None, **more: str) -> Result:
    """A reviewer signs on the command line."""
    day = until or utc_now().date() + dt.timedelta(days=90)
    options = [part for name, value in more.items() for part in (f"--{name}", value)]
    return command(
        "review", "sign", "demographics", *place, "--by", by, "--role", "Counsel", "--until", f"{day}", *options
    )


def changed(folder: Path, file: str, old: str, new: str) -> None:
    path = folder / "demographics" / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


async def opened(bot: Bot, name: str, language: str = "en", place: str = "US") -> Contributor:
    """Somebody who has opened the link."""
    person = somebody(bot, language=language, place=place, name=name)
    await person.start()
    return person


def test_a_sign_off_says_who_and_as_what_and_is_bound_to_what_was_read(
    environment: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a database, a right, a reading or another hand, nothing is signed; each is said with what helps."""
    assert command("review", "list").exit_code == 1
    asyncio.run(said(environment.settings, "ZA", "en", verdict=Verdict.REMARKED, words="Nice."))
    assert "'Rita' has no reviewer's right" in sign("US", "en").stderr
    monkeypatch.setenv("SURVEYBOT_ONE_PERSON_TEAM", "1")
    assert "has no region 'FR'" in sign("FR", "en").stderr
    assert "does not offer 'ja'" in sign("US", "ja").stderr
    late = sign("US", "en", until=utc_now().date() + dt.timedelta(days=400))
    assert "12 months at most" in late.stderr
    assert "something else than that booklet" in sign("US", "en", content="0" * 12).stderr
    assert "signed as reviewer" in sign("US", "all").stdout
    own = sign("GB", "en", by="the surveybot project")
    assert "They wrote it themselves: SURVEYBOT_ONE_PERSON_TEAM" in own.stdout
    listed = command("review", "list", "demographics")
    assert listed.stdout.count("open until") == 6, "five languages of the US, and GB in English"
    assert "demographics ZA/en  closed: unreviewed" in listed.stdout
    entries = environment.stores.rows("select actor, action from audit where action like 'sign%' order by id")
    assert entries == [("reviewer", "signed off")] * 6
    monkeypatch.delenv("SURVEYBOT_ONE_PERSON_TEAM")


def test_a_booklet_says_what_is_found_in_the_file_of_zones_beside_the_collection(bot: Bot, folder: Path) -> None:
    """Both that a region is left out and that the file is unclear."""
    collection, place = bot.collections[0], Place("demographics", "US", "en")
    today, zones = utc_now().date(), folder / "zones.yaml"
    zones.write_text("zones:\n  west:\n    bot: SurveyWestBot\n    regions: [BR]\n", encoding="utf-8")
    found = findings_of(folder / "demographics", collection, today, [place])
    assert any(line.startswith("zones.yaml:1: US stands in no zone") for line in found)
    zones.write_text("zones: {}\n", encoding="utf-8")
    found = findings_of(folder / "demographics", collection, today, [place])
    assert any(line.startswith("zones.yaml:") and "zones.unclear" in line for line in found)


async def test_a_fresh_collection_opens_when_signed_and_a_word_changed_closes_its_language(
    bot: Bot, folder: Path
) -> None:
    async with running(bot):
        ann = await opened(bot, "Ann")
        assert place_name("US", "en") not in ann.labels
        await said(bot.settings, "US", "en")
        await said(bot.settings, "US", "es")
        await ann.start()
        assert place_name("US", "en") in ann.labels, "open at once, in the bot that runs"
        bea = await opened(bot, "Bea", "es")
        await bea.press_label(place_name("US", "es"))
        await bea.read_cards()
        await bea.agree()
    catalog = "translations/es/LC_MESSAGES/demographics.po"
    changed(folder, catalog, 'msgstr "¿Cuántos años tienes?"', 'msgstr "¿Qué edad tienes?"')
    po = folder / "demographics" / catalog
    po.with_suffix(".mo").write_bytes(compiled(po))
    async with running(again(bot)) as reread:
        dan = await opened(reread, "Dan", "es")
        assert place_name("US", "es") in dan.labels, "it is open in English"
        await dan.press_label(place_name("US", "es"))
        assert "1 of 4" in dan.screen, "and who begins there reads what is signed"
        await bea.say("/start")
        assert bea.words("What is held") in bea.labels, "changed words stop whoever is half-way"
        await said(reread.settings, "US", "es")
        await bea.say("/start")
        assert bea.words("What is held") not in bea.labels


async def test_what_has_only_lapsed_lets_those_finish_who_agreed_and_takes_nobody_new(bot: Bot) -> None:
    await said(bot.settings, "US")
    async with running(bot):
        ann = await opened(bot, "Ann")
        await ann.press_label(place_name("US", "en"))
        await ann.read_cards()
        await ann.agree()
    yesterday = utc_now().date() - dt.timedelta(days=1)
    await bot.stores.change(f"update sign_offs set expires_on = '{yesterday}'")  # noqa: S608  # a day
    async with running(again(bot)) as later:
        bob = await opened(later, "Bob")
        assert place_name("US", "en") not in bob.labels
        await ann.press_label("25–34")
        assert "2 of" in ann.screen
        await said(later.settings, "US", "en", verdict=Verdict.REFUSED, words="It endangers people.")
        [(due,)] = later.stores.rows("select key from schedule where kind = 'halt'")
        assert due.startswith("refused-"), "whoever is half-way is told without a tap, as of a halt"
        await ann.say("/start")
        assert "It is not about you" in ann.screen


async def refused(bot: Bot, *more: str) -> commands.Done:
    """A reviewer refuses on the command line beside the bot."""
    asked = ("review", "refuse", "demographics", "US", "en", "--by", "Rita", "--role", "Counsel", "--why", "It harms.")
    environment = {**os.environ, **variables(bot), "SURVEYBOT_ONE_PERSON_TEAM": "1"}
    return await commands.run([*asked, *more], environment, bot.stores.folder)


async def half_way(bot: Bot) -> Contributor:
    """Somebody who has agreed to what is signed."""
    await said(bot.settings, "US", "en")
    ann = await opened(bot, "Ann")
    await ann.press_label(place_name("US", "en"))
    await ann.read_cards()
    await ann.agree()
    return ann


def edited(folder: Path) -> None:
    """The folder says something else than a bot that has been started."""
    changed(folder, "consent/en/1.md", "It takes", "This takes")


async def test_a_refusal_closes_what_a_bot_shows_whose_folder_was_edited_since_it_started(
    bot: Bot, folder: Path
) -> None:
    """Whoever is half-way reads so at once, and is told once."""
    async with running(bot):
        ann = await half_way(bot)
        edited(folder)
        answer = await refused(bot)
        assert "refused, and closed to everybody from now on" in answer.out
        await ann.say("/start")
        assert "It is not about you" in ann.screen
        bob = await opened(bot, "Bob")
        assert place_name("US", "en") not in bob.labels
        news = bot.stores.rows("select key from schedule where kind = 'halt'")
        assert len(news) <= 1
        assert len(bot.stores.rows("select 1 from sign_offs where verdict = 'refused'")) == 2
        await refused(bot)
        assert len(bot.stores.rows("select 1 from sign_offs where verdict = 'refused'")) == 3, "of the folder, anew"


async def test_what_a_booklet_names_can_be_refused_once_the_folder_says_something_else(bot: Bot, folder: Path) -> None:
    """That alone: what else was signed, or is in the folder, stays as it is."""
    async with running(bot):
        ann = await half_way(bot)
        [(signed,)] = bot.stores.rows("select content from sign_offs")
        edited(folder)
        now = content_now(bot)
        assert f"what {now} names is refused" in (await refused(bot, "--content", now)).out
        await ann.say("/start")
        assert "It is not about you" not in ann.screen, "the bot shows something else"
        assert "something else than that booklet" in (await refused(bot, "--content", "0" * 12)).err
        answer = await refused(bot, "--content", signed[:12])
        assert f"what {signed[:12]} names is refused, and closed to everybody from now on" in answer.out
        await ann.say("/start")
        assert "It is not about you" in ann.screen


def content_now(bot: Bot) -> str:
    """The code of what the folder shows."""
    settings = bot.settings
    collections = read_collections(settings)
    return contents_of(collections, read_texts(settings, collections))[Place("demographics", "US", "en")][:12]


async def test_invites_are_held_while_a_language_is_closed_and_leave_once_it_is_signed(
    bot: Bot, sandbox: Sandbox
) -> None:
    rehearsed = bot.settings.model_copy(update={"allow_unreviewed": True})
    await said(bot.settings)
    people = await crowd(sandbox, rehearsed, 12)
    await said(bot.settings, None, "en", verdict=Verdict.REFUSED, words="A card is wrong.")
    async with running(bot):
        broadcast = await planned(rehearsed, "demographics")
        async with open_desk(rehearsed) as desk:
            await desk.send(broadcast.id, "Kim")
        waiting = sum(bot.stores.rows("select count(*) from deliveries where state in ('held', 'pending')")[0])
        await until(lambda: set(states(bot.stores, broadcast)) <= {"held", "pending", "delivered"})
        await until(lambda: "leased" not in states(bot.stores, broadcast))
        assert waiting > 0
        await said(bot.settings, None, "en")
        ended = await over(bot.settings, broadcast)
        assert (ended.state.value, states(bot.stores, broadcast)) == ("done", {"delivered": 12})
    assert all(any(message.author == "bot" for message in person.messages) for person in people)
