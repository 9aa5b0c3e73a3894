"""Pay that is owed to somebody who goes: whichever way it is, they read how to come by it, or get their code."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from structlog.testing import capture_logs
from support.by_hand import CHAT, ByHand, by_hand
from support.copies import FIRST, SECOND, copied
from support.paying import collections_that_pay, load_codes, settings_of, submitted

from bot.messenger import TryLater, Unreachable
from bot.owing.chat import Gone
from bot.settings import Settings
from bot.stewardship.archive import open_archive
from bot.stewardship.closing import close
from bot.stewardship.erasing import Erased, erase
from bot.stewardship.payouts import collection_of, withhold
from bot.stewardship.provider import settle
from bot.storage import contributions
from bot.team.office import halt
from bot.tombstones import Tombstones
from flows.events import TOKEN_BYTES, Blocked, Command
from flows.halts import Scope
from flows.load import load_collections

from .test_receipts_of_two import agrees_to, submits

CODES = [f"VOUCHER-{number:04}" for number in range(30)]
ACCOUNT = "DE02120300000000202051"
WAYS = [Gone.CLOSED, Gone.ERASED, Gone.KEPT]


@pytest.fixture
async def vouchers(tmp_path: Path) -> AsyncIterator[ByHand]:
    """A bot whose collection pays by voucher; no code is there yet."""
    async with by_hand(tmp_path, collections=_set_up(tmp_path, "voucher").collections) as running:
        yield running


@pytest.fixture
async def people(tmp_path: Path) -> AsyncIterator[ByHand]:
    """A bot whose collection leaves paying to a person, which is the default."""
    async with by_hand(tmp_path, collections=_set_up(tmp_path, None).collections) as running:
        yield running


@pytest.fixture
async def bank(tmp_path: Path) -> AsyncIterator[ByHand]:
    """A bot whose collection pays to bank accounts."""
    async with by_hand(tmp_path, collections=_set_up(tmp_path, "bank").collections) as running:
        yield running


def _set_up(folder: Path, ways: str | None) -> Settings:
    into = folder / "collections"
    return settings_of(folder, copied(into) if ways is None else collections_that_pay(into, ways))


def settings_beside(hand: ByHand) -> Settings:
    return settings_of(hand.stored.folder, hand.stored.folder / "collections")


async def erased(hand: ByHand, why: Gone) -> Erased:
    """What a steward's commands and retention do to people's rows, and what the bot says of it."""
    done = await erased_alone(hand, why)
    await hand.later(minutes=5)
    return done


async def erased_alone(hand: ByHand, why: Gone) -> Erased:
    """The same while the bot says nothing."""
    settings = settings_beside(hand)
    async with open_archive(settings) as archive:
        async with archive.database.read() as connection:
            rows = await contributions.of_collection(connection, FIRST)
        return await erase(
            archive, Tombstones(settings.tombstones), rows, why, lambda _rows, _keys: [], lambda: hand.now
        )


async def settled(hand: ByHand, line: str) -> None:
    async with open_archive(settings_beside(hand)) as archive:
        await settle(archive, "back.csv", line.encode(), lambda: hand.now)


def reference(hand: ByHand) -> str:
    ((found,),) = hand.stored.rows("select reference from entitlements")
    return str(found)


def standing(hand: ByHand) -> list[tuple[object, ...]]:
    return hand.stored.rows("select state, amount, territory, way from entitlements")


def about_pay(hand: ByHand) -> list[str]:
    return [words for words in hand.telegram.said if "Your pay" in words]


def assert_told(hand: ByHand, words: str) -> None:
    """Once: the sum, the reference and whom to write to."""
    (said,) = about_pay(hand)
    assert words in said
    assert "$2.50" in said
    assert reference(hand) in said
    assert "hello@example.org" in said


MARK = [("paid_before", "0", None, None)]


# --- in the chat ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["half-way", "submitted"])
async def test_who_leaves_where_a_person_pays_reads_whom_to_write_to_and_what_to_name(people: ByHand, how: str) -> None:
    await (submitted(people, CHAT) if how == "submitted" else people.to_review())
    await people.leaves()
    assert_told(people, "We still owe you")
    assert people.stored.count("conversations") == 0


async def test_who_leaves_with_a_number_reads_what_to_do_where_it_does_not_come(bank: ByHand) -> None:
    await submitted(bank, CHAT)
    await bank.types(ACCOUNT)
    await bank.leaves()
    assert_told(bank, "It goes to the number that you gave")
    assert bank.stored.count("payout_numbers") == 1


async def test_who_leaves_while_it_is_under_way_reads_what_to_name(bank: ByHand) -> None:
    await submitted(bank, CHAT)
    await bank.types(ACCOUNT)
    await bank.stored.change("update entitlements set state = 'under_way', given = 1, export = 1")
    await bank.leaves()
    assert_told(bank, "On its way to you since")


async def test_who_leaves_after_a_transfer_that_may_come_back_reads_what_to_name(bank: ByHand) -> None:
    await submitted(bank, CHAT)
    await bank.types(ACCOUNT)
    await settled(bank, f"{reference(bank)},paid")
    await bank.later(seconds=1)
    bank.telegram.said.clear()
    await bank.leaves()
    assert_told(bank, "Sent to you on")
    await bank.later(days=33)
    assert standing(bank) == MARK


async def test_who_leaves_while_it_is_held_back_reads_why_and_whom_to_write_to(people: ByHand) -> None:
    await submitted(people, CHAT)
    async with open_archive(settings_beside(people)) as archive:
        await withhold(archive, reference(people), "One telephone, two accounts", lambda: people.now)
    await people.leaves()
    (said,) = about_pay(people)
    assert reference(people) in said
    assert "One telephone, two accounts" in said
    assert "Do you see it otherwise?" in said


async def test_who_leaves_a_collection_whose_folder_is_gone_reads_what_to_name(tmp_path: Path) -> None:
    settings = _set_up(tmp_path, None)
    async with by_hand(tmp_path, collections=settings.collections) as hand:
        await submitted(hand, CHAT)
    (settings.collections / "demographics").rename(tmp_path / "away")
    copied(tmp_path / "again")
    (tmp_path / "again" / "demographics").rename(settings.collections / "others")
    _call_it(settings.collections / "others", "others")
    async with by_hand(tmp_path, collections=settings.collections, collections_gone=("demographics",)) as hand:
        await hand.leaves()
        assert_told(hand, "We still owe you")


def _call_it(folder: Path, name: str) -> None:
    described = folder / "collection.yaml"
    described.write_text(described.read_text().replace("id: demographics", f"id: {name}"))
    for catalog in folder.glob("translations/*/LC_MESSAGES/demographics.*"):
        catalog.rename(catalog.with_stem(name))


# --- by others --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("why", WAYS)
@pytest.mark.parametrize("how", ["half-way", "submitted"])
async def test_whose_data_is_erased_reads_how_to_come_by_their_pay(people: ByHand, why: Gone, how: str) -> None:
    await (submitted(people, CHAT) if how == "submitted" else people.to_review())
    await erased(people, why)
    assert_told(people, "We still owe you")
    assert people.stored.count("conversations") == 0
    assert people.stored.count("outbox") == 0


@pytest.mark.parametrize("why", [Gone.CLOSED, Gone.KEPT])
async def test_whose_data_is_erased_half_way_gets_their_code(vouchers: ByHand, why: Gone) -> None:
    await load_codes(vouchers, settings_beside(vouchers), CODES)
    await vouchers.to_review()
    await erased(vouchers, why)
    (said,) = about_pay(vouchers)
    assert sum(code in said for code in CODES) == 1
    assert standing(vouchers) == MARK
    assert vouchers.stored.count("conversations") == 0


@pytest.mark.parametrize("how", ["erased", "submits"])
async def test_how_many_codes_are_left_is_said_once_one_is_taken(vouchers: ByHand, how: str) -> None:
    await load_codes(vouchers, settings_beside(vouchers), CODES[:1])
    with capture_logs() as logged:
        if how == "erased":
            await vouchers.to_review()
            await erased(vouchers, Gone.CLOSED)
        else:
            await submitted(vouchers, CHAT)
    assert [each["left"] for each in logged if each["event"] == "voucher codes run low"][:1] == [0]


async def test_whose_data_is_erased_while_no_code_is_left_reads_what_to_name(vouchers: ByHand) -> None:
    await submitted(vouchers, CHAT)
    await erased(vouchers, Gone.CLOSED)
    assert_told(vouchers, "We still owe you")


async def test_who_has_lost_their_account_gets_no_code_there_and_the_steward_reads_what_to_name(
    vouchers: ByHand,
) -> None:
    """Whoever has the account by now would have it; and whoever asked by the receipt may not see the chat."""
    await load_codes(vouchers, settings_beside(vouchers), CODES)
    await vouchers.to_review()
    named = reference(vouchers)
    done = await erased(vouchers, Gone.ERASED)
    assert [(each.reference, each.amount, each.currency) for each in done.owed] == [(named, "2.50", "USD")]
    assert_told(vouchers, "We still owe you")


async def test_of_the_pay_of_many_no_reference_is_said_to_the_steward(people: ByHand) -> None:
    await submitted(people, CHAT)
    assert (await erased(people, Gone.CLOSED)).owed == ()


async def test_who_has_lost_their_account_and_wanted_no_messages_has_it_from_the_steward(people: ByHand) -> None:
    await submitted(people, CHAT)
    await people.commands(Command.LEAVE)
    await people.presses("stop_messages")
    assert [each.reference for each in (await erased(people, Gone.ERASED)).owed] == [reference(people)]
    assert about_pay(people) == []


async def test_whose_consent_lapses_reads_how_to_come_by_their_pay(people: ByHand) -> None:
    await submitted(people, CHAT)
    await people.stored.change("update entitlements set kept_until = '2100-01-01 00:00:00.000000'")
    await people.later(days=729)
    await people.later(days=3)
    assert_told(people, "We still owe you")


async def test_who_wants_no_messages_reads_it_when_they_write_again(people: ByHand) -> None:
    """Stop means stop; what is owed is there when they write first, and is said once."""
    await submitted(people, CHAT)
    await people.commands(Command.LEAVE)
    await people.presses("stop_messages")
    await erased(people, Gone.CLOSED)
    await people.later(days=2)
    assert about_pay(people) == []
    await people.start(collection=None)
    await people.later(seconds=0)
    assert_told(people, "We still owe you")
    await people.leaves()
    assert people.stored.count("conversations") == 0
    await people.start(collection=None)
    await people.later(seconds=0)
    assert len(about_pay(people)) == 1


async def test_who_has_blocked_the_bot_gets_their_code_when_they_are_back(vouchers: ByHand) -> None:
    await load_codes(vouchers, settings_beside(vouchers), CODES)
    await vouchers.to_review()
    await vouchers.happens(Blocked(at=vouchers.now, token=bytes(TOKEN_BYTES)))
    await erased(vouchers, Gone.CLOSED)
    assert standing(vouchers) == [("owed", "2.50", "US", None)]
    await vouchers.start(collection=None)
    await vouchers.later(seconds=0)
    (said,) = about_pay(vouchers)
    assert sum(code in said for code in CODES) == 1
    assert standing(vouchers) == MARK


async def test_who_has_left_and_comes_back_is_not_told_twice(people: ByHand) -> None:
    await submitted(people, CHAT)
    await people.leaves()
    await people.start()
    await people.later(days=2)
    assert len(about_pay(people)) == 1


async def test_what_is_owed_to_who_takes_part_anew_is_kept_for_as_long_as_they_were_told_then(people: ByHand) -> None:
    await submitted(people, CHAT)
    await people.leaves()
    await people.later(days=700)
    await submitted(people, CHAT)
    await people.later(days=60)
    assert [state for state, *_ in standing(people)] == ["owed"]
    await people.commands(Command.MY_DATA)
    assert "open_pay" in {choice.verb for choice in people.telegram.cards[CHAT].screen.choices}


async def test_what_is_owed_goes_no_sooner_than_was_said_first(people: ByHand) -> None:
    await submitted(people, CHAT)
    await people.stored.change("update entitlements set kept_until = '2100-01-01 00:00:00.000000'")
    await people.leaves()
    await submitted(people, CHAT)
    [(kept,)] = people.stored.rows("select kept_until from entitlements")
    assert str(kept).startswith("2100-01-01")


@pytest.mark.parametrize(
    ("then", "way", "now"),
    [
        (("2.00", "USD", "US"), None, ("2.50", "USD", "US")),
        (("10.00", "USD", "US"), None, ("10.00", "USD", "US")),
        (("9.00", "EUR", "DE"), "bank", ("2.50", "USD", "US")),
    ],
)
async def test_who_takes_part_anew_is_owed_what_they_were_told_then_if_it_is_more_or_elsewhere(
    people: ByHand, then: tuple[str, str, str], way: str | None, now: tuple[str, str, str]
) -> None:
    await submitted(people, CHAT)
    await people.stored.change("update entitlements set amount = ?, currency = ?, territory = ?, way = ?", *then, way)
    await people.leaves()
    await submitted(people, CHAT)
    assert people.stored.rows("select amount, currency, territory, way from entitlements") == [(*now, None)]


@pytest.mark.parametrize("state", ["under_way", "sent"])
async def test_a_sum_that_is_with_a_provider_is_not_changed(people: ByHand, state: str) -> None:
    await submitted(people, CHAT)
    await people.stored.change("update entitlements set amount = '2.00', state = ?", state)
    await people.leaves()
    await submitted(people, CHAT)
    assert people.stored.rows("select amount, state from entitlements") == [("2.00", state)]


# --- what does not arrive ---------------------------------------------------------------------------------------------


async def comes_back(hand: ByHand) -> None:
    """Writes again, out of reach until then, and hears what there is to hear."""
    await hand.start(collection=None)
    await hand.later(days=2)


def free_codes(hand: ByHand) -> int:
    """How many codes are nobody's."""
    ((count,),) = hand.stored.rows("select count(*) from voucher_codes where holder is null")
    return int(count)


def assert_got_a_code(hand: ByHand) -> None:
    """Once, and no more than a mark is left of it."""
    (said,) = about_pay(hand)
    assert sum(code in said for code in CODES) == 1
    assert standing(hand) == MARK
    assert free_codes(hand) == len(CODES) - 1


async def test_a_code_that_did_not_reach_somebody_is_theirs_when_they_are_back(vouchers: ByHand) -> None:
    await load_codes(vouchers, settings_beside(vouchers), CODES)
    await vouchers.to_review()
    vouchers.telegram.script("say", *[Unreachable()] * 3)
    await erased(vouchers, Gone.CLOSED)
    assert standing(vouchers) == [("owed", "2.50", "US", None)]
    assert free_codes(vouchers) == len(CODES) - 1, "it is held for them, and nobody else gets it"
    vouchers.telegram.scripted.clear()
    await comes_back(vouchers)
    assert_got_a_code(vouchers)


async def test_who_blocks_the_bot_as_they_leave_gets_their_code_when_they_are_back(vouchers: ByHand) -> None:
    await load_codes(vouchers, settings_beside(vouchers), CODES)
    await vouchers.to_review()
    vouchers.telegram.script("say", *[Unreachable()] * 3)
    await vouchers.leaves()
    assert about_pay(vouchers) == []
    vouchers.telegram.scripted.clear()
    await comes_back(vouchers)
    assert_got_a_code(vouchers)


async def test_who_takes_part_anew_before_their_code_arrived_gets_the_same_one(vouchers: ByHand) -> None:
    await load_codes(vouchers, settings_beside(vouchers), CODES)
    await vouchers.to_review()
    vouchers.telegram.script("say", *[Unreachable()] * 3)
    await erased(vouchers, Gone.CLOSED)
    vouchers.telegram.scripted.clear()
    vouchers.telegram.script("say", *[TryLater(3600.0)] * 40)
    await submitted(vouchers, CHAT)
    assert free_codes(vouchers) == len(CODES) - 1
    assert vouchers.stored.rows('select state, "left" from entitlements') == [("sent", 0)]
    vouchers.telegram.scripted.clear()
    await vouchers.later(days=1)
    assert vouchers.stored.rows('select state, "left" from entitlements') == [("sent", 0)]


async def test_what_was_not_told_where_a_person_pays_is_told_to_who_is_back(people: ByHand) -> None:
    await submitted(people, CHAT)
    people.telegram.script("say", *[Unreachable()] * 3)
    await erased(people, Gone.CLOSED)
    people.telegram.scripted.clear()
    await comes_back(people)
    assert_told(people, "We still owe you")


async def test_a_bot_that_is_down_for_longer_than_a_goodbye_is_kept_takes_nobodys_code(vouchers: ByHand) -> None:
    await load_codes(vouchers, settings_beside(vouchers), CODES)
    await vouchers.to_review()
    await erased_alone(vouchers, Gone.CLOSED)
    await vouchers.later(days=2)
    assert vouchers.stored.count("conversations") == 0
    vouchers.telegram.said.clear()
    await comes_back(vouchers)
    assert_got_a_code(vouchers)


async def test_a_bot_that_is_down_for_longer_than_a_goodbye_is_kept_takes_no_word_of_pay(people: ByHand) -> None:
    await people.to_review()
    await erased_alone(people, Gone.CLOSED)
    await people.later(days=2)
    people.telegram.said.clear()
    await comes_back(people)
    assert_told(people, "We still owe you")


async def test_who_is_back_while_it_is_with_the_provider_reads_so(bank: ByHand) -> None:
    await submitted(bank, CHAT)
    await bank.types(ACCOUNT)
    await bank.stored.change("update entitlements set state = 'under_way', given = 1, export = 1")
    await bank.happens(Blocked(at=bank.now, token=bytes(TOKEN_BYTES)))
    await erased(bank, Gone.CLOSED)
    await comes_back(bank)
    assert_told(bank, "On its way to you since")


@pytest.mark.parametrize("how", ["blocked", "no messages"])
async def test_whoever_has_a_lost_account_by_now_is_told_nothing_and_the_reference_stays_good(
    vouchers: ByHand, how: str
) -> None:
    await load_codes(vouchers, settings_beside(vouchers), CODES)
    await vouchers.to_review()
    if how == "blocked":
        await vouchers.happens(Blocked(at=vouchers.now, token=bytes(TOKEN_BYTES)))
    else:
        await vouchers.commands(Command.LEAVE)
        await vouchers.presses("stop_messages")
    [owed] = (await erased(vouchers, Gone.ERASED)).owed
    await comes_back(vouchers)
    assert about_pay(vouchers) == []
    assert free_codes(vouchers) == len(CODES)
    await settled(vouchers, f"{owed.reference},paid,by hand")


async def test_who_is_back_after_the_folder_went_reads_what_to_name(tmp_path: Path) -> None:
    settings = _set_up(tmp_path, None)
    async with by_hand(tmp_path, collections=settings.collections) as hand:
        await submitted(hand, CHAT)
        await hand.happens(Blocked(at=hand.now, token=bytes(TOKEN_BYTES)))
        await erased(hand, Gone.CLOSED)
    (settings.collections / "demographics").rename(tmp_path / "away")
    copied(tmp_path / "again")
    (tmp_path / "again" / "demographics").rename(settings.collections / "others")
    _call_it(settings.collections / "others", "others")
    async with by_hand(tmp_path, collections=settings.collections) as hand:
        await comes_back(hand)
        assert_told(hand, "We still owe you")


# --- who takes part in something else as well -------------------------------------------------------------------------


@pytest.fixture
async def two(tmp_path: Path) -> AsyncIterator[ByHand]:
    """A bot with two collections, where a person pays."""
    async with by_hand(tmp_path, collections=copied(tmp_path / "collections", second=True)) as running:
        yield running


async def in_both(hand: ByHand) -> None:
    """Somebody has submitted to both."""
    for collection in (FIRST, SECOND):
        await agrees_to(hand, collection)
    for collection in (SECOND, FIRST):
        await submits(hand, collection)
    await hand.later(seconds=0)
    hand.telegram.said.clear()


async def wants_no_messages(hand: ByHand) -> None:
    await hand.commands(Command.LEAVE)
    await hand.presses("stop_messages")
    await hand.presses("close")


def of_first(hand: ByHand) -> list[str]:
    ((found,),) = hand.stored.rows("select reference from entitlements where collection = ?", FIRST)
    return [words for words in about_pay(hand) if found in words]


async def test_who_wants_no_messages_and_stays_elsewhere_reads_it_as_they_write(two: ByHand) -> None:
    await in_both(two)
    await wants_no_messages(two)
    await erased(two, Gone.CLOSED)
    await two.later(days=2)
    assert about_pay(two) == []
    await two.commands(Command.MY_DATA)
    await two.later(seconds=0)
    assert len(of_first(two)) == 1
    await two.commands(Command.MY_DATA)
    await two.later(days=3)
    assert len(of_first(two)) == 1, "and once"


async def test_a_look_at_the_collection_anew_loses_nobody_the_word_of_their_pay(two: ByHand) -> None:
    """Who opens its link and goes on with nothing has not taken part anew."""
    await in_both(two)
    await wants_no_messages(two)
    await erased(two, Gone.CLOSED)
    two.telegram.script("say", *[TryLater(3600.0)] * 400)
    await two.start(collection=FIRST)
    await two.later(days=4)
    assert two.stored.rows('select told, "left" from entitlements where collection = ?', FIRST) == [(0, 1)]
    two.telegram.scripted.clear()
    await two.commands(Command.MY_DATA)
    await two.later(days=2)
    assert len(of_first(two)) == 1


async def test_who_wants_no_messages_just_then_reads_it_when_they_write_again(two: ByHand) -> None:
    await in_both(two)
    await two.commands(Command.LEAVE)
    await erased_alone(two, Gone.CLOSED)
    await two.presses("stop_messages")
    await two.later(days=3)
    assert of_first(two) == []
    await two.start(collection=None)
    await two.later(seconds=0)
    assert len(of_first(two)) == 1


# --- who comes back ---------------------------------------------------------------------------------------------------


async def test_who_left_unpaid_and_came_back_keeps_the_code_that_they_are_paid_with(vouchers: ByHand) -> None:
    await vouchers.to_review()
    await vouchers.leaves()
    await load_codes(vouchers, settings_beside(vouchers), CODES)
    await submitted(vouchers, CHAT)
    await vouchers.later(days=33)
    await vouchers.start()
    await vouchers.commands(Command.MY_DATA)
    await vouchers.presses("open_pay")
    shown = vouchers.texts.screen(vouchers.telegram.cards[CHAT].screen, "en")
    assert sum(code in shown for code in CODES) == 1
    assert vouchers.stored.rows('select state, "left" from entitlements') == [("sent", 0)]


# --- who was paid -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("why", WAYS)
async def test_of_who_was_paid_and_is_erased_a_mark_alone_is_left(vouchers: ByHand, why: Gone) -> None:
    await load_codes(vouchers, settings_beside(vouchers), CODES)
    await submitted(vouchers, CHAT)
    assert len(about_pay(vouchers)) == 1
    await erased(vouchers, why)
    assert standing(vouchers) == MARK
    assert vouchers.stored.rows("select count(*) from voucher_codes where holder is not null and sealed != x''") == [
        (0,)
    ]
    assert len(about_pay(vouchers)) == 1, "nothing more is said of it"


async def closed(hand: ByHand) -> None:
    settings = settings_beside(hand)
    collections = load_collections(settings.collections)
    await close(settings, collections, collection_of(collections, "demographics"), "enough", lambda: hand.now)
    await hand.later(minutes=1)


async def test_who_was_paid_and_leaves_after_the_collection_was_closed_leaves_no_mark(vouchers: ByHand) -> None:
    await load_codes(vouchers, settings_beside(vouchers), CODES)
    await submitted(vouchers, CHAT)
    await submitted(vouchers, CHAT + 1)
    await vouchers.leaves()
    await closed(vouchers)
    assert [state for state, *_ in standing(vouchers)] == ["sent"], "its mark went when it was closed"
    await vouchers.later(days=1)
    await vouchers.leaves(CHAT + 1)
    await vouchers.later(hours=2)
    assert standing(vouchers) == []


async def test_a_mark_stays_where_a_collection_goes_on_or_stands_still_only(vouchers: ByHand) -> None:
    await load_codes(vouchers, settings_beside(vouchers), CODES)
    await submitted(vouchers, CHAT)
    await closed(vouchers)
    await vouchers.stored.change("delete from halts")
    await vouchers.leaves()
    await vouchers.later(hours=2)
    assert standing(vouchers) == MARK, "it was opened again"
    await halt(settings_beside(vouchers), (Scope("demographics"),), vouchers.now)
    await vouchers.later(hours=2)
    assert standing(vouchers) == MARK, "it was halted since, and not closed"
