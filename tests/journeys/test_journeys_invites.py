"""Invites as people meet them: once, in their language, with a reason, and with one press that stops them all."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from support import stores
from support.contributors import Contributor
from support.copies import FIRST, SECOND, copied
from support.inviting import over, planned, sent, states
from support.running import Bot, until

from bot.doors import open_desk
from bot.sandbox.server import Sandbox
from flows.broadcasts import BroadcastState

from .conftest import running, somebody

BALANCE, INVITES = 2, 3
"""Numbers of "Count me so that all groups are heard" and "Invite me to later collections" on the decision."""


@pytest.fixture
async def two(sandbox: Sandbox, tmp_path: Path) -> AsyncIterator[Bot]:
    """A bot with two collections that sends quickly."""
    folder = copied(tmp_path / "collections", second=True)
    async with AsyncExitStack() as stack:
        yield await stack.enter_async_context(running(Bot(sandbox, tmp_path, collections=folder, send_rate=200)))


async def invited_to_second(two: Bot, *people: Contributor) -> None:
    """Everybody here who may be gets an invite to the second collection."""
    broadcast = await over(two.settings, await sent(two.settings, SECOND))
    assert broadcast.state is BroadcastState.DONE
    assert broadcast.delivered == len(people)
    for each in people:
        await each.settle()


def invites_in(who: Contributor) -> list[str]:
    """Invites that stand in the chat."""
    return [m.text for m in who.person.messages if any(who.words("Stop inviting me") == b.label for b in m.buttons)]


async def test_an_invite_says_who_asks_what_it_takes_and_what_it_pays_in_the_readers_language(two: Bot) -> None:
    sam, nour = somebody(two), somebody(two, language="ar", place="EG", name="Nour")
    await sam.whole(INVITES)
    await nour.whole(INVITES)
    await invited_to_second(two, sam, nour)
    (english,), (arabic,) = invites_in(sam), invites_in(nour)
    assert "An invite from Example Lab" in english
    assert "A second look" in english
    assert "About 6 minutes, and \u2068$2.50\u2069 for your time" in english
    assert nour.words("This is an invite that you agreed to get. One press stops them all.") in arabic
    assert "20" in arabic
    assert "ج.م" in arabic


async def test_who_has_taken_part_is_promised_no_pay_again(two: Bot) -> None:
    sam = somebody(two)
    await sam.whole(INVITES)
    await over(two.settings, await sent(two.settings, FIRST, finished=True))
    await sam.settle()
    (invite,) = invites_in(sam)
    assert "You have taken part already, and nothing more is paid." in invite
    assert "for your time" not in invite


async def test_who_did_not_agree_to_invites_gets_none(two: Bot) -> None:
    sam, kim = somebody(two), somebody(two, name="Kim")
    await sam.whole(INVITES)
    await kim.whole()
    await invited_to_second(two, sam)
    assert invites_in(kim) == []


async def test_an_invite_is_taken_up_with_one_press(two: Bot) -> None:
    sam = somebody(two)
    await sam.whole(INVITES)
    await invited_to_second(two, sam)
    await sam.press("Have a look")
    again = Contributor(sam.person, "en", "US", two.collections[-1], two.texts)
    assert again.sees("Where do you live? Rules and pay differ by place.")
    await again.press_label("United States")
    await again.read_cards()
    await again.agree()
    assert two.stores.rows("select collection from consent_records order by collection") == [(FIRST,), (SECOND,)]


async def test_why_is_answered_with_the_consent_and_its_day(two: Bot) -> None:
    sam = somebody(two)
    await sam.whole(INVITES)
    await invited_to_second(two, sam)
    await sam.press("Why am I getting this?")
    assert "you said yes to “Invite me to later collections”, in “Does AI work well for everyone?”" in sam.screen
    assert "That is the only reason" in sam.screen
    await sam.press("‹ Back")
    assert sam.sees("Thank you")


async def test_why_tells_who_agreed_to_be_counted_that_answers_may_have_been_looked_at(two: Bot) -> None:
    sam = somebody(two)
    await sam.whole(BALANCE, INVITES)
    await invited_to_second(two, sam)
    await sam.press("Why am I getting this?")
    assert "You also said yes to “Count me so that all groups are heard”." in sam.screen
    assert "There is no other reason." in sam.screen
    assert "That is the only reason" not in sam.screen


async def test_one_press_stops_all_invites_at_once_and_withdraws_the_purpose(two: Bot) -> None:
    sam = somebody(two)
    await sam.whole(INVITES)
    await invited_to_second(two, sam)
    await sam.press("Stop inviting me")
    assert "✓ Done: no more invites and no reminders." in sam.screen
    assert two.stores.count("contact_permissions") == 0
    events = two.stores.rows("select event, purposes from consent_events order by id")
    assert events[-1] == ("withdrawn", '["invites"]')
    again = await planned(two.settings, SECOND)
    assert again.recipients == 0
    assert again.fallen_out == {"not agreed to invites, or stopped them": 1}
    await sam.press("Why am I getting this?")
    assert sam.sees("You had agreed to be invited. That has ended since, so no more invites come.")


async def test_stopping_cancels_what_is_still_to_be_sent(two: Bot) -> None:
    sam = somebody(two)
    await sam.whole(INVITES)
    await invited_to_second(two, sam)
    waiting = await planned(two.settings, SECOND)
    assert waiting.recipients == 1
    await sam.press("Stop inviting me")
    assert states(two.stores, waiting) == {"cancelled": 1}
    async with open_desk(two.settings) as desk:
        await desk.send(waiting.id, "Kim")
    assert (await over(two.settings, waiting)).delivered == 0
    assert len(invites_in(sam)) == 1


async def test_blocking_cancels_and_coming_back_lets_the_next_one_come(two: Bot) -> None:
    sam = somebody(two)
    await sam.whole(INVITES)
    waiting = await planned(two.settings, SECOND)
    await sam.person.block()
    await until(lambda: states(two.stores, waiting) == {"cancelled": 1})
    assert (await planned(two.settings, SECOND)).recipients == 0
    await sam.person.unblock()
    await sam.settle()
    await invited_to_second(two, sam)


async def test_a_chat_that_is_gone_is_unreachable_and_asked_no_more(two: Bot) -> None:
    """A deleted account tells nobody; the first invite finds it out."""
    sam = somebody(two)
    await sam.whole(INVITES)
    sam.person.deactivate()
    broadcast = await over(two.settings, await sent(two.settings, SECOND))
    assert (broadcast.delivered, broadcast.unreachable) == (0, 1)
    await until(lambda: two.stores.rows("select reachable from conversations") == [(0,)])
    assert (await planned(two.settings, SECOND)).recipients == 0


async def test_leaving_takes_a_person_out_of_what_was_sent(two: Bot) -> None:
    sam, kim = somebody(two), somebody(two, name="Kim")
    await sam.whole(INVITES)
    await kim.whole(INVITES)
    await invited_to_second(two, sam, kim)
    await sam.say("/leave")
    await sam.press("All three")
    await sam.press("Yes, all three")
    await until(lambda: two.stores.count("conversations") == 1)
    assert invites_in(sam) == [], "cleaning the chat takes the invite too"
    query = "select count(*) from deliveries where chat is null and sealed is null and state = 'delivered'"
    assert two.stores.rows(query) == [(1,)]
    assert two.stores.rows("select count(*) from deliveries where region is not null") == [(0,)]


async def test_of_an_invite_that_ended_with_a_leaving_the_day_is_kept(two: Bot) -> None:
    """Its moment is that of the withdrawal, beside a pseudonym."""
    sam = somebody(two)
    await sam.whole(INVITES)
    waiting = await planned(two.settings, SECOND)
    await sam.say("/leave")
    await sam.press("All three")
    await sam.press("Yes, all three")
    await until(lambda: two.stores.count("conversations") == 0)
    assert states(two.stores, waiting) == {"cancelled": 1}
    [(withdrawn,)] = two.stores.rows("select at from withdrawals")
    assert two.stores.rows("select chat, at from deliveries") == [(None, f"{withdrawn[:10]} 00:00:00.000000")]


async def test_cleaning_the_chat_takes_invites_too(two: Bot) -> None:
    sam = somebody(two)
    await sam.whole(INVITES)
    await invited_to_second(two, sam)
    await sam.say("/leave")
    await sam.press("Clean this chat")
    await until(lambda: invites_in(sam) == [])


async def test_what_coordinators_add_stands_in_the_invite_in_each_language(two: Bot) -> None:
    sam = somebody(two)
    await sam.whole(INVITES)
    await over(two.settings, await sent(two.settings, SECOND, languages=("en",), paragraphs={"en": "Only <b> today"}))
    await sam.settle()
    assert "Only <b> today" in invites_in(sam)[0]


async def test_an_invite_pressed_after_leaving_brings_nobody_back(two: Bot) -> None:
    sam = somebody(two)
    await sam.whole(INVITES)
    await invited_to_second(two, sam)
    stop = next(b for m in sam.person.messages for b in m.buttons if b.label == "Stop inviting me")
    await sam.say("/leave")
    await sam.press("All three")
    await sam.press("Yes, all three")
    await until(lambda: two.stores.count("conversations") == 0)
    await sam.person.press_data(1, stop.data or "")
    await sam.settle()
    assert two.stores.is_empty_of_people() or two.stores.count("conversations") == 0


async def test_an_invite_never_holds_a_chat_id_or_a_text_in_clear(two: Bot, tmp_path: Path) -> None:
    sam = somebody(two)
    await sam.whole(INVITES)
    await invited_to_second(two, sam)
    await two.stop()
    data = await stores.lying_in(tmp_path)
    assert two.stores.vault().chat_hash(sam.person.id) in data, "there is something to look through"
    assert str(sam.person.id).encode() not in data
    await two.start()
