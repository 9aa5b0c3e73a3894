"""What somebody is owed: how it stands, how it comes, and the messages of their own that say what became of it."""

from __future__ import annotations

from flows.cards import View, close, whom_to_ask_for_it
from flows.collection import Collection, PayWay
from flows.on_record import Owed, PayState
from flows.pay import (
    appeal_words,
    code_words,
    may_choose,
    money,
    reason_words,
    standing_words,
    way_words,
    ways_for,
    ways_of,
)
from flows.screens import Block, Choice, Keeping, Screen, body, quiet, title
from flows.words import Raw, Text, say


def pay_screen(view: View) -> Screen:
    """How it stands, how it comes, and, where a provider has to know a number, what becomes of that."""
    owed = view.on_record.owed
    blocks: list[Block] = [title(say("Your pay"))]
    if owed is not None:  # without a record it is a rehearsal's
        blocks += _as_it_stands(view, owed)
    rows: list[tuple[Choice, ...]] = []
    if view.session.paying is not None and may_choose(owed):
        blocks += _asking_for_number(PayWay(view.session.paying))
        rows = _other_ways(view, owed)
    elif may_choose(owed) and ways_for(view, owed):
        words, rows = _choosing(view, owed)
        blocks += words
    return Screen("pay", (*blocks, *_whom_to_write_to(view, owed)), (*rows, (close(),)), Keeping.EVIDENCE)


def _as_it_stands(view: View, owed: Owed) -> list[Block]:
    blocks = [body(standing_words(owed))]
    if owed.code is not None:
        blocks.append(body(code_words(owed.code)))
    if owed.reason is not None:
        blocks.append(body(reason_words(owed.reason)))
    if owed.state is PayState.WITHHELD:
        blocks.append(body(appeal_words(view.collection.organisation.contact)))
    return blocks


def _asking_for_number(way: PayWay) -> list[Block]:
    """What becomes of the number is said before it is asked for."""
    return [
        body(
            say(
                "The company that sends it to you learns your number, and nothing else: no answer, no name. We keep "
                "the number sealed and apart from your answers, and delete it once you are paid, or after 30 days."
            )
        ),
        body(_PLEASE_WRITE[way]),
    ]


_PLEASE_WRITE = {
    PayWay.AIRTIME: say(
        "Please write the number that the airtime is for, and look at each digit once more before you send it. Your "
        "message is deleted at once."
    ),
    PayWay.MOBILE_MONEY: say(
        "Please write the number of your mobile money account, and look at each digit once more before you send it. "
        "Your message is deleted at once."
    ),
    PayWay.BANK: say(
        "Please write the number of your bank account (IBAN), and look at each digit once more before you send it. "
        "Your message is deleted at once."
    ),
}


_COMES_BY_ITSELF = say(
    "You get it as a code. It comes here in a message of its own, by itself, as soon as there is one."
)

_COME_FOR_IT = say("You get it as a code. You asked for no messages, so please look here again for it: /mydata")


def _choosing(view: View, owed: Owed | None) -> tuple[list[Block], list[tuple[Choice, ...]]]:
    """What was chosen, and whatever else can be."""
    ways = ways_for(view, owed)
    chosen = owed.way if owed is not None else None
    if owed is not None and owed.has_number:
        words = say("Your number is kept, sealed, until the pay is sent. You can still change it here.")
    elif chosen is PayWay.VOUCHER or ways == (PayWay.VOUCHER,):
        words = _COME_FOR_IT if view.session.stopped else _COMES_BY_ITSELF
    else:
        words = say("How would you like to get it?")
    rows = [] if ways == (PayWay.VOUCHER,) else [_way_choice(way) for way in ways]
    return [body(words)], rows


def _other_ways(view: View, owed: Owed | None) -> list[tuple[Choice, ...]]:
    return [_way_choice(way) for way in ways_for(view, owed) if way.value != view.session.paying]


def _way_choice(way: PayWay) -> tuple[Choice, ...]:
    return (Choice(way_words(way), "choose_way", way.value),)


def _whom_to_write_to(view: View, owed: Owed | None) -> list[Block]:
    if owed is None or (may_choose(owed) and not ways_for(view, owed)):
        return [whom_to_ask_for_it(view)]
    return (
        [quiet(_with_reference(owed, view.collection.organisation.contact))]
        if owed.state is not PayState.PAID_BEFORE
        else []
    )


def _with_reference(owed: Owed, contact: str) -> Text:
    return say(
        "Questions about it: {contact}. Please name {reference}, and nothing else: neither your name nor any answer "
        "is linked to it.",
        contact=Raw(contact),
        reference=Raw(owed.reference),
    )


# --- messages of their own -------------------------------------------------------------------------------------------


def voucher_message(owed: Owed, contact: str) -> Screen:
    """A voucher code."""
    return _message(
        "pay-voucher",
        owed,
        contact,
        body(say("Here is your pay for taking part, {pay}.", pay=money(owed))),
        body(code_words(owed.code or "")),
        body(say("It is yours, whatever you answered. While you take part, /mydata shows it again.")),
    )


def news_message(owed: Owed, collection: Collection) -> Screen:
    """What has become of pay since it was last spoken of."""
    ways = ways_of(collection.region(owed.territory))
    if owed.state is PayState.OWED and not ways:
        return still_owed_message(owed, collection.organisation.contact)
    blocks = [body(standing_words(owed))]
    if owed.reason is not None:
        blocks.append(body(reason_words(owed.reason)))
    if owed.state is PayState.NOT_ARRIVED and not ways:  # a person pays, and knows nobody's chat
        blocks.append(body(_still_owed_words(owed)))
    elif owed.state is PayState.NOT_ARRIVED:
        blocks.append(body(say("Please look at the number again, and write it once more: /mydata")))
    elif owed.state is PayState.WITHHELD:
        blocks.append(body(appeal_words(collection.organisation.contact)))
    elif owed.state is PayState.OWED and any(way.needs_number for way in ways):
        # Its 30 days are over, or it was held back, and a person has looked at it once more.
        blocks.append(body(say("Your number was deleted. Please write it once more: /mydata")))
    return _message("pay-news", owed, collection.organisation.contact, *blocks)


def still_owed_message(owed: Owed, contact: str) -> Screen:
    """What becomes of the pay of somebody who has gone, and how to come by it."""
    return _message("pay-still-owed", owed, contact, *_still_owed(owed, contact))


def _still_owed(owed: Owed, contact: str) -> list[Block]:
    if not may_choose(owed):
        blocks = [body(standing_words(owed))]
        if owed.reason is not None:
            blocks.append(body(reason_words(owed.reason)))
        return [*blocks, body(appeal_words(contact))] if owed.state is PayState.WITHHELD else blocks
    if not owed.has_number:
        return [body(_still_owed_words(owed))]
    gets_there = say("It goes to the number that you gave. If it has not come after a month, please write to us.")
    return [body(standing_words(owed)), body(gets_there)]


def _still_owed_words(owed: Owed) -> Text:
    return say("We still owe you {pay}. Please write to us, and you get it.", pay=money(owed))


def _message(name: str, owed: Owed, contact: str, *blocks: Block) -> Screen:
    return Screen(name, (title(say("Your pay")), *blocks, quiet(_with_reference(owed, contact))))
