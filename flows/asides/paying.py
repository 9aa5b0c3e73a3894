"""What somebody is owed: how it stands, how it comes, and the messages of their own that say what became of it."""

from __future__ import annotations

from flows.cards import View, close, who_writes_about_it
from flows.collection import Collection, PayWay
from flows.on_record import Owed, PayState
from flows.pay import code_words, money, standing_words, ways_of
from flows.screens import Block, Screen, body, quiet, title
from flows.words import Raw, Text, asked, say


def pay_screen(view: View) -> Screen:
    """How it stands, and how it comes."""
    owed = view.on_record.owed
    blocks: list[Block] = [title(say("Your pay"))]  # without a record it is a rehearsal's
    if owed is not None:
        blocks += _as_it_stands(view, owed)
    return Screen("pay", (*blocks, *_whom_to_write_to(view, owed)), ((close(),),))


def _as_it_stands(view: View, owed: Owed) -> list[Block]:
    blocks = [body(standing_words(owed))]
    if owed.code is not None:
        blocks.append(body(code_words(owed.code)))
    elif owed.state is PayState.OWED:
        blocks.append(body(_how_it_comes(view, owed)))
    return blocks


def _how_it_comes(view: View, owed: Owed) -> Text:
    if PayWay.VOUCHER in ways_of(view.collection.region(owed.territory)):
        return say("You get it as a code. It comes here in a message of its own, by itself, as soon as there is one.")
    organisation = asked(view.collection.id, view.collection.organisation.name)
    return say("{organisation} writes to you here about how you get it.", organisation=organisation)


def _whom_to_write_to(view: View, owed: Owed | None) -> list[Block]:
    return [quiet(_with_reference(owed, view.collection))] if owed is not None else [who_writes_about_it(view)]


def _with_reference(owed: Owed, collection: Collection) -> Text:
    return say(
        "Questions about it: {contact}. Please name {reference}, and nothing else: neither your name nor any answer "
        "hangs on it.",
        contact=Raw(collection.organisation.contact),
        reference=Raw(owed.reference),
    )


# --- messages of their own -------------------------------------------------------------------------------------------


def voucher_message(owed: Owed, collection: Collection) -> Screen:
    """A voucher code."""
    return _message(
        "pay-voucher",
        owed,
        collection,
        body(say("Here is your pay for taking part, {pay}.", pay=money(owed))),
        body(code_words(owed.code or "")),
        body(say("It is yours, whatever you answered. While you take part, /mydata shows it again.")),
    )


def still_owed_message(owed: Owed, collection: Collection) -> Screen:
    """What is still owed to somebody who has left, and how to come by it."""
    words = say("We still owe you {pay}. Please write to us, and you get it.", pay=money(owed))
    return _message("pay-still-owed", owed, collection, body(words))


def _message(name: str, owed: Owed, collection: Collection, *blocks: Block) -> Screen:
    return Screen(name, (title(say("Your pay")), *blocks, quiet(_with_reference(owed, collection))))
