"""Why somebody got an invite: the consent that allows it, and when it was given."""

from __future__ import annotations

from flows.cards import View, as_agreed, close
from flows.meaning import May, may_still
from flows.screens import Block, Choice, Screen, body, title
from flows.words import Day, asked, say


def why_invited_screen(view: View) -> Screen:
    """Each live yes to being written to, by its day; or that there is none any more, and so no more invites."""
    live = _live(view)
    blocks = [title(say("Why am I getting this?")), *live]
    if live:
        blocks += _how_chosen(view)
        rows: tuple[tuple[Choice, ...], ...] = ((Choice(say("Stop inviting me"), "stop_messages"),), (close(),))
    else:
        blocks.append(body(say("You had agreed to be invited. That has ended since, so no more invites come.")))
        rows = ((close(),),)
    return Screen("why-invited", tuple(blocks), rows)


def _how_chosen(view: View) -> list[Block]:
    """Where somebody agreed to be counted, invites may be chosen by what they answered."""
    purposes = [
        as_agreed(view, collection, purpose, passage.consented)
        for passage in view.session.consents
        if (collection := view.shelf.collections.get(passage.collection)) is not None
        and (purpose := collection.balance_purpose) is not None
        and passage.consented is not None
        and passage.consented.decisions.get(purpose.id)
        and May.BALANCE in may_still(view.on_record_of(collection.id).meant, purpose)
    ]
    if not purposes:
        return [body(say("That is the only reason, and it lasts until you stop it, here or with /leave."))]
    chosen = say(
        "You also said yes to “{purpose}”. So the program may have looked at your answers to see which groups are "
        "still missing. No person saw them.",
        purpose=purposes[0],
    )
    return [body(chosen), body(say("There is no other reason. Invites come until you stop them, here or with /leave."))]


def _live(view: View) -> list[Block]:
    blocks = []
    for passage in view.session.consents:
        collection = view.shelf.collections.get(passage.collection)
        consented = passage.consented
        if collection is None or consented is None:
            continue
        blocks += [
            body(
                say(
                    "On {day} you said yes to “{purpose}”, in “{title}”.",
                    day=Day(consented.given_at.date()),
                    purpose=as_agreed(view, collection, purpose, consented),
                    title=asked(collection.id, collection.title),
                )
            )
            for purpose in collection.purposes
            if purpose.uses == "contact" and consented.decisions.get(purpose.id)
        ]
    return blocks
