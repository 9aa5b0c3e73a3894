"""Pay that goes to a number: asked for once, kept apart, given to a provider, settled, and deleted."""

from __future__ import annotations

import csv
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, insert
from support.by_hand import CHAT, ByHand, by_hand
from support.full_disk import no_room_for_content
from support.paying import collections_that_pay, load_codes, settings_of, submitted
from support.stopping import stopped_once_committed

from bot.settings import Settings
from bot.stewardship import payouts, provider
from bot.stewardship.archive import open_archive
from bot.stewardship.export import Refused
from bot.storage.tables import entitlements, payout_numbers
from flows.events import Command
from flows.load import load_collections

from .test_journeys_leaks import assert_nowhere

NUMBER = "+254 712-345 678"
KEPT = "+254712345678"
OTHER = CHAT + 1


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """What a steward's command is set up with."""
    return settings_of(tmp_path, collections_that_pay(tmp_path / "collections", "mobile_money"))


@pytest.fixture
async def hand(tmp_path: Path, settings: Settings) -> AsyncIterator[ByHand]:
    """A bot whose collection pays by mobile money in the United States."""
    async with by_hand(tmp_path, collections=settings.collections) as running:
        yield running


class Steward:
    """What a steward does beside the bot."""

    def __init__(self, hand: ByHand, settings: Settings, folder: Path) -> None:
        self.hand = hand
        self.settings = settings
        self.folder = folder

    async def exports(
        self, name: str = "pay.csv", *, again: bool = False, number: int | None = None
    ) -> list[dict[str, str]]:
        """`surveybot payouts export`, read back; the file is deleted as it should be."""
        collection = payouts.collection_of(load_collections(self.settings.collections), "demographics")
        async with open_archive(self.settings) as archive:
            out = self.folder / name
            given = await provider.export(archive, collection, out, lambda: self.hand.now, again=again, number=number)
        content = given.file.read_text(encoding="utf-8")
        given.file.unlink()
        return list(csv.DictReader(content.splitlines()))

    async def settles(self, *lines: str) -> provider.Settled:
        """`surveybot payouts settle`; the bot looks right after it."""
        async with open_archive(self.settings) as archive:
            settled = await provider.settle(archive, "back.csv", "\n".join(lines).encode(), lambda: self.hand.now)
        await self.hand.later(seconds=1)
        return settled

    async def withholds(self, reference: str, reason: str = "Two accounts, one telephone") -> None:
        """`surveybot payouts withhold`."""
        async with open_archive(self.settings) as archive:
            await payouts.withhold(archive, reference, reason, lambda: self.hand.now)
        await self.hand.later(seconds=1)

    async def grants(self, reference: str) -> None:
        """`surveybot payouts grant`."""
        async with open_archive(self.settings) as archive:
            await payouts.grant(archive, reference, "They are two", lambda: self.hand.now)
        await self.hand.later(seconds=1)


@pytest.fixture
def steward(hand: ByHand, settings: Settings, tmp_path: Path) -> Steward:
    """Somebody who pays."""
    return Steward(hand, settings, tmp_path)


def words_on(hand: ByHand) -> str:
    """What stands on the card."""
    return hand.texts.screen(hand.telegram.cards[CHAT].screen, "en")


def verbs_on(hand: ByHand) -> set[str]:
    """What the buttons of the card do."""
    return {choice.verb for choice in hand.telegram.cards[CHAT].screen.choices}


def number_wraps(hand: ByHand) -> list[bytes]:
    """Keys of numbers."""
    return [key_id for key_id, lock, _ in hand.stored.wraps() if lock == "payouts"]


async def with_number(hand: ByHand) -> str:
    """From the link to a number that is kept; the reference of the pay."""
    await submitted(hand, CHAT)
    await hand.types(NUMBER)
    ((reference,),) = hand.stored.rows("select reference from entitlements")
    return str(reference)


async def to_half(hand: ByHand) -> None:
    """From the link to where pay is earned, with a question still open; what is owed is in front."""
    await hand.to_questions()
    while not hand.stored.count("entitlements"):
        await hand.leaves_out()
    assert hand.screen.startswith("question-")
    await hand.commands(Command.MY_DATA)
    await hand.presses("open_pay")


async def test_the_number_is_asked_for_once_after_submitting_and_what_becomes_of_it_is_said_first(
    hand: ByHand,
) -> None:
    await submitted(hand, CHAT)
    assert hand.screen == "pay"
    words = words_on(hand)
    assert words.index("The company that sends it to you learns your number") < words.index("Please write the number")
    await hand.presses("close")
    assert hand.screen == "thanks"
    await hand.presses("open_pay")
    await hand.types(NUMBER, message=77)
    assert "✓ Your number is kept" in words_on(hand)
    assert 77 in hand.telegram.deleted
    assert KEPT not in words_on(hand)
    await hand.presses("close")
    await hand.presses("open_pay")
    assert "Your number is kept, sealed, until the pay is sent." in words_on(hand)
    assert "Please write the number" not in words_on(hand)


async def test_what_cannot_be_a_number_is_taken_out_of_the_chat_and_asked_for_again(hand: ByHand) -> None:
    await submitted(hand, CHAT)
    await hand.types("my aunt's telephone", message=78)
    assert "That does not look like a number we can pay to" in words_on(hand)
    assert 78 in hand.telegram.deleted
    assert hand.stored.count("payout_numbers") == 0
    await hand.types("٠٧١٢٣٤٥٦٧٨")
    assert hand.stored.count("payout_numbers") == 1


async def test_another_number_takes_the_first_ones_place_and_its_key(hand: ByHand, steward: Steward) -> None:
    await with_number(hand)
    first = number_wraps(hand)
    await hand.presses("choose_way", "mobile_money")
    await hand.types("0711111111")
    assert number_wraps(hand) != first
    assert len(number_wraps(hand)) == hand.stored.count("payout_numbers") == 1
    (row,) = await steward.exports()
    assert row["number"] == "0711111111"


async def test_a_provider_gets_numbers_and_references_and_nothing_that_leads_to_an_answer(
    hand: ByHand, steward: Steward
) -> None:
    reference = await with_number(hand)
    rows = await steward.exports()
    wanted = {
        "reference": reference,
        "way": "mobile_money",
        "number": KEPT,
        "amount": "2.50",
        "currency": "USD",
        "statement": "Thank you",
    }
    assert rows == [wanted]
    await hand.presses("close")  # the card has become another one meanwhile: a press shows it
    assert "On its way to you since" in words_on(hand)
    with pytest.raises(Refused, match="nobody in demographics waits"):
        await steward.exports("second.csv")
    assert not (steward.folder / "second.csv").exists()
    assert await steward.exports("third.csv", again=True) == rows
    ((pseudonym,),) = hand.stored.rows("select pseudonym from contributions")
    assert hand.stored.rows("select pseudonym from audit where action like 'payouts%'") == [(None,), (None,)]
    assert pseudonym not in str(hand.stored.rows("select * from entitlements"))


async def test_a_file_that_was_lost_is_written_once_more_and_no_other(hand: ByHand, steward: Steward) -> None:
    """The provider has the earlier one, and nobody is to be paid twice."""
    with pytest.raises(Refused, match="nothing of demographics was given to a provider yet; leave --again out"):
        await steward.exports(again=True)
    await with_number(hand)
    first = await steward.exports()
    await submitted(hand, OTHER)
    await hand.types("0722222222", chat_id=OTHER)
    second = await steward.exports()
    assert await steward.exports(again=True) == second
    assert await steward.exports(again=True, number=1) == first
    with pytest.raises(Refused, match=r"demographics has no export 7; under way: 1 of export 1 .*, 1 of export 2"):
        await steward.exports(again=True, number=7)
    await submitted(hand, OTHER + 1)
    await hand.types("0733333333", chat_id=OTHER + 1)
    assert await steward.exports(again=True) == second, "what is newly owed comes with the next one"
    await steward.settles(f"{second[0]['reference']},paid")
    with pytest.raises(Refused, match=r"nothing of export 2 is under way; under way: 1 of export 1 \(2026-"):
        await steward.exports(again=True)
    assert not list(steward.folder.glob("*.csv"))


async def test_a_stop_does_not_come_between_the_file_and_word_of_it(
    hand: ByHand, steward: Steward, monkeypatch: pytest.MonkeyPatch
) -> None:
    reference = await with_number(hand)
    rows = await stopped_once_committed(steward.exports(), monkeypatch)
    assert ([row["reference"] for row in rows], state_of_pay(hand)) == ([reference], "under_way")


async def test_nothing_is_under_way_of_a_file_that_the_disk_has_no_room_for(
    hand: ByHand, steward: Steward, monkeypatch: pytest.MonkeyPatch
) -> None:
    await with_number(hand)
    with monkeypatch.context() as disk:
        no_room_for_content(disk)
        with pytest.raises(OSError, match="No space"):
            await steward.exports()
    assert list(steward.folder.glob("*pay.csv*")) == []
    assert (hand.stored.count("payout_exports"), state_of_pay(hand)) == (0, "owed")
    assert len(await steward.exports()) == 1


async def test_whoever_finds_nothing_to_give_reads_how_what_is_under_way_is_written_again(
    hand: ByHand, steward: Steward
) -> None:
    await with_number(hand)
    await steward.exports()
    with pytest.raises(Refused, match="of 1 under way --again makes the file once more"):
        await steward.exports("other.csv")


async def test_once_it_is_paid_people_are_told_and_the_number_is_gone(hand: ByHand, steward: Steward) -> None:
    reference = await with_number(hand)
    await steward.exports()
    assert await steward.settles(f"{reference},paid") == provider.Settled(1, 0, 0)
    (words,) = hand.telegram.said[-1:]
    assert "Sent to you on" in words
    assert (hand.stored.count("payout_numbers"), number_wraps(hand)) == (0, [])
    before = hand.now.date()
    assert await steward.settles("reference,outcome,reason", f"{reference},paid,") == provider.Settled(0, 0, 1, before)
    assert await steward.settles(f"{reference},paid,by hand") == provider.Settled(0, 0, 1)
    await hand.later(days=3)
    assert sum("Sent to you on" in said for said in hand.telegram.said) == 1


async def test_what_came_back_is_said_with_its_reason_and_the_number_asked_for_again(
    hand: ByHand, steward: Steward
) -> None:
    reference = await with_number(hand)
    await steward.exports()
    assert await steward.settles(f"{reference},failed,No such account") == provider.Settled(0, 1, 0)
    words = hand.telegram.said[-1]
    assert "Came back on" in words
    assert "No such account" in words
    assert "look at the number again" in words
    assert number_wraps(hand) == []
    await hand.start()
    await hand.presses("open_pay")
    assert "Please write the number" in words_on(hand)
    await hand.types("0722222222")
    (row,) = await steward.exports("again.csv")
    assert (row["reference"], row["number"]) == (f"{reference}-2", "0722222222")


async def came_back(hand: ByHand, steward: Steward) -> str:
    """From the link to another number, after the first was not right; the reference of the pay."""
    reference = await with_number(hand)
    await steward.exports()
    await steward.settles(f"{reference},failed,No such account")
    await hand.start()
    await hand.presses("open_pay")
    await hand.types("0722222222")
    return reference


def state_of_pay(hand: ByHand) -> str:
    """What has become of the only pay that there is."""
    ((state,),) = hand.stored.rows("select state from entitlements")
    return str(state)


async def test_an_answer_that_is_settled_twice_undoes_nothing_that_came_after_it(
    hand: ByHand, steward: Steward
) -> None:
    reference = await came_back(hand, steward)
    first = f"{reference},failed,No such account"
    day = hand.now.date()
    assert await steward.settles("Reference,Outcome,Reason", first) == provider.Settled(0, 0, 1, day)
    assert (state_of_pay(hand), hand.stored.count("payout_numbers")) == ("owed", 1)
    await steward.exports("second.csv")
    assert await steward.settles(first) == provider.Settled(0, 0, 1, day)
    assert state_of_pay(hand) == "under_way"
    assert await steward.settles(f"{reference}-2,paid") == provider.Settled(1, 0, 0)
    assert await steward.settles(first) == provider.Settled(0, 0, 1, day)
    assert state_of_pay(hand) == "sent"
    assert await steward.settles(f"{reference}-2,failed,Account closed") == provider.Settled(0, 1, 0)
    assert await steward.settles(f"{reference}-2,paid") == provider.Settled(0, 0, 1, day)
    assert state_of_pay(hand) == "not_arrived", "it came back after it was paid"
    assert await steward.settles(f"{reference}-2,paid,in cash") == provider.Settled(1, 0, 0)


async def test_what_an_older_number_came_to_is_refused_for_the_newer_one(hand: ByHand, steward: Steward) -> None:
    reference = await came_back(hand, steward)
    with pytest.raises(Refused, match=r"back\.csv:1: this came back before, and no provider was given"):
        await steward.settles(f"{reference},failed,Told anew")
    assert (state_of_pay(hand), hand.stored.count("payout_numbers")) == ("owed", 1)
    await steward.exports("second.csv")
    for said in ("failed,Told anew", "paid,late"):
        with pytest.raises(Refused, match=f"older than what is known: .* again, as {reference}-2; take the line out"):
            await steward.settles(f"{reference},{said}")
    assert (state_of_pay(hand), hand.stored.count("payout_numbers")) == ("under_way", 1)
    whole = (f"{reference},failed,No such account", f"{reference}-2,failed,No such account")
    assert await steward.settles(*whole) == provider.Settled(0, 1, 1), "the newer of two lines is what holds"
    assert state_of_pay(hand) == "not_arrived"


async def test_after_a_restore_what_is_told_of_a_newer_number_holds(hand: ByHand, steward: Steward) -> None:
    """The backup may be from before it was given to a provider again."""
    reference = await with_number(hand)
    await steward.exports()
    assert await steward.settles(f"{reference}-2,failed,No such account") == provider.Settled(0, 1, 0)
    await hand.start()
    await hand.presses("open_pay")
    await hand.types("0722222222")
    (row,) = await steward.exports("again.csv")
    assert row["reference"] == f"{reference}-3"


async def test_every_slip_of_a_provider_s_file_is_named_and_nothing_is_settled(hand: ByHand, steward: Steward) -> None:
    reference = await with_number(hand)
    for lines, words in (
        ([f"{reference},perhaps"], "back.csv:1: write paid or failed"),
        (["PAY-0000-0000,paid"], "back.csv:1: no pay has this reference"),
        (["PAY-0000\0-0000,paid"], "back.csv:1: there are invisible signs in it"),
        ([f"{reference},paid", f"{reference},failed,x"], "back.csv:2: the same reference as in line 1"),
        ([f"{reference},failed,a,b"], "back.csv:1: more than reference"),
        ([], "back.csv: there is nothing in it"),
    ):
        with pytest.raises(Refused, match=words):
            await steward.settles(*lines)
    assert hand.stored.rows("select state from entitlements") == [("owed",)]


async def test_a_number_goes_after_thirty_days_and_is_asked_for_again(hand: ByHand) -> None:
    await with_number(hand)
    await hand.later(days=29)
    assert hand.stored.count("payout_numbers") == 1
    await hand.later(days=2)
    await hand.later(seconds=1)
    await hand.later(hours=1)
    assert (hand.stored.count("payout_numbers"), number_wraps(hand)) == (0, [])
    assert "Your number was deleted" in hand.telegram.said[-1]


async def test_what_is_over_for_a_great_many_on_one_day_is_forgotten_some_at_a_time(hand: ByHand) -> None:
    """Everybody's pay of a day is over at the same midnight: no statement takes so many values, and nobody waits for
    all of it."""
    many = 1_200
    day = hand.now.replace(hour=0)
    who = [f"{number:04}".encode() for number in range(3 * many)]
    of = {"collection": "demographics", "amount": "5", "currency": "USD", "accrued_on": day, "kept_until": day}
    more = {"state_on": day, "way": "mobile_money", "told": True, "left": False, "given": 0}
    states = ["sent"] * many + ["owed"] * many + ["paid_before"] * many
    pay = [
        {**of, **more, "holder": holder, "reference": holder.decode(), "state": state}
        for holder, state in zip(who, states, strict=True)
    ]
    kept = [{"holder": holder, "key_id": holder, "sealed": b"", "kept_until": day} for holder in who]
    async with hand.stores.database.write() as connection:
        await connection.execute(insert(entitlements), pay)
        await connection.execute(insert(payout_numbers), kept)
    most = 0

    def count(*said: Any) -> None:  # noqa: ANN401  # SQLAlchemy's
        nonlocal most
        _, _, _, values, _, row_by_row = said
        most = max(most, 0 if row_by_row else len(values))

    engine = hand.stores.database.engine.sync_engine
    event.listen(engine, "before_cursor_execute", count)
    await hand.later(days=1)
    event.remove(engine, "before_cursor_execute", count)
    assert most <= 1_000
    left = hand.stored.rows("select state, amount, count(*) from entitlements group by state, amount order by amount")
    assert left == [("paid_before", "0", many), ("paid_before", "5", many)]
    assert hand.stored.count("payout_numbers") == 0


async def test_leaving_does_not_take_the_number_out_of_the_way_of_what_is_owed(hand: ByHand, steward: Steward) -> None:
    """It stands with what is owed; neither the contact key nor the contribution's ever opened it."""
    reference = await with_number(hand)
    await hand.leaves()
    assert hand.stored.count("conversations") == 0
    (row,) = await steward.exports()
    assert (row["reference"], row["number"]) == (reference, KEPT)
    await steward.settles(f"{reference},paid")
    assert number_wraps(hand) == []


async def test_a_number_that_is_given_half_way_is_kept_and_pay_goes_to_it_after_leaving(
    hand: ByHand, steward: Steward
) -> None:
    await to_half(hand)
    await hand.types(NUMBER)
    assert "✓ Your number is kept" in words_on(hand)
    assert hand.stored.count("payout_numbers") == 1
    await hand.leaves()
    assert not [words for words in hand.telegram.said if "Please write to us" in words]
    (row,) = await steward.exports()
    assert (row["way"], row["number"]) == ("mobile_money", KEPT)


async def test_a_number_that_is_changed_by_who_came_back_is_the_one_that_pay_goes_to(
    hand: ByHand, steward: Steward
) -> None:
    """What is owed is from the time before, and nothing is earned yet in this one."""
    await to_half(hand)
    await hand.types("0711111111")
    await hand.leaves()
    await hand.to_questions()
    await hand.commands(Command.MY_DATA)
    await hand.presses("open_pay")
    await hand.presses("choose_way", "mobile_money")
    await hand.types(NUMBER)
    assert "✓ Your number is kept" in words_on(hand)
    assert not hand.stored.count('entitlements where "left"')
    (row,) = await steward.exports()
    assert row["number"] == KEPT
    assert len(number_wraps(hand)) == 1


async def test_a_number_that_is_given_half_way_is_not_asked_for_again_after_submitting(hand: ByHand) -> None:
    await to_half(hand)
    await hand.types(NUMBER)
    await hand.commands(Command.EDIT)
    while hand.screen != "review":
        await (hand.presses("show") if "show" in verbs_on(hand) else hand.leaves_out())
    await hand.presses("submit")
    assert hand.screen == "pay"
    assert "Your number is kept, sealed, until the pay is sent." in words_on(hand)
    assert "Please write the number" not in words_on(hand)


async def test_what_becomes_of_a_number_that_was_given_half_way_is_said(hand: ByHand, steward: Steward) -> None:
    await to_half(hand)
    await hand.types(NUMBER)
    (row,) = await steward.exports()
    await steward.settles(f"{row['reference']},failed,No such account")
    assert "No such account" in hand.telegram.said[-1]
    await hand.start()
    await hand.commands(Command.MY_DATA)
    await hand.presses("open_pay")
    await hand.types("0722222222")
    (row,) = await steward.exports("again.csv")
    assert row["number"] == "0722222222"


async def test_held_back_pay_comes_with_a_person_s_reason_and_whom_to_write_to(hand: ByHand, steward: Steward) -> None:
    reference = await with_number(hand)
    with pytest.raises(Refused, match="say why with --reason"):
        await steward.withholds(reference, "  ")
    await steward.withholds(reference)
    words = hand.telegram.said[-1]
    for part in ("Held back by a person", "Two accounts, one telephone", "hello@example.org", reference):
        assert part in words
    assert "Two accounts, one telephone" in words_on(hand)
    assert not [c for c in hand.telegram.cards[CHAT].screen.choices if c.verb == "choose_way"]
    with pytest.raises(Refused, match="held back already"):
        await steward.withholds(reference)
    with pytest.raises(Refused, match="this pay is withheld"):
        await steward.settles(f"{reference},paid")
    await hand.presses("close")
    await steward.grants(reference)
    await hand.later(seconds=1)
    assert "Owed to you" in hand.telegram.said[-1], "the last that they had heard was that it is held back"
    assert "Please write it once more" in hand.telegram.said[-1]
    await hand.presses("open_pay")
    assert "Please write the number" in words_on(hand)
    noted = [row[0] for row in hand.stored.rows("select action from audit where pseudonym is null order by id")]
    assert noted == ["pay withheld", "pay granted"]


async def test_a_number_whose_key_is_gone_keeps_nobody_elses_pay_back(hand: ByHand, steward: Steward) -> None:
    """As after a restore with keys of before it was given."""
    await with_number(hand)
    [(lost,)] = hand.stored.rows("select key_id from payout_numbers")
    await submitted(hand, CHAT + 1)
    await hand.types("0722222222", chat_id=CHAT + 1)
    await hand.stores.keystore.destroy([(lost, None)])
    rows = await steward.exports()
    assert [row["number"] for row in rows] == ["0722222222"]


async def test_no_number_stands_in_any_file(hand: ByHand, settings: Settings, tmp_path: Path) -> None:
    await with_number(hand)
    shutil.rmtree(settings.collections)
    forms = {NUMBER, KEPT, KEPT[1:], KEPT[4:]}
    needles = {each: each.encode() for each in forms} | {f"{each}, UTF-16": each.encode("utf-16-le") for each in forms}
    assert_nowhere(tmp_path, needles)


async def test_where_there_are_several_ways_somebody_chooses_and_may_choose_again(tmp_path: Path) -> None:
    settings = settings_of(tmp_path, collections_that_pay(tmp_path / "several", "voucher, airtime, bank"))
    async with by_hand(tmp_path, collections=settings.collections) as hand:
        await load_codes(hand, settings, [f"VOUCHER-{number}" for number in range(20)])
        await submitted(hand, CHAT)
        assert hand.screen == "pay"
        assert "How would you like to get it?" in words_on(hand)
        assert not any("VOUCHER-" in words for words in hand.telegram.said), "nothing comes before it is chosen"
        await hand.presses("choose_way", "bank")
        await hand.types("DE02 1203 0000 0000 2020 51")
        assert hand.stored.count("payout_numbers") == 1
        await hand.presses("choose_way", "voucher")
        await hand.later(seconds=1)
        assert (hand.stored.count("payout_numbers"), number_wraps(hand)) == (0, [])
        assert sum("VOUCHER-" in words for words in hand.telegram.said) == 1
        assert not [c for c in hand.telegram.cards[CHAT].screen.choices if c.verb == "choose_way"]


async def test_a_code_that_is_chosen_half_way_waits_until_somebody_is_through(tmp_path: Path) -> None:
    settings = settings_of(tmp_path, collections_that_pay(tmp_path / "several", "voucher, bank"))
    async with by_hand(tmp_path, collections=settings.collections) as hand:
        await load_codes(hand, settings, ["VOUCHER-1", "VOUCHER-2"])
        await to_half(hand)
        await hand.presses("choose_way", "voucher")
        await hand.later(days=2)
        assert hand.stored.rows("select way, state from entitlements") == [("voucher", "owed")]
        assert not any("VOUCHER-" in words for words in hand.telegram.said)
        await hand.presses("close")
        await hand.presses("close")
        await hand.presses("show")  # it was folded away meanwhile
        while hand.screen.startswith("question-"):
            await hand.leaves_out()
        await hand.presses("submit")
        await hand.later(seconds=1)
        assert sum("VOUCHER-" in words for words in hand.telegram.said) == 1
