"""Leaving, and goodbyes."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from flows.asides.held import letters_held, title_of
from flows.asides.other_zone import OTHER_ZONE, way_on
from flows.asides.reaching import FOR_GOOD, passed_on_blocks, reached_blocks
from flows.cards import View, close
from flows.collection import Collection, Purpose
from flows.screens import Block, Choice, Screen, body, item, quiet, title
from flows.session import RECEIPTS, Farewell, Passage
from flows.words import Day, Raw, Text, asked, say

PURPOSE_ENDED = "purpose_ended"
"""What is said once one purpose has been taken back; its receipt stands beneath."""


def leave_screen(view: View) -> Screen:  # noqa: ARG001
    """Three things and all three; each says what it does not do."""
    blocks = [
        title(say("Leaving")),
        body(say("Clean this chat: deletes what can still be deleted here (the last 48 hours). What is held stays.")),
        body(
            say(
                "No more messages: no invites and no reminders. We write first only if something has happened to "
                "your data. What is held stays."
            )
        ),
        body(
            say(
                "Take back my data: destroys what is held, at once. What an AI has already learned and numbers "
                "already published cannot be undone. What we owe you stays owed."
            )
        ),
    ]
    rows = (
        (Choice(say("Clean this chat"), "clean_chat"),),
        (Choice(say("No more messages"), "stop_messages"),),
        (Choice(say("Take back my data"), "open_take_back"),),
        (Choice(say("All three"), "open_leave_all"),),
        (close(),),
    )
    return Screen("leave", tuple(blocks), rows)


def take_back_screen(view: View) -> Screen:
    """All of it, of several collections all of one, or one purpose that can end while the answers stay."""
    blocks = [title(say("Take back my data"))]
    if view.session.said == PURPOSE_ENDED:
        blocks += reached_blocks(view)
    rows: list[tuple[Choice, ...]] = []
    several = len(view.session.consents) > 1
    for passage in view.session.consents:
        collection = view.shelf.collections.get(passage.collection)
        if several:
            number = len(rows) + 1
            blocks.append(_numbered(number, title_of(collection, passage)))
            rows.append((Choice(say("All of {number}", number=number), "take_back_collection", passage.collection),))
        for purpose in ending_alone(passage, collection):
            number, ended = len(rows) + 1, f"{passage.collection}/{purpose.id}"
            blocks.append(_numbered(number, asked(passage.collection, purpose.label)))
            rows.append((Choice(say("End use {number}", number=number), "take_back_purpose", ended),))
    if not view.session.consents:
        blocks.append(body(say("Nothing is held but where this chat stands.")))
        blocks += letters_held(view)
    blocks += passed_on_blocks(view)
    blocks.append(body(FOR_GOOD))
    gives_receipt = bool(view.session.consents)
    blocks.append(body(say("It happens at once. You get a receipt.") if gives_receipt else say("It happens at once.")))
    return Screen("take-back", tuple(blocks), ((Choice(say("All of it"), "take_back_all"),), *rows, (close(),)))


def _numbered(number: int, what: Text) -> Block:
    return item(say("{number}. {purpose}", number=number, purpose=what))


def ending_alone(passage: Passage, collection: Collection | None) -> list[Purpose]:
    """Purposes that can be taken back while the answers stay: not what taking part needs, nor the last that uses
    answers. With those everything goes, and so they are no rows of their own. None where nothing says what they are."""
    if collection is None:  # it left the shelf
        return []
    agreed = passage.consented.live_purposes() if passage.consented is not None else ()
    live = [purpose for purpose in collection.purposes if purpose.id in agreed]
    using = [purpose for purpose in live if purpose.uses == "answers"]
    return [purpose for purpose in live if not purpose.required and using != [purpose]]


def leave_all_screen(view: View) -> Screen:
    """One press before everything goes."""
    blocks = (
        title(say("All three")),
        body(
            say(
                "This chat is cleaned, nothing more is sent, and your data is destroyed. It happens at once, and "
                "destroyed data cannot be brought back. What we owe you stays owed."
            )
        ),
        *passed_on_blocks(view),
        body(FOR_GOOD),
    )
    return Screen("leave-all", blocks, ((Choice(say("Yes, all three"), "leave_all"),), (close(),)))


BEGINS_ANEW = say("If you change your mind, /start begins anew.")

TOO_YOUNG = say("Thank you for saying so. You have to be older to take part, so it ends here.")

_FAREWELLS: Mapping[Farewell, tuple[Text, ...]] = MappingProxyType(
    {
        Farewell.DECLINED: (
            say("That is quite all right. Nothing about you is kept, and nobody is told."),
            BEGINS_ANEW,
        ),
        Farewell.UNDER_AGE: (TOO_YOUNG, say("Nothing about you is kept.")),
        Farewell.NOT_LISTED: (
            say(
                "Thank you for coming by. Where you live is not open yet: each place is looked at by people who know "
                "it first. Nothing about you is kept."
            ),
        ),
        Farewell.OTHER_ZONE: OTHER_ZONE,
        Farewell.TAKEN_BACK: (
            say(
                "Your data is taken back: the keys are destroyed and the answers erased. Everyone who was given a "
                "copy is told to delete your part. What an AI has already learned and numbers already published "
                "cannot be undone. What we owe you stays owed."
            ),
        ),
        Farewell.LEFT_ALL: (
            say(
                "Done, all three: this chat is being cleaned, nothing more is sent, and your data is taken back: "
                "the keys are destroyed and the answers erased. Everyone who was given a copy is told to delete "
                "your part. What an AI has already learned and numbers already published cannot be undone. What we "
                "owe you stays owed."
            ),
        ),
    }
)


def goodbye_screen(view: View) -> Screen:
    """A kind end; after a withdrawal it is the receipt of it."""
    farewell = view.session.farewell or Farewell.DECLINED
    blocks: list[Block] = [body(words) for words in _FAREWELLS[farewell]]
    if farewell in RECEIPTS:
        blocks.insert(0, title(say("Your receipt for leaving")))
        blocks.insert(1, quiet(Text("{day}", {"day": Day(view.now.date())})))
        blocks += reached_blocks(view)
        blocks += _whom_to_ask(view)
    return Screen(f"goodbye-{farewell.value}", tuple(blocks), way_on(view.session.onward))


def left_screen(view: View) -> Screen:
    """A receipt for leaving one collection while something else still stands."""
    words = _FAREWELLS[Farewell.TAKEN_BACK]
    blocks: list[Block] = [title(say("Your receipt for leaving")), quiet(Text("{day}", {"day": Day(view.now.date())}))]
    return Screen(
        "left", (*blocks, *(body(text) for text in words), *reached_blocks(view), *_whom_to_ask(view)), ((close(),),)
    )


def _whom_to_ask(view: View) -> list[Block]:
    """After leaving, there is still somebody to ask, about what is owed above all."""
    contacts = dict.fromkeys(Raw(c.organisation.contact) for c in view.shelf.collections.values())
    return [body(say("Questions, also about what we owe you: {contact}", contact=contact)) for contact in contacts]
