"""Reviewers in the chat, and coordinators who are told before a sign-off ends."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from journeys.conftest import running, somebody
from support.copies import reworded
from support.reviewing import said
from support.running import Bot, until
from support.team import OWNER, joins, member

from bot.clock import utc_now
from bot.reading import read_collections, read_texts
from bot.review.office import look_at_what_there_is
from bot.sandbox.server import Sandbox
from flows.language import place_name
from flows.sign_offs import Capacity, Place


@pytest.fixture
def bot(sandbox: Sandbox, tmp_path: Path, folder: Path) -> Bot:
    """A bot with an owner."""
    return Bot(sandbox, tmp_path, collections=folder, allow_unreviewed=False, owners=(OWNER,))


async def test_a_reviewer_signs_by_the_code_on_the_booklet_and_refuses_with_a_reason(bot: Bot) -> None:
    async with running(bot):
        owner = member(bot.sandbox, "Olga", OWNER)
        rita = await joins(owner, bot, "Rita", "Reviewer")
        sam = somebody(bot)
        await sam.start()
        assert place_name("US", "en") not in sam.labels
        await rita.say("/review")
        await rita.press("United States", "English")
        assert "closed: nobody has signed it off" in rita.screen
        code = rita.screen.partition("Its code now: ")[2].split()[0]
        await rita.press("Sign as reviewer")
        await rita.say("000000 Counsel, Ohio")
        assert "That is not the code" in rita.screen
        await rita.say(f"{code[:6]}")
        assert "what you are" in rita.screen
        await rita.say(f"{code[:6]} 2020-01-01 Counsel, Ohio")
        assert "a day that is still to come" in rita.screen
        until_day = utc_now().date() + dt.timedelta(days=60)
        await rita.say(f"{code[:6]} {until_day} Counsel, Ohio")
        assert "✓ Signed" in rita.screen
        assert "open until" in rita.screen
        await sam.start()
        assert place_name("US", "en") in sam.labels
        await sam.press_label(place_name("US", "en"))
        await sam.read_cards()
        await sam.agree()
        await rita.press("Remark")
        await rita.say("12 The second sentence is hard to read.")
        assert "✓ Your remark is noted." in rita.screen
        await rita.press("Refuse")
        await rita.say("The help line does\0 not answer.")
        assert "closed: a reviewer has refused it" in rita.screen
        await until(lambda: "It is not about you" in sam.screen)
        rows = bot.stores.rows('select verdict, role, "by", screen, words, length(content) from sign_offs order by id')
        assert [row[0] for row in rows] == ["signed", "remarked", "refused"]
        assert rows[0][1] == "Counsel, Ohio"
        assert bot.stores.rows("select expires_on from sign_offs where id = 1") == [(f"{until_day}",)]
        assert rows[1][3:5] == (12, "The second sentence is hard to read.")
        assert rows[2][4] == "The help line does\ufffd not answer.", "a server takes no NUL"
        assert {row[5] for row in rows} == {64}
        audited = bot.stores.rows("select action, detail from audit where actor = 'reviewer' order by id")
        assert [action for action, _ in audited][-3:] == ["signed off", "remark made", "sign-off refused"]
        assert not any("hard to read" in detail or "help line" in detail for _, detail in audited)


async def test_whoever_signed_before_reads_the_difference_alone_and_signs_it_from_there(bot: Bot, folder: Path) -> None:
    """One sentence of a long card, another card's question, and what the region pays: old words, then new ones."""
    await said(bot.settings, "US", "en")
    home = folder / "demographics"
    cards = home / "consent" / "en"
    reworded(cards / "3.md", "Telegram may hold copies of it", "Telegram may hold copies of all of it")
    reworded(cards / "4.md", "Only before I submit", "Before I submit, not after")
    reworded(home / "regions" / "US" / "region.yaml", 'amount: "2.50"', 'amount: "2.75"')
    again = Bot(bot.sandbox, bot.stores.folder, collections=folder, allow_unreviewed=False, owners=(OWNER,))
    async with running(again):
        owner = member(again.sandbox, "Olga", OWNER)
        rita = await joins(owner, again, "Rita", "Reviewer")
        await rita.say("/review")
        await rita.press("United States", "Español")
        assert not any("Show what has changed" in label for label in rita.labels)
        await rita.press("‹ Back", "English")
        await rita.press("Show what has changed (3)")
        told = rita.screen
        for old, new in (
            ("Telegram may hold copies of it", "Telegram may hold copies of all of it"),
            ("Only before I submit", "Before I submit, not after"),
            ("2.50", "2.75"),
        ):
            before, now = told.index(old), told.index(new)
            assert "Signed: " in told[:before]
            assert "Now: " in told[before:now]
        assert "Somebody with both could read the answers" not in told, "it is what it was"
        code = told.partition("The code of what is shown now: ")[2].split()[0]
        await rita.press("Sign as reviewer")
        await rita.say(f"{code[:6]} Teacher, Ohio")
        assert "open until" in rita.screen
        assert not any("Show what has changed" in label for label in rita.labels)
        sam = somebody(again)
        await sam.start()
        assert place_name("US", "en") in sam.labels


async def test_where_two_sign_the_difference_is_held_against_what_both_have_signed(
    bot: Bot, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the expert alone has signed, counsel has not read: all of it is new, or everything since both signed."""
    monkeypatch.setattr("flows.sign_offs.takes_two", lambda territory: territory == "US")
    home = folder / "demographics"
    third, fourth = home / "consent" / "en" / "3.md", home / "consent" / "en" / "4.md"
    one_then_two = ("Telegram may hold copies of it", "Telegram may hold copies of all of it")
    two_then_three = ("Only before I submit", "Before I submit, not after")
    for language, capacities in {"en": (Capacity.EXPERT, Capacity.COUNSEL), "es": (Capacity.EXPERT,)}.items():
        for each in capacities:
            await said(bot.settings, "US", language, capacity=each)
    reworded(third, *one_then_two)
    await said(bot.settings, "US", "en", capacity=Capacity.EXPERT)
    reworded(fourth, *two_then_three)
    reworded(home / "regions" / "US" / "region.yaml", 'amount: "2.50"', 'amount: "2.75"')
    again = Bot(bot.sandbox, bot.stores.folder, collections=folder, allow_unreviewed=False, owners=(OWNER,))
    async with running(again):
        rita = await joins(member(again.sandbox, "Olga", OWNER), again, "Rita", "Reviewer")
        await rita.say("/review")
        await rita.press("United States", "Español")
        assert not any("Show what has changed" in label for label in rita.labels), "counsel has never read it"
        await rita.press("‹ Back", "English", "Show what has changed (3)")
        assert all(words in rita.screen for words in (*one_then_two, *two_then_three))
    collections = read_collections(again.settings)
    found = await look_at_what_there_is(again.settings, collections, read_texts(again.settings, collections))
    assert found[Place("demographics", "US", "es")].before is None, (
        "the booklet marks no difference where all of it is new"
    )
    assert len(found[Place("demographics", "US", "en")].changed) == 3


async def test_nobody_signs_what_they_wrote(bot: Bot, folder: Path) -> None:
    file = folder / "demographics" / "collection.yaml"
    file.write_text(file.read_text(encoding="utf-8").replace("[the surveybot project]", "[Rita]"), encoding="utf-8")
    again = Bot(bot.sandbox, bot.stores.folder, collections=folder, allow_unreviewed=False, owners=(OWNER,))
    async with running(again):
        owner = member(again.sandbox, "Olga", OWNER)
        rita = await joins(owner, again, "Rita", "Reviewer")
        carla = await joins(owner, again, "Carla", "Coordinator")
        await rita.say("/review")
        await rita.press("United States", "English")
        code = rita.screen.partition("Its code now: ")[2].split()[0]
        await rita.press("Sign as counsel")
        await rita.say(f"{code[:8]} Counsel")
        assert "Nobody signs what they wrote themselves" in rita.screen
        await carla.say("/review")
        assert "Signing off" not in carla.labels
        assert again.stores.count("sign_offs") == 0


async def test_coordinators_are_told_before_a_sign_off_ends_and_not_where_it_was_signed_again(bot: Bot) -> None:
    async with running(bot):
        owner = member(bot.sandbox, "Olga", OWNER)
        carla = await joins(owner, bot, "Carla", "Coordinator")
        await carla.say("/start")
    end = utc_now().date() + dt.timedelta(days=29)
    await said(bot.settings, "US", until=end)
    await said(bot.settings, "ZA", until=end)
    await said(bot.settings, "ZA", until=end + dt.timedelta(days=60))
    keys = bot.stores.rows("select key from schedule where kind = 'sign_off_ends' order by key")
    assert [key.rpartition("/")[2] for (key,) in keys] == ["7", "30", "7"], "30 days before it was signed is over"
    now = "due_at = '2026-01-01 00:00:00.000000'"
    await bot.stores.change(f"update schedule set {now} where kind = 'sign_off_ends' and key like '%/7'")  # noqa: S608  # a moment
    async with running(bot):
        await until(lambda: any("The sign-off of" in text for _, text, _ in carla.chat))
        [told] = {text for _, text, _ in carla.chat if "The sign-off of" in text and f"{end:%B}" in text}
        assert "United States (English)" in told
        assert "South Africa" not in told
