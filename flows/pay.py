"""Pay that is owed, and how it gets to somebody. Nothing here can look at an answer."""

from __future__ import annotations

from flows.collection import PayWay, Region
from flows.in_hand import InHand
from flows.on_record import Owed, PayState
from flows.words import Day, Money, Raw, Text, say


def ways_of(region: Region | None) -> tuple[PayWay, ...]:
    """How the program gets pay to people there; none where a person does."""
    return tuple(way for way in region.pay.ways if way is not PayWay.NONE) if region is not None else ()


def pays_here(hand: InHand) -> bool:
    """Whether the program gets pay to people where the passage in hand is."""
    collection = hand.shelf.collections.get(hand.passage.collection)
    return collection is not None and bool(ways_of(collection.region(hand.passage.territory)))


def money(owed: Owed) -> Text:
    """How much it is, as it is written where it was earned."""
    return Text("{pay}", {"pay": Money(owed.amount, owed.currency, owed.territory)})


def standing_words(owed: Owed) -> Text:
    """What has become of it, and when."""
    day = Day((owed.state_on or owed.on).date())
    match owed.state:
        case PayState.SENT:
            return say("Sent to you on {day}: {pay}", day=day, pay=money(owed))
        case _:
            return say("Owed to you: {pay}", pay=money(owed))


def code_words(code: str) -> Text:
    """A voucher code."""
    return say("The code: {code}", code=Raw(code))
