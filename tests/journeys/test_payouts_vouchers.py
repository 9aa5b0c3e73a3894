"""Voucher codes: one each, whatever happens; on their own when there are more; and for who has left."""

from __future__ import annotations

import asyncio
import re
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from support.by_hand import CHAT, ByHand, by_hand
from support.copies import copied, reworded
from support.paying import WAITING, collections_that_pay, load_codes, settings_of, submitted

from bot.messenger import TryLater, Unknown, Unreachable
from bot.settings import Settings
from bot.stewardship.archive import open_archive
from bot.stewardship.provider import settle
from bot.storage.vouchers import take_out_free
from flows.events import Command

from .test_journeys_leaks import assert_nowhere

CODE = re.compile(r"VOUCHER-\d{4}")
OTHER = CHAT + 1


def codes(count: int, first: int = 0) -> list[str]:
    """Codes as a shop writes them."""
    return [f"VOUCHER-{number:04}" for number in range(first, first + count)]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """What a steward's command is set up with."""
    return settings_of(tmp_path, collections_that_pay(tmp_path / "collections", "voucher"))


@pytest.fixture
async def hand(tmp_path: Path, settings: Settings) -> AsyncIterator[ByHand]:
    """A bot whose collection pays by voucher in the United States."""
    async with by_hand(tmp_path, collections=settings.collections) as running:
        yield running


def said_codes(hand: ByHand) -> list[str]:
    """Every code that was said, in order."""
    return [code for words in hand.telegram.said for code in CODE.findall(words)]


def words_on(hand: ByHand, chat_id: int = CHAT) -> str:
    """What stands on the card."""
    return hand.texts.screen(hand.telegram.cards[chat_id].screen, "en")


async def test_whoever_submits_gets_one_code_in_a_message_of_its_own(hand: ByHand, settings: Settings) -> None:
    await load_codes(hand, settings, codes(30))
    await submitted(hand, CHAT)
    (code,) = said_codes(hand)
    assert code not in words_on(hand), "the card says that it came, and not what it is"
    assert "Sent to you on" in words_on(hand)
    await hand.presses("open_pay")
    assert code in words_on(hand)
    await hand.later(days=3)
    assert said_codes(hand) == [code]


async def test_nothing_is_handed_out_before_somebody_is_through(hand: ByHand, settings: Settings) -> None:
    """Pay has accrued by the middle of the questions; a code then would say to somebody that they are done."""
    await load_codes(hand, settings, codes(30))
    await hand.to_questions()
    await hand.to_review(OTHER)
    await hand.later(days=1)
    assert said_codes(hand) == []


async def test_submitting_anew_brings_no_second_code(hand: ByHand, settings: Settings) -> None:
    await load_codes(hand, settings, codes(30))
    await submitted(hand, CHAT)
    await hand.presses("open_mydata")
    await hand.presses("open_pay")
    await hand.presses("close")
    await hand.commands(Command.EDIT)
    await hand.presses("submit")
    await hand.later(days=2)
    assert len(said_codes(hand)) == 1
    assert hand.stored.rows("select count(*) from voucher_codes where holder is not null") == [(1,)]


async def test_two_presses_in_one_batch_bring_one_code(hand: ByHand, settings: Settings) -> None:
    """And two people in one batch two."""
    await load_codes(hand, settings, codes(30))
    await hand.to_review(CHAT)
    await hand.to_review(OTHER)
    await asyncio.gather(
        hand.presses("submit"), hand.presses("submit"), hand.presses("submit", None, OTHER), hand.presses("submit")
    )
    await hand.later(seconds=1)
    assert len(said_codes(hand)) == len(set(said_codes(hand))) == 2


async def test_where_none_is_left_it_comes_by_itself_once_there_are_more(hand: ByHand, settings: Settings) -> None:
    await submitted(hand, CHAT)
    assert said_codes(hand) == []
    await hand.presses("open_pay")
    assert WAITING in words_on(hand)
    await hand.presses("close")
    await hand.later(hours=30)
    assert said_codes(hand) == []
    await load_codes(hand, settings, codes(30))
    await hand.later(seconds=1)
    assert len(said_codes(hand)) == 1
    assert "Sent to you on" in words_on(hand), "the thanks say so too"


async def test_thanks_that_telegram_holds_back_say_that_the_code_was_sent(hand: ByHand, settings: Settings) -> None:
    await submitted(hand, CHAT)
    await load_codes(hand, settings, codes(30))
    hand.telegram.script("show", TryLater(30, told=True))
    await hand.later(seconds=1)
    assert "Sent to you on" not in words_on(hand)
    await hand.later(minutes=2)
    assert len(said_codes(hand)) == 1
    assert "Sent to you on" in words_on(hand)


async def test_the_last_codes_go_to_as_many_people_and_the_others_wait(hand: ByHand, settings: Settings) -> None:
    await load_codes(hand, settings, codes(2))
    for number in range(4):
        await submitted(hand, CHAT + number)
    assert len(set(said_codes(hand))) == 2
    await load_codes(hand, settings, codes(5, first=100))
    await hand.later(seconds=1)
    assert len(said_codes(hand)) == len(set(said_codes(hand))) == 4


async def test_whoever_wants_no_messages_gets_it_when_they_look(hand: ByHand, settings: Settings) -> None:
    """Stop means stop; what is owed is there when they write first."""
    await submitted(hand, CHAT)
    await hand.presses("open_pay")
    assert WAITING in words_on(hand)
    await hand.presses("close")
    await hand.presses("open_leave")
    await hand.presses("stop_messages")
    await hand.presses("close")
    await hand.presses("open_pay")
    assert WAITING not in words_on(hand), "nothing is promised that does not come"
    assert "so please look here again for it: /mydata" in words_on(hand)
    await hand.presses("close")
    await load_codes(hand, settings, codes(30))
    await hand.later(seconds=1)
    await hand.later(days=2)
    assert said_codes(hand) == []
    await hand.start()
    await hand.presses("open_pay")
    await hand.later(seconds=0)
    assert len(said_codes(hand)) == 1


async def test_a_message_that_may_not_have_arrived_is_said_again_with_the_same_code(
    hand: ByHand, settings: Settings
) -> None:
    await load_codes(hand, settings, codes(30))
    await hand.to_review(CHAT)
    hand.telegram.script("say", Unknown(), TryLater(30))
    await hand.presses("submit")
    for _ in range(4):
        await hand.later(minutes=2)
    (code,) = said_codes(hand)
    assert hand.stored.count("outbox") == 0
    assert hand.stored.rows("select count(*) from voucher_codes where holder is not null") == [(1,)]
    await hand.presses("open_pay")
    assert code in words_on(hand)


async def test_a_bot_that_dies_with_a_code_in_hand_says_it_when_it_is_back(tmp_path: Path, settings: Settings) -> None:
    """Before the request has left, and after: the code stays this person's, and nobody else's."""
    async with by_hand(tmp_path, collections=settings.collections) as hand:
        await load_codes(hand, settings, codes(30))
        await hand.to_review(CHAT)
        await hand.presses("submit")
        assert said_codes(hand) == [], "it is committed, and its message is still owed"
        assert hand.stored.rows("select count(*) from voucher_codes where holder is not null") == [(1,)]
    async with by_hand(tmp_path, collections=settings.collections) as hand:
        await hand.taken_over()
        await hand.settled()
        (code,) = said_codes(hand)
        await submitted(hand, OTHER)
        assert len({code, *said_codes(hand)}) == 2


async def test_a_step_that_fails_takes_no_code_with_it(
    hand: ByHand, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Code, state and message stand in one commit."""
    await load_codes(hand, settings, codes(30))
    await hand.to_review(CHAT)

    async def breaks(*_: object) -> None:
        raise OSError

    with monkeypatch.context() as broken:
        broken.setattr("bot.paying.outbox.put", breaks)
        await hand.presses("submit")
    assert hand.stored.rows("select count(*) from voucher_codes where holder is not null") == [(0,)]
    assert hand.stored.rows("select state from entitlements") == [("owed",)]


async def test_whoever_leaves_half_way_gets_what_they_have_earned(hand: ByHand, settings: Settings) -> None:
    await load_codes(hand, settings, codes(30))
    await hand.to_review(CHAT)
    await hand.leaves()
    assert len(said_codes(hand)) == 1
    assert hand.stored.count("conversations") == 0, "the goodbye and the code are there, so all is forgotten"


async def test_whoever_leaves_where_no_code_is_left_is_told_whom_to_write_to(hand: ByHand) -> None:
    await hand.to_review(CHAT)
    await hand.leaves()
    assert said_codes(hand) == []
    (words,) = [words for words in hand.telegram.said if "We still owe you" in words]
    ((reference,),) = hand.stored.rows("select reference from entitlements")
    assert reference in words
    assert "hello@example.org" in words
    assert hand.stored.count("conversations") == 0


async def test_of_a_payment_to_a_number_a_mark_is_left_once_it_can_no_longer_come_back(tmp_path: Path) -> None:
    settings = settings_of(tmp_path, collections_that_pay(tmp_path / "numbers", "bank"))
    async with by_hand(tmp_path, collections=settings.collections) as hand:
        await submitted(hand, CHAT)
        await hand.types("DE02120300000000202051")
        await hand.leaves()
        ((reference,),) = hand.stored.rows("select reference from entitlements")
        async with open_archive(settings) as archive:
            await settle(archive, "back.csv", f"{reference},paid".encode(), lambda: hand.now)
        await hand.later(days=29)
        assert hand.stored.rows("select state from entitlements") == [("sent",)]
        await hand.later(days=4)
        assert hand.stored.rows("select state from entitlements") == [("paid_before",)]


async def test_whoever_was_paid_and_leaves_is_sent_nothing_more(hand: ByHand, settings: Settings) -> None:
    await load_codes(hand, settings, codes(30))
    await submitted(hand, CHAT)
    await hand.leaves()
    assert len(said_codes(hand)) == 1
    assert not [words for words in hand.telegram.said if "We still owe you" in words]


async def test_who_comes_back_after_being_paid_is_not_paid_again(hand: ByHand, settings: Settings) -> None:
    await load_codes(hand, settings, codes(30))
    await submitted(hand, CHAT)
    await hand.leaves()
    mark = hand.stored.rows("select state, amount, currency, territory, way from entitlements")
    assert mark == [("paid_before", "0", "XXX", None, None)], "a mark alone is left"
    await submitted(hand, CHAT)
    await hand.later(days=2)
    assert len(said_codes(hand)) == 1
    assert "Your pay for this was sent to you before." in words_on(hand)
    assert hand.stored.count("entitlements") == 1
    await hand.presses("open_pay")
    assert "MARK-" not in words_on(hand)


async def test_a_mark_stays_until_the_collection_closes(hand: ByHand, settings: Settings, tmp_path: Path) -> None:
    await load_codes(hand, settings, codes(30))
    await submitted(hand, CHAT)
    await hand.leaves()
    await hand.later(days=4000)
    assert hand.stored.rows("select state from entitlements") == [("paid_before",)]
    assert hand.stored.rows("select count(*) from voucher_codes where sealed = x''") == [(1,)]
    closed = collections_that_pay(tmp_path / "others", "voucher")
    (closed / "demographics").rename(closed / "another")
    reworded(closed / "another" / "collection.yaml", "id: demographics", "id: another")
    for catalog in closed.glob("another/translations/*/LC_MESSAGES/demographics.*"):
        catalog.rename(catalog.with_stem("another"))
    async with by_hand(tmp_path, collections=closed) as later:
        assert later.stored.count("entitlements") == 0


async def test_what_was_sent_and_what_is_owed_are_forgotten_in_their_time(hand: ByHand, settings: Settings) -> None:
    """What is owed when consent said so; of what was sent a mark is kept."""
    await load_codes(hand, settings, codes(1))
    await submitted(hand, CHAT)
    await submitted(hand, OTHER)
    await hand.later(days=900)
    assert hand.stored.rows("select state from entitlements") == [("paid_before",)]


async def test_whoever_has_blocked_the_bot_finds_it_when_they_are_back(hand: ByHand, settings: Settings) -> None:
    await load_codes(hand, settings, codes(30))
    await hand.to_review(CHAT)
    hand.telegram.script("say", Unreachable(), Unreachable())
    await hand.presses("submit")
    await hand.later(seconds=1)
    await hand.start()
    await hand.presses("open_pay")
    assert len(CODE.findall(words_on(hand))) == 1


async def test_no_code_stands_in_any_file(hand: ByHand, settings: Settings, tmp_path: Path) -> None:
    """Neither those that wait nor those that were handed out."""
    await load_codes(hand, settings, codes(30))
    await submitted(hand, CHAT)
    assert len(said_codes(hand)) == 1
    shutil.rmtree(settings.collections)
    assert_nowhere(tmp_path, {"a code": b"VOUCHER-", "a code in UTF-16": "VOUCHER-".encode("utf-16-le")})


async def test_a_restore_hands_no_code_out_a_second_time(hand: ByHand, settings: Settings) -> None:
    """What a backup takes for free may be somebody's by now; it can be loaded again by who knows that it is not."""
    await load_codes(hand, settings, codes(3))
    await submitted(hand, CHAT)
    async with hand.stores.database.write() as connection:
        assert await take_out_free(connection) == 2
    assert hand.stored.count("voucher_codes") == 1
    unspent = sorted(set(codes(3)) - set(said_codes(hand)))
    await load_codes(hand, settings, unspent)
    assert hand.stored.count("voucher_codes") == 3


async def test_where_no_program_pays_people_read_whom_to_write_to_and_what_to_name(tmp_path: Path) -> None:
    settings = settings_of(tmp_path, copied(tmp_path / "collections"))
    async with by_hand(tmp_path, collections=settings.collections) as hand:
        await submitted(hand, CHAT)
        [(reference,)] = hand.stored.rows("select reference from entitlements")
        told = f"please write to \u2068hello@example.org\u2069 and name \u2068{reference}\u2069"
        assert told in words_on(hand)
        await hand.commands(Command.MY_DATA)
        await hand.presses("open_pay")
        assert words_on(hand).count(reference) == 1
        assert told in words_on(hand)
        async with open_archive(settings) as archive:
            await settle(archive, "by-hand.csv", f"{reference},paid".encode(), lambda: hand.now)
        await hand.later(seconds=0)
        assert hand.stored.rows("select state from entitlements") == [("sent",)]
