"""Pay that is owed, and how it gets to somebody. Nothing here can look at an answer."""

from __future__ import annotations

import re
import unicodedata

from flows.collection import PayWay, Region
from flows.in_hand import InHand
from flows.on_record import Owed, PayState
from flows.words import Day, Money, Raw, Text, say


def ways_of(region: Region | None) -> tuple[PayWay, ...]:
    """How the program gets pay to people there; none where a person does."""
    return tuple(way for way in region.pay.ways if way is not PayWay.NONE) if region is not None else ()


def ways_for(hand: InHand, owed: Owed | None) -> tuple[PayWay, ...]:
    """The ways where it was earned, which may be another place than where somebody lives by now."""
    collection = hand.shelf.collections.get(hand.passage.collection)
    territory = owed.territory if owed is not None and owed.territory else hand.passage.territory
    return ways_of(collection.region(territory)) if collection is not None else ()


def may_choose(owed: Owed | None) -> bool:
    """Whether somebody can say now how they want to get it. Without a record it is a rehearsal's, and they can."""
    return owed is None or owed.state in {PayState.OWED, PayState.NOT_ARRIVED}


def awaited_number(ways: tuple[PayWay, ...], owed: Owed | None) -> PayWay | None:
    """The one way that there is, where its number is not known yet."""
    if len(ways) != 1 or not ways[0].needs_number or not may_choose(owed):
        return None
    return None if owed is not None and owed.has_number else ways[0]


_DIGITS = re.compile(r"\+?[0-9]{6,15}")
_ACCOUNT = re.compile(r"[A-Z0-9]{5,34}")
"""An account's number; IBANs have 34 letters and digits at most (ISO 13616)."""


def clean_number(way: PayWay, typed: str) -> str | None:
    """A typed number without spaces and signs, its digits those of ASCII, or None where it cannot be one.

    Telephone numbers have 15 digits at most (ITU-T E.164).
    """
    latin = "".join(str(unicodedata.digit(sign)) if sign.isdigit() else sign for sign in typed.upper())
    plain = "".join(sign for sign in latin if unicodedata.category(sign)[0] not in {"Z", "C"} and sign not in "-./()")
    fits = (_ACCOUNT if way is PayWay.BANK else _DIGITS).fullmatch(plain)
    return plain if fits else None


def money(owed: Owed) -> Text:
    """How much it is, as it is written where it was earned."""
    return Text("{pay}", {"pay": Money(owed.amount, owed.currency, owed.territory)})


def standing_words(owed: Owed) -> Text:
    """What has become of it, and when."""
    day = Day((owed.state_on or owed.on).date())
    match owed.state:
        case PayState.SENT:
            return say("Sent to you on {day}: {pay}", day=day, pay=money(owed))
        case PayState.UNDER_WAY:
            return say("On its way to you since {day}: {pay}", day=day, pay=money(owed))
        case PayState.NOT_ARRIVED:
            return say("Came back on {day} and is still owed to you: {pay}", day=day, pay=money(owed))
        case PayState.WITHHELD:
            return say("Held back by a person on {day}: {pay}", day=day, pay=money(owed))
        case PayState.PAID_BEFORE:
            return say("Your pay for this was sent to you before.")
        case _:
            return say("Owed to you: {pay}", pay=money(owed))


_WAYS = {
    PayWay.VOUCHER: say("A code, here in this chat"),
    PayWay.AIRTIME: say("Airtime"),
    PayWay.MOBILE_MONEY: say("Mobile money"),
    PayWay.BANK: say("To a bank account"),
}


def way_words(way: PayWay) -> Text:
    """A way, as its button says it."""
    return _WAYS[way]


def reason_words(reason: str) -> Text:
    """Why, as a person or a provider has put it."""
    return say("The reason that was given: {reason}", reason=Raw(reason))


def appeal_words(contact: str) -> Text:
    """Whom to write to who sees it otherwise."""
    return say("Do you see it otherwise? Write to {contact}, and a person looks at it again.", contact=Raw(contact))


def code_words(code: str) -> Text:
    """A voucher code."""
    return say("The code: {code}", code=Raw(code))
