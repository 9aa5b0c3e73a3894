"""Several collections, links and their codes, groups, and regions that nobody has signed off."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from support.contributors import Contributor
from support.copies import SECOND, copied
from support.reviewing import said
from support.running import Bot, until

from bot.sandbox.server import Sandbox
from flows.language import place_name
from flows.sign_offs import Verdict

from .conftest import Arrive, running, somebody

CHOICE = {"Does AI work well for everyone?", "A second look"}


@pytest.fixture
async def stack() -> AsyncIterator[AsyncExitStack]:
    async with AsyncExitStack() as opened:
        yield opened


@pytest.fixture
async def two(sandbox: Sandbox, tmp_path: Path, stack: AsyncExitStack) -> Bot:
    """A bot with two collections."""
    folder = copied(tmp_path / "collections", second=True)
    return await stack.enter_async_context(running(Bot(sandbox, tmp_path, collections=folder)))


async def test_several_open_collections_are_a_choice(two: Bot) -> None:
    sam = somebody(two, SECOND)
    await sam.start("")
    assert set(sam.labels) >= CHOICE
    await sam.press_label("A second look")
    await sam.press_label(place_name("US", "en"))
    await sam.read_cards()
    await sam.agree()
    assert two.stores.rows("select collection from consent_records") == [(SECOND,)]


async def test_a_link_names_one_and_an_unknown_name_is_a_choice(two: Bot) -> None:
    sam = somebody(two, SECOND)
    await sam.start("nothing_of_that_name")
    assert set(sam.labels) >= CHOICE
    await sam.to_cards(SECOND)
    await sam.read_cards()
    await sam.agree()
    assert two.stores.rows("select collection from consent_records") == [(SECOND,)]


async def test_each_collection_has_a_consent_a_pseudonym_and_a_withdrawal_of_its_own(two: Bot) -> None:
    sam = somebody(two)
    await sam.whole()
    again = Contributor(sam.person, "en", "US", two.collections[-1], two.texts)
    assert again.collection.id == SECOND
    await again.start(SECOND)
    assert place_name("US", "en") in again.labels, "the other consent opens nothing here"
    await again.press_label(place_name("US", "en"))
    await again.read_cards()
    await again.agree()
    await again.to_review()
    await again.press("Submit")
    rows = two.stores.rows("select collection, pseudonym, key_id from contributions order by collection")
    assert [row[0] for row in rows] == ["demographics", SECOND]
    assert len({row[1] for row in rows}) == len({row[2] for row in rows}) == 2
    assert two.stores.count("consent_records") == 2

    await again.say("/leave")
    await again.press("Take back my data")
    whole = [label for label in again.labels if label.startswith("All of ") and label != "All of it"]
    assert len(whole) == 2
    await again.press_label(whole[0])
    await until(lambda: two.stores.count("contributions") == 1)
    assert again.goodbye
    await again.press("‹ Back")
    assert two.stores.answers(sam.person.id)
    await again.say("/leave")
    await again.press("Take back my data")
    await again.press("All of it")
    await until(lambda: two.stores.count("conversations") == 0)


async def test_a_no_to_one_collection_leaves_the_other_as_it_is(two: Bot) -> None:
    sam = somebody(two)
    await sam.whole()
    again = Contributor(sam.person, "en", "US", two.collections[-1], two.texts)
    await again.to_decision(SECOND)
    await again.press("I do not agree")
    assert two.stores.rows("select collection from contributions") == [("demographics",)]
    assert sam.sees("Thank you")


# --- links ---------------------------------------------------------------------------------------------------------

LINKED = "demographics-K7M4QX2P"


async def test_a_participant_code_is_kept_only_under_its_own_purpose(arrive: Arrive, bot: Bot) -> None:
    yes, no = arrive("Yes"), arrive("No")
    for sam in (yes, no):
        await sam.start(LINKED)
        await sam.press_label(place_name("US", "en"))
        await sam.read_cards()
        assert sam.collection_words("Link to my other contribution") in sam.screen
    await yes.agree(3)
    await no.agree()
    assert bot.stores.passages(yes.person.id)["demographics"]["participant"] == "K7M4QX2P"
    assert "participant" not in bot.stores.passages(no.person.id)["demographics"]
    await yes.say("/leave")
    await yes.press("Take back my data")
    await yes.press("End use {number}", number=1)
    assert "participant" not in bot.stores.passages(yes.person.id)["demographics"]
    locks = {lock for _, lock, _ in bot.stores.wraps()}
    assert "purpose:demographics/link" not in locks


@pytest.mark.parametrize("personal", ["JohnSmith", "4479460958", "a-b", "x", "K7M4QX2P" * 4, "sam_at_example"])
async def test_a_name_or_number_in_a_link_is_dropped_unread(arrive: Arrive, bot: Bot, personal: str) -> None:
    sam = arrive()
    await sam.start(f"demographics-{personal}"[:64])
    await sam.press_label(place_name("US", "en"))
    await sam.read_cards()
    assert sam.collection_words("Link to my other contribution") not in sam.screen
    await sam.agree()
    assert "participant" not in bot.stores.passages(sam.person.id)["demographics"]


# --- groups and channels -------------------------------------------------------------------------------------------


async def test_in_a_group_it_says_once_where_to_find_it_and_keeps_nothing(
    arrive: Arrive, bot: Bot, sandbox: Sandbox
) -> None:
    sam, alex = arrive("Sam"), arrive("Alex")
    await sam.start()
    await sam.press("My place is not listed")
    await until(bot.stores.is_empty_of_people)
    group = sandbox.group("Neighbours", [sam.person, alex.person], hears_all=True)
    for text in ("hello", f"/start@{sandbox.bot_username}", f"/help@{sandbox.bot_username}", "my secret", "/leave"):
        await group.say(sam.person, text)
    await group.settled()
    said = [message.text for message in group.messages if message.author == "bot"]
    assert len(said) == 1
    assert f"t.me/{sandbox.bot_username}" in said[0]
    assert bot.stores.is_empty_of_people()


async def test_in_a_channel_too_it_says_once_where_to_find_it_and_reads_nothing(
    arrive: Arrive, bot: Bot, sandbox: Sandbox
) -> None:
    sam = arrive()
    channel = sandbox.channel("News", sam.person)
    for text in ("my secret", f"/start@{sandbox.bot_username}"):
        await channel.post(text)
    await channel.settled()
    said = [message.text for message in channel.messages if message.author == "bot"]
    assert len(said) == 1
    assert f"t.me/{sandbox.bot_username}" in said[0]
    assert bot.stores.is_empty_of_people()


# --- regions -------------------------------------------------------------------------------------------------------


async def test_what_nobody_reviewed_is_closed_and_a_sign_off_opens_it(sandbox: Sandbox, tmp_path: Path) -> None:
    folder = copied(tmp_path / "collections")
    bot = Bot(sandbox, tmp_path, collections=folder, allow_unreviewed=False)
    async with running(bot):
        sam = somebody(bot)
        await sam.start()
        assert place_name("US", "en") not in sam.labels
    await said(bot.settings, "US")
    async with running(Bot(sandbox, tmp_path, collections=folder, allow_unreviewed=False)) as opened:
        sam = Contributor(sam.person, "en", "US", opened.collections[0], opened.texts)
        await sam.start()
        assert place_name("US", "en") in sam.labels
        assert place_name("EG", "en") not in sam.labels
        await sam.press_label(place_name("US", "en"))
        await sam.read_cards()
        await sam.agree()
        await sam.press_label("25–34")
    await said(bot.settings, "US", verdict=Verdict.REFUSED, words="The help line does not answer.")
    async with running(Bot(sandbox, tmp_path, collections=folder, allow_unreviewed=False)) as closed:
        await sam.start()
        left = [sam.words(each) for each in ("Try it again", "What is held", "Leave")]
        assert sam.labels == left, "closed under who is half-way"
        await sam.press("Leave")
        await sam.press("Take back my data")
        await sam.press("All of it")
        await until(lambda: closed.stores.count("conversations") == 0)


async def test_a_changed_word_closes_what_was_signed_off(sandbox: Sandbox, tmp_path: Path) -> None:
    folder = copied(tmp_path / "collections")
    await said(Bot(sandbox, tmp_path, collections=folder, allow_unreviewed=False).settings, "US", "en")
    card = folder / "demographics" / "consent" / "en" / "1.md"
    card.write_text(card.read_text(encoding="utf-8").replace("It takes", "This takes"), encoding="utf-8")
    async with running(Bot(sandbox, tmp_path, collections=folder, allow_unreviewed=False)) as bot:
        sam = somebody(bot)
        await sam.start()
        assert place_name("US", "en") not in sam.labels
