"""What goes through everybody holds some of them at a time."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection
from support.by_hand import CHAT, ByHand, by_hand
from support.running import settings_for
from support.statements import asked_of

from bot.stewardship import retention
from bot.stewardship.archive import Archive
from bot.stewardship.closing import close, plan
from bot.stewardship.retention import EVERYTHING, Counted
from bot.storage import contributions
from bot.storage.database import Database
from flows.collection import Collection


@pytest.fixture
async def hand(tmp_path: Path) -> AsyncIterator[ByHand]:
    async with by_hand(tmp_path) as running:
        yield running


def archive_of(hand: ByHand) -> Archive:
    return Archive(hand.stores.database, hand.stores.keystore, hand.stores.vault)


def closing_by(hand: ByHand, rule: str) -> Collection:
    """The collection, once it says what closing it does."""
    [collection] = hand.shelf.collections.values()
    says = collection.retention.model_copy(update={"when_closed": rule})
    return collection.model_copy(update={"retention": says})


@pytest.mark.parametrize("rule", ["keep", "erase"])
async def test_what_closing_would_come_to_is_counted_and_nobodys_answers_are_read_for_it(
    hand: ByHand, rule: str
) -> None:
    """Whoever has only opened it is among them: that goes as well."""
    await hand.to_questions(CHAT)
    await hand.to_questions(CHAT + 1)
    await hand.start(CHAT + 2)
    with asked_of(hand.stores.database) as asked:
        closing = await plan(archive_of(hand), closing_by(hand, rule))
    assert (closing.rule, closing.contributions, closing.invites) == (rule, 3, 0)
    assert (closing.last_end is not None) == (rule == "keep")
    assert hand.stored.count("contributions") == 3
    assert not [words for words, _ in asked if "sealed" in words]


@pytest.fixture
def two_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contributions, "KEPT_TOGETHER", 2)


async def agree(hand: ByHand, *chats: int, to: str | None = None) -> None:
    """These take part as far as the first question."""
    for chat in chats:
        await hand.to_decision(chat)
        if to is not None:
            await hand.presses("purpose_yes", to, chat)
        await hand.presses("agree", chat_id=chat)


def kept_for(hand: ByHand, *, answers: str | None = None, improvement: str | None = None) -> Collection:
    """The collection, once it says that something is kept for less time."""
    [collection] = hand.shelf.collections.values()
    purposes = [
        each.model_copy(update={"kept": improvement}) if improvement and each.id == "improvement" else each
        for each in collection.purposes
    ]
    says = collection.retention.model_copy(update={"answers": answers or collection.retention.answers})
    return collection.model_copy(update={"purposes": tuple(purposes), "retention": says})


async def the_day_passes(hand: ByHand, collection: Collection) -> list[Counted]:
    done = await retention.carry_out(
        archive_of(hand), hand.stores.tombstones, [collection], lambda: hand.now, actor="bot"
    )
    return done.counted


def proofs(hand: ByHand) -> list[tuple[str, int, int]]:
    """What went by each, from how many, and how many keys; in no order."""
    found = hand.stored.rows("select detail from audit where action = 'retention carried out'")
    details = [json.loads(detail) for (detail,) in found]
    return sorted((each["what"], each["contributions"], each["keys"]) for each in details)


def left_at_each_look(hand: ByHand, patch: pytest.MonkeyPatch) -> set[int]:
    """How many contributions were there whenever the data was read, whoever read it."""
    read, left = Database.read, set[int]()

    @asynccontextmanager
    async def noting(database: Database) -> AsyncIterator[AsyncConnection]:
        left.add(hand.stored.count("contributions"))
        async with read(database) as connection:
            yield connection

    patch.setattr(Database, "read", noting)
    return left


@pytest.mark.usefixtures("two_at_a_time")
async def test_some_are_let_go_of_before_others_are_looked_at(hand: ByHand, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many are due, a bot that stops before it is through has less to do the next time."""
    await agree(hand, *range(CHAT, CHAT + 5))
    hand.now += dt.timedelta(days=40)
    left = left_at_each_look(hand, monkeypatch)
    counted = await the_day_passes(hand, kept_for(hand, answers="P30D"))
    assert {5, 3, 1, 0} <= left
    assert counted == [Counted("demographics", EVERYTHING, hand.now.date(), 5)]
    assert (hand.stored.count("contributions"), hand.stored.count("key_destructions")) == (0, 0)
    assert [(what, count) for what, count, _ in proofs(hand)] == [(EVERYTHING, 1), (EVERYTHING, 2), (EVERYTHING, 2)]


@pytest.mark.usefixtures("two_at_a_time")
async def test_what_goes_a_few_at_a_time_is_counted_as_one(hand: ByHand) -> None:
    """Of whoever goes altogether no purpose goes besides."""
    early, late = range(CHAT, CHAT + 3), range(CHAT + 3, CHAT + 8)
    await agree(hand, *early, to="improvement")
    hand.now += dt.timedelta(days=30)
    await agree(hand, *late, to="improvement")
    await agree(hand, CHAT + 8)
    hand.now += dt.timedelta(days=10)
    collection, today = kept_for(hand, answers="P30D", improvement="P7D"), hand.now.date()

    ahead = await retention.look_ahead(archive_of(hand), [collection], hand.now)
    on = {EVERYTHING: today - dt.timedelta(days=10), "improvement": today - dt.timedelta(days=3)}
    assert [each for each in ahead if each.on == on[each.what]] == [
        Counted("demographics", EVERYTHING, on[EVERYTHING], 3),
        Counted("demographics", "improvement", on["improvement"], 5),
    ]
    assert await the_day_passes(hand, collection) == [
        Counted("demographics", EVERYTHING, today, 3),
        Counted("demographics", "improvement", today, 5),
    ]
    assert hand.stored.count("contributions") == 6
    went = proofs(hand)
    assert sum(count for what, count, _ in went if what == EVERYTHING) == 3
    assert sum(count for what, count, _ in went if what == "improvement") == 5
    assert all(keys >= count for _, count, keys in went)
    assert await the_day_passes(hand, collection) == []
    assert proofs(hand) == went


@pytest.mark.usefixtures("two_at_a_time")
async def test_closing_erases_some_before_it_reads_others(hand: ByHand, monkeypatch: pytest.MonkeyPatch) -> None:
    await agree(hand, *range(CHAT, CHAT + 4))
    await hand.start(CHAT + 4)
    collection, left = closing_by(hand, "erase"), left_at_each_look(hand, monkeypatch)
    closing, erased = await close(
        settings_for(hand.stored.folder, "http://127.0.0.1:1"), [collection], collection, "enough", lambda: hand.now
    )
    assert {5, 3, 1} <= left
    assert (closing.contributions, erased.contributions, erased.told) == (5, 5, 4)
    assert not erased.keys_wait
    assert hand.stored.count("contributions") == 0
    entries = hand.stored.rows("select pseudonym from audit where action = 'erased with its collection'")
    assert len({pseudonym for (pseudonym,) in entries}) == 5
