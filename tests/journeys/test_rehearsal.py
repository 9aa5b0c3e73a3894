"""An owner rehearses: the whole way on what nobody has signed off, every screen marked, and nothing of it is kept."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from support.by_hand import CHAT, ByHand, by_hand
from support.contributors import Contributor
from support.running import Bot, until

from bot.sandbox.contributor import Person
from bot.sandbox.server import Sandbox
from bot.storage.tables import metadata
from flows.events import TOKEN_BYTES, Opened, RehearsalAsked
from flows.language import language_name, place_name
from flows.words import say

OWNER, SOMEBODY = 5_000_001, 5_000_002

OF_THE_CHAT = frozenset({"conversations", "schedule", "outbox", "seen_updates"})
"""What a rehearsal touches while it goes on: its own sealed row, its hour, what is being sent."""

Tables = dict[str, list[tuple[Any, ...]]]


def tables(bot: Bot) -> Tables:
    """Every row of every table and every wrap, but for what is nobody's: the ids of updates, what is due daily, and
    until when the bot itself is alive."""
    found = {name: sorted(bot.stores.rows(f"select * from {name}"), key=repr) for name in metadata.tables}  # noqa: S608
    dues = sorted(bot.stores.rows("select * from schedule where kind <> 'retention'"), key=repr)
    return {**found, "wraps": sorted(bot.stores.wraps()), "seen_updates": [], "schedule": dues, "processes": []}


def kept(bot: Bot) -> Tables:
    """What may not change even while a rehearsal goes on."""
    return {name: rows for name, rows in tables(bot).items() if name not in {*OF_THE_CHAT, "wraps"}}


class Owner(Contributor):
    """Somebody who may rehearse, and looks at whether each screen says that it is a rehearsal."""

    async def rehearse(self, own_language: str = "en") -> None:
        """Choose their region and language."""
        await self.say("/rehearse")
        assert self.is_marked(own_language)
        await self.press_label(place_name(self.place, own_language))
        await self.press_label(language_name(self.language, self.language))

    async def settle(self) -> None:
        """Wait, and look."""
        await super().settle()
        if self.person.buttons and self.looks:
            assert self.is_marked(self.language) or self.is_marked("en"), self.screen

    looks = False

    def is_marked(self, language: str) -> bool:
        """Whether the newest message begins with the mark."""
        return self.screen.startswith(self._texts.plain(say("🎭 Rehearsal"), language))

    async def whole_rehearsal(self) -> None:
        """From the choice to the thanks."""
        self.looks = True
        await self.rehearse()
        await self.press_label(place_name(self.place, self.language))
        await self.read_cards()
        await self.agree(1)
        await self.to_review()
        await self.press("Submit")
        self.looks = False


@pytest.fixture
async def closed(sandbox: Sandbox, tmp_path: Path) -> AsyncIterator[Bot]:
    """A bot on which nothing is signed off, so that nothing is open; it has an owner."""
    bot = Bot(sandbox, tmp_path, owners=(OWNER,), allow_unreviewed=False)
    await bot.start()
    yield bot
    await bot.stop()


@pytest.fixture
async def open_bot(sandbox: Sandbox, tmp_path: Path) -> AsyncIterator[Bot]:
    """A bot that has an owner, with everything open."""
    bot = Bot(sandbox, tmp_path, owners=(OWNER,))
    await bot.start()
    yield bot
    await bot.stop()


def owner_of(sandbox: Sandbox, bot: Bot, language: str = "en", place: str = "US", phone: str = "en") -> Owner:
    """The owner, about to rehearse a language and a place."""
    person = sandbox.person("Owner", phone, user_id=OWNER)
    return Owner(person, language, place, bot.collections[0], bot.texts)


async def nothing_left(bot: Bot, before: Tables) -> None:
    """What is sent is done with, and then every table is as it was."""
    await until(lambda: bot.stores.count("outbox") == 0 and bot.stores.count("key_destructions") == 0)
    await until(lambda: tables(bot) == before)


@pytest.mark.parametrize(("place", "language"), [("US", "en"), ("US", "ar"), ("EG", "ar"), ("EG", "en")])
async def test_an_owner_walks_the_whole_way_where_nothing_is_open_and_every_table_is_as_before(
    sandbox: Sandbox, closed: Bot, place: str, language: str
) -> None:
    owner = owner_of(sandbox, closed, language, place)
    before = tables(closed)
    await owner.whole_rehearsal()
    assert owner.sees("Thank you")
    assert owner.is_marked(language)
    assert kept(closed) == {name: before[name] for name in kept(closed)}
    await owner.say("/rehearse stop")
    assert owner.is_marked("en")
    await nothing_left(closed, before)
    assert closed.stores.is_empty_of_people()
    assert [message.author for message in owner.person.messages] == ["bot"], "the chat is clean but for the last word"


async def test_why_a_region_is_closed_is_said_before_it_is_chosen(sandbox: Sandbox, closed: Bot) -> None:
    owner = owner_of(sandbox, closed)
    await owner.say("/rehearse")
    assert "Closed to contributors:" in owner.screen
    assert "Egypt: nobody has signed it off" in owner.screen
    await owner.press_label("Egypt")
    await owner.press("‹ Back")
    await owner.press("End the rehearsal")
    assert owner.is_marked("en")
    await until(lambda: closed.stores.count("conversations") == 0)


async def test_consent_pay_files_leaving_and_everything_else_that_would_be_owed_is_dropped(
    sandbox: Sandbox, closed: Bot
) -> None:
    """The receipt stands in the chat as a contributor's would, and says that it is none."""
    owner = owner_of(sandbox, closed)
    before = tables(closed)
    await owner.whole_rehearsal()
    assert any("We owe you" in m.text and m.text.startswith("🎭") for m in owner.person.messages)
    assert any("Your receipt" in m.text and m.text.startswith("🎭") for m in owner.person.messages)
    await owner.say("/mydata")
    await owner.press("Receipt as a file")
    await owner.press("Send the file")
    assert owner.person.files == []
    assert owner.person.toasts[-1] == "In a rehearsal no file is sent."
    await owner.say("/leave")
    await owner.press("No more messages")
    await owner.press("Take back my data")
    await owner.press("All of it")
    assert owner.is_marked("en")
    assert owner.sees("The rehearsal ends here. Nothing of it is kept.")
    await nothing_left(closed, before)


async def test_own_words_are_taken_out_of_the_chat_and_kept_nowhere(sandbox: Sandbox, closed: Bot) -> None:
    owner = owner_of(sandbox, closed)
    await owner.rehearse()
    await owner.press_label("United States")
    await owner.read_cards()
    await owner.agree()
    answers = {"age": ["age_25_34"], "ancestry": ["own words:a rehearsed zebra"], "gender_identity": ["woman"]}
    await owner.to_review(answers)
    assert all("zebra" not in message.text for message in owner.person.messages)
    assert closed.stores.count("contributions") == closed.stores.count("answers") == 0
    await owner.press("Show answers")
    assert "a rehearsed zebra" in owner.screen


async def test_what_is_an_owners_own_is_untouched_and_comes_back(sandbox: Sandbox, open_bot: Bot) -> None:
    """Half-way in their own answers, they rehearse to the end and leave everything, and go on with their own."""
    owner = owner_of(sandbox, open_bot, place="US")
    await owner.to_questions(1)
    await owner.press_option(owner.region.questions[0], "age_25_34")
    # A second later the trail has sealed what they did before.
    await until(lambda: not open_bot.stores.rows("select 1 from audit where leaf is null"))
    screen, receipt, before = owner.screen, owner.receipt, tables(open_bot)
    own = {name: before[name] for name in before if name not in OF_THE_CHAT}
    rehearsing = Owner(owner.person, "ar", "EG", owner.collection, open_bot.texts)
    await rehearsing.whole_rehearsal()
    assert {name: tables(open_bot)[name] for name in own} == own
    await rehearsing.say("/leave")
    await rehearsing.press("All three")
    await rehearsing.press("Yes, all three")
    assert {name: tables(open_bot)[name] for name in own} == own
    await owner.start("")
    await owner.press("Show")  # a sensitive card was put away when they began to rehearse
    assert owner.screen == screen
    assert owner.receipt == receipt, "cleaning a rehearsal deletes nothing of the owner's own"
    await owner.to_review({"ancestry": ["black"], "gender_identity": ["woman"]})
    await owner.press("Submit")
    assert owner.sees("Thank you")
    assert not owner.is_marked("en")
    assert set(open_bot.stores.answers(OWNER)) == {"age", "ancestry", "gender_identity"}
    await until(lambda: open_bot.stores.rows("select kind from schedule where kind = 'rehearsal'") == [])


async def test_a_rehearsal_goes_on_after_a_restart(sandbox: Sandbox, closed: Bot) -> None:
    """It is sealed in the chat's own row, so whichever process meets the next press knows of it."""
    owner = owner_of(sandbox, closed, "ar", "EG")
    await owner.rehearse()
    await closed.restart()
    await owner.press_label(place_name("EG", "ar"))
    await owner.read_cards()
    assert owner.sees("You decide")
    assert owner.is_marked("ar")


@pytest.mark.parametrize("start_first", [True, False], ids=["in the middle", "as a first word"])
async def test_for_anybody_else_there_is_no_such_command(sandbox: Sandbox, open_bot: Bot, *, start_first: bool) -> None:
    """What comes back is, byte for byte, what any command comes back with that nobody knows."""

    async def chat_of(person: Person, command: str) -> list[tuple[str, str, list[str]]]:
        if start_first:
            await person.start("demographics")
            await person.settled()
        for text in (command, f"{command} stop"):
            await person.say(text)
            await person.settled()
        return [(m.author, m.text.replace(command, "/…"), [b.label for b in m.buttons]) for m in person.messages]

    known = await chat_of(sandbox.person("Sam", "en", user_id=SOMEBODY), "/rehearse")
    unknown = await chat_of(sandbox.person("Pat", "en", user_id=SOMEBODY + 1), "/xyzzyxyz")
    assert known == unknown
    assert not any("🎭" in text for _, text, _ in known)
    calls = [call for call in sandbox.calls if call.method == "setMyCommands"]
    assert calls
    assert not any("rehearse" in str(call.parameters) for call in calls)
    assert open_bot.is_running


# --- time ------------------------------------------------------------------------------------------------------------


@pytest.fixture
async def hand(tmp_path: Path) -> AsyncIterator[ByHand]:
    async with by_hand(tmp_path, owners=(CHAT,)) as opened:
        yield opened


async def asks(hand: ByHand, *, stop: bool = False) -> None:
    """/rehearse."""
    await hand.happens(RehearsalAsked(at=hand.now, token=bytes(range(TOKEN_BYTES)), language_code="en", stop=stop))


async def test_an_hour_of_silence_ends_a_rehearsal_and_nothing_is_left_of_the_chat(hand: ByHand) -> None:
    await asks(hand)
    await hand.presses("rehearse_region", "US")
    await hand.presses("rehearse_language", "en")
    await hand.later(minutes=59)
    await hand.presses("live_in", "US")
    await hand.later(minutes=59)
    assert hand.screen == "card-1"
    await hand.later(minutes=2)
    assert hand.screen == "rehearsal-over"
    assert hand.stored.is_empty_of_people()
    assert hand.stored.rows("select kind from schedule") == [("sweep",)]


async def test_an_hour_of_silence_gives_an_owner_their_own_back(hand: ByHand) -> None:
    await hand.to_questions()
    own = hand.stored.rows("select * from contributions")
    await asks(hand)
    await hand.presses("rehearse_region", "EG")
    await hand.later(minutes=61)
    assert hand.screen == "rehearsal-over"
    assert hand.stored.rows("select * from contributions") == own
    await hand.happens(Opened(at=hand.now, token=bytes(TOKEN_BYTES), language_code="en"))
    assert hand.screen == "question-age"


async def test_what_comes_due_for_the_owners_own_comes_due_while_they_rehearse(hand: ByHand) -> None:
    """Silence before consent still destroys it, beneath a rehearsal that goes on."""
    await hand.to_decision()
    await hand.later(hours=71, minutes=30)
    await asks(hand)
    await hand.later(minutes=45)
    assert hand.stored.count("contributions") == 0
    assert hand.stored.count("conversations") == 1
    await hand.presses("rehearse_end")
    assert hand.stored.is_empty_of_people()


async def test_a_second_rehearsal_begins_at_the_choice_anew(hand: ByHand) -> None:
    await asks(hand)
    await hand.presses("rehearse_region", "US")
    await hand.presses("rehearse_language", "en")
    assert hand.screen == "place"
    await asks(hand)
    assert hand.screen == "rehearsal-regions"
    await asks(hand, stop=True)
    assert hand.screen == "rehearsal-over"
    await asks(hand)
    assert hand.screen == "rehearsal-regions"
