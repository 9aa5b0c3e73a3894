"""What Telegram gives no clear answer to is owed until there is one; and no card is left behind."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest
from support.by_hand import CHAT, ByHand, by_hand
from support.copies import FIRST, SECOND, copied
from support.opus import silence
from support.outages import cut_off_once
from support.running import until

from bot.arrivals import Settled
from bot.messenger import Delivered, Lost, Sent, Stays, TryLater, Unknown
from bot.side_by_side import Parts, run
from bot.storage.database import StoreUnavailable
from flows.events import Command, Typed
from flows.screens import Screen

from .test_receipts_of_two import agrees_to

TOKEN = bytes(range(32))
WORDS, MORE, STILL_MORE = 77, 78, 79
"""Numbers of messages in the chat."""

UNCLEAR = [Unknown()] * 4
"""As often as it is tried at once."""


@pytest.fixture
async def hand(tmp_path: Path) -> AsyncIterator[ByHand]:
    async with by_hand(tmp_path) as opened:
        yield opened


async def to_own_words(hand: ByHand) -> None:
    await hand.to_questions()
    await hand.presses("choose", "age_25_34")
    await hand.presses("describe")


# --- no clear answer -------------------------------------------------------------------------------------------------


async def test_own_words_go_from_the_chat_as_soon_as_telegram_answers(hand: ByHand) -> None:
    """The card says that they are taken out of it, and nothing else remembers their number."""
    await to_own_words(hand)
    hand.telegram.script("delete", *UNCLEAR)
    await hand.types("own words", message=WORDS)
    assert WORDS not in hand.telegram.deleted
    hand.telegram.script("delete", Unknown(), Unknown())
    for _ in range(4):
        await hand.later(minutes=1)
    assert hand.telegram.deleted.count(WORDS) == 1
    assert hand.stored.count("outbox") == 0


async def test_a_chat_is_cleaned_as_soon_as_telegram_answers(hand: ByHand) -> None:
    await hand.to_questions()
    await hand.commands(Command.LEAVE)
    [card] = (number for number, screen in hand.telegram.sent_as.items() if screen.name == "leave")
    hand.telegram.script("delete", *UNCLEAR)
    await hand.presses("clean_chat")
    assert card not in hand.telegram.deleted
    await hand.later(minutes=2)
    assert card in hand.telegram.deleted
    assert hand.stored.count("outbox") == 0


async def test_a_receipt_comes_as_soon_as_telegram_answers(hand: ByHand) -> None:
    """The code in it stands nowhere else, and no sensitive answer is ever shown again without it."""
    await hand.to_decision()
    hand.telegram.script("say", *UNCLEAR)
    await hand.presses("agree")
    assert not hand.telegram.said
    await hand.later(minutes=2)
    [receipt] = hand.telegram.said
    assert "Your receipt" in receipt
    assert hand.stored.count("outbox") == 0


async def ask_for_everything(hand: ByHand) -> None:
    """As a file, which the bot is to take away after an hour."""
    await hand.to_questions()
    await hand.commands(Command.MY_DATA)
    await hand.presses("ask_own_copy")
    await hand.presses("send_own_copy")


def told_that_it_may_stay(hand: ByHand) -> int:
    return sum("may still be in this chat" in words for words in hand.telegram.said)


async def test_that_a_file_may_be_there_is_said_until_telegram_answers(hand: ByHand) -> None:
    """Its number is not known, so that nobody but its owner can take it away."""
    hand.telegram.script("file", Unknown())
    await ask_for_everything(hand)
    hand.telegram.script("say", Unknown(), Unknown())
    for _ in range(5):
        await hand.later(minutes=1)
    assert told_that_it_may_stay(hand) == 1
    assert hand.stored.count("outbox") == 0
    assert hand.telegram.calls.count(("file", CHAT)) == 1, "the file is not sent again"


async def test_that_a_file_stays_is_said_until_telegram_answers(hand: ByHand) -> None:
    """Also of one that Telegram does not delete any more."""
    await ask_for_everything(hand)
    await hand.later(seconds=0)
    [file] = hand.telegram.files
    hand.telegram.script("delete", Stays((file,)), Stays((file,)))
    hand.telegram.script("say", Unknown())
    await hand.later(hours=1, minutes=1)
    assert told_that_it_may_stay(hand) == 0
    for _ in range(3):
        await hand.later(minutes=1)
    assert told_that_it_may_stay(hand) == 1
    assert hand.stored.count("outbox") == 0


@pytest.mark.parametrize("was_committed", [False, True], ids=["nothing was kept", "nobody heard of it"])
async def test_the_number_of_a_file_outlasts_an_outage_just_after_it_arrived(
    hand: ByHand, monkeypatch: pytest.MonkeyPatch, was_committed: bool
) -> None:
    """Telegram says it once. Without it the file with everything would stay, though it was known."""
    await ask_for_everything(hand)
    cut_off_once(hand.stores.database, monkeypatch, was_committed=was_committed)
    with pytest.raises(StoreUnavailable):
        await hand.dues.work()
    await hand.dues.work()
    await hand.settled()
    [file] = hand.telegram.files
    assert hand.stored.count("outbox") == 0
    assert hand.stored.rows("select count(*) from schedule where kind = 'copies'") == [(1,)]
    await hand.later(hours=1, minutes=1)
    assert told_that_it_may_stay(hand) == 0
    assert hand.telegram.deleted.count(file) == 1


@pytest.mark.parametrize("way", ["leave_all", "take_back_all"])
async def test_a_receipt_of_agreeing_does_not_come_behind_the_goodbye(hand: ByHand, way: str) -> None:
    """Into a chat that was just cleaned; and then nobody knows its number any more."""
    await hand.to_decision()
    hand.telegram.script("say", *UNCLEAR)
    await hand.presses("agree")
    await hand.commands(Command.LEAVE)
    await hand.presses("open_leave_all" if way == "leave_all" else "open_take_back")
    await hand.presses(way)
    await hand.later(minutes=2)
    assert not any("Your receipt" in words for words in hand.telegram.said)
    assert hand.stored.count("conversations") == 0


async def test_a_receipt_of_what_was_taken_back_does_not_come_either(tmp_path: Path) -> None:
    """While another consent stands, whose own receipt comes."""
    async with by_hand(tmp_path, collections=copied(tmp_path / "collections", second=True)) as hand:
        await agrees_to(hand, FIRST)
        [first] = hand.telegram.said
        await hand.start(collection=SECOND)
        await hand.presses("live_in", "US")
        await hand.reads_cards(collection=SECOND)
        hand.telegram.script("say", *UNCLEAR)
        await hand.presses("agree")
        await hand.commands(Command.LEAVE)
        await hand.presses("open_take_back")
        await hand.presses("take_back_collection", SECOND)
        await hand.later(minutes=2)
        assert hand.telegram.said == [first]
        assert hand.stored.count("outbox") == 0


async def test_a_card_read_aloud_does_not_come_behind_the_goodbye(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Though it comes to whoever has agreed to nothing yet."""
    folder = copied(tmp_path / "collections")
    (folder / FIRST / "consent" / "en" / "1.ogg").write_bytes(silence(83))
    async with by_hand(tmp_path, collections=folder) as hand:
        monkeypatch.setattr(hand.outgoing._files, "_folder", folder)
        await hand.start()
        await hand.presses("live_in", "US")
        await hears_late(hand)
        await hand.later(minutes=2)
        assert len(hand.telegram.files) == 1
        await hears_late(hand)
        await hand.commands(Command.LEAVE)
        await hand.presses("open_leave_all")
        await hand.presses("leave_all")
        await hand.later(minutes=2)
        assert len(hand.telegram.files) == 1
        assert hand.stored.count("conversations") == 0


async def hears_late(hand: ByHand) -> None:
    hand.telegram.script("voice", Unknown())
    await hand.presses("listen")
    await hand.dues.work()


# --- a card that does not come ---------------------------------------------------------------------------------------


LONG = 1200.0
"""Seconds to wait, which are more than a reply is tried for."""


@pytest.mark.parametrize("outcomes", [[TryLater(LONG, told=True)], UNCLEAR], ids=["told to wait", "no clear answer"])
@pytest.mark.parametrize("asks", ["/leave", "a text"])
async def test_the_old_card_stays_until_the_new_one_is_there(hand: ByHand, asks: str, outcomes: list[Sent]) -> None:
    """Nobody looks at an empty chat, and nobody has to do anything for the new card to come."""
    await hand.to_questions()
    old = max(hand.telegram.sent_as)
    hand.telegram.script("show", *outcomes)
    await (hand.commands(Command.LEAVE) if asks == "/leave" else hand.types("hello", message=WORDS))
    assert old not in hand.telegram.deleted
    assert max(hand.telegram.sent_as) == old
    hand.telegram.script("show", *outcomes)
    await hand.later(seconds=LONG + 5)
    assert old not in hand.telegram.deleted, "it was tried once more, and did not come either"
    for _ in range(22):
        await hand.later(minutes=1)
    assert max(hand.telegram.sent_as) > old
    assert hand.screen == ("leave" if asks == "/leave" else "question-age")
    assert old in hand.telegram.deleted
    assert hand.stored.count("outbox") == 0
    assert hand.stored.rows("select count(*) from conversations where owed") == [(0,)]
    assert (WORDS in hand.telegram.deleted) == (asks != "/leave"), "own words go as before"


async def test_what_a_reply_is_told_does_not_hold_up_others(hand: ByHand) -> None:
    await hand.to_questions()
    hand.telegram.script("show", TryLater(LONG, told=True))
    await hand.types("hello", message=WORDS)
    await hand.later(minutes=1)
    assert hand.pace.wait(hand.ticks) == 0


async def test_who_presses_something_meanwhile_is_shown_what_comes_of_it_once(hand: ByHand) -> None:
    await hand.to_questions()
    old = max(hand.telegram.sent_as)
    hand.telegram.script("show", TryLater(LONG, told=True))
    await hand.commands(Command.LEAVE)
    await hand.later(minutes=1)
    await hand.commands(Command.HELP)
    assert hand.screen == "help"
    shown = hand.telegram.calls.count(("show", CHAT))
    for _ in range(25):
        await hand.later(minutes=1)
    assert hand.telegram.calls.count(("show", CHAT)) == shown
    assert old in hand.telegram.deleted
    assert max(hand.telegram.sent_as) not in hand.telegram.deleted


# --- a card that nobody knew of yet ----------------------------------------------------------------------------------


async def test_who_writes_quickly_is_left_with_one_card(hand: ByHand, monkeypatch: pytest.MonkeyPatch) -> None:
    """A text while the card that the one before brought is on its way: that one goes when the next is there."""
    await to_own_words(hand)
    await hand.types("own words", message=WORDS)
    chat = hand.stores.vault.chat_hash(CHAT)
    there, show = asyncio.Event(), hand.telegram.show

    async def slow(chat_id: int, card: int | None, screen: Screen, language: str, step: int) -> Sent | Lost:
        sent = await show(chat_id, card, screen, language, step)
        await there.wait()
        return sent

    monkeypatch.setattr(hand.telegram, "show", slow)
    before = set(hand.telegram.sent_as)
    for number in (MORE, STILL_MORE):
        text = Typed(at=hand.now, token=TOKEN, text="and more", message=number)
        await hand.conversation.take([hand.arrival(text)])
        await until(lambda: hand.presenter.is_showing(chat))
    there.set()
    await hand.settled()
    cards = set(hand.telegram.sent_as) - before
    assert len(cards - set(hand.telegram.deleted)) == 1
    assert {MORE, STILL_MORE} <= set(hand.telegram.deleted)


async def hangs(*_: object, **__: object) -> Sent:
    await asyncio.Event().wait()
    raise AssertionError("it was let go of")


async def is_let_go_at_a_stop(hand: ByHand, step: asyncio.Task[None], monkeypatch: pytest.MonkeyPatch) -> None:
    """A stop does not wait for what hangs; after it, Telegram answers again."""
    await hand.presenter.finish(seconds=0.01)
    await step
    monkeypatch.undo()


async def test_what_was_sent_before_a_stop_is_known_after_it(hand: ByHand, monkeypatch: pytest.MonkeyPatch) -> None:
    """A new card whose number nobody knew would stay beside the next one, and be left by cleaning."""
    await hand.to_questions()
    monkeypatch.setattr(hand.telegram, "delete", hangs)
    typed = asyncio.create_task(hand.types("hello", message=WORDS))
    before = len(hand.telegram.sent_as)
    await until(lambda: len(hand.telegram.sent_as) > before)
    newest = max(hand.telegram.sent_as)
    await is_let_go_at_a_stop(hand, typed, monkeypatch)
    await hand.later(minutes=20)
    await hand.commands(Command.LEAVE)
    await hand.presses("clean_chat")
    assert newest in hand.telegram.deleted


async def test_a_stop_during_the_start_lets_a_file_arrive(hand: ByHand, monkeypatch: pytest.MonkeyPatch) -> None:
    """Telegram has it already: otherwise it would come twice, and nobody knew the first one's number."""
    await hand.to_questions()
    await hand.commands(Command.MY_DATA)
    await hand.presses("ask_receipt_file")
    await hand.presses("send_receipt_file")
    assert hand.stored.count("outbox") == 1
    begun, arrives, file = asyncio.Event(), asyncio.Event(), hand.telegram.file

    async def slow(chat_id: int, name: str, content: bytes, words: str, *, may_leave: bool = False) -> Sent:
        begun.set()
        await arrives.wait()
        return await file(chat_id, name, content, words, may_leave=may_leave)

    monkeypatch.setattr(hand.telegram, "file", slow)
    starting = asyncio.create_task(run(_about_to_start(hand), lambda: None))
    await asyncio.wait_for(begun.wait(), 10)
    starting.cancel()
    await asyncio.sleep(0)
    arrives.set()
    with pytest.raises(asyncio.CancelledError):
        await starting
    assert hand.stored.count("outbox") == 0
    [number] = hand.telegram.files
    await hand.commands(Command.LEAVE)
    await hand.presses("clean_chat")
    assert number in hand.telegram.deleted


def _about_to_start(hand: ByHand) -> Parts:
    """What a start needs until it has sent what was left; the conversation is at work already."""
    conversation, nothing = hand.conversation, SimpleNamespace(forget_others=lambda: None, stage=None)

    async def sealed() -> None:
        """There is nothing to seal."""

    return cast(
        Parts,
        SimpleNamespace(
            conversation=SimpleNamespace(
                run=asyncio.Event().wait, destroy_keys=conversation.destroy_keys, drain=conversation.drain
            ),
            dues=hand.dues,
            presenter=hand.presenter,
            presence=nothing,
            pulse=nothing,
            sealer=SimpleNamespace(finish=sealed),
        ),
    )


async def to_answers_that_are_shown(hand: ByHand) -> int:
    """A review on which sensitive answers can be read; the number of its card."""
    await hand.to_questions()
    await hand.presses("choose", "age_25_34")
    await hand.leaves_out()
    await hand.presses("tick", "woman")
    await hand.presses("done")
    while hand.screen.startswith("question-"):
        await hand.leaves_out()
    await hand.presses("reveal")
    card = max(hand.telegram.sent_as)
    assert "hide" in {choice.verb for choice in hand.telegram.cards[CHAT].screen.choices}
    return card


@pytest.mark.parametrize("outcomes", [UNCLEAR, [TryLater(LONG, told=True)]], ids=["no clear answer", "told to wait"])
async def test_answers_that_are_shown_go_as_soon_as_telegram_answers(hand: ByHand, outcomes: list[Sent]) -> None:
    """The card with them is replaced, and what is on it is remembered nowhere else."""
    card = await to_answers_that_are_shown(hand)
    hand.telegram.script("delete", *outcomes)
    await hand.presses("submit")
    assert hand.screen == "thanks"
    assert card not in hand.telegram.deleted
    await hand.later(minutes=2)
    assert hand.telegram.deleted.count(card) == 1
    assert max(hand.telegram.sent_as) not in hand.telegram.deleted
    assert hand.stored.count("outbox") == 0


async def test_answers_that_are_shown_go_though_the_bot_is_stopped(
    hand: ByHand, monkeypatch: pytest.MonkeyPatch
) -> None:
    card = await to_answers_that_are_shown(hand)
    monkeypatch.setattr(hand.telegram, "delete", hangs)
    submits = asyncio.create_task(hand.presses("submit"))
    await until(lambda: hand.screen == "thanks")
    await is_let_go_at_a_stop(hand, submits, monkeypatch)
    await hand.later(minutes=2)
    assert card in hand.telegram.deleted
    assert max(hand.telegram.sent_as) not in hand.telegram.deleted


async def test_the_old_card_goes_though_the_bot_is_stopped_before_the_new_one_says_anything(
    hand: ByHand, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is sensitive comes as a line that says nothing, and then takes its place."""
    await to_answers_that_are_shown(hand)
    await hand.commands(Command.HELP)
    old, show = max(hand.telegram.sent_as), hand.telegram.show

    async def hangs_behind_the_line(chat_id: int, card: int | None, screen: Screen, language: str, step: int) -> Sent:
        return await (hangs() if card is not None else show(chat_id, card, screen, language, step))

    monkeypatch.setattr(hand.telegram, "show", hangs_behind_the_line)
    closes = asyncio.create_task(hand.presses("close"))
    await until(lambda: hand.screen == "arriving")
    await is_let_go_at_a_stop(hand, closes, monkeypatch)
    await hand.later(minutes=2)
    assert old in hand.telegram.deleted
    await hand.shows_owed()
    assert hand.screen == "review"
    assert max(hand.telegram.sent_as) not in hand.telegram.deleted


async def test_a_card_that_is_still_to_go_is_not_shown_on(hand: ByHand, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where somebody goes on while it cannot be taken out: there would be no card in the chat when it goes."""
    await to_answers_that_are_shown(hand)
    await hand.commands(Command.HELP)
    old, goes_on, shown, show = max(hand.telegram.sent_as), asyncio.Event(), list[Sent | Lost](), hand.telegram.show

    async def noted(chat_id: int, card: int | None, screen: Screen, language: str, step: int) -> Sent:
        sent = await show(chat_id, card, screen, language, step)
        shown.append(sent)
        return sent

    async def waits(*_: object) -> Sent:
        await goes_on.wait()
        return Unknown()

    monkeypatch.setattr(hand.telegram, "show", noted)
    monkeypatch.setattr(hand.telegram, "delete", waits)
    closes = asyncio.create_task(hand.presses("close"))
    await until(lambda: hand.screen == "review")
    await hand.conversation.take([hand.arrival(hand.tap("submit"))])
    goes_on.set()
    await hand.settled()
    await closes
    monkeypatch.undo()
    assert hand.screen == "thanks"
    await hand.later(minutes=2)
    [*_, thanks] = (sent.message for sent in shown if isinstance(sent, Delivered))
    assert old in hand.telegram.deleted
    assert thanks not in hand.telegram.deleted


async def test_what_something_stands_on_by_now_does_not_go_with_what_was_replaced(hand: ByHand) -> None:
    """Word that it is to go may come late: from a process that was taken for dead, or behind somebody's next step."""
    await hand.to_decision()
    receipt = max(hand.telegram.sent_as)
    await hand.presses("agree")
    card, gone = max(hand.telegram.sent_as), 99
    chat = hand.stores.vault.chat_hash(CHAT)
    hand.conversation.note(Settled(chat, 0, shown=False, replaced=(receipt, gone, card)))
    await hand.later(minutes=2)
    await hand.later(minutes=2)
    assert hand.telegram.deleted == [gone]
